//! Where one task waits for one answer.

use std::task::{Poll, Waker};

use crate::sync::Mutex;

/// A place for one answer, and for whoever waits for it.
#[derive(Debug)]
pub(crate) struct Answer<T>(Mutex<State<T>>);

#[derive(Debug)]
enum State<T> {
    Waiting(Option<Waker>),
    Given(T),
    Taken,
}

impl<T> Answer<T> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State::Waiting(None)))
    }

    /// Gives the answer, of which only the first counts. Gives whom to wake, as soon as no lock is
    /// held.
    pub(crate) fn give(&self, answer: T) -> Option<Waker> {
        let mut state = self.0.lock();
        match &mut *state {
            State::Waiting(waker) => {
                let waker = waker.take();
                *state = State::Given(answer);
                waker
            }
            State::Given(_) | State::Taken => {
                // Dropping an answer may run anything; not while the lock is held.
                drop(state);
                None
            }
        }
    }

    /// Takes the answer, or has the waker woken when it comes. Once taken it is pending for ever.
    pub(crate) fn poll(&self, waker: &Waker) -> Poll<T> {
        let waker = waker.clone();
        let mut state = self.0.lock();
        let before = match &mut *state {
            State::Waiting(before) => before.replace(waker),
            State::Taken => None,
            State::Given(_) => match std::mem::replace(&mut *state, State::Taken) {
                State::Given(answer) => return Poll::Ready(answer),
                State::Waiting(_) | State::Taken => None,
            },
        };
        drop(state);
        drop(before);
        Poll::Pending
    }
}
