//! What a function that fetches gets to see.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use serde_json::Value;

use crate::data::{Cause, Failure};
use crate::shell::{Flag, Place, Running};
use crate::state::Direction;
use crate::{Event, Key, QueryClient};

/// What a function that fetches is called with.
///
/// ```
/// use throughline_query::{Fetch, Query};
///
/// # fn load(id: u32) -> std::io::Result<String> { Ok(id.to_string()) }
/// let todo = Query::new("todo", |cx: Fetch<u32>| async move { load(*cx.params()) });
/// # let _ = todo.at(7);
/// ```
pub struct Fetch<P, N = ()> {
    running: Running,
    page: Option<Arc<N>>,
    of: PhantomData<fn() -> P>,
}

impl<P: Send + Sync + 'static, N: Send + Sync + 'static> Fetch<P, N> {
    pub(super) fn new(running: Running) -> Result<Self, Failure> {
        let mismatch = || Failure::from(Cause::Mismatch(running.call.key.clone()));
        let key = &running.call.key;
        let unknown = || Failure::from(Cause::UnknownParameters(key.clone()));
        let why = || if key.remembers() { mismatch() } else { unknown() };
        key.params::<P>().ok_or_else(why)?;
        let param = running.call.page.as_ref().and_then(|page| page.param.as_ref());
        let page = match param {
            Some(param) => Some(param.downcast().ok_or_else(mismatch)?),
            None => None,
        };
        Ok(Self { running, page, of: PhantomData })
    }

    /// What the query was asked with.
    pub fn params(&self) -> &P {
        self.running.call.key.params().expect("`new` has found them in this key")
    }

    /// The key of the query.
    pub fn key(&self) -> &Key {
        &self.running.call.key
    }

    /// What the options carry for whoever reads it.
    pub fn meta(&self) -> Option<&Value> {
        self.running.call.meta.as_deref()
    }

    /// How often the present fetch has failed before.
    pub fn failures(&self) -> u32 {
        self.running.call.failures
    }

    /// The parameter of the page to fetch, for an infinite query.
    pub fn page(&self) -> Option<&N> {
        self.page.as_deref()
    }

    /// Which way the query grows by the page, for an infinite query.
    pub fn direction(&self) -> Option<Direction> {
        self.running.call.page.as_ref().map(|page| page.direction)
    }

    /// The client. It does not keep the cache alive: when all other clients are gone, it is closed.
    pub fn client(&self) -> QueryClient {
        QueryClient::within(&self.running.core)
    }

    /// A future that is over when the fetch is no longer wanted, to be handed to whoever does the work
    /// elsewhere; the function itself is dropped at its next `await` anyway.
    ///
    /// ```
    /// use throughline_query::{Fetch, Query};
    ///
    /// # fn compute(is_wanted: impl Fn() -> bool) -> u32 { u32::from(is_wanted()) }
    /// let sum = Query::new("sum", |cx: Fetch<()>| {
    ///     let cancelled = cx.cancelled();
    ///     async move { Ok::<_, std::io::Error>(compute(|| !cancelled.is_cancelled())) }
    /// });
    /// # let _ = sum.at(());
    /// ```
    ///
    /// Asking for it has a consequence, as reading the `signal` has in TanStack Query: if the last
    /// observer leaves, the fetch is aborted instead of coming to its end.
    pub fn cancelled(&self) -> Cancelled {
        self.running.core.event(Event::SignalRead(self.running.call.run));
        Cancelled { flag: Arc::clone(&self.running.flag), place: Place::default() }
    }

    /// Whether the fetch is no longer wanted. Asking this has no consequence.
    pub fn is_cancelled(&self) -> bool {
        self.running.flag.is_raised()
    }
}

impl<P, N> std::fmt::Debug for Fetch<P, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetch").field("call", &self.running.call).finish_non_exhaustive()
    }
}

/// Over when a fetch is no longer wanted; made by [`Fetch::cancelled`].
#[derive(Debug)]
pub struct Cancelled {
    flag: Arc<Flag>,
    place: Place,
}

impl Cancelled {
    /// Whether the fetch is no longer wanted.
    pub fn is_cancelled(&self) -> bool {
        self.flag.is_raised()
    }
}

impl Future for Cancelled {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { flag, place } = self.get_mut();
        if flag.poll(place, cx.waker()) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Cancelled {
    fn drop(&mut self) {
        self.flag.leave(&self.place);
    }
}
