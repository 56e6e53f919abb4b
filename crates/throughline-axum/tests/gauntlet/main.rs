//! The gauntlet: only contract and handlers are written, and client, faults, effects and document come out right over
//! real HTTP.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "tests: a contract of their own, failures by panic"
)]

mod app;
mod contract;
mod document;
mod faults;
mod server;
mod typed;
