//! The terminal client's process.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::process::Server;

/// The terminal client of one person.
pub struct Person<'a> {
    pub server: &'a Server,
    pub home: &'a Path,
}

impl Person<'_> {
    /// Runs `throughline` with these arguments; `input` is what is typed.
    pub fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(throughline())
            .args(arguments)
            .env("THROUGHLINE_CONFIG_DIR", self.home)
            .env("THROUGHLINE_SERVER", self.server.url())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the client can be started");
        child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("the client reads");
        child.wait_with_output().expect("the client ends")
    }

    /// Runs a command that succeeds, and reads the JSON that it prints.
    #[track_caller]
    pub fn json(&self, arguments: &[&str], input: &str) -> Value {
        let done = self.run(&[&["--json"], arguments].concat(), input);
        let text = String::from_utf8_lossy(&done.stdout);
        assert!(
            done.status.success(),
            "{arguments:?}: {text}{}",
            String::from_utf8_lossy(&done.stderr)
        );
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
    }

    /// Runs a command that is refused, and returns the problem's code.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str]) -> String {
        let done = self.run(&[&["--json"], arguments].concat(), "");
        let text = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{arguments:?}: {text}");
        let problem: Value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"));
        problem["code"].as_str().unwrap_or_else(|| panic!("no code in {problem}")).to_owned()
    }
}

/// The terminal client's binary, which stands beside the server's.
fn throughline() -> PathBuf {
    let beside = Path::new(env!("CARGO_BIN_EXE_api"))
        .with_file_name(format!("throughline{}", std::env::consts::EXE_SUFFIX));
    if !beside.exists() {
        // Running this package's tests alone builds only its own binary.
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built =
            Command::new(cargo).args(["build", "-q", "-p", "cli"]).status().expect("cargo runs");
        assert!(built.success() && beside.exists(), "the terminal client could not be built");
    }
    beside
}
