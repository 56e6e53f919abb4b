//! What a command has to say when it is done, for people and for programs.

use serde::Serialize;
use serde_json::Value;

/// The outcome of a command that was done.
#[derive(Debug)]
pub struct Report {
    /// For programs: the one document.
    pub json: Value,
    /// For people, on standard output: whole lines, with nothing in them that a terminal obeys but
    /// our own colours.
    pub text: String,
    /// For people, on standard error.
    pub notes: Vec<String>,
}

impl Report {
    /// A report of `value`, as `text` for people.
    pub fn new(value: &impl Serialize, text: impl Into<String>) -> Self {
        // What came from JSON goes back into it: only a map with strange keys could fail here.
        let json = serde_json::to_value(value).unwrap_or_default();
        Self { json, text: text.into(), notes: Vec::new() }
    }

    /// The same with a note beside the result.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The same with a note that something beside the result went wrong.
    pub fn warn(self, warning: impl std::fmt::Display) -> Self {
        self.note(format!("warning: {warning}"))
    }
}
