//! The database and its queries, on both kinds.
#![expect(clippy::unwrap_used, reason = "in a test an unwrap that fails is the failure")]

mod crowd;
mod database;
mod errors;
mod flows;
mod people;
mod plans;
mod tasks;
mod users;
