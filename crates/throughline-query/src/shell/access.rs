//! A way to the cache that may end before the cache does.

use std::ops::Deref;
use std::sync::Arc;

use super::core::{Core, Locked, Outcome, Watch};
use super::{Answer, Waits};
use crate::Event;
use crate::effect::Ticket;
use crate::machine::Filters;

/// A way to the cache. That of a function that the cache runs ends when the cache is switched to
/// somebody else: the function was somebody's, and must not bring what it has to the next one.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    core: Arc<Core>,
    /// Whose cache it is for; `None` for the program's own clients.
    epoch: Option<u64>,
}

impl Access {
    pub(crate) fn of(core: Arc<Core>) -> Self {
        Self { core, epoch: None }
    }

    /// For a function that belongs to this epoch.
    pub(crate) fn within(core: &Arc<Core>, epoch: u64) -> Self {
        Self { core: Arc::clone(core), epoch: Some(epoch) }
    }

    /// The cache, whoever it is for.
    pub(crate) fn shared(&self) -> Arc<Core> {
        Arc::clone(&self.core)
    }

    /// Whether the way has ended.
    pub(crate) fn is_closed(&self) -> bool {
        self.core.is_closed() || self.is_past()
    }

    /// Whether the cache is somebody else's now. Whoever reads without a lock asks after reading.
    pub(crate) fn is_past(&self) -> bool {
        self.epoch.is_some_and(|epoch| epoch != self.core.epoch())
    }

    /// See [`Core::act`].
    pub(crate) fn act<R>(
        &self,
        change: impl FnOnce(&mut Locked) -> R + Send + 'static,
    ) -> Option<R> {
        self.core.act_in(self.epoch, change)
    }

    /// Has an observer begin; if the way has ended, it has ended, too.
    pub(crate) fn begin<Id: Send + Sync + 'static, R>(
        &self,
        watch: &Arc<Watch<Id>>,
        begin: impl FnOnce(&mut Locked) -> R + Send + 'static,
    ) -> Option<R> {
        let (epoch, watch) = (self.epoch, Arc::clone(watch));
        let begun = self.core.act(move |locked| {
            if locked.is_of(epoch) {
                return Some(begin(locked));
            }
            let waker = watch.refuse();
            locked.wake_later(waker);
            None
        });
        begun.flatten()
    }

    /// See [`Core::act_now`].
    pub(crate) fn act_now<R>(&self, change: impl FnOnce(&mut Locked) -> R) -> Option<R> {
        self.core.act_now(self.epoch, change)
    }

    /// Whether it is seen at a glance that there is no query that the filters mean; then there is nothing to
    /// do, and nothing to wait for.
    pub(crate) fn means_nothing(&self, filters: &Filters) -> bool {
        let nothing = |locked: &Locked| !locked.is_held() && locked.machine.has_no_key_of(filters);
        !self.is_closed() && self.look(nothing) == Some(true)
    }

    /// See [`Core::look`].
    pub(crate) fn look<R>(&self, look: impl FnOnce(&Locked) -> R) -> Option<R> {
        let epoch = self.epoch;
        let looked = self.core.look(|locked| locked.is_of(epoch).then(|| look(locked)));
        looked.flatten()
    }

    /// See [`Core::event`].
    pub(crate) fn event(&self, event: Event) {
        self.act(|locked| locked.machine.take(event));
    }

    /// See [`Core::ask`].
    pub(crate) fn ask(
        &self,
        ask: impl FnOnce(&mut Locked, Ticket) + Send + 'static,
    ) -> (Ticket, Arc<Answer<Outcome>>) {
        self.core.ask_in(self.epoch, Waits::ForAnswer, ask)
    }
}

impl Deref for Access {
    type Target = Arc<Core>;

    fn deref(&self) -> &Arc<Core> {
        &self.core
    }
}
