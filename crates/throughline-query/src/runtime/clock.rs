//! A clock that does not go back.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::time::{Millis, millis};

/// The wall clock as it was at the start, and what has passed since then on a clock that only goes on.
///
/// So it may be off after the wall clock was set, but by no change of it does data grow younger.
///
/// ```
/// let clock = throughline_query::Clock::start();
/// assert!(clock.now() >= clock.started_at());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started_at: Millis,
    start: Instant,
}

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self { started_at: millis(since), start: Instant::now() }
    }

    /// When it was started, in milliseconds since the Unix epoch.
    pub fn started_at(&self) -> Millis {
        self.started_at
    }

    /// Milliseconds since the Unix epoch.
    pub fn now(&self) -> Millis {
        self.started_at.saturating_add(millis(self.start.elapsed()))
    }
}
