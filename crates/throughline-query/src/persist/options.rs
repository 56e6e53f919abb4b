//! How a client keeps its cache.

use std::time::Duration;

use super::SaveOptions;

/// How a client keeps its cache.
#[derive(Debug, Clone)]
pub struct PersistOptions {
    /// What is written, and what is taken in again.
    pub save: SaveOptions,
    /// How long changes are collected before they are written. Default: a second.
    pub throttle: Duration,
    /// How long fetches wait for what was kept. Default: ten seconds. What is read later is taken in
    /// all the same, unless something newer is there.
    pub patience: Duration,
}

impl Default for PersistOptions {
    fn default() -> Self {
        Self {
            save: SaveOptions::default(),
            throttle: Duration::from_secs(1),
            patience: Duration::from_secs(10),
        }
    }
}
