//! A server on a real socket that answers whatever a test wants, also what no decent server would.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use throughline_client::{Http, HttpOptions};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::contract::NotesClient;

/// A server; it ends with the test's runtime.
pub struct Server {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub head: String,
    pub body: String,
}

impl Request {
    /// `GET /api/notes`.
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap().trim_end_matches(" HTTP/1.1")
    }

    /// The values of a header, joined.
    pub fn header(&self, name: &str) -> Option<String> {
        let line = |line: &str| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then(|| value.to_owned())
        };
        let values: Vec<_> = self.head.lines().filter_map(line).collect();
        (!values.is_empty()).then(|| values.join(" | "))
    }
}

impl Server {
    /// Gives each connection to `serve`.
    pub async fn connections<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        });
        Self { address, requests: Arc::default() }
    }

    /// Answers each request, on a connection of its own, with what `answer` makes of it.
    pub async fn answering(answer: impl Fn(&Request) -> String + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let seen = requests.clone();
        let server = Self::connections(move |mut stream| {
            let (answer, seen) = (answer.clone(), seen.clone());
            async move {
                let request = read(&mut stream).await;
                let text = answer(&request);
                seen.lock().unwrap().push(request);
                // A client that has heard enough may have left.
                let _ = stream.write_all(text.as_bytes()).await;
            }
        });
        Self { requests, ..server.await }
    }

    /// Answers each request with the same.
    pub async fn always(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::answering(move |_| text.clone()).await
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn http(&self, options: HttpOptions) -> Http {
        Http::new(self.url().parse().unwrap(), options).unwrap()
    }

    pub fn notes(&self) -> NotesClient<Http> {
        NotesClient::new(self.http(HttpOptions::default()))
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    #[track_caller]
    pub fn only_request(&self) -> Request {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests[0].clone()
    }
}

/// Reads one request.
pub async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Request {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let request = Request { head: head.to_owned(), body: body.to_owned() };
            let length = request.header("content-length").map_or(0, |text| text.parse().unwrap());
            if body.len() >= length {
                return request;
            }
        }
        assert_ne!(
            stream.read_buf(&mut bytes).await.unwrap(),
            0,
            "the request breaks off: {bytes:?}"
        );
    }
}

/// Reads one request and answers it.
pub async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, text: &str) {
    read(&mut stream).await;
    stream.write_all(text.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
}

/// An answer, with `headers` as whole lines.
pub fn reply(status: &str, headers: &[&str], body: &str) -> String {
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let length = if status.starts_with("204") {
        String::new()
    } else {
        format!("content-length: {}\r\n", body.len())
    };
    format!("HTTP/1.1 {status}\r\n{headers}{length}connection: close\r\n\r\n{body}")
}

/// A success in JSON.
pub fn json(status: &str, body: &str) -> String {
    reply(status, &["content-type: application/json"], body)
}

/// A refusal in the envelope.
pub fn problem(status: &str, code: &str, members: &str) -> String {
    let number = &status[..3];
    let body = format!(
        r#"{{"type":"urn:problem-type:{code}","title":"A title.","status":{number},"code":"{code}","request_id":"r1"{members}}}"#
    );
    reply(status, &["content-type: application/problem+json"], &body)
}
