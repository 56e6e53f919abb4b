//! How whoever sleeps until something is due hears that something is due earlier.

use std::task::Waker;

use crate::Millis;
use crate::sync::{AtomicI64, Mutex, Ordering};

/// How the driver hears that it has to wake earlier.
#[derive(Debug)]
pub(crate) struct Alarm {
    /// When it wakes by itself.
    due: AtomicI64,
    waker: Mutex<Option<Waker>>,
}

impl Default for Alarm {
    fn default() -> Self {
        Self { due: AtomicI64::new(Millis::MAX), waker: Mutex::default() }
    }
}

impl Alarm {
    /// Notes when the driver wakes by itself.
    pub(crate) fn set(&self, due: Option<Millis>) {
        self.due.store(due.unwrap_or(Millis::MAX), Ordering::Relaxed);
    }

    /// Whether the driver would oversleep this.
    pub(crate) fn is_late_for(&self, due: Millis) -> bool {
        due < self.due.load(Ordering::Relaxed)
    }

    /// Wakes the driver.
    pub(crate) fn ring(&self) {
        let waker = self.waker.lock().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whom to wake from now on.
    pub(crate) fn listen(&self, waker: &Waker) {
        let waker = waker.clone();
        let before = self.waker.lock().replace(waker);
        drop(before);
    }
}
