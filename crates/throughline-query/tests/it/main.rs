//! The shell from outside: types, runtimes, and what goes wrong on bad days.

#![allow(clippy::unwrap_used, reason = "an unwrap that fails is the failure")]

mod bad_days;
mod closing;
mod durable;
mod infinite;
mod keeping;
mod mutations;
mod observing;
mod reading;
mod reentrance;
mod several;
mod support;
mod switching;
mod threads;
#[cfg(feature = "tokio")]
mod tokio;
