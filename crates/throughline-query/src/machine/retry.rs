//! Attempts: when one may start, when another one follows, and when it has to wait.

use super::Machine;
use crate::data::Failure;
use crate::options::{NetworkMode, Opt, QueryOptions, Retry, RetryDelay};
use crate::time::Millis;
use crate::timers::TimerId;

/// How far the attempts have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// A function runs, or has just been asked to.
    Running,
    /// Waits until it may start.
    WaitToStart,
    /// Waits until the next attempt is due.
    Sleeping(TimerId),
    /// Waits until the next attempt may be made.
    WaitToRetry,
    /// May go on, and does at the end of the present change.
    ResumeStart,
    /// May go on, and does at the end of the present change.
    ResumeRetry,
    /// It is over: it succeeded.
    Resolved,
    /// It is over: it failed, or was cancelled.
    Rejected,
}

impl Phase {
    /// How many moves after it was let go on an attempt is made, as many as it takes TanStack Query
    /// microtasks; `None` if it was not. What waited to start overtakes what waited to try again.
    pub(super) fn moves_to_resume(self) -> Option<u8> {
        match self {
            Self::ResumeStart => Some(1),
            Self::ResumeRetry => Some(2),
            _ => None,
        }
    }
}

/// The attempts of one fetch or one mutation.
#[derive(Debug)]
pub(crate) struct Attempts {
    pub phase: Phase,
    pub failures: u32,
    /// No further attempt is wanted, although the present one may end.
    pub given_up: bool,
    pub network_mode: NetworkMode,
    retry: Option<Retry>,
    delay: RetryDelay,
    pub last: Option<Failure>,
}

impl Attempts {
    pub(super) fn new(
        retry: Option<Retry>,
        delay: &Opt<RetryDelay>,
        mode: &Opt<NetworkMode>,
    ) -> Self {
        Self {
            phase: Phase::WaitToStart,
            failures: 0,
            given_up: false,
            network_mode: mode.get().copied().unwrap_or_default(),
            retry,
            delay: delay.get().cloned().unwrap_or_default(),
            last: None,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Resolved | Phase::Rejected)
    }

    /// Takes in a failure. Gives how long to wait before the next attempt, or `None` if there is
    /// none.
    pub(super) fn failed(&mut self, failure: &Failure, server: bool) -> Option<Millis> {
        let delay = self.delay.after(self.failures, failure);
        let default = if server { Retry::Never } else { Retry::Times(3) };
        let again = self.retry.as_ref().unwrap_or(&default).allows(self.failures, failure);
        if self.given_up || !again {
            self.phase = Phase::Rejected;
            return None;
        }
        self.failures = self.failures.saturating_add(1);
        self.last = Some(failure.clone());
        Some(delay)
    }
}

impl Machine {
    /// Whether a first attempt may be made.
    pub(super) fn may_start(&self, mode: NetworkMode) -> bool {
        mode != NetworkMode::Online || self.online
    }

    /// Whether a further attempt may be made. Nobody tries again while nobody looks.
    pub(super) fn may_retry(&self, mode: NetworkMode) -> bool {
        self.is_focused() && (mode == NetworkMode::Always || self.online)
    }

    pub(super) fn network_mode(options: &QueryOptions) -> NetworkMode {
        options.network_mode.get().copied().unwrap_or_default()
    }
}
