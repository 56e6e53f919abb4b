//! A signal that something is no longer wanted.

use std::task::Waker;

use slab::Slab;

use crate::sync::{AtomicBool, Mutex, Ordering};

/// Raised once, and seen by any number of tasks.
#[derive(Debug)]
pub(crate) struct Flag {
    raised: AtomicBool,
    wakers: Mutex<Slab<Waker>>,
}

/// The place of one task among those that wait for a flag.
#[derive(Debug, Default)]
pub(crate) struct Place(Option<usize>);

impl Flag {
    pub(crate) fn new() -> Self {
        Self { raised: AtomicBool::new(false), wakers: Mutex::new(Slab::new()) }
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Acquire)
    }

    /// Raises it, and wakes whoever waits.
    pub(crate) fn raise(&self) {
        self.raised.store(true, Ordering::Release);
        let wakers = std::mem::take(&mut *self.wakers.lock());
        for (_, waker) in wakers {
            waker.wake();
        }
    }

    /// Whether it is raised. If not, the waker is woken when it is.
    pub(crate) fn poll(&self, place: &mut Place, waker: &Waker) -> bool {
        if self.is_raised() {
            return true;
        }
        let mut wakers = self.wakers.lock();
        let before = match place.0.and_then(|place| wakers.get_mut(place)) {
            Some(known) if known.will_wake(waker) => None,
            Some(known) => Some(std::mem::replace(known, waker.clone())),
            None => {
                place.0 = Some(wakers.insert(waker.clone()));
                None
            }
        };
        drop(wakers);
        drop(before);
        self.is_raised()
    }

    /// Gives up the place.
    pub(crate) fn leave(&self, place: &Place) {
        let waker = place.0.and_then(|place| self.wakers.lock().try_remove(place));
        drop(waker);
    }
}
