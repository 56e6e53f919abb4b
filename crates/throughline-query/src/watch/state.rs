//! What an observer sees, with its types.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use crate::data::{Cause, Data, Failure};
use crate::define::Of;
use crate::error::QueryError;
use crate::result::ObserverResult;
use crate::shell::Read;
use crate::state::Status;

/// How a value is read from what is cached.
pub(crate) type Reader<T> = fn(Data) -> Option<Arc<T>>;

/// What an observer sees.
///
/// Everything that has no type of its own is in the [`ObserverResult`] behind it, such as
/// `state.is_fetching()` and `state.data_updated_at`.
///
/// ```
/// # use throughline_query::{Fetch, Manual, Query, QueryClient};
/// # let manual = Manual::new();
/// # let client = QueryClient::builder().build(manual.runtime());
/// # let todo = Query::new("todo", |_: Fetch<u32>| async { Ok::<_, std::io::Error>(0) });
/// let observer = client.observe(&todo.at(7));
/// assert!(observer.state().is_loading());
/// manual.run();
/// assert_eq!(observer.state().data().as_deref(), Some(&0));
/// ```
pub struct State<T, E> {
    raw: ObserverResult,
    reader: Reader<T>,
    of: Of<E>,
}

impl<T, E: Error + Send + Sync + 'static> State<T, E> {
    pub(crate) fn new(raw: ObserverResult, reader: Reader<T>) -> Self {
        Self { raw, reader, of: PhantomData }
    }

    /// The data: the query's, what `select` made of it, or a placeholder.
    pub fn data(&self) -> Option<Arc<T>> {
        self.raw.data.clone().and_then(self.reader)
    }

    /// Why the last fetch failed, or `select`; or that the data is of another type.
    pub fn error(&self) -> Option<QueryError<E>> {
        match &self.raw.error {
            Some(failure) => Some(QueryError::of(failure)),
            None if self.raw.data.is_some() && self.data().is_none() => Some(QueryError::Mismatch),
            None => None,
        }
    }

    /// Why the present fetch failed last.
    pub fn failure_reason(&self) -> Option<QueryError<E>> {
        self.raw.failure_reason.as_ref().map(QueryError::of)
    }
}

impl<T, E> Deref for State<T, E> {
    type Target = ObserverResult;

    fn deref(&self) -> &ObserverResult {
        &self.raw
    }
}

impl<T, E> Clone for State<T, E> {
    fn clone(&self) -> Self {
        Self { raw: self.raw.clone(), reader: self.reader, of: PhantomData }
    }
}

impl<T: fmt::Debug, E: Error + Send + Sync + 'static> fmt::Debug for State<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("data", &self.data())
            .field("error", &self.error())
            .field("status", &self.status)
            .field("fetch_status", &self.fetch_status)
            .finish_non_exhaustive()
    }
}

/// What is seen of a query when nobody can look: what is published, or nothing yet.
pub(super) fn published(read: Option<Read>, is_selected: bool) -> ObserverResult {
    let read = read.unwrap_or_default();
    let is_fetched = read.data.is_some() || read.error.is_some();
    ObserverResult {
        data: read.data.filter(|_| !is_selected),
        error: read.error,
        failure_reason: None,
        data_updated_at: read.updated_at,
        error_updated_at: 0,
        failure_count: 0,
        error_update_count: 0,
        status: read.status,
        fetch_status: read.fetch_status,
        is_fetched,
        is_fetched_after_mount: false,
        is_placeholder_data: false,
        is_stale: read.is_invalidated,
        is_enabled: true,
        pages: None,
    }
}

/// What is seen when there is nothing to look at any more.
pub(super) fn failed(cause: impl Into<Failure>) -> ObserverResult {
    let read = Read { error: Some(cause.into()), status: Status::Error, ..Read::default() };
    published(Some(read), false)
}

/// What is seen when the client is gone.
pub(super) fn closed() -> ObserverResult {
    failed(Cause::Closed)
}
