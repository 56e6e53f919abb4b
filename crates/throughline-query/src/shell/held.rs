//! What fetches or mutates waits until what was kept of a cache is there.

use super::core::{Job, Locked};
use crate::data::Cause;
use crate::effect::Ticket;

/// What waits until the cache is restored.
pub(crate) struct Held {
    number: u64,
    /// Whether observers look again afterwards, as they do for somebody else.
    is_for_another: bool,
    jobs: Vec<(Waits, Job)>,
}

/// What waits until the cache is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waits {
    /// A command that somebody wants an answer to.
    ForAnswer(Ticket),
    /// A command, or letters.
    ForItsOwner,
    /// An observer, which is the program's.
    ToObserve,
}

impl Locked {
    /// Does this at once, unless the cache is being restored: then when it is.
    pub(crate) fn when_restored(
        &mut self,
        waits: Waits,
        act: impl FnOnce(&mut Self) + Send + 'static,
    ) {
        match &mut self.held {
            Some(held) => held.jobs.push((waits, Box::new(act))),
            None => act(self),
        }
    }

    /// Whether something is held back.
    pub(super) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Holds back what fetches, from now on.
    pub(super) fn hold(&mut self, number: u64, is_for_another: bool) {
        let before = self.held.take();
        let is_for_another = is_for_another || before.as_ref().is_some_and(|b| b.is_for_another);
        let jobs = before.map(|held| held.jobs).unwrap_or_default();
        self.held = Some(Held { number, is_for_another, jobs });
    }

    /// Lets go on what was held back for this restoring, in order.
    pub(super) fn release(&mut self, number: u64) {
        let Some(held) = self.held.take_if(|held| held.number == number) else { return };
        if held.is_for_another {
            self.machine.look_again();
        }
        self.released.extend(held.jobs.into_iter().map(|(_, job)| job));
    }

    /// Lets go on what was held back, whatever for.
    pub(super) fn let_go(&mut self) {
        if let Some(held) = &self.held {
            self.release(held.number);
        }
    }

    /// Calls off what was held back for whoever the cache was of.
    pub(super) fn refuse_held(&mut self) {
        let Some(held) = &mut self.held else { return };
        let (stay, go) = std::mem::take(&mut held.jobs)
            .into_iter()
            .partition(|(waits, _)| *waits == Waits::ToObserve);
        held.jobs = stay;
        for (waits, _) in go {
            if let Waits::ForAnswer(ticket) = waits {
                self.refuse(ticket, Cause::Cancelled { revert: false, silent: true });
            }
        }
    }
}
