//! Where many tasks wait for one value.

use std::future::poll_fn;
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use super::{Flag, Place};

/// A value that comes once, and for whoever wants it.
#[derive(Debug)]
pub(crate) struct Latch<T> {
    value: OnceLock<T>,
    flag: Flag,
}

impl<T: Clone> Latch<T> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { value: OnceLock::new(), flag: Flag::new() })
    }

    /// Gives the value, of which only the first counts. Not while any lock is held.
    pub(crate) fn set(&self, value: T) {
        let _ = self.value.set(value);
        self.flag.raise();
    }

    /// The value, if it has come.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// Waits for the value.
    pub(crate) async fn wait(&self) -> T {
        let mut waiting = Waiting { flag: &self.flag, place: Place::default() };
        poll_fn(|cx| {
            let is_there = self.flag.poll(&mut waiting.place, cx.waker());
            match self.value.get().filter(|_| is_there) {
                Some(value) => Poll::Ready(value.clone()),
                None => Poll::Pending,
            }
        })
        .await
    }
}

/// Gives the place up, however waiting ends.
struct Waiting<'a> {
    flag: &'a Flag,
    place: Place,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.flag.leave(&self.place);
    }
}
