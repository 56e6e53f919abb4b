//! What a client needs of the world: a clock, and somebody who runs tasks.

mod clock;
mod manual;
#[cfg(feature = "tokio")]
mod tokio;

use std::future::Future;
use std::pin::Pin;

use crate::time::Millis;

pub use self::clock::Clock;
pub use self::manual::Manual;
#[cfg(feature = "tokio")]
pub use self::tokio::{NoRuntime, TokioRuntime};

/// A task, or something else to wait for.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Work that blocks.
pub type BlockingWork = Box<dyn FnOnce() + Send>;

/// Runs the tasks of a client and tells it the time.
///
/// There is no way to abort a task, because none is needed: each task of a client watches for itself
/// whether it is still wanted, and is woken and ends when it is not. So any executor will do that can
/// spawn, and that drops what it does not finish.
///
/// ```
/// use std::sync::Arc;
/// use std::task::{Context, Wake, Waker};
/// use std::thread::{self, Thread};
/// use throughline_query::{BoxFuture, Clock, Millis, QueryClient, Runtime};
///
/// /// A thread for each task: simple, if nothing else.
/// struct Threads(Clock);
///
/// struct Unpark(Thread);
///
/// impl Wake for Unpark {
///     fn wake(self: Arc<Self>) {
///         self.0.unpark();
///     }
/// }
///
/// impl Runtime for Threads {
///     fn now(&self) -> Millis {
///         self.0.now()
///     }
///
///     fn spawn(&self, mut task: BoxFuture<()>) {
///         thread::spawn(move || {
///             let waker = Waker::from(Arc::new(Unpark(thread::current())));
///             while task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
///                 thread::park();
///             }
///         });
///     }
///
///     fn sleep(&self, until: Millis) -> BoxFuture<()> {
///         let left = (until - self.now()).max(0).unsigned_abs();
///         Box::pin(async move { thread::sleep(std::time::Duration::from_millis(left)) })
///     }
/// }
///
/// let client = QueryClient::builder().build(Arc::new(Threads(Clock::start())));
/// # drop(client);
/// ```
pub trait Runtime: Send + Sync + 'static {
    /// Milliseconds since the Unix epoch. A [`Clock`] tells them without ever going back; if this
    /// goes back nevertheless, the client stays at the latest time it has heard.
    fn now(&self) -> Millis;

    /// Runs the task, and does not wait for it. Must not poll it before it returns.
    fn spawn(&self, task: BoxFuture<()>);

    /// Is over at that time, in the milliseconds of [`now`](Self::now), or soon after.
    fn sleep(&self, until: Millis) -> BoxFuture<()>;

    /// Does work that blocks on a disk, where that holds nobody up, and does not wait for it. Must not
    /// do it before it returns. Work that is dropped instead is done by whoever drops it. Without
    /// another implementation each gets a thread.
    fn block(&self, work: BlockingWork) {
        // Without a thread the work is dropped, and so done here.
        drop(std::thread::Builder::new().name("throughline-query".to_owned()).spawn(work));
    }
}
