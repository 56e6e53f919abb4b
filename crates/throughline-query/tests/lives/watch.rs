//! Who looks, and what they have seen last.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use futures_util::Stream;
use throughline_query::{Combined, Events, Many, MutationObserver, MutationView, Observer, State};

use crate::defined::{Numbers, Oops, Pages};
use crate::waiting::Woken;
use crate::world::Shared;

pub type ObserverOf<T> = Observer<T, Oops, Numbers>;

/// A stream that was handed out.
pub enum Watching {
    Plain(Observer<Numbers, Oops>),
    Data(Observer<Numbers, Oops>),
    Selected(ObserverOf<usize>),
    Paged(Observer<Pages, Oops>),
    Many(Many<Numbers, Oops>),
    Combined(Combined<usize>),
    Mutation(MutationObserver<u8, u32, Oops>),
    Events(Events),
}

/// A stream, and what it showed last. It is polled only when it was woken.
pub struct Watch {
    pub watching: Watching,
    pub woken: Arc<Woken>,
    pub last: Option<String>,
    pub has_ended: bool,
    /// It fetches again by itself, for ever.
    pub is_restless: bool,
}

pub fn text<T: Debug>(state: &State<T, Oops>) -> String {
    let (data, error) = (state.data(), state.error());
    format!("{data:?} {error:?} {:?} {:?}", state.status, state.fetch_status)
}

pub fn mutation_text(state: &MutationView<u8, u32, Oops>) -> String {
    format!("{:?} {:?} {:?} {:?}", state.status, state.data(), state.error(), state.is_paused)
}

impl Watching {
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<String>> {
        fn next<S: Stream + Unpin>(stream: &mut S, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
            Pin::new(stream).poll_next(cx)
        }
        match self {
            Self::Plain(seen) => next(seen, cx).map(|seen| seen.map(|state| text(&state))),
            Self::Data(seen) => next(seen, cx).map(|seen| seen.map(|s| format!("{:?}", s.data()))),
            Self::Selected(seen) => next(seen, cx).map(|seen| seen.map(|state| text(&state))),
            Self::Paged(seen) => next(seen, cx).map(|seen| seen.map(|state| text(&state))),
            Self::Many(seen) => next(seen, cx)
                .map(|seen| seen.map(|all| all.iter().map(text).collect::<Vec<_>>().join("; "))),
            Self::Combined(seen) => next(seen, cx).map(|seen| seen.map(|sum| format!("{sum:?}"))),
            Self::Mutation(seen) => {
                next(seen, cx).map(|seen| seen.map(|state| mutation_text(&state)))
            }
            Self::Events(seen) => next(seen, cx).map(|seen| seen.map(|event| format!("{event:?}"))),
        }
    }

    /// What it has to have shown last; `None` if it need not have shown anything.
    pub fn now(&self) -> Option<String> {
        Some(match self {
            Self::Plain(seen) => text(&seen.state()),
            Self::Data(seen) => format!("{:?}", seen.state().data()),
            Self::Selected(seen) => text(&seen.state()),
            Self::Paged(seen) => text(&seen.state()),
            Self::Many(seen) => seen.states().iter().map(text).collect::<Vec<_>>().join("; "),
            Self::Combined(seen) => format!("{:?}", seen.value()?),
            Self::Mutation(seen) => mutation_text(&seen.state()),
            Self::Events(_) => return None,
        })
    }
}

impl Watch {
    /// Takes what is there, if it was woken.
    pub fn poll(&mut self, shared: &Shared) {
        if self.has_ended || !self.woken.0.swap(false, Ordering::SeqCst) {
            return;
        }
        let waker = Waker::from(Arc::clone(&self.woken));
        for _ in 0..10_000 {
            match self.watching.poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(Some(seen)) => {
                    shared.log(seen.clone());
                    self.last = Some(seen);
                }
                Poll::Ready(None) => {
                    self.has_ended = true;
                    return;
                }
                Poll::Pending => return,
            }
        }
        panic!("a stream comes to no end");
    }
}
