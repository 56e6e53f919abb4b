//! The server as a process: started, talked to, stopped, and refused a start.
#![allow(clippy::unwrap_used, reason = "tests fail by panic")]

mod end_to_end;
mod flows;
mod process;
mod readme;
mod revocation;
mod seed;
mod start;
mod stop;
mod terminal;
