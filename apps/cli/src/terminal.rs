//! Where output goes: text or JSON, colours or none, and what to do when nobody reads it any more.

use std::{
    cell::Cell,
    env,
    io::{self, ErrorKind, IsTerminal, Write},
    process::ExitCode,
};

use crate::{escape, failure::Failure, report::Report, table::Style};

/// Standard output and standard error, as the command line and the environment want them.
#[derive(Debug)]
pub struct Terminal {
    json: bool,
    /// How text may look on standard output.
    pub style: Style,
    error_style: Style,
    /// Whether a progress stands on the last line of standard error.
    in_progress: Cell<bool>,
}

impl Terminal {
    /// Looks at the environment.
    pub fn new(json: bool) -> Self {
        let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || env::var_os("TERM").is_some_and(|term| term == "dumb");
        let (out, err) = (io::stdout(), io::stderr());
        let width = out.is_terminal().then(terminal_size::terminal_size).flatten();
        Self {
            json,
            style: Style {
                color: out.is_terminal() && !plain,
                width: width.map(|(width, _)| usize::from(width.0)),
            },
            error_style: Style { color: err.is_terminal() && !plain, width: None },
            in_progress: Cell::new(false),
        }
    }

    /// Tells people at a terminal how far a long command is; the next progress takes its place.
    pub fn progress(&self, text: &str) {
        if !self.json && io::stderr().is_terminal() {
            // Nothing depends on it, so a failure here is none.
            let _ = write!(io::stderr(), "\r{text}\u{1b}[K");
            self.in_progress.set(true);
        }
    }

    /// Shows what became of the command, and says so in the exit code.
    pub fn end(&self, done: Result<Report, Failure>) -> ExitCode {
        if self.in_progress.take() {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
        match done {
            Ok(report) => self.show(&report),
            Err(mut failure) => {
                // What was done before the failure comes first, in the order that it happened.
                if let Some(report) = failure.take_done() {
                    self.show(&report);
                }
                self.complain(&failure);
                ExitCode::FAILURE
            }
        }
    }

    fn show(&self, report: &Report) -> ExitCode {
        let text = if self.json { document(&report.json) } else { report.text.clone() };
        let written = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
        if !self.json {
            let notes: String =
                report.notes.iter().map(|note| format!("{}\n", escape::lines(note))).collect();
            let _ = io::stderr().write_all(notes.as_bytes());
        }
        match written {
            Ok(()) => ExitCode::SUCCESS,
            // `throughline tasks list | head -1`: the reader has what it wanted.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => {
                let text =
                    format!("the command was done, but its output could not be written: {error}");
                self.complain(&Failure::new("client.output", text));
                ExitCode::FAILURE
            }
        }
    }

    fn complain(&self, failure: &Failure) {
        let text =
            if self.json { document(failure.document()) } else { failure.text(self.error_style) };
        // When standard error is closed as well, the exit code has to say it all.
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

fn document(value: &serde_json::Value) -> String {
    // With `{:#}` a value writes itself as indented JSON.
    escape::json(&format!("{value:#}\n"))
}
