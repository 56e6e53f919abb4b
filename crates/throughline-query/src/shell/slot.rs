//! Where one task hears that something is new.

use std::task::Waker;

use crate::sync::{AtomicBool, Mutex, Ordering};

/// A mark that there is news, and whom to wake for it.
///
/// News are not kept, only that there are some: whoever is slow sees the latest state once, and never
/// misses it.
#[derive(Debug)]
pub(crate) struct Slot {
    news: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Slot {
    /// A slot with news in it, because nobody has looked yet.
    pub(crate) fn new() -> Self {
        Self { news: AtomicBool::new(true), waker: Mutex::new(None) }
    }

    /// There is news. Gives whom to wake, as soon as no lock is held.
    pub(crate) fn notify(&self) -> Option<Waker> {
        self.news.store(true, Ordering::Release);
        self.waker.lock().take()
    }

    /// Whether there is news, which then counts as seen. If not, the waker is woken when there is.
    pub(crate) fn take(&self, waker: &Waker) -> bool {
        if self.news.swap(false, Ordering::Acquire) {
            return true;
        }
        let waker = waker.clone();
        // Dropping a waker may run anything; not while the lock is held.
        let before = self.waker.lock().replace(waker);
        drop(before);
        // Whoever notified in between has not seen the waker.
        self.news.swap(false, Ordering::Acquire)
    }
}
