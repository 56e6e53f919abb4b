//! The program as it is started: what it prints where, its exit codes, and the file that it keeps.
//!
//! The answers here are canned, so that they can be hostile or broken; the program meets the real
//! server in that one's tests.
#![allow(clippy::unwrap_used, reason = "tests: failures by panic")]

mod program;
mod server;

mod accounts;
mod manual;
mod output;
mod refusals;
mod session;
