//! The client: what TanStack Query's `QueryClient` offers, with types.

mod answers;
mod beyond;
mod build;
mod commands;
mod events;
mod fetch;
mod mutate;
mod outbox;
mod persist;
mod read;
mod several;
mod snapshot;
mod store;
mod switch;

use std::fmt;
use std::sync::Arc;

use crate::shell::{Access, Core};

pub use self::answers::{Asked, Done, Seen};
pub use self::beyond::Layer;
pub use self::build::ClientBuilder;
pub use self::events::Events;
pub use self::outbox::ClientOutbox;
pub use self::persist::Persisting;
pub use self::snapshot::Snapshot;
pub use self::switch::Switched;

pub(crate) use self::answers::Raw;

/// A cache of queries and mutations. Clones share it.
///
/// Every command is carried out when it is called; the future that some give need not be awaited, and
/// dropping it calls nothing off. When the last client is dropped, its tasks are aborted, and whoever
/// still waits gets [`QueryError::Closed`](crate::QueryError::Closed).
///
/// # From within
///
/// Functions of the user that run in the middle of a change (selectors, comparisons, options that are
/// functions, predicates, destructors of values) may use the client too: they read what is published so
/// far, and what they change is changed when the present change is over.
///
/// ```
/// # #[cfg(not(feature = "tokio"))]
/// # fn main() {}
/// # #[cfg(feature = "tokio")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use throughline_query::{Fetch, Query, QueryClient};
///
/// let square = Query::new("square", |cx: Fetch<u64>| async move {
///     Ok::<_, std::io::Error>(cx.params() * cx.params())
/// });
///
/// let client = QueryClient::new()?;
/// assert_eq!(*client.fetch(&square.at(7)).await?, 49);
/// assert_eq!(client.get(&square.at(7)).as_deref(), Some(&49));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct QueryClient {
    core: Access,
    /// Not there in clients that are handed to functions, which must not keep the cache alive.
    alive: Option<Arc<Alive>>,
}

/// Closes the cache when the last client is dropped.
struct Alive(Arc<Core>);

impl QueryClient {
    /// A client on the tokio runtime that this is called in.
    ///
    /// # Errors
    ///
    /// [`NoRuntime`](crate::NoRuntime) if it is called outside of any.
    #[cfg(feature = "tokio")]
    pub fn new() -> Result<Self, crate::NoRuntime> {
        Ok(Self::builder().build(Arc::new(crate::TokioRuntime::current()?)))
    }

    /// What a client is built with.
    ///
    /// ```
    /// use throughline_query::{Manual, QueryClient};
    ///
    /// let manual = Manual::new();
    /// let client = QueryClient::builder().server(true).build(manual.runtime());
    /// assert!(client.is_empty());
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn of(core: Arc<Core>) -> Self {
        Self { alive: Some(Arc::new(Alive(Arc::clone(&core)))), core: Access::of(core) }
    }

    /// A client for a function that the cache itself runs.
    pub(crate) fn within(core: &Access) -> Self {
        Self { core: core.clone(), alive: None }
    }

    pub(crate) fn core(&self) -> &Access {
        &self.core
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl fmt::Debug for QueryClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryClient")
            .field("keeps_alive", &self.alive.is_some())
            .finish_non_exhaustive()
    }
}
