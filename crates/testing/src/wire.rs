//! HTTP as bytes: requests exactly as written, answers exactly as they came.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One request; what is `None` or empty is not sent.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// The path with the query, as it stands in the request line.
    pub path: &'a str,
    /// Whole header lines, without line ends.
    pub headers: &'a [&'a str],
    /// The body; its length is declared.
    pub body: &'a [u8],
}

impl Request<'_> {
    /// Sends the request on a connection of its own.
    ///
    /// # Panics
    /// When the server cannot be reached or does not answer in HTTP.
    pub async fn send(&self, server: SocketAddr) -> Answer {
        let mut bytes = format!(
            "{} {} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n",
            self.method, self.path
        )
        .into_bytes();
        for header in self.headers {
            bytes.extend(format!("{header}\r\n").bytes());
        }
        if !self.body.is_empty() {
            bytes.extend(format!("content-length: {}\r\n", self.body.len()).bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(self.body);
        send_raw(server, &bytes).await
    }
}

/// Sends these bytes and reads until the server closes the connection.
///
/// # Panics
/// When the server cannot be reached or does not answer in HTTP.
pub async fn send_raw(server: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(server).await.expect("the server is up");
    let (mut reader, mut writer) = stream.split();
    let mut answer = Vec::new();
    // A server may answer and close before it has read all of a body: what was written until then
    // does not matter.
    let (_, read) = tokio::join!(writer.write_all(request), reader.read_to_end(&mut answer));
    if let Err(error) = read {
        assert!(!answer.is_empty(), "the server closed without an answer: {error}");
    }
    Answer::parse(&answer)
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case, in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .expect("an answer with a head");
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .and_then(|status| status.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            status: status.expect("a status"),
            headers: headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect(),
            body: bytes[end + 4..].to_vec(),
        }
    }

    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The `code` of a problem.
    pub fn code(&self) -> Option<String> {
        serde_json::from_slice::<Value>(&self.body).ok()?["code"].as_str().map(str::to_owned)
    }

    /// Checks that this is a refusal in the one envelope, and returns it.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let text = self.text();
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
    ///
    /// # Panics
    /// When this is not a 422.
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
