//! Starts the program with a configuration folder of its own.

use std::{
    ffi::OsStr,
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

/// The program, as one user runs it.
pub struct Program {
    home: tempfile::TempDir,
    server: String,
}

impl Program {
    /// The program with `server` as its server.
    pub fn new(server: &str) -> Self {
        Self { home: tempfile::tempdir().unwrap(), server: server.to_owned() }
    }

    /// Where it keeps its credentials.
    pub fn file(&self) -> PathBuf {
        self.home.path().join("config/credentials.json")
    }

    /// The program with these arguments, and nothing of the environment that could change it.
    pub fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_throughline"));
        command
            .env_clear()
            .env("THROUGHLINE_CONFIG_DIR", self.home.path().join("config"))
            .env("THROUGHLINE_SERVER", &self.server)
            .args(args);
        command
    }

    /// Runs `line`, split at its spaces.
    pub fn run(&self, line: &str) -> Done {
        self.run_with(line, "")
    }

    /// Runs `line` with `input` on standard input.
    pub fn run_with(&self, line: &str, input: &str) -> Done {
        let mut command = self.command(line.split(' '));
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Done::new(child.wait_with_output().unwrap())
    }
}

/// What a run left behind.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Done {
    fn new(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Checks that it was done without a word on standard error.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{self:?}");
        self.out
    }

    /// Checks that it failed and printed no result.
    #[track_caller]
    pub fn failed(self) -> String {
        assert_eq!((self.code, self.out.as_str()), (1, ""), "{self:?}");
        self.err
    }
}
