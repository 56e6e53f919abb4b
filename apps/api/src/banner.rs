//! What a developer reads when the server is up.

use std::net::SocketAddr;

use crate::demo;

/// Where the server is, how to sign in, and a line that works when it is pasted.
pub fn text(address: SocketAddr, database: &str) -> String {
    let host = if address.ip().is_loopback() || address.ip().is_unspecified() {
        "localhost".to_owned()
    } else {
        match address {
            SocketAddr::V4(v4) => v4.ip().to_string(),
            SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
        }
    };
    let url = format!("http://{host}:{}", address.port());
    let (email, password) = (demo::EMAIL, demo::PASSWORD);
    format!(
        "\nThroughline is up.\n\n  \
         API        {url}/api\n  \
         Swagger UI {url}/docs\n  \
         Document   {url}/openapi.json\n  \
         Database   {database}\n  \
         Sign in as {email} with the password {password}\n\n\
         Try it:\n\n  \
         curl -s -b '' -H 'content-type: application/json' -d '{{\"email\":\"{email}\",\"password\":\"{password}\"}}' \
         {url}/api/auth/sign-in --next -s -b '' {url}/api/tasks\n"
    )
}
