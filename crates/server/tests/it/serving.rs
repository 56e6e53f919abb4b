//! The application on a real socket, over a fresh database.

use std::net::SocketAddr;

use serde_json::json;
use server::{App, Readiness, ServerOptions};
use testing::{TestDatabase, wire::Request};

pub use testing::wire::Answer;

/// A served application; it ends with the test's runtime.
pub struct Server {
    pub app: App,
    pub address: SocketAddr,
    pub readiness: Readiness,
}

/// Somebody with an account and a session.
pub struct Person {
    pub id: String,
    pub email: String,
    pub password: String,
    pub session: String,
}

impl Server {
    /// Serves an application over this database.
    pub async fn start(db: &TestDatabase) -> Self {
        let (options, readiness) =
            (ServerOptions { development: true, ..ServerOptions::default() }, Readiness::default());
        let app = App::new((**db).clone(), &options);
        let router = server::router(app.clone(), &options, readiness.clone())
            .expect("the contracts fit together");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { app, address, readiness }
    }

    /// Sends a request; `session` travels in the cookie.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        session: Option<&str>,
        media: Option<&str>,
        body: Option<String>,
        headers: &[(String, String)],
    ) -> Answer {
        let mut lines: Vec<String> =
            headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        lines.extend(session.map(|session| format!("cookie: session={session}")));
        lines.extend(media.map(|media| format!("content-type: {media}")));
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let body = body.unwrap_or_default();
        Request { method, path, headers: &lines, body: body.as_bytes() }.send(self.address).await
    }

    /// A request in JSON by somebody.
    pub async fn json(
        &self,
        person: &Person,
        method: &str,
        path: &str,
        body: serde_json::Value,
    ) -> Answer {
        let body = (!body.is_null()).then(|| body.to_string());
        let media = body.as_ref().map(|_| "application/json");
        self.send(method, path, Some(&person.session), media, body, &[]).await
    }

    /// Opens an account that nobody else has.
    pub async fn sign_up(&self) -> Person {
        let email = format!("{}@example.org", uuid::Uuid::now_v7().simple());
        let password = "correct horse".to_owned();
        let body = json!({ "email": email, "password": password, "name": "Ada" }).to_string();
        let answer = self
            .send("POST", "/api/auth/sign-up", None, Some("application/json"), Some(body), &[])
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let id = answer.value()["id"].as_str().expect("an id").to_owned();
        Person { id, email, password, session: session_of(&answer).expect("a session") }
    }

    /// Opens an account of an admin, as whoever runs the server makes one.
    pub async fn admin(&self) -> Person {
        let person = self.sign_up().await;
        let email = person.email.parse().expect("an address");
        self.app.accounts().grant_admin(&email).await.expect("granted").expect("an account");
        person
    }

    /// Makes a token of somebody's and returns its secret.
    pub async fn token(&self, person: &Person, scopes: &[&str]) -> String {
        let body = json!({ "name": "a service", "scopes": scopes });
        let made = self.json(person, "POST", "/api/auth/tokens", body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        made.value()["secret"].as_str().expect("a secret").to_owned()
    }
}

/// The session that an answer sets.
pub fn session_of(answer: &Answer) -> Option<String> {
    let cookie = answer.header("set-cookie")?.strip_prefix("session=")?;
    Some(cookie.split(';').next()?.to_owned())
}
