//! The nine fields of a mutation's state.

use crate::data::{Data, Failure};
use crate::time::Millis;

/// How far a mutation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MutationStatus {
    /// It was not submitted.
    #[default]
    Idle,
    /// It was submitted and is not over.
    Pending,
    /// It succeeded.
    Success,
    /// It failed.
    Error,
}

/// The state of a mutation.
#[derive(Debug, Clone, Default)]
pub struct MutationState {
    /// What the first callback gave.
    pub context: Option<Data>,
    /// What the mutation gave.
    pub data: Option<Data>,
    /// Why it failed.
    pub error: Option<Failure>,
    /// How often an attempt has failed.
    pub failure_count: u32,
    /// Why an attempt failed last.
    pub failure_reason: Option<Failure>,
    /// Whether it waits: for the network, for somebody to look, or for its turn.
    pub is_paused: bool,
    /// How far it has come.
    pub status: MutationStatus,
    /// What it was submitted with.
    pub variables: Option<Data>,
    /// When it was submitted; 0 if it was not.
    pub submitted_at: Millis,
}

impl MutationState {
    /// Whether it was submitted and is not over.
    pub fn is_pending(&self) -> bool {
        self.status == MutationStatus::Pending
    }
}
