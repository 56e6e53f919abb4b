//! The task that calls the machine when something is due.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use super::Core;
pub(super) use super::alarm::Alarm;
use crate::runtime::BoxFuture;
use crate::time::Millis;

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
