//! An observer of mutations.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::QueryClient;
use crate::client::{Asked, Raw};
use crate::data::{Cause, Data};
use crate::define::Of;
use crate::define::{Mutated, Mutation, Sent};
use crate::effect::CallbackCall;
use crate::error::QueryError;
use crate::machine::{MutateCallbacks, MutationObserverId};
use crate::mutation::MutationState;
use crate::shell::{Access, Core, TellFn, Watch};

/// Submits mutations, and sees how the last one of them goes.
///
/// As a stream it gives the present state first, and then the latest one whenever something is new. It
/// ends when the client is gone. Dropping it calls nothing off.
///
/// ```
/// # use throughline_query::{Manual, Mutate, Mutation, QueryClient};
/// # let manual = Manual::new();
/// # let client = QueryClient::builder().build(manual.runtime());
/// let double = Mutation::new("double", |cx: Mutate<u32>| async move {
///     Ok::<_, std::io::Error>(cx.variables() * 2)
/// });
/// let doubling = client.observe_mutation(&double);
/// let _ = doubling.mutate(21);
/// assert!(doubling.state().is_pending());
/// manual.run();
/// assert_eq!(doubling.state().data().as_deref(), Some(&42));
/// ```
#[must_use = "it observes as long as it lives"]
pub struct MutationObserver<V, T, E, C = ()> {
    core: Arc<Core>,
    watch: Arc<Watch<MutationObserverId>>,
    sent: Sent,
    of: Of<(V, T, E, C)>,
}

/// How a mutation goes, with its types.
///
/// Everything that has no type of its own is in the [`MutationState`] behind it.
pub struct MutationView<V, T, E, C = ()> {
    raw: MutationState,
    of: Of<(V, T, E, C)>,
}

impl QueryClient {
    /// An observer of mutations. Nothing is submitted yet.
    pub fn observe_mutation<V, T, E, C>(
        &self,
        mutation: &Mutation<V, T, E, C>,
    ) -> MutationObserver<V, T, E, C> {
        let watch = Watch::new();
        let sent = mutation.sent();
        sent.define(self.core());
        let (watched, options) = (Arc::clone(&watch), Arc::clone(&sent.options));
        self.core().begin(&watch, move |locked| {
            let id = locked.machine.observe_mutation(&options);
            let _ = watched.id.set(id);
            locked.mutations.insert(id, watched);
            locked.machine.subscribe_mutation(id);
        });
        MutationObserver { core: self.core().shared(), watch, sent, of: PhantomData }
    }
}

impl<V, T, E, C> MutationObserver<V, T, E, C>
where
    V: Send + Sync + 'static,
    T: Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
    C: Send + Sync + 'static,
{
    /// Submits a mutation. Whether the answer is awaited or not, it happens, also if the observer is dropped
    /// before it could begin.
    pub fn mutate(&self, variables: V) -> Asked<T, E> {
        self.submit(variables, None)
    }

    /// Submits a mutation, and tells how it ended, if it is still the last one that was submitted and
    /// the observer is still there.
    ///
    /// What is told runs after the change that it is told of, and must not block.
    pub fn mutate_then(
        &self,
        variables: V,
        tell: impl Fn(Mutated<V, T, E, C>) + Send + Sync + 'static,
    ) -> Asked<T, E> {
        let tell = TellFn(Box::new(move |core: &Access, call: CallbackCall| {
            if let Ok(mutated) = Mutated::new(core.clone(), call) {
                tell(mutated);
            }
        }));
        let on_settled = Some(Data::new(tell));
        self.submit(variables, Some(MutateCallbacks { on_settled, ..MutateCallbacks::default() }))
    }

    fn submit(&self, variables: V, callbacks: Option<MutateCallbacks>) -> Asked<T, E> {
        let (watch, variables) = (Arc::clone(&self.watch), Data::new(variables));
        let sent = self.sent.clone();
        let raw = Raw::ask(&self.core, move |locked, ticket| match watch.id.get() {
            Some(_) if locked.refuses(ticket, sent.durable.is_some()) => {}
            // The observer went while this waited for the cache to be restored.
            Some(&id) if !locked.mutations.contains_key(id) => {
                sent.submit(locked, variables, ticket);
            }
            Some(&id) => {
                let submitted = Some(variables.clone());
                let id = locked.machine.mutate(id, submitted, callbacks, ticket);
                sent.write_down(locked, id, variables);
            }
            None => locked.refuse(ticket, Cause::Closed),
        });
        Asked::new(raw, |data| data.into_arc().ok())
    }

    /// How the last mutation goes. From within (see [`QueryClient`]), and when the client is gone, as
    /// if nothing had been submitted.
    pub fn state(&self) -> MutationView<V, T, E, C> {
        let look = |id| self.core.look(|locked| locked.machine.mutation_result(id).cloned());
        let raw = self.watch.id.get().and_then(|&id| look(id).flatten());
        MutationView { raw: raw.unwrap_or_default(), of: PhantomData }
    }

    /// Looks away from what was submitted, as if nothing had been.
    pub fn reset(&self) {
        let watch = Arc::clone(&self.watch);
        self.core.act(move |locked| {
            if let Some(&id) = watch.id.get() {
                locked.machine.reset_mutation(id);
            }
        });
    }

    /// Waits until there is something new, and gives what is seen then; `None` when the client is gone.
    pub async fn changed(&mut self) -> Option<MutationView<V, T, E, C>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<V, T, E, C> MutationView<V, T, E, C>
where
    V: Send + Sync + 'static,
    T: Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
    C: Send + Sync + 'static,
{
    pub(crate) fn of(raw: MutationState) -> Self {
        Self { raw, of: PhantomData }
    }

    /// What it was submitted with.
    pub fn variables(&self) -> Option<Arc<V>> {
        self.raw.variables.as_ref()?.downcast()
    }

    /// What it gave.
    pub fn data(&self) -> Option<Arc<T>> {
        self.raw.data.as_ref()?.downcast()
    }

    /// Why it failed.
    pub fn error(&self) -> Option<QueryError<E>> {
        self.raw.error.as_ref().map(QueryError::of)
    }

    /// What was prepared before it.
    pub fn context(&self) -> Option<Arc<C>> {
        self.raw.context.as_ref()?.downcast()
    }
}

impl<V, T, E, C> Deref for MutationView<V, T, E, C> {
    type Target = MutationState;

    fn deref(&self) -> &MutationState {
        &self.raw
    }
}

impl<V, T, E, C> Stream for MutationObserver<V, T, E, C>
where
    V: Send + Sync + 'static,
    T: Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
    C: Send + Sync + 'static,
{
    type Item = MutationView<V, T, E, C>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let is_new = self.watch.slot.take(cx.waker());
        if self.core.is_closed() || self.watch.is_refused() {
            return Poll::Ready(None);
        }
        if is_new { Poll::Ready(Some(self.state())) } else { Poll::Pending }
    }
}

impl<V, T, E, C> Drop for MutationObserver<V, T, E, C> {
    fn drop(&mut self) {
        let watch = Arc::clone(&self.watch);
        self.core.act(move |locked| {
            if let Some(&id) = watch.id.get() {
                locked.machine.unobserve_mutation(id);
                locked.mutations.remove(id);
            }
        });
    }
}

impl<V, T, E, C> fmt::Debug for MutationObserver<V, T, E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutationObserver").finish_non_exhaustive()
    }
}

impl<V, T, E, C> fmt::Debug for MutationView<V, T, E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.raw.fmt(f)
    }
}
