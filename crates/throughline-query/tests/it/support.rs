//! What the tests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use throughline_query::{Cause, Failure, Fetch, Manual, Query, QueryClient, QueryError};

/// An error with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oops(pub &'static str);

impl std::fmt::Display for Oops {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Oops {}

/// A world and a client in it.
pub fn world() -> (Manual, QueryClient) {
    let manual = Manual::new();
    let client = QueryClient::builder().build(manual.runtime());
    (manual, client)
}

/// Counts.
#[derive(Debug, Clone, Default)]
pub struct Count(Arc<AtomicUsize>);

impl Count {
    pub fn up(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// A query that gives how often it was called.
pub fn counting(name: &'static str) -> (Query<u32, usize, Oops>, Count) {
    let count = Count::default();
    let calls = count.clone();
    let query = Query::new(name, move |_: Fetch<u32>| {
        let calls = calls.clone();
        async move { Ok(calls.up()) }
    });
    (query, count)
}

/// A query whose function never ends.
pub fn endless(name: &'static str) -> (Query<u32, usize, Oops>, Count) {
    let dropped = Count::default();
    let count = dropped.clone();
    let query = Query::new(name, move |_: Fetch<u32>| {
        let guard = OnDrop(count.clone());
        async move {
            std::future::pending::<()>().await;
            drop(guard);
            Ok(0)
        }
    });
    (query, dropped)
}

/// Counts when it is dropped.
pub struct OnDrop(pub Count);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.up();
    }
}

/// Whether what was to bring it was dropped.
pub fn is_dropped<T, E>(outcome: &Result<T, QueryError<E>>) -> bool {
    let is = |failure: &Failure| matches!(failure.cause(), Cause::Dropped);
    matches!(outcome, Err(QueryError::Other(failure)) if is(failure))
}
