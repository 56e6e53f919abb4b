//! Who waits for a fetch or a mutation, and what happens for them when it is over.

use super::{Machine, Micro, ObserverId};
use crate::data::{Cause, Data, Failure};
use crate::effect::{Effect, Settled, Ticket};
use crate::options::Select;

/// What happens when something is over, as what follows `await` in JavaScript.
#[derive(Debug, Clone)]
pub(crate) enum Then {
    /// Nobody waits.
    Nothing,
    /// The ticket gets the data.
    Data(Ticket),
    /// The ticket gets what `select` makes of the data.
    Selected(Ticket, Select),
    /// The ticket gets to know that it is over, whatever the outcome.
    Done(Ticket),
    /// The ticket gets to know that it is over, or the failure.
    Checked(Ticket),
    /// The ticket gets what the observer sees then.
    Result { ticket: Option<Ticket>, observer: ObserverId, throw: bool },
    /// One of several that are waited for together is over.
    One { wait: WaitId, throw: bool },
    /// Observers are asked whether they fetch again, because somebody looks.
    OnFocus,
    /// Observers are asked whether they fetch again, because there is a network.
    OnOnline,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct WaitId(u64);

/// Several things that are waited for together.
#[derive(Debug)]
pub(crate) struct Group {
    left: usize,
    then: Then,
}

impl Machine {
    /// Begins to wait for several things; each is handed out with [`Then::One`].
    pub(super) fn wait_for(&mut self, count: usize, then: Then) -> WaitId {
        self.last_wait += 1;
        let id = WaitId(self.last_wait);
        self.waits.insert(id, Group { left: count.max(1), then });
        if count == 0 {
            self.micro.push_back(Micro::Wait(id, Ok(())));
        }
        id
    }

    pub(super) fn wait_over(&mut self, id: WaitId, outcome: Result<(), Failure>) {
        let Some(group) = self.waits.get_mut(&id) else { return };
        group.left = group.left.saturating_sub(1);
        if group.left > 0 && outcome.is_ok() {
            return;
        }
        // The first failure is the outcome of all; what else is still under way has nobody left
        // to tell.
        if let Some(group) = self.waits.remove(&id) {
            self.finish(group.then, outcome.map(|()| None));
        }
    }

    /// Tells whoever waits.
    pub(super) fn finish(&mut self, then: Then, outcome: Result<Option<Data>, Failure>) {
        match then {
            Then::Nothing => {}
            Then::Data(ticket) => {
                self.tell(Effect::Settle(ticket, outcome.map(Settled::Data)));
            }
            Then::Selected(ticket, select) => {
                let selected = outcome.and_then(|data| match data {
                    Some(data) => super::observer::select(&select, &data).map(Some),
                    None => Ok(None),
                });
                self.tell(Effect::Settle(ticket, selected.map(Settled::Data)));
            }
            Then::Done(ticket) => self.tell(Effect::Settle(ticket, Ok(Settled::Done))),
            Then::Checked(ticket) => {
                self.tell(Effect::Settle(ticket, outcome.map(|_| Settled::Done)));
            }
            Then::Result { ticket, observer, throw } => {
                if throw && let Err(failure) = outcome {
                    if let Some(ticket) = ticket {
                        self.tell(Effect::Settle(ticket, Err(failure)));
                    }
                    self.result_told(observer);
                    return;
                }
                self.update_result(observer);
                if let Some(ticket) = ticket {
                    let result = self.result(observer).cloned();
                    // Nobody can be told what an observer sees that is gone.
                    let settled = result.map(|result| Settled::Result(Box::new(result)));
                    let settled = settled.ok_or_else(|| Failure::from(Cause::Dropped));
                    self.tell(Effect::Settle(ticket, settled));
                }
                self.result_told(observer);
            }
            Then::One { wait, throw } => {
                let outcome = match outcome {
                    Err(failure) if throw => Err(failure),
                    _ => Ok(()),
                };
                self.micro.push_back(Micro::Wait(wait, outcome));
            }
            Then::OnFocus => self.micro.push_back(Micro::OnFocus),
            Then::OnOnline => self.micro.push_back(Micro::OnOnline),
        }
    }
}
