//! The schema's history on both databases.
#![expect(clippy::unwrap_used, reason = "in a test an unwrap that fails is the failure")]

mod command;
mod drift;
mod history;
