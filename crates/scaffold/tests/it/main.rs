//! The command, as somebody runs it, on copies of this workspace's sources.
#![expect(clippy::unwrap_used, reason = "in a test an unwrap that fails is the failure")]

mod kills;
mod likeness;
mod new_app;
mod refusals;
mod tree;
