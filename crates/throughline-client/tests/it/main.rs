//! Calls over real sockets: what is sent, what is made of each answer, and what can go wrong on the
//! way.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "tests: a contract of their own, failures by panic"
)]

mod contract;
mod server;

mod answers;
mod calls;
mod credentials;
mod failures;
mod refusals;
mod secure;
