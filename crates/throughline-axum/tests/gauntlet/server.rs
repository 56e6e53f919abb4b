//! The gauntlet's server on a real socket, and raw requests to it.

use std::time::Duration;

use serde_json::Value;
use throughline::Served;
use throughline_axum::{Mount, MountOptions};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    app::App,
    contract::{GadgetsContract, shelves::ShelvesContract},
};

/// A server of the gauntlet; it ends with the test's runtime.
pub struct Server {
    pub address: std::net::SocketAddr,
}

impl Server {
    pub async fn start() -> Self {
        let options = MountOptions {
            body_limit: 4096,
            body_timeout: Duration::from_millis(300),
            ..MountOptions::default()
        };
        let served = Served::new(App::default());
        let router = Mount::new(options)
            .contract(GadgetsContract, served.clone())
            .contract(ShelvesContract, served)
            .document("{}")
            .build()
            .expect("no route twice");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends a request as written, byte for byte, and reads the whole answer.
    pub async fn raw(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_ref()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        Answer::parse(&bytes)
    }

    /// Sends a request with `Connection: close`; `headers` are whole lines.
    pub async fn send(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address)
                .into_bytes();
        if !body.is_empty() {
            request.extend(format!("content-length: {}\r\n", body.len()).bytes());
        }
        for header in headers {
            request.extend(format!("{header}\r\n").bytes());
        }
        request.extend(b"\r\n");
        request.extend(body);
        self.raw(request).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").await
    }

    /// A write in JSON by somebody who is known.
    pub async fn json(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send(
            method,
            path,
            &["authorization: Bearer known:ada", "content-type: application/json"],
            body.as_bytes(),
        )
        .await
    }
}

/// One answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .expect("an answer with a head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head, body: bytes[end + 4..].to_vec() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    #[track_caller]
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks that this is a refusal in the one envelope, and returns it.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{text}");
        let problem = self.value();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["type"], format!("urn:problem-type:{code}"), "{problem}");
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"), "{problem}");
        problem
    }

    /// The `errors` of a 422 as `in pointer code`, in their order.
    #[track_caller]
    pub fn violations(&self) -> Vec<String> {
        let problem = self.problem(422, "request.invalid");
        let errors = problem["errors"].as_array().expect("errors").iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        errors
            .map(|error| {
                format!(
                    "{} {} {}",
                    text(&error["in"]),
                    text(&error["pointer"]),
                    text(&error["code"])
                )
            })
            .collect()
    }
}
