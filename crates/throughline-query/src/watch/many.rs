//! An observer of several queries at once.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::state::{Reader, State};
use crate::data::Data;
use crate::define::Bound;
use crate::define::Of;
use crate::machine::{Combine, GroupId, Machine};
use crate::options::QueryOptions;
use crate::result::Fields;
use crate::shell::{Core, Waits, Watch};
use crate::{Key, QueryClient};

/// Observes several queries of one kind at once.
///
/// As a stream it gives the present states first, in the order of the queries, and then the latest ones
/// whenever something is new. It ends when the client is gone. Dropping it ends observing.
///
/// ```
/// # use throughline_query::{Fetch, Manual, Query, QueryClient};
/// # let manual = Manual::new();
/// # let client = QueryClient::builder().build(manual.runtime());
/// let square = Query::new("square", |cx: Fetch<u32>| async move {
///     Ok::<_, std::io::Error>(cx.params() * cx.params())
/// });
/// let many = client.observe_all([2, 3].map(|n| square.at(n)));
/// manual.run();
/// let sum: u32 = many.states().iter().filter_map(|state| state.data()).map(|n| *n).sum();
/// assert_eq!(sum, 13);
/// ```
#[must_use = "it observes as long as it lives"]
pub struct Many<T, E> {
    group: Group,
    reader: Reader<T>,
    of: Of<E>,
}

/// Observes several queries, and what is made of them together: by [`Many::combine`].
pub struct Combined<U> {
    group: Group,
    of: Of<U>,
}

struct Group {
    core: Arc<Core>,
    watch: Arc<Watch<GroupId>>,
    queries: Vec<(Key, Arc<QueryOptions>)>,
    combine: Option<Combine>,
}

impl QueryClient {
    /// Observes several queries of one kind at once.
    pub fn observe_all<T, E>(&self, queries: impl IntoIterator<Item = Bound<T, E>>) -> Many<T, E>
    where
        T: Send + Sync + 'static,
    {
        let mut reader: Reader<T> = |data| data.into_arc().ok();
        let queries = keys(queries, &mut reader);
        let watch = Watch::new();
        let (watched, wanted) = (Arc::clone(&watch), queries.clone());
        self.core().begin(&watch, move |locked| {
            let id = locked.machine.observe_group(&wanted, None);
            let _ = watched.id.set(id);
            locked.groups.insert(id, Arc::clone(&watched));
            locked.when_restored(Waits::ToObserve, move |locked| {
                locked.machine.subscribe_group(id);
                let waker = watched.slot.notify();
                locked.wake_later(waker);
            });
        });
        let group = Group { core: self.core().shared(), watch, queries, combine: None };
        Many { group, reader, of: PhantomData }
    }
}

/// What the machine needs of the queries.
fn keys<T, E>(
    queries: impl IntoIterator<Item = Bound<T, E>>,
    reader: &mut Reader<T>,
) -> Vec<(Key, Arc<QueryOptions>)> {
    let observed = |query: Bound<T, E>| {
        *reader = query.read;
        query.observed()
    };
    queries.into_iter().map(observed).collect()
}

impl<T, E> Many<T, E>
where
    T: Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
{
    /// What is seen now. From within (see [`QueryClient`]), and when the client is gone, nothing.
    pub fn states(&self) -> Vec<State<T, E>> {
        let results = self.group.look(|machine, id| machine.group_result(id));
        let results = results.map(|group| group.results);
        let results = results.iter().flat_map(|results| results.iter());
        results.map(|result| State::new(result.clone(), self.reader)).collect()
    }

    /// Observes these queries from now on. Those that are observed already go on being observed.
    pub fn set(&mut self, queries: impl IntoIterator<Item = Bound<T, E>>) {
        self.group.queries = keys(queries, &mut self.reader);
        self.group.tell();
    }

    /// Waits until there is something new, and gives what is seen then; `None` when the client is gone.
    pub async fn changed(&mut self) -> Option<Vec<State<T, E>>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Makes one value of all states. It is made anew when something of what is read is new, in the
    /// middle of a change: `combine` should be pure, and must not block. What equals what was made
    /// before is not new. If `combine` panics, or while nothing is made yet because the cache is being
    /// restored, there is no value, and the stream waits for the next one.
    ///
    /// ```
    /// # use throughline_query::{Fetch, Fields, Manual, Query, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// # let one = Query::new("one", |_: Fetch<u32>| async { Ok::<_, std::io::Error>(1) });
    /// let sum = client.observe_all([1, 2, 3].map(|n| one.at(n))).combine(Fields::DATA, |states| {
    ///     states.iter().filter_map(|state| state.data()).map(|n| *n).sum::<i32>()
    /// });
    /// manual.run();
    /// assert_eq!(sum.value().as_deref(), Some(&3));
    /// ```
    #[must_use]
    pub fn combine<U: PartialEq + Send + Sync + 'static>(
        mut self,
        reads: Fields,
        combine: impl Fn(&[State<T, E>]) -> U + Send + Sync + 'static,
    ) -> Combined<U> {
        let reader = self.reader;
        self.group.combine = Some(Combine {
            run: Arc::new(move |results| {
                let states: Vec<_> =
                    results.iter().map(|result| State::new(result.clone(), reader)).collect();
                Some(Data::new(combine(&states)))
            }),
            reads,
            equal: Some(|a, b| match (a.downcast_ref::<U>(), b.downcast_ref()) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            }),
        });
        self.group.tell();
        Combined { group: self.group, of: PhantomData }
    }
}

impl<U: Send + Sync + 'static> Combined<U> {
    /// What was made last.
    pub fn value(&self) -> Option<Arc<U>> {
        self.group.look(|machine, id| machine.group_result(id))?.combined?.into_arc().ok()
    }

    /// Waits until there is something new, and gives it; `None` when the client is gone.
    pub async fn changed(&mut self) -> Option<Arc<U>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl Group {
    fn look<R>(&self, look: impl FnOnce(&Machine, GroupId) -> Option<R>) -> Option<R> {
        let id = *self.watch.id.get()?;
        self.core.look(|locked| look(&locked.machine, id)).flatten()
    }

    fn is_over(&self) -> bool {
        self.core.is_closed() || self.watch.is_refused()
    }

    fn tell(&self) {
        let (watch, queries) = (Arc::clone(&self.watch), self.queries.clone());
        let combine = self.combine.clone();
        self.core.act(move |locked| {
            if let Some(&id) = watch.id.get() {
                locked.machine.set_group(id, &queries, combine);
                locked.machine.combine_now(id);
                // Who has asked for other queries wants to see them, whatever they show.
                let waker = watch.slot.notify();
                locked.wake_later(waker);
            }
        });
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let watch = Arc::clone(&self.watch);
        self.core.act(move |locked| {
            if let Some(&id) = watch.id.get() {
                locked.machine.unobserve_group(id);
                locked.groups.remove(id);
            }
        });
    }
}

impl<T, E> Stream for Many<T, E>
where
    T: Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
{
    type Item = Vec<State<T, E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let is_new = self.group.watch.slot.take(cx.waker());
        if self.group.is_over() {
            return Poll::Ready(None);
        }
        if is_new { Poll::Ready(Some(self.states())) } else { Poll::Pending }
    }
}

impl<U: Send + Sync + 'static> Stream for Combined<U> {
    type Item = Arc<U>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let is_new = self.group.watch.slot.take(cx.waker());
            if self.group.is_over() {
                return Poll::Ready(None);
            }
            if !is_new {
                return Poll::Pending;
            }
            if let Some(value) = self.value() {
                return Poll::Ready(Some(value));
            }
            // News of which nothing was made; whoever brings the next ones has to know whom to wake.
        }
    }
}

impl<T, E> fmt::Debug for Many<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Many").field("queries", &self.group.queries).finish_non_exhaustive()
    }
}

impl<U> fmt::Debug for Combined<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Combined").field("queries", &self.group.queries).finish_non_exhaustive()
    }
}
