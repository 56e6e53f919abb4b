//! What somebody who inspects a cache is told of everything that happens.

use std::collections::VecDeque;
use std::task::Waker;

use crate::effect::{MutationEvent, MutationId, QueryEvent};
use crate::sync::Mutex;
use crate::{Key, Millis};

/// Something that happened in a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// To a query.
    Query(Key, QueryEvent),
    /// To a mutation, or to an observer that looks at none.
    Mutation(Option<MutationId>, MutationEvent),
    /// The cache was [switched](crate::QueryClient::switch): what was in it is gone, and is not told one
    /// by one; nor is what was waiting to be taken.
    Switched,
    /// So many events were lost, because nobody came to take them.
    Lost(u64),
}

/// Events that wait to be taken: so many at most, the oldest go first.
#[derive(Debug)]
pub(crate) struct Feed {
    most: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<(Millis, Happened)>,
    lost: u64,
    is_closed: bool,
    waker: Option<Waker>,
}

impl Feed {
    pub(crate) fn new(most: usize) -> Self {
        Self { most: most.max(1), waiting: Mutex::default() }
    }

    /// Adds an event. Gives whom to wake.
    pub(crate) fn add(&self, at: Millis, event: Happened) -> Option<Waker> {
        let mut waiting = self.waiting.lock();
        if waiting.events.len() >= self.most {
            waiting.events.pop_front();
            waiting.lost += 1;
        }
        waiting.events.push_back((at, event));
        waiting.waker.take()
    }

    /// Whoever the cache was of is somebody else: what waits to be taken was theirs. Gives whom to wake.
    pub(crate) fn switch(&self, at: Millis) -> Option<Waker> {
        let mut waiting = self.waiting.lock();
        waiting.events.clear();
        waiting.lost = 0;
        waiting.events.push_back((at, Happened::Switched));
        waiting.waker.take()
    }

    /// No more events will come. Gives whom to wake.
    pub(crate) fn close(&self) -> Option<Waker> {
        let mut waiting = self.waiting.lock();
        waiting.is_closed = true;
        waiting.waker.take()
    }

    /// Takes an event; `None` if there will be none any more. The waker is woken if there is none yet.
    pub(crate) fn take(&self, waker: &Waker) -> std::task::Poll<Option<(Millis, Happened)>> {
        use std::task::Poll;
        // Wakers may run anything when they are cloned and dropped; not while the lock is held.
        let waker = waker.clone();
        let mut waiting = self.waiting.lock();
        if waiting.lost > 0 {
            let lost = std::mem::take(&mut waiting.lost);
            let at = waiting.events.front().map_or(0, |(at, _)| *at);
            return Poll::Ready(Some((at, Happened::Lost(lost))));
        }
        if let Some(event) = waiting.events.pop_front() {
            return Poll::Ready(Some(event));
        }
        if waiting.is_closed {
            return Poll::Ready(None);
        }
        let before = waiting.waker.replace(waker);
        drop(waiting);
        drop(before);
        Poll::Pending
    }
}
