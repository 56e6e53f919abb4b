//! A client on tokio.

use std::time::Duration;

use ::tokio::runtime::Handle;
use ::tokio::time::Instant;

use super::{BlockingWork, BoxFuture, Clock, Runtime};
use crate::time::{Millis, millis};

/// Runs the tasks of a client on tokio, and takes the time from it, so that a paused clock in a test
/// holds for the client too.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use throughline_query::{QueryClient, TokioRuntime};
///
/// let client = QueryClient::builder().build(Arc::new(TokioRuntime::current()?));
/// # drop(client);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct TokioRuntime {
    handle: Handle,
    started_at: Millis,
    start: Instant,
}

/// Not called within a tokio runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no tokio runtime here: call this inside of `#[tokio::main]` or `Runtime::block_on`, or build on \
     `TokioRuntime::of(handle)`"
)]
pub struct NoRuntime;

impl TokioRuntime {
    /// The runtime that this is called in. It needs its timers enabled.
    ///
    /// # Errors
    ///
    /// [`NoRuntime`] if it is called outside of any.
    pub fn current() -> Result<Self, NoRuntime> {
        Handle::try_current().map(Self::of).map_err(|_| NoRuntime)
    }

    /// The runtime of this handle. It needs its timers enabled.
    pub fn of(handle: Handle) -> Self {
        let started_at = Clock::start().started_at();
        let start = {
            // A paused clock is one of the runtime's.
            let _inside = handle.enter();
            Instant::now()
        };
        Self { handle, started_at, start }
    }

    fn elapsed(&self) -> Duration {
        // From a thread outside of the runtime a paused clock cannot be seen.
        if Handle::try_current().is_ok() {
            return self.start.elapsed();
        }
        let _inside = self.handle.enter();
        self.start.elapsed()
    }
}

impl Runtime for TokioRuntime {
    fn now(&self) -> Millis {
        self.started_at.saturating_add(millis(self.elapsed()))
    }

    fn spawn(&self, task: BoxFuture<()>) {
        drop(self.handle.spawn(task));
    }

    fn block(&self, work: BlockingWork) {
        drop(self.handle.spawn_blocking(work));
    }

    fn sleep(&self, until: Millis) -> BoxFuture<()> {
        let left = until.saturating_sub(self.now()).max(0).unsigned_abs();
        Box::pin(::tokio::time::sleep(Duration::from_millis(left)))
    }
}
