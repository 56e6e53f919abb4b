//! Where tasks wait for their turns.

use std::future::poll_fn;
use std::task::{Poll, Waker};

use crate::sync::Mutex;

/// Counts how often somebody may have got a turn, and wakes whoever waits for one.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    count: u64,
    wakers: Vec<Waker>,
}

impl Turns {
    /// How often so far.
    pub(crate) fn count(&self) -> u64 {
        self.0.lock().count
    }

    /// Somebody may have got a turn. Not while any lock is held.
    pub(crate) fn next(&self) {
        let wakers = {
            let mut state = self.0.lock();
            state.count += 1;
            std::mem::take(&mut state.wakers)
        };
        for waker in wakers {
            waker.wake();
        }
    }

    /// Waits until somebody may have got a turn since then.
    pub(crate) async fn after(&self, seen: u64) {
        poll_fn(|cx| {
            let waker = cx.waker().clone();
            let mut state = self.0.lock();
            if state.count > seen {
                return Poll::Ready(());
            }
            let is_known = state.wakers.iter().any(|known| known.will_wake(&waker));
            if !is_known {
                state.wakers.push(waker);
            }
            Poll::Pending
        })
        .await;
    }
}
