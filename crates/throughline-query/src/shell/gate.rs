//! A lock that knows when the thread that asks for it is inside already.

use crate::sync::{AtomicUsize, Mutex, MutexGuard, Ordering, thread_number};
use std::ops::{Deref, DerefMut};

/// Guards what only one thread at a time may change.
///
/// Functions of the user run inside: selectors, comparisons, destructors. One that comes back to the
/// gate would wait for itself; here it is turned away instead, and can leave a message.
#[derive(Debug)]
pub(crate) struct Gate<T> {
    /// The thread that is inside, or 0.
    owner: AtomicUsize,
    inner: Mutex<T>,
}

/// Somebody is inside, and leaves when this is dropped.
pub(crate) struct Inside<'a, T> {
    // Dropped after `drop` below has run: nobody else is inside while the owner is wiped out.
    guard: MutexGuard<'a, T>,
    owner: &'a AtomicUsize,
}

impl<T> Gate<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self { owner: AtomicUsize::new(0), inner: Mutex::new(inner) }
    }

    /// Waits until nobody is inside, and enters; `None` if this thread is inside already.
    pub(crate) fn enter(&self) -> Option<Inside<'_, T>> {
        let me = thread_number();
        // Only this thread writes its own number here, so that what others write cannot mislead.
        if self.owner.load(Ordering::Relaxed) == me {
            return None;
        }
        let guard = self.inner.lock();
        self.owner.store(me, Ordering::Relaxed);
        Some(Inside { guard, owner: &self.owner })
    }
}

impl<T> Drop for Inside<'_, T> {
    fn drop(&mut self) {
        self.owner.store(0, Ordering::Relaxed);
    }
}

impl<T> Deref for Inside<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for Inside<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}
