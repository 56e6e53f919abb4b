//! The server's process.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

use serde_json::Value;

/// The server's command with nothing of this process's environment that it would read.
pub fn api() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_api"));
    for setting in [
        "BIND",
        "DATABASE_URL",
        "DATA_DIR",
        "MIGRATE",
        "DEV",
        "LOG",
        "TRUSTED_ORIGINS",
        "TRUSTED_PROXIES",
        "AUDIT_DAYS",
        "BODY_LIMIT",
    ] {
        command.env_remove(setting);
    }
    command.env("LOG_FORMAT", "json").stdin(Stdio::null());
    command
}

/// A server process; killed when this is dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    log: Arc<Mutex<Vec<Value>>>,
    /// Reads the log until the process ends.
    reader: Option<JoinHandle<()>>,
    said: Option<ChildStdout>,
}

impl Server {
    /// Starts the server on a free port and waits until it serves.
    pub fn start(command: Command) -> Self {
        Self::start_at(command, "127.0.0.1:0")
    }

    /// Starts the server at this address and waits until it serves.
    pub fn start_at(mut command: Command, address: &str) -> Self {
        command.env("BIND", address).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server can be started");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let mut before = Vec::new();
        let address = loop {
            let line = lines
                .next()
                .unwrap_or_else(|| panic!("the server ended before it served: {before:?}"))
                .unwrap();
            let entry: Value = serde_json::from_str(&line)
                .unwrap_or_else(|error| panic!("{error} in the log: {line}"));
            if entry["message"] == "serving" {
                break entry["address"].as_str().expect("an address").parse().expect("an address");
            }
            before.push(entry);
        };
        let log = Arc::new(Mutex::new(Vec::new()));
        let kept = log.clone();
        let reader = thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock()
                    .unwrap()
                    .push(serde_json::from_str(&line).unwrap_or(Value::String(line)));
            }
        });
        let said = child.stdout.take();
        Self { child, address, log, reader: Some(reader), said }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends SIGTERM and waits; says with which code the process ended.
    pub fn stop(&mut self) -> Option<i32> {
        let killed = Command::new("kill")
            .arg("-TERM")
            .arg(self.child.id().to_string())
            .status()
            .expect("there is `kill`");
        assert!(killed.success());
        let code = self.child.wait().expect("the server ends").code();
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the whole log is read");
        }
        code
    }

    /// The first line on standard output that begins with this.
    pub fn line(&mut self, beginning: &str) -> String {
        let lines = BufReader::new(self.said.take().expect("asked once")).lines();
        let mut lines = lines.map(|line| line.expect("text").trim().to_owned());
        lines
            .find(|line| line.starts_with(beginning))
            .unwrap_or_else(|| panic!("no line begins with {beginning}"))
    }

    /// What the server has logged since it serves.
    pub fn log(&self) -> Vec<Value> {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
