//! What an option that depends on the query gets to see, with its types.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use super::Of;
use super::{Form, Plain};
use crate::error::QueryError;
use crate::options::QueryView;

/// What an option that depends on the query gets to see.
///
/// What has no type of its own is in the [`QueryView`] behind it, such as `view.state.is_invalidated`.
///
/// ```
/// use std::time::Duration;
/// use throughline_query::{Fetch, Query, View};
///
/// let job = Query::new("job", |_: Fetch<u32>| async { Ok::<_, std::io::Error>(99_u8) })
///     // Ask every second until it is done.
///     .refetch_interval_by(|view: View<'_, _, u8, _>| {
///         (view.data().as_deref() != Some(&100)).then_some(Duration::from_secs(1))
///     });
/// # let _ = job;
/// ```
pub struct View<'a, P, T, E, F = Plain> {
    raw: QueryView<'a>,
    of: Of<(P, T, E, F)>,
}

impl<'a, P, T, E, F: Form<T>> View<'a, P, T, E, F>
where
    P: Send + Sync + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    pub(super) fn new(raw: &QueryView<'a>) -> Self {
        Self { raw: *raw, of: PhantomData }
    }

    /// What the query was asked with; `None` if it was only ever set by its key.
    pub fn params(&self) -> Option<&'a P> {
        self.raw.key.params()
    }

    /// The data, if there is any.
    pub fn data(&self) -> Option<Arc<T>> {
        self.raw.state.data.clone().and_then(F::read)
    }

    /// Why the last fetch failed, if it did.
    pub fn error(&self) -> Option<QueryError<E>> {
        self.raw.state.error.as_ref().map(QueryError::of)
    }
}

impl<'a, P, T, E, F> Deref for View<'a, P, T, E, F> {
    type Target = QueryView<'a>;

    fn deref(&self) -> &QueryView<'a> {
        &self.raw
    }
}

impl<P, T, E, F> fmt::Debug for View<'_, P, T, E, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.raw.fmt(f)
    }
}
