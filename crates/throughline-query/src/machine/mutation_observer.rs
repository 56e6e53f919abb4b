//! Observers of mutations: each looks at the last mutation it submitted.

use std::sync::Arc;

use super::waiting::Then;
use super::{Machine, MutationObserverId, RunOwner};
use crate::data::Data;
use crate::effect::{
    CallbackCall, CallbackOf, Effect, MutationAction, MutationEvent, MutationId, Stage, Ticket,
};
use crate::mutation::MutationState;
use crate::options::MutationOptions;

#[derive(Debug)]
pub(crate) struct MutationObserver {
    options: Arc<MutationOptions>,
    mutation: Option<u32>,
    /// The callbacks of the last call of `mutate`.
    callbacks: Option<Box<MutateCallbacks>>,
    listeners: u32,
    result: MutationState,
}

/// What runs at the end of one call of `mutate`, if somebody still listens.
#[derive(Debug, Clone, Default)]
pub struct MutateCallbacks {
    /// After a success.
    pub on_success: Option<Data>,
    /// After a failure.
    pub on_error: Option<Data>,
    /// After either.
    pub on_settled: Option<Data>,
}

impl Machine {
    /// A new observer of mutations with these options.
    pub fn observe_mutation(&mut self, options: &MutationOptions) -> MutationObserverId {
        let options = self.complete_mutation(options);
        let id = self.mutation_observers.insert(MutationObserver {
            options,
            mutation: None,
            callbacks: None,
            listeners: 0,
            result: MutationState::default(),
        });
        self.mutation_event(None, MutationEvent::OptionsUpdated);
        id
    }

    /// Gives the observer other options. A mutation on its way gets them too, unless the key is
    /// another: then the observer looks away from it.
    pub fn set_mutation_observer_options(
        &mut self,
        id: MutationObserverId,
        options: &MutationOptions,
    ) {
        let options = self.complete_mutation(options);
        let Some(observer) = self.mutation_observers.get_mut(id) else { return };
        let before = std::mem::replace(&mut observer.options, Arc::clone(&options));
        let mutation = observer.mutation;
        self.mutation_event(mutation, MutationEvent::OptionsUpdated);
        let other_key = match (before.key.get(), options.key.get()) {
            (Some(before), Some(after)) => before != after,
            _ => false,
        };
        if other_key {
            self.reset_mutation(id);
        } else if let Some(mutation) = mutation
            && self.mutations[mutation as usize].state.is_pending()
        {
            self.set_mutation_options(mutation, options);
        }
    }

    /// Somebody listens.
    pub fn subscribe_mutation(&mut self, id: MutationObserverId) {
        let Some(observer) = self.mutation_observers.get_mut(id) else { return };
        observer.listeners += 1;
        if observer.listeners == 1
            && let Some(mutation) = observer.mutation
        {
            self.add_mutation_observer(mutation, id);
            self.look_at_mutation(id);
        }
    }

    /// Somebody does not listen any more.
    pub fn unsubscribe_mutation(&mut self, id: MutationObserverId) {
        let Some(observer) = self.mutation_observers.get_mut(id) else { return };
        observer.listeners = observer.listeners.saturating_sub(1);
        if observer.listeners == 0
            && let Some(mutation) = observer.mutation
        {
            self.remove_mutation_observer(mutation, id);
        }
    }

    /// Forgets the observer. A mutation on its way goes on.
    pub fn unobserve_mutation(&mut self, id: MutationObserverId) {
        if let Some(observer) = self.mutation_observers.remove(id)
            && let Some(mutation) = observer.mutation
        {
            self.remove_mutation_observer(mutation, id);
            self.unpin_mutation(mutation);
        }
    }

    /// What the observer sees.
    pub fn mutation_result(&self, id: MutationObserverId) -> Option<&MutationState> {
        self.mutation_observers.get(id).map(|observer| &observer.result)
    }

    /// Looks away from the mutation, as if nothing had been submitted.
    pub fn reset_mutation(&mut self, id: MutationObserverId) {
        let Some(observer) = self.mutation_observers.get_mut(id) else { return };
        if let Some(mutation) = observer.mutation.take() {
            self.remove_mutation_observer(mutation, id);
            self.unpin_mutation(mutation);
        }
        self.look_at_mutation(id);
        self.notify_mutation(id, None);
    }

    /// Submits a mutation; the ticket hears of its end. Gives the mutation's number.
    pub fn mutate(
        &mut self,
        id: MutationObserverId,
        variables: Option<Data>,
        callbacks: Option<MutateCallbacks>,
        ticket: Ticket,
    ) -> Option<MutationId> {
        let observer = self.mutation_observers.get_mut(id)?;
        observer.callbacks = callbacks.map(Box::new);
        let options = Arc::clone(&observer.options);
        if let Some(mutation) = observer.mutation.take() {
            self.remove_mutation_observer(mutation, id);
            self.unpin_mutation(mutation);
        }
        let mutation = self.build_mutation(options, None);
        self.pin_mutation(mutation);
        if let Some(observer) = self.mutation_observers.get_mut(id) {
            observer.mutation = Some(mutation);
        }
        let number = self.mutations[mutation as usize].id;
        self.add_mutation_observer(mutation, id);
        self.execute(mutation, variables, Then::Data(ticket));
        Some(number)
    }

    fn add_mutation_observer(&mut self, mutation: u32, id: MutationObserverId) {
        let entry = &mut self.mutations[mutation as usize];
        if entry.observers.contains(&id) {
            return;
        }
        entry.observers.push(id);
        self.clear_mutation_gc(mutation);
        self.mutation_event(Some(mutation), MutationEvent::ObserverAdded);
    }

    fn remove_mutation_observer(&mut self, mutation: u32, id: MutationObserverId) {
        self.mutations[mutation as usize].observers.retain(|&other| other != id);
        self.schedule_mutation_gc(mutation);
        self.mutation_event(Some(mutation), MutationEvent::ObserverRemoved);
    }

    pub(super) fn on_mutation_update(&mut self, id: MutationObserverId, action: MutationAction) {
        self.look_at_mutation(id);
        self.notify_mutation(id, Some(action));
    }

    fn look_at_mutation(&mut self, id: MutationObserverId) {
        let Some(observer) = self.mutation_observers.get_mut(id) else { return };
        let mutation = observer.mutation.and_then(|mutation| self.mutations.get(mutation as usize));
        observer.result = mutation.map(|mutation| mutation.state.clone()).unwrap_or_default();
    }

    fn notify_mutation(&mut self, id: MutationObserverId, action: Option<MutationAction>) {
        let Some(observer) = self.mutation_observers.get(id) else { return };
        if observer.listeners == 0 {
            return;
        }
        let (result, mutation) = (observer.result.clone(), observer.mutation);
        if let (Some(callbacks), Some(mutation)) = (observer.callbacks.clone(), mutation) {
            let ended = match action {
                Some(MutationAction::Success) => Some((Stage::Success, callbacks.on_success)),
                Some(MutationAction::Error) => Some((Stage::Error, callbacks.on_error)),
                _ => None,
            };
            if let Some((stage, callback)) = ended {
                self.tell_callback(mutation, stage, callback, &result);
                self.tell_callback(mutation, Stage::Settled, callbacks.on_settled, &result);
            }
        }
        self.tell(Effect::EmitMutation(id, result));
    }

    fn tell_callback(
        &mut self,
        mutation: u32,
        stage: Stage,
        callback: Option<Data>,
        result: &MutationState,
    ) {
        let Some(callback) = callback else { return };
        let run = self.new_run(RunOwner::Callback(mutation));
        // Nobody waits for these.
        self.runs.remove(&run);
        let outcome = match &result.error {
            Some(failure) => Err(failure.clone()),
            None => Ok(result.data.clone()),
        };
        let call = CallbackCall {
            run,
            mutation: self.mutations[mutation as usize].id,
            callback,
            of: CallbackOf::Mutate,
            stage,
            variables: result.variables.clone(),
            context: result.context.clone(),
            outcome: Some(outcome),
            state: result.clone(),
        };
        self.tell(Effect::Tell(Box::new(call)));
    }
}
