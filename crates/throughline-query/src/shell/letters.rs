//! Durable mutations between the machine, which runs them, and the outbox, which keeps them.

use std::sync::Arc;

use super::core::Locked;
use super::desk::Found;
use super::effects::Action;
use super::post::{Letter, Post};
use super::{Core, Latch, Waits};
use crate::data::{Data, Failure};
use crate::dehydrate::{DehydrateOptions, Dehydrating};
use crate::effect::{MutationId, Ticket};
use crate::machine::{Filters, HydratedMutation, MutationFilters};
use crate::mutation::{MutationState, MutationStatus};
use crate::options::MutationOptions;
use crate::outbox::DurableError;

impl Core {
    /// What waits for this mutation in an outbox can be sent again from now on.
    pub(crate) fn define(&self, op: &Arc<str>, options: &Arc<MutationOptions>) -> bool {
        let (op, options) = (Arc::clone(op), Arc::clone(options));
        let before = self.definitions.lock().insert(op, options);
        before.is_none()
    }

    /// The outbox, and the letter that the mutation is.
    pub(super) fn letter(&self, mutation: MutationId) -> Option<(Arc<Post>, Arc<Letter>)> {
        let post = self.peek(|locked| locked.post.clone()).flatten()?;
        let letter = post.letter(mutation)?;
        Some((post, letter))
    }

    /// What the server knows a durable mutation by.
    pub(crate) fn idempotency_key(&self, mutation: MutationId) -> Option<Arc<str>> {
        self.letter(mutation)?.1.idempotency_key()
    }

    /// Looks what is in the outbox and is no mutation yet.
    pub(crate) fn look_for_letters(self: &Arc<Self>) {
        self.act(|locked| {
            if locked.post.is_some() {
                locked.act_later(Action::LookForLetters);
            }
        });
    }

    pub(super) fn look_now(self: &Arc<Self>) {
        let known = self.definitions.lock().clone();
        if let Some(post) = self.peek(|locked| locked.post.clone()).flatten() {
            post.look(self, known);
        }
    }

    /// Letters become mutations again, and go on.
    pub(super) fn found(self: &Arc<Self>, post: &Arc<Post>, found: Vec<Found>) {
        let (post, ticket) = (Arc::clone(post), self.ticket());
        self.act(move |locked| {
            locked.when_restored(Waits::ForItsOwner, move |locked| {
                locked.take_letters(&post, &found, ticket);
            });
        });
    }
}

impl Locked {
    /// From now on durable mutations are written down there.
    pub(crate) fn start_posting(&mut self, post: Arc<Post>) {
        self.stop_posting(None);
        // Without events nobody would hear how a mutation ends.
        self.machine.tell_events();
        self.post = Some(post);
        self.act_later(Action::LookForLetters);
    }

    /// Nothing is written down any more.
    pub(crate) fn stop_posting(&mut self, told: Option<Arc<Latch<()>>>) {
        match (self.post.take(), told) {
            (Some(post), told) => self.act_later(Action::ClosePost(post, told)),
            (None, Some(told)) => self.act_later(Action::Then(Box::new(move || told.set(())))),
            (None, None) => {}
        }
    }

    /// The same, if it is still there that they are written down.
    pub(crate) fn stop_posting_in(&mut self, post: &Arc<Post>) {
        if self.post.as_ref().is_some_and(|present| Arc::ptr_eq(present, post)) {
            self.post = None;
        }
    }

    /// A durable mutation was submitted.
    pub(crate) fn write_letter(
        &mut self,
        mutation: MutationId,
        op: &Arc<str>,
        scope: Option<Arc<str>>,
        options: &Arc<MutationOptions>,
        variables: Data,
    ) {
        if let Some(post) = &self.post {
            let draft = post.draft(mutation, op, scope, options, variables);
            self.act_later(Action::WriteLetter(Box::new(draft)));
        }
    }

    /// A mutation has ended.
    pub(super) fn close_letter(&mut self, mutation: MutationId, has_failed: bool) {
        let Some(post) = self.post.clone() else { return };
        let Some(letter) = post.letter(mutation) else { return };
        post.forget(mutation);
        let over = Arc::clone(&post);
        if has_failed {
            let there = self.machine.mutation_by_id(mutation);
            let error = there.and_then(|(_, state)| state.error.clone());
            let error = error.unwrap_or_else(|| Failure::new("it failed"));
            self.act_later(Action::LetterFailed(post, letter, error));
        }
        self.act_later(Action::Then(Box::new(move || over.turn())));
    }

    fn take_letters(&mut self, post: &Arc<Post>, found: &[Found], ticket: Ticket) {
        if !self.post.as_ref().is_some_and(|present| Arc::ptr_eq(present, post)) {
            return;
        }
        for letter in found {
            let options = letter.options();
            let state = MutationState {
                status: MutationStatus::Pending,
                is_paused: true,
                variables: Some(letter.variables().clone()),
                submitted_at: letter.submitted_at(),
                ..MutationState::default()
            };
            let (key, meta) = (options.key.get().cloned(), options.meta.get().cloned());
            let from = HydratedMutation { key, state, scope: None, meta };
            let mutation = self.machine.hydrate_mutation(from, options);
            post.take(mutation, letter);
        }
        self.machine.resume_mutations(ticket);
    }

    /// The cache as JSON, without what is in an outbox.
    pub(crate) fn dehydrating(&self, options: &DehydrateOptions) -> Dehydrating {
        let post = self.post.as_deref();
        let is_elsewhere = |id| post.is_some_and(|post| post.has(id));
        Dehydrating::begin_without(&self.machine, options, is_elsewhere)
    }

    /// Empties the cache. What is in an outbox is not the cache's.
    pub(crate) fn clear(&mut self) {
        let Some(post) = self.post.clone() else { return self.machine.clear() };
        self.machine.remove_queries(&Filters::default());
        for (mutation, _, _) in self.machine.mutations_of(&MutationFilters::default()) {
            if !post.has(mutation) {
                self.machine.forget_mutation(mutation);
            }
        }
    }

    /// Refuses a durable mutation if there is nothing to write it down in.
    pub(crate) fn refuses(&mut self, ticket: Ticket, is_durable: bool) -> bool {
        let refused = is_durable && self.post.is_none();
        if refused {
            self.fail(ticket, Failure::new(DurableError::NoOutbox));
        }
        refused
    }
}
