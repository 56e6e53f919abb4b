//! The futures that commands give.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::data::{Cause, Data, Failure};
use crate::define::Of;
use crate::effect::{Settled, Ticket};
use crate::error::QueryError;
use crate::shell::{Access, Answer, Core, Locked, Outcome};
use crate::watch::{Reader, State};

/// An answer that comes later, or is there already. Who drops it does not want it any more.
pub(crate) enum Raw {
    Waiting { answer: Arc<Answer<Outcome>>, core: Arc<Core>, ticket: Ticket },
    Ready(Option<Outcome>),
}

impl Raw {
    /// Asks; `ask` hands the ticket to the machine.
    pub(crate) fn ask(
        core: &Arc<Core>,
        ask: impl FnOnce(&mut Locked, Ticket) + Send + 'static,
    ) -> Self {
        let (ticket, answer) = core.ask(ask);
        Self::Waiting { answer, core: Arc::clone(core), ticket }
    }

    /// The same, as a client may.
    pub(crate) fn ask_as(
        core: &Access,
        ask: impl FnOnce(&mut Locked, Ticket) + Send + 'static,
    ) -> Self {
        let (ticket, answer) = core.ask(ask);
        Self::Waiting { answer, core: core.shared(), ticket }
    }

    /// An answer that is there already.
    pub(crate) fn ready(outcome: Outcome) -> Self {
        Self::Ready(Some(outcome))
    }

    fn poll(&mut self, cx: &Context<'_>) -> Poll<Outcome> {
        match self {
            Self::Waiting { answer, .. } => answer.poll(cx.waker()),
            Self::Ready(outcome) => outcome.take().map_or(Poll::Pending, Poll::Ready),
        }
    }
}

impl Future for Raw {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        Self::poll(self.get_mut(), cx)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if let Self::Waiting { core, ticket, .. } = self {
            core.forget(*ticket);
        }
    }
}

/// A value that comes later: what [`fetch`](crate::QueryClient::fetch),
/// [`ensure`](crate::QueryClient::ensure) and [`mutate`](crate::QueryClient::mutate) give.
///
/// Dropping it calls nothing off.
#[must_use = "the value is only in what it comes to; `prefetch` gives none"]
pub struct Asked<T, E> {
    raw: Raw,
    read: fn(Data) -> Option<Arc<T>>,
    of: Of<E>,
}

impl<T, E> Asked<T, E> {
    pub(crate) fn new(raw: Raw, read: fn(Data) -> Option<Arc<T>>) -> Self {
        Self { raw, read, of: PhantomData }
    }
}

impl<T, E: Error + Send + Sync + 'static> Future for Asked<T, E> {
    type Output = Result<Arc<T>, QueryError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.raw.poll(cx).map(|outcome| match outcome {
            Ok(Settled::Data(Some(data))) => (this.read)(data).ok_or(QueryError::Mismatch),
            Ok(_) => Err(QueryError::Mismatch),
            Err(failure) => Err(QueryError::of(&failure)),
        })
    }
}

/// The end of something: what [`invalidate`](crate::QueryClient::invalidate) and the like give.
///
/// It happens whether this is awaited or not. It fails only if that was asked for, or with
/// [`Cause::Closed`] if the client is gone.
pub struct Done(Raw);

impl Done {
    pub(crate) fn new(raw: Raw) -> Self {
        Self(raw)
    }
}

impl Future for Done {
    type Output = Result<(), Failure>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().0.poll(cx).map(|outcome| outcome.map(|_| ()))
    }
}

/// What an observer sees when a fetch is over: what its [`refetch`](crate::Observer::refetch) gives.
///
/// A fetch that fails is no failure of this; the state shows it. It fails if the client is gone.
pub struct Seen<T, E> {
    raw: Raw,
    reader: Reader<T>,
    of: Of<E>,
}

impl<T, E> Seen<T, E> {
    pub(crate) fn new(raw: Raw, reader: Reader<T>) -> Self {
        Self { raw, reader, of: PhantomData }
    }
}

impl<T, E: Error + Send + Sync + 'static> Future for Seen<T, E> {
    type Output = Result<State<T, E>, QueryError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.raw.poll(cx).map(|outcome| match outcome {
            Ok(Settled::Result(result)) => Ok(State::new(*result, this.reader)),
            Ok(_) => Err(QueryError::of(&Cause::Closed.into())),
            Err(failure) => Err(QueryError::of(&failure)),
        })
    }
}

impl<T, E> fmt::Debug for Asked<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").finish_non_exhaustive()
    }
}

impl fmt::Debug for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Done").finish_non_exhaustive()
    }
}

impl<T, E> fmt::Debug for Seen<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen").finish_non_exhaustive()
    }
}
