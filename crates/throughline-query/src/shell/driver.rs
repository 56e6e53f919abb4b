//! The task that calls the machine when something is due.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use super::Core;
use crate::runtime::BoxFuture;
use crate::sync::Mutex;
use crate::time::Millis;

/// How the driver hears that it has to wake earlier.
#[derive(Debug)]
pub(super) struct Alarm {
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
    pub(super) fn set(&self, due: Option<Millis>) {
        self.due.store(due.unwrap_or(Millis::MAX), Ordering::Relaxed);
    }

    /// Whether the driver would oversleep this.
    pub(super) fn is_late_for(&self, due: Millis) -> bool {
        due < self.due.load(Ordering::Relaxed)
    }

    /// Wakes the driver.
    pub(super) fn ring(&self) {
        let waker = self.waker.lock().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn listen(&self, waker: &Waker) {
        let waker = waker.clone();
        let before = self.waker.lock().replace(waker);
        drop(before);
    }
}

/// Sleeps until something is due. It does not keep the client alive.
pub(super) struct Driver {
    core: Weak<Core>,
    sleep: Option<(Millis, BoxFuture<()>)>,
}

impl Driver {
    pub(super) fn new(core: &Arc<Core>) -> Self {
        Self { core: Arc::downgrade(core), sleep: None }
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(core) = self.core.upgrade() else { return Poll::Ready(()) };
        core.alarm.listen(cx.waker());
        loop {
            if core.is_closed() {
                return Poll::Ready(());
            }
            let Some(due) = core.tick() else {
                self.sleep = None;
                return Poll::Pending;
            };
            let sleep = match &mut self.sleep {
                Some((until, sleep)) if *until == due => sleep,
                other => &mut other.insert((due, core.runtime.sleep(due))).1,
            };
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.sleep = None;
        }
    }
}
