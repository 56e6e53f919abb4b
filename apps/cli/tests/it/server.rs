//! A server on a real socket with canned answers.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread,
};

/// A server; its thread ends with the test's process.
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers each request with what `answer` makes of its first line.
    pub fn start(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = requests.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let mut request = String::new();
                while !request.ends_with("\r\n\r\n") {
                    if stream.read_line(&mut request).unwrap() == 0 {
                        break;
                    }
                }
                let header =
                    |line: &str| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok();
                let mut body = vec![0; request.lines().find_map(header).unwrap_or_default()];
                stream.read_exact(&mut body).unwrap();
                let line = request.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
                seen.lock().unwrap().push(request + &String::from_utf8(body).unwrap());
                let _ = stream.get_mut().write_all(answer(&line).as_bytes());
            }
        });
        Self { address, requests }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, with head and body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// An answer, with `headers` as whole lines.
pub fn reply(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// A refusal in the envelope.
pub fn problem(status: &str, code: &str, detail: &str) -> String {
    let body = serde_json::json!({
        "type": format!("urn:problem-type:{code}"),
        "title": "A title.",
        "status": status[..3].parse::<u16>().unwrap(),
        "code": code,
        "detail": detail,
        "request_id": "r1",
    });
    reply(status, "content-type: application/problem+json\r\n", &body.to_string())
}
