//! The schema's history on both databases.
#![expect(clippy::unwrap_used, reason = "in a test an unwrap that fails is the failure")]

mod check;
mod command;
mod drift;
mod history;
mod people;
mod rollback;
