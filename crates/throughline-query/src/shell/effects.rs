//! Carrying out what the machine asks for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Waker;

use super::core::Locked;
use super::keep::Writing;
use super::post::{Draft, Letter, Post};
use super::switch::Switching;
use super::task::{self, TaskId};
use super::worker::Then;
use super::{Core, Happened, Latch};
use crate::Key;
use crate::data::{Data, Failure};
use crate::effect::{
    CallbackCall, Effect, FetchCall, FetchId, MutateCall, MutationAction, MutationEvent,
    MutationId, QueryEvent,
};
use crate::machine::Machine;
use crate::time::Millis;

/// What follows from a change and is done when no lock is held.
pub(super) enum Action {
    Wake(Waker),
    Alarm,
    Fetch(Box<FetchCall>),
    Abort(FetchId),
    Mutate(Box<MutateCall>),
    Call(Box<CallbackCall>),
    Tell(Box<CallbackCall>),
    Settled(Key, Result<Data, Failure>),
    Query(Key, QueryEvent),
    Queries(Vec<(Key, QueryEvent)>),
    Mutation(Option<MutationId>, MutationEvent),
    SaveLater(Millis),
    Write(Box<Writing>),
    WriteLetter(Box<Draft>),
    LetterFailed(Arc<Post>, Arc<Letter>, Failure),
    LookForLetters,
    ClosePost(Arc<Post>, Option<Arc<Latch<()>>>),
    Switched(Box<Switching>),
    Then(Then),
    Close(Box<Machine>),
}

impl Action {
    /// Whether it is to be done or told for whoever the cache was of, and for nobody else.
    fn is_somebodys(&self) -> bool {
        matches!(
            self,
            Self::Fetch(_)
                | Self::Mutate(_)
                | Self::Call(_)
                | Self::Tell(_)
                | Self::Settled(..)
                | Self::Query(..)
                | Self::Queries(_)
                | Self::Mutation(..)
                | Self::LookForLetters
        )
    }
}

impl Core {
    /// Marks what is new and gives answers, in the middle of a change; leaves all else for later.
    pub(super) fn write_down(&self, locked: &mut Locked, effect: Effect) {
        match effect {
            // Observers look for themselves when they come round to it.
            Effect::Emit(id, _) => {
                let waker = locked.observers.get(id).and_then(|watch| watch.slot.notify());
                locked.wake_later(waker);
            }
            Effect::EmitGroup(id, _) => {
                let waker = locked.groups.get(id).and_then(|watch| watch.slot.notify());
                locked.wake_later(waker);
            }
            Effect::EmitMutation(id, _) => {
                let waker = locked.mutations.get(id).and_then(|watch| watch.slot.notify());
                locked.wake_later(waker);
            }
            Effect::Settle(ticket, outcome) => {
                let waker = self.settle(ticket, outcome);
                locked.wake_later(waker);
            }
            Effect::Fetch(call) => locked.act_later(Action::Fetch(call)),
            Effect::Abort(fetch) => locked.act_later(Action::Abort(fetch)),
            Effect::Mutate(call) => locked.act_later(Action::Mutate(call)),
            Effect::Call(call) => locked.act_later(Action::Call(call)),
            Effect::Tell(call) => locked.act_later(Action::Tell(call)),
            Effect::QuerySettled(key, outcome) => {
                locked.act_later(Action::Settled(key, outcome));
            }
            Effect::QueryEvent(key, event) => locked.act_later(Action::Query(key, event)),
            Effect::QueryEvents(events) => locked.act_later(Action::Queries(events)),
            Effect::MutationEvent(id, event) => {
                if let (Some(id), MutationEvent::Updated(action)) = (id, event)
                    && matches!(action, MutationAction::Success | MutationAction::Error)
                {
                    locked.close_letter(id, action == MutationAction::Error);
                }
                locked.act_later(Action::Mutation(id, event));
            }
        }
    }

    /// Does what was left for later. A panic of foreign code ends here: it must not keep what comes
    /// after it from being done.
    pub(super) fn carry_out(self: &Arc<Self>, epoch: u64, action: Action) {
        if epoch != self.epoch() && action.is_somebodys() {
            return;
        }
        let _ = catch_unwind(AssertUnwindSafe(|| self.carry_out_unguarded(epoch, action)));
    }

    fn carry_out_unguarded(self: &Arc<Self>, epoch: u64, action: Action) {
        match action {
            Action::Wake(waker) => waker.wake(),
            Action::Alarm => self.alarm.ring(),
            Action::Fetch(call) => task::fetch(self, epoch, call),
            Action::Abort(fetch) => {
                let flag = self.tasks.lock().remove(&TaskId::Fetch(fetch));
                if let Some(flag) = flag {
                    flag.raise();
                }
            }
            Action::Mutate(call) => task::mutate(self, epoch, call),
            Action::Call(call) => task::call(self, epoch, call),
            Action::Tell(call) => task::tell(self, epoch, *call),
            Action::Settled(key, outcome) => {
                for hook in &self.hooks.settled {
                    hook(&key, outcome.as_ref());
                }
            }
            Action::Query(key, event) => self.tell_query(key, event),
            Action::Queries(events) => {
                for (key, event) in events {
                    // Whoever is told of one may switch the cache to somebody else.
                    if epoch != self.epoch() {
                        break;
                    }
                    let _ = catch_unwind(AssertUnwindSafe(|| self.tell_query(key, event)));
                }
            }
            Action::Mutation(id, event) => {
                for hook in &self.hooks.mutation {
                    hook(id, event);
                }
                self.feed(&Happened::Mutation(id, event));
            }
            Action::SaveLater(after) => self.save_later(after),
            Action::Write(writing) => self.write(*writing),
            Action::WriteLetter(draft) => Post::write(self, *draft),
            Action::LetterFailed(post, letter, error) => post.failed(self, &letter, &error),
            Action::LookForLetters => self.look_now(),
            Action::ClosePost(post, told) => post.close(self, || {
                if let Some(told) = told {
                    told.set(());
                }
            }),
            Action::Switched(switching) => self.switched(*switching),
            Action::Then(then) => then(),
            Action::Close(machine) => {
                self.end();
                drop(machine);
            }
        }
    }

    fn tell_query(&self, key: Key, event: QueryEvent) {
        for hook in &self.hooks.query {
            hook(&key, event);
        }
        self.feed(&Happened::Query(key, event));
    }
}
