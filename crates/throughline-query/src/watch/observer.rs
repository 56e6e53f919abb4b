//! An observer of one query.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::state::{Reader, State, closed, failed, published};
use crate::client::{Raw, Seen};
use crate::data::{Cause, Data, Failure};
use crate::define::Of;
use crate::define::{Bound, Paged};
use crate::machine::ObserverId;
use crate::options::{Opt, QueryOptions, Select};
use crate::result::Fields;
use crate::shell::{Core, Locked, Waits, Watch};
use crate::state::Direction;
use crate::{Key, QueryClient};

/// Observes a query: keeps it in the cache, fetches it when it is stale, and sees its states.
///
/// As a stream it gives the present state first, and then the latest one whenever something is new that
/// it is interested in. Who is slow skips what lies between, and never misses the last one. The stream
/// ends when the client is gone, or at once if it is that of a function whose cache was
/// [switched](QueryClient::switch) before. Dropping the observer ends observing.
///
/// `T` is what it shows, and `S` what the query has, which differ after [`select`](Self::select).
///
/// ```
/// # #[cfg(not(feature = "tokio"))]
/// # fn main() {}
/// # #[cfg(feature = "tokio")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use throughline_query::{Fetch, Query, QueryClient};
///
/// let words = Query::new("words", |_: Fetch<()>| async { Ok::<_, std::io::Error>(vec!["a", "b"]) });
/// let client = QueryClient::new()?;
/// let mut count = client.observe(&words.at(())).select(Vec::len);
/// while let Some(state) = count.changed().await {
///     if let Some(count) = state.data() {
///         assert_eq!(*count, 2);
///         break;
///     }
/// }
/// # Ok(()) }
/// ```
#[must_use = "it observes as long as it lives"]
pub struct Observer<T, E, S = T> {
    core: Arc<Core>,
    watch: Arc<Watch<ObserverId>>,
    key: Key,
    options: Arc<QueryOptions>,
    reader: Reader<T>,
    stored: Reader<S>,
    /// Whether the options are not (only) the query's.
    is_own: bool,
    of: Of<E>,
}

impl QueryClient {
    /// Observes a query.
    pub fn observe<T, E>(&self, query: &Bound<T, E>) -> Observer<T, E> {
        let (key, options) = query.observed();
        let (read, infinite) = (query.read, query.infinite);
        let watch = Watch::new();
        let (watched, own, asked) = (Arc::clone(&watch), key.clone(), Arc::clone(&options));
        let shared = self.core().begin(&watch, move |locked| {
            let id = locked.machine.observe(&own, &asked, infinite);
            let _ = watched.id.set(id);
            locked.observers.insert(id, Arc::clone(&watched));
            locked.when_restored(Waits::ToObserve, move |locked| {
                locked.machine.subscribe(id);
                let waker = watched.slot.notify();
                locked.wake_later(waker);
            });
            locked.machine.observed_key(id).cloned()
        });
        // The one that lies in the cache, so that there are not two of it.
        let key = shared.flatten().unwrap_or(key);
        Observer {
            core: self.core().shared(),
            watch,
            key,
            options,
            reader: read,
            stored: read,
            is_own: false,
            of: PhantomData,
        }
    }
}

impl<T, E, S> Observer<T, E, S>
where
    T: Send + Sync + 'static,
    S: Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
{
    /// What it sees now.
    ///
    /// From within (see [`QueryClient`]) it sees what is published: the query's own data, unless that
    /// has to be selected from, and no counts.
    pub fn state(&self) -> State<T, E> {
        State::new(self.raw_state(), self.reader)
    }

    fn raw_state(&self) -> crate::ObserverResult {
        if self.is_over() {
            return closed();
        }
        let seen = self.core.look(|locked| locked.machine.result(*self.watch.id.get()?).cloned());
        match seen {
            Some(Some(result)) => result,
            // Known to nobody, because its parameters cannot be a key.
            Some(None) => failed(Cause::MissingFetcher(self.key.clone())),
            None => {
                let is_selected = self.options.select.get().is_some();
                published(self.core.reads.get(&self.key), is_selected)
            }
        }
    }

    /// The key of the query.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Waits until there is something new, and gives what is seen then; `None` when the client is gone.
    pub async fn changed(&mut self) -> Option<State<T, E>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Shows what this makes of the data. It runs again only for other data, in the middle of a change:
    /// it should be pure, and must not block. If it panics, the state shows that.
    pub fn select<U: Send + Sync + 'static>(
        self,
        select: impl Fn(&S) -> U + Send + Sync + 'static,
    ) -> Observer<U, E, S> {
        self.selecting(select, None)
    }

    /// The same for what can be compared: what equals what was shown before is not new.
    pub fn select_compared<U: PartialEq + Send + Sync + 'static>(
        self,
        select: impl Fn(&S) -> U + Send + Sync + 'static,
    ) -> Observer<U, E, S> {
        self.selecting(
            select,
            Some(|a, b| match (a.downcast_ref::<U>(), b.downcast_ref()) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            }),
        )
    }

    fn selecting<U: Send + Sync + 'static>(
        mut self,
        select: impl Fn(&S) -> U + Send + Sync + 'static,
        equal: Option<fn(&Data, &Data) -> bool>,
    ) -> Observer<U, E, S> {
        let (stored, key) = (self.stored, self.key.clone());
        let run = move |data: &Data| match stored(data.clone()) {
            Some(data) => Ok(Data::new(select(&data))),
            None => Err(Failure::from(Cause::Mismatch(key.clone()))),
        };
        let select = Select { run: Arc::new(run), equal };
        self.reconfigure(|options| options.select = Opt::Set(select));
        let core = Arc::clone(&self.core);
        Observer {
            core,
            // The old observer has nothing to end any more.
            watch: std::mem::replace(&mut self.watch, Watch::new()),
            key: self.key.clone(),
            options: Arc::clone(&self.options),
            reader: |data| data.into_arc().ok(),
            stored: self.stored,
            is_own: true,
            of: PhantomData,
        }
    }

    /// Is only told when one of these is new, instead of what the definition says.
    ///
    /// ```
    /// # use throughline_query::{Fetch, Fields, Manual, Query, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// # let todo = Query::new("todo", |_: Fetch<u32>| async { Ok::<_, std::io::Error>(0) });
    /// // Not when a fetch begins or ends, only when there is other data.
    /// let observer = client.observe(&todo.at(7)).interest(Fields::DATA | Fields::ERROR);
    /// # drop(observer);
    /// ```
    pub fn interest(mut self, fields: Fields) -> Self {
        if self.options.interest.get().is_none() && !self.is_own && !fields.is_empty() {
            // Where nothing is said, what is tracked counts, and takes no options of one's own.
            self.is_own = true;
            self.with(move |locked, id| locked.machine.track(id, fields));
        } else {
            self.reconfigure(|options| options.interest = Opt::Set(fields));
        }
        self
    }

    /// Observes with these options, where they say something.
    pub fn set_options(&mut self, options: &QueryOptions) {
        self.reconfigure(|own| *own = options.over(own));
    }

    fn reconfigure(&mut self, change: impl FnOnce(&mut QueryOptions)) {
        change(Arc::make_mut(&mut self.options));
        self.is_own = true;
        self.tell_options();
    }

    fn tell_options(&self) {
        let (key, options) = (self.key.clone(), Arc::clone(&self.options));
        self.with(move |locked, id| locked.machine.set_observer_options(id, &key, &options));
    }

    /// Observes another query of the same kind from now on, such as the next page of a list. What is
    /// selected and what is of interest stays; with [`keep_previous`](crate::Query::keep_previous) it
    /// goes on showing what it showed until there is other data.
    ///
    /// ```
    /// # use throughline_query::{Fetch, Manual, Query, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// let page = Query::new("page", |cx: Fetch<u32>| async move {
    ///     Ok::<_, std::io::Error>(cx.params() * 10)
    /// })
    /// .keep_previous();
    /// let mut observer = client.observe(&page.at(1));
    /// manual.run();
    /// observer.switch(&page.at(2));
    /// assert_eq!(observer.state().data().as_deref(), Some(&10));
    /// assert!(observer.state().is_placeholder_data);
    /// manual.run();
    /// assert_eq!(observer.state().data().as_deref(), Some(&20));
    /// ```
    pub fn switch(&mut self, query: &Bound<S, E>) {
        let (key, options) = query.observed();
        self.options = if self.is_own {
            let own = QueryOptions {
                select: self.options.select.clone(),
                interest: self.options.interest.clone(),
                ..QueryOptions::default()
            };
            Arc::new(own.over(&options))
        } else {
            options
        };
        self.key = key;
        self.tell_options();
    }

    /// Fetches again, even if the data is fresh or the query disabled; what runs already is called off
    /// if there is data.
    pub fn refetch(&self) -> Seen<T, E> {
        self.ask(|locked, id, ticket| locked.machine.refetch_observed(id, true, false, ticket))
    }

    fn ask(
        &self,
        ask: impl FnOnce(&mut Locked, ObserverId, crate::Ticket) + Send + 'static,
    ) -> Seen<T, E> {
        let watch = Arc::clone(&self.watch);
        let raw = Raw::ask(&self.core, move |locked, ticket| match watch.id.get() {
            Some(&id) => ask(locked, id, ticket),
            None => locked.refuse(ticket, Cause::Closed),
        });
        Seen::new(raw, self.reader)
    }

    fn is_over(&self) -> bool {
        self.core.is_closed() || self.watch.is_refused()
    }

    fn with(&self, act: impl FnOnce(&mut Locked, ObserverId) + Send + 'static) {
        let watch = Arc::clone(&self.watch);
        self.core.act(move |locked| {
            if let Some(&id) = watch.id.get() {
                act(locked, id);
            }
        });
    }
}

impl<U, T, N, E> Observer<U, E, Paged<T, N>>
where
    U: Send + Sync + 'static,
    T: Send + Sync + 'static,
    N: Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
{
    /// Fetches the next page. If there is none, nothing happens.
    pub fn fetch_next_page(&self) -> Seen<U, E> {
        self.ask(|locked, id, ticket| {
            locked.machine.fetch_page(id, Direction::Forward, true, false, ticket);
        })
    }

    /// Fetches the previous page. If there is none, nothing happens.
    pub fn fetch_previous_page(&self) -> Seen<U, E> {
        self.ask(|locked, id, ticket| {
            locked.machine.fetch_page(id, Direction::Backward, true, false, ticket);
        })
    }
}

impl<T, E, S> Stream for Observer<T, E, S>
where
    T: Send + Sync + 'static,
    S: Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
{
    type Item = State<T, E>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let is_new = self.watch.slot.take(cx.waker());
        if self.is_over() {
            return Poll::Ready(None);
        }
        if is_new { Poll::Ready(Some(self.state())) } else { Poll::Pending }
    }
}

impl<T, E, S> Drop for Observer<T, E, S> {
    fn drop(&mut self) {
        let watch = Arc::clone(&self.watch);
        self.core.act(move |locked| {
            if let Some(&id) = watch.id.get() {
                locked.machine.unobserve(id);
                locked.observers.remove(id);
            }
        });
    }
}

impl<T, E, S> fmt::Debug for Observer<T, E, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").field("key", &self.key).finish_non_exhaustive()
    }
}
