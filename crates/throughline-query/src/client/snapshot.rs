//! A query as it stands.

use std::fmt;
use std::sync::Arc;

use crate::error::QueryError;
use crate::state::{FetchStatus, Status};
use crate::time::Millis;

/// A query as it stands, without anybody's options: what [`QueryClient::state`] gives.
///
/// [`QueryClient::state`]: crate::QueryClient::state
pub struct Snapshot<T, E> {
    /// The last value fetched or set.
    pub data: Option<Arc<T>>,
    /// Why the last fetch failed, until one succeeds.
    pub error: Option<QueryError<E>>,
    /// When the data was fetched or set, in milliseconds since the Unix epoch; 0 if never.
    pub data_updated_at: Millis,
    /// What is known about the data.
    pub status: Status,
    /// What the query is doing.
    pub fetch_status: FetchStatus,
    /// Whether the data was declared out of date.
    pub is_invalidated: bool,
}

impl<T, E> Clone for Snapshot<T, E> {
    fn clone(&self) -> Self {
        Self { data: self.data.clone(), error: self.error.clone(), ..*self }
    }
}

impl<T: fmt::Debug, E: fmt::Debug> fmt::Debug for Snapshot<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("data", &self.data)
            .field("error", &self.error)
            .field("status", &self.status)
            .field("fetch_status", &self.fetch_status)
            .field("is_invalidated", &self.is_invalidated)
            .finish_non_exhaustive()
    }
}
