//! Accounts over HTTP, on both databases.
#![expect(clippy::unwrap_used, reason = "in a test an unwrap that fails is the failure")]

mod app;

mod audit;
mod lookup;
mod management;
mod outage;
mod password;
mod sessions;
mod sign_in;
mod sign_up;
mod throttle;
mod tokens;
