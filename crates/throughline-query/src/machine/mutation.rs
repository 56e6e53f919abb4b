//! Mutations: attempts with callbacks around them, one after the other within a scope.

use std::sync::Arc;

use serde_json::Value;

use super::layers::LayerId;
use super::retry::{Attempts, Phase};
use super::waiting::Then;
use super::{Alarm, Machine, Micro, MutationObserverId, RunOwner};
use crate::Key;
use crate::data::{Cause, Data, Failure};
use crate::effect::{
    CallbackCall, CallbackOf, Effect, MutateCall, MutationAction, MutationEvent, MutationId, RunId,
    Stage, Ticket,
};
use crate::mutation::{MutationState, MutationStatus};
use crate::options::{MutationOptions, Retry, guarded};
use crate::time::Span;
use crate::timers::TimerId;

#[derive(Debug)]
pub(crate) struct Mutation {
    pub id: MutationId,
    pub options: Arc<MutationOptions>,
    pub state: MutationState,
    pub observers: Vec<MutationObserverId>,
    /// What it shows over queries until its function has ended.
    layers: Vec<(Key, LayerId)>,
    exec: Option<Box<Exec>>,
    gc_time: Span,
    gc_timer: Option<TimerId>,
    pub in_cache: bool,
    /// How many observers still point here.
    pins: u32,
    /// Where it was put in a row, whatever its options say now.
    scope: Option<Arc<str>>,
}

/// A mutation on its way.
#[derive(Debug)]
struct Exec {
    attempts: Attempts,
    /// The key and what else the function is told, as they were when the mutation was submitted.
    key: Option<Key>,
    meta: Option<Arc<Value>>,
    variables: Option<Data>,
    /// Whoever waits for the end.
    waiters: Vec<Then>,
    /// Whoever waits for the function alone, callbacks aside.
    attempt_waiters: Vec<Then>,
    run: Option<RunId>,
    outcome: Option<Result<Option<Data>, Failure>>,
    /// Which callback runs.
    step: Step,
}

/// What comes next in a mutation's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    CacheMutate,
    OptionsMutate,
    Start,
    Attempting,
    CacheSuccess,
    OptionsSuccess,
    CacheSettled,
    OptionsSettled,
    Succeed,
    CacheError,
    OptionsError,
    CacheSettledAfterError,
    OptionsSettledAfterError,
    Fail,
}

impl Step {
    fn next(self) -> Self {
        match self {
            Self::CacheMutate => Self::OptionsMutate,
            Self::OptionsMutate => Self::Start,
            Self::Start | Self::Attempting => Self::Attempting,
            Self::CacheSuccess => Self::OptionsSuccess,
            Self::OptionsSuccess => Self::CacheSettled,
            Self::CacheSettled => Self::OptionsSettled,
            Self::OptionsSettled | Self::Succeed => Self::Succeed,
            Self::CacheError => Self::OptionsError,
            Self::OptionsError => Self::CacheSettledAfterError,
            Self::CacheSettledAfterError => Self::OptionsSettledAfterError,
            Self::OptionsSettledAfterError | Self::Fail => Self::Fail,
        }
    }

    /// Whether a failing callback only fails itself.
    fn is_after_error(self) -> bool {
        matches!(
            self,
            Self::CacheError
                | Self::OptionsError
                | Self::CacheSettledAfterError
                | Self::OptionsSettledAfterError
        )
    }

    fn callback(self) -> Option<(CallbackOf, Stage)> {
        Some(match self {
            Self::CacheMutate => (CallbackOf::Cache, Stage::Mutate),
            Self::OptionsMutate => (CallbackOf::Options, Stage::Mutate),
            Self::CacheSuccess => (CallbackOf::Cache, Stage::Success),
            Self::OptionsSuccess => (CallbackOf::Options, Stage::Success),
            Self::CacheSettled | Self::CacheSettledAfterError => {
                (CallbackOf::Cache, Stage::Settled)
            }
            Self::OptionsSettled | Self::OptionsSettledAfterError => {
                (CallbackOf::Options, Stage::Settled)
            }
            Self::CacheError => (CallbackOf::Cache, Stage::Error),
            Self::OptionsError => (CallbackOf::Options, Stage::Error),
            Self::Start | Self::Attempting | Self::Succeed | Self::Fail => return None,
        })
    }
}

impl Machine {
    // --- In and out of the cache ---

    pub(super) fn build_mutation(
        &mut self,
        options: Arc<MutationOptions>,
        state: Option<MutationState>,
    ) -> u32 {
        self.last_mutation += 1;
        let id = self.last_mutation;
        let gc_time = self.gc_time(options.gc_time.get());
        let scope = options.scope.get().cloned();
        let mutation = self.mutations.insert(Mutation {
            id,
            options,
            state: state.unwrap_or_default(),
            observers: Vec::new(),
            layers: Vec::new(),
            exec: None,
            gc_time,
            gc_timer: None,
            in_cache: true,
            pins: 0,
            scope: scope.clone(),
        }) as u32;
        self.schedule_mutation_gc(mutation);
        self.mutation_order.insert(id, mutation);
        if let Some(scope) = scope {
            self.scopes.entry(scope).or_default().push(mutation);
        }
        self.mutation_event(Some(mutation), MutationEvent::Added);
        mutation
    }

    /// Submits a mutation that nobody observes; the ticket hears of its end. Gives its number.
    pub fn submit_mutation(
        &mut self,
        options: &MutationOptions,
        variables: Option<Data>,
        ticket: Ticket,
    ) -> MutationId {
        let options = self.complete_mutation(options);
        let mutation = self.build_mutation(options, None);
        let id = self.mutations[mutation as usize].id;
        self.execute(mutation, variables, Then::Data(ticket));
        id
    }

    /// Takes a mutation out of the cache; if it is on its way, it goes on. Whether it was there.
    pub fn forget_mutation(&mut self, id: MutationId) -> bool {
        let Some(&mutation) = self.mutation_order.get(&id) else { return false };
        self.remove_mutation(mutation);
        true
    }

    /// How long a mutation stays when nobody observes it, if it is in the cache.
    pub fn mutation_gc_time(&self, id: MutationId) -> Option<Span> {
        let &mutation = self.mutation_order.get(&id)?;
        Some(self.mutations[mutation as usize].gc_time)
    }

    fn remove_mutation(&mut self, mutation: u32) {
        let entry = &mut self.mutations[mutation as usize];
        if !entry.in_cache {
            return;
        }
        entry.in_cache = false;
        let id = entry.id;
        let scope = entry.options.scope.get().cloned();
        self.clear_mutation_gc(mutation);
        self.mutation_order.remove(&id);
        if let Some(scope) = scope {
            self.leave_scope(&scope, mutation);
        }
        self.mutation_event(Some(mutation), MutationEvent::Removed);
        self.give_up_unless_kept(mutation);
        self.free_mutation(mutation);
    }

    /// A mutation that waits is let go on by the cache. Out of the cache it would wait for ever, so
    /// whoever waits for it hears that it was dropped; its function was not called, or failed before.
    fn give_up_unless_kept(&mut self, mutation: u32) {
        let Some(entry) = self.mutations.get_mut(mutation as usize) else { return };
        let waits = entry.exec.as_ref().is_some_and(|exec| match exec.attempts.phase {
            Phase::WaitToStart => exec.step == Step::Attempting,
            phase => phase == Phase::WaitToRetry,
        });
        if entry.in_cache || !waits {
            return;
        }
        if let Some(exec) = entry.exec.take() {
            self.end_layers(mutation, false);
            self.stats.resumed_in_vain += u64::from(!exec.attempt_waiters.is_empty());
            for then in exec.waiters.into_iter().chain(exec.attempt_waiters) {
                self.finish(then, Err(Failure::from(Cause::Dropped)));
            }
        }
        self.free_mutation(mutation);
    }

    fn leave_scope(&mut self, scope: &Arc<str>, mutation: u32) {
        let Some(scoped) = self.scopes.get_mut(scope) else { return };
        scoped.retain(|&other| other != mutation);
        if scoped.is_empty() {
            self.scopes.remove(scope);
        }
    }

    /// Takes all mutations out of the cache. Those on their way go on.
    pub(super) fn clear_mutations(&mut self) {
        let all: Vec<_> = self.mutation_order.values().copied().collect();
        self.mutation_order.clear();
        self.scopes.clear();
        for &mutation in &all {
            self.mutations[mutation as usize].in_cache = false;
            self.clear_mutation_gc(mutation);
        }
        for mutation in all {
            self.mutation_event(Some(mutation), MutationEvent::Removed);
            self.give_up_unless_kept(mutation);
            self.free_mutation(mutation);
        }
    }

    /// Ends all mutations where they are. Whoever waits hears of the failure; no callback runs.
    pub(super) fn stop_mutations(&mut self, failure: &Failure) {
        let all: Vec<_> = self.mutations.iter().map(|(mutation, _)| mutation as u32).collect();
        for mutation in all {
            let Some(exec) = self.mutations[mutation as usize].exec.take() else { continue };
            if let Some(run) = exec.run {
                self.runs.remove(&run);
            }
            if let Phase::Sleeping(timer) = exec.attempts.phase {
                self.timers.disarm(timer);
            }
            for then in exec.waiters.into_iter().chain(exec.attempt_waiters) {
                self.finish(then, Err(failure.clone()));
            }
            self.free_mutation(mutation);
        }
    }

    fn free_mutation(&mut self, mutation: u32) {
        let Some(entry) = self.mutations.get(mutation as usize) else { return };
        if !entry.in_cache && entry.pins == 0 && entry.exec.is_none() {
            self.clear_mutation_gc(mutation);
            let entry = self.mutations.remove(mutation as usize);
            // Its options may have named another scope when it was taken out of the cache.
            if let Some(scope) = entry.scope {
                self.leave_scope(&scope, mutation);
            }
        }
    }

    pub(super) fn pin_mutation(&mut self, mutation: u32) {
        self.mutations[mutation as usize].pins += 1;
    }

    pub(super) fn unpin_mutation(&mut self, mutation: u32) {
        let entry = &mut self.mutations[mutation as usize];
        entry.pins = entry.pins.saturating_sub(1);
        self.free_mutation(mutation);
    }

    pub(super) fn mutation_event(&mut self, mutation: Option<u32>, event: MutationEvent) {
        if let Some(mutation) = mutation {
            self.dirty.mutation(self.mutations[mutation as usize].id, event);
        }
        if self.config.events {
            let id = mutation.map(|mutation| self.mutations[mutation as usize].id);
            self.tell(Effect::MutationEvent(id, event));
        }
    }

    pub(super) fn set_mutation_options(&mut self, mutation: u32, options: Arc<MutationOptions>) {
        let gc_time = self.gc_time(options.gc_time.get());
        let entry = &mut self.mutations[mutation as usize];
        entry.options = options;
        entry.gc_time = entry.gc_time.max(gc_time);
    }

    // --- Garbage ---

    pub(super) fn schedule_mutation_gc(&mut self, mutation: u32) {
        self.clear_mutation_gc(mutation);
        let entry = &self.mutations[mutation as usize];
        if let Span::For(time) = entry.gc_time
            && entry.in_cache
        {
            let due = self.now.saturating_add(time);
            let timer = self.timers.arm(due, Alarm::CollectMutation(mutation));
            self.mutations[mutation as usize].gc_timer = Some(timer);
        }
    }

    pub(super) fn clear_mutation_gc(&mut self, mutation: u32) {
        if let Some(timer) = self.mutations[mutation as usize].gc_timer.take() {
            self.timers.disarm(timer);
        }
    }

    pub(super) fn collect_mutation(&mut self, mutation: u32) {
        let entry = &mut self.mutations[mutation as usize];
        entry.gc_timer = None;
        if !entry.observers.is_empty() {
            return;
        }
        if entry.state.is_pending() {
            self.schedule_mutation_gc(mutation);
        } else {
            self.remove_mutation(mutation);
        }
    }

    // --- Its turn ---

    /// Whether it is the mutation's turn in its scope.
    fn may_run(&self, mutation: u32) -> bool {
        let scope = self.mutations[mutation as usize].options.scope.get();
        let Some(scoped) = scope.and_then(|scope| self.scopes.get(scope)) else { return true };
        let first = scoped.iter().find(|&&other| self.mutations[other as usize].state.is_pending());
        first.is_none_or(|&first| first == mutation)
    }

    fn may_start_mutation(&self, mutation: u32) -> bool {
        let exec = self.mutations[mutation as usize].exec.as_ref();
        exec.is_some_and(|exec| self.may_start(exec.attempts.network_mode))
            && self.may_run(mutation)
    }

    /// Lets the next of the scope go on.
    fn run_next(&mut self, mutation: u32) {
        let Some(scope) = self.mutations[mutation as usize].options.scope.get() else { return };
        let Some(scoped) = self.scopes.get(scope) else { return };
        let waits =
            |&&other: &&u32| other != mutation && self.mutations[other as usize].state.is_paused;
        if let Some(&next) = scoped.iter().find(waits) {
            self.continue_mutation(next, Then::Nothing);
        }
    }

    /// Lets the mutation go on: a waiting one if it may, a restored one from the beginning. `then`
    /// hears when its function is over.
    pub(super) fn continue_mutation(&mut self, mutation: u32, then: Then) {
        let entry = &mut self.mutations[mutation as usize];
        let Some(exec) = &mut entry.exec else {
            if entry.state.is_pending() {
                let variables = self.claim_variables(mutation);
                self.execute(mutation, variables, then);
            } else {
                self.finish(then, Ok(None));
            }
            return;
        };
        if exec.attempts.is_over() {
            self.finish(then, Ok(None));
            return;
        }
        exec.attempt_waiters.push(then);
        let (phase, mode) = (exec.attempts.phase, exec.attempts.network_mode);
        let waits_to_start = phase == Phase::WaitToStart && exec.step == Step::Attempting;
        let next = match phase {
            Phase::WaitToStart if waits_to_start && self.may_start_mutation(mutation) => {
                Phase::ResumeStart
            }
            Phase::WaitToRetry if self.may_retry(mode) && self.may_run(mutation) => {
                Phase::ResumeRetry
            }
            _ => return,
        };
        if let Some(exec) = &mut self.mutations[mutation as usize].exec {
            exec.attempts.phase = next;
            self.micro.push_back(Micro::ResumeMutation(mutation, 0));
        }
    }

    /// Takes a mutation that may go on a move further.
    pub(super) fn resume_mutation(&mut self, mutation: u32, moves: u8) {
        let Some(exec) = self.exec(mutation) else { return };
        let Some(last) = exec.attempts.phase.moves_to_resume() else { return };
        if moves == 0 {
            self.change(mutation, MutationAction::Continue, |state| state.is_paused = false);
        }
        if moves < last {
            self.micro.push_back(Micro::ResumeMutation(mutation, moves + 1));
        } else {
            self.attempt_mutation(mutation);
        }
    }

    /// Lets all waiting mutations go on; `then` follows when their functions are over.
    pub(super) fn resume_then(&mut self, then: Then) {
        let paused = |&mutation: &u32| self.mutations[mutation as usize].state.is_paused;
        let mutations: Vec<_> = if self.online {
            self.mutation_order.values().copied().filter(paused).collect()
        } else {
            Vec::new()
        };
        let wait = self.wait_for(mutations.len(), then);
        for mutation in mutations {
            self.continue_mutation(mutation, Then::One { wait, throw: false });
        }
    }

    // --- Its course ---

    fn exec(&mut self, mutation: u32) -> Option<&mut Exec> {
        self.mutations.get_mut(mutation as usize)?.exec.as_deref_mut()
    }

    fn change(
        &mut self,
        mutation: u32,
        action: MutationAction,
        change: impl FnOnce(&mut MutationState),
    ) {
        change(&mut self.mutations[mutation as usize].state);
        for observer in self.mutations[mutation as usize].observers.clone() {
            self.on_mutation_update(observer, action);
        }
        self.mutation_event(Some(mutation), MutationEvent::Updated(action));
    }

    /// Runs the mutation; `then` hears of the end.
    pub(super) fn execute(&mut self, mutation: u32, variables: Option<Data>, then: Then) {
        let entry = &mut self.mutations[mutation as usize];
        let options = &entry.options;
        let retry = options.retry.get().cloned().unwrap_or(Retry::Never);
        let attempts = Attempts::new(Some(retry), &options.retry_delay, &options.network_mode);
        entry.exec = Some(Box::new(Exec {
            attempts,
            key: options.key.get().cloned(),
            meta: options.meta.get().cloned(),
            variables: variables.clone(),
            waiters: vec![then],
            attempt_waiters: Vec::new(),
            run: None,
            outcome: None,
            step: Step::CacheMutate,
        }));
        if entry.state.is_pending() {
            self.change(mutation, MutationAction::Continue, |state| state.is_paused = false);
            self.lay_layers(mutation);
            self.mutation_step(mutation, Step::Start);
            return;
        }
        let is_paused = !self.may_start_mutation(mutation);
        self.submit(mutation, variables, None, is_paused);
        self.lay_layers(mutation);
        self.mutation_step(mutation, Step::CacheMutate);
    }

    /// Shows what the mutation is expected to come to.
    pub(super) fn lay_layers(&mut self, mutation: u32) {
        let entry = &self.mutations[mutation as usize];
        // One that was restored shows it already, while it waits.
        if !entry.layers.is_empty() {
            return;
        }
        let running = entry.exec.as_ref().and_then(|exec| exec.variables.clone());
        let variables = running.or_else(|| entry.state.variables.clone());
        let (Some(shown), Some(variables)) = (entry.options.optimistic.get().cloned(), variables)
        else {
            return;
        };
        let layers = guarded(Vec::new(), || shown(&variables));
        for (key, layer) in layers {
            let id = self.add_layer(&key, layer);
            self.mutations[mutation as usize].layers.push((key, id));
        }
    }

    /// The function has ended: what it was expected to come to has happened, or has not. Before the
    /// callbacks, so that what they have fetched is not shown beneath it.
    fn end_layers(&mut self, mutation: u32, happened: bool) {
        for (key, id) in std::mem::take(&mut self.mutations[mutation as usize].layers) {
            if happened {
                self.commit_layer(&key, id);
            } else {
                self.drop_layer(&key, id);
            }
        }
    }

    fn submit(
        &mut self,
        mutation: u32,
        variables: Option<Data>,
        context: Option<Data>,
        is_paused: bool,
    ) {
        let submitted_at = self.now;
        self.change(mutation, MutationAction::Pending, |state| {
            *state = MutationState {
                context,
                is_paused,
                status: MutationStatus::Pending,
                variables,
                submitted_at,
                ..MutationState::default()
            };
        });
    }

    /// Does what comes next.
    pub(super) fn mutation_step(&mut self, mutation: u32, step: Step) {
        let Some(exec) = self.exec(mutation) else { return };
        exec.step = step;
        if step.callback().is_some() {
            if !self.run_callback(mutation, step) {
                self.micro.push_back(Micro::MutationStep(mutation, step.next()));
            }
            return;
        }
        match step {
            Step::Start => self.start_mutation(mutation),
            Step::Succeed => self.end_mutation(mutation, true),
            Step::Fail => self.end_mutation(mutation, false),
            _ => {}
        }
    }

    /// Asks for the callback of this step, if there is one.
    fn run_callback(&mut self, mutation: u32, step: Step) -> bool {
        let Some((of, stage)) = step.callback() else { return false };
        let entry = &self.mutations[mutation as usize];
        let cache = &self.config.mutation_callbacks;
        let callback = match (of, stage) {
            (CallbackOf::Cache, Stage::Mutate) => cache.on_mutate.as_ref(),
            (CallbackOf::Cache, Stage::Success) => cache.on_success.as_ref(),
            (CallbackOf::Cache, Stage::Error) => cache.on_error.as_ref(),
            (CallbackOf::Cache, Stage::Settled) => cache.on_settled.as_ref(),
            (_, Stage::Mutate) => entry.options.on_mutate.get(),
            (_, Stage::Success) => entry.options.on_success.get(),
            (_, Stage::Error) => entry.options.on_error.get(),
            (_, Stage::Settled) => entry.options.on_settled.get(),
        };
        let (Some(callback), Some(exec)) = (callback.cloned(), &entry.exec) else { return false };
        let (variables, outcome) = (exec.variables.clone(), exec.outcome.clone());
        let (id, state) = (entry.id, entry.state.clone());
        let run = self.new_run(RunOwner::Callback(mutation));
        if let Some(exec) = self.exec(mutation) {
            exec.run = Some(run);
        }
        let context = state.context.clone();
        let call = CallbackCall {
            run,
            mutation: id,
            callback,
            of,
            stage,
            variables,
            context,
            outcome,
            state,
        };
        self.tell(Effect::Call(Box::new(call)));
        true
    }

    pub(super) fn callback_done(&mut self, run: RunId, outcome: Result<Option<Data>, Failure>) {
        let Some(RunOwner::Callback(mutation)) = self.runs.remove(&run) else { return };
        let Some(exec) = self.exec(mutation) else { return };
        if exec.run.take() != Some(run) {
            return;
        }
        let step = exec.step;
        match outcome {
            Err(failure) if !step.is_after_error() => {
                exec.outcome = Some(Err(failure));
                self.micro.push_back(Micro::MutationStep(mutation, Step::CacheError));
            }
            outcome => {
                if step == Step::OptionsMutate
                    && let Ok(Some(context)) = outcome
                {
                    let variables = self.exec(mutation).and_then(|exec| exec.variables.clone());
                    let is_paused = self.was_paused(mutation);
                    self.submit(mutation, variables, Some(context), is_paused);
                }
                self.micro.push_back(Micro::MutationStep(mutation, step.next()));
            }
        }
    }

    /// Whether the mutation waited when it was submitted.
    fn was_paused(&self, mutation: u32) -> bool {
        self.mutations[mutation as usize].state.is_paused
    }

    fn start_mutation(&mut self, mutation: u32) {
        let may_start = self.may_start_mutation(mutation);
        if self.mutations[mutation as usize].state.is_paused && may_start {
            self.change(mutation, MutationAction::Continue, |state| state.is_paused = false);
        }
        if let Some(exec) = self.exec(mutation) {
            exec.step = Step::Attempting;
        }
        if self.may_start_mutation(mutation) {
            self.attempt_mutation(mutation);
        } else {
            self.change(mutation, MutationAction::Pause, |state| state.is_paused = true);
            self.give_up_unless_kept(mutation);
        }
    }

    fn attempt_mutation(&mut self, mutation: u32) {
        let run = self.new_run(RunOwner::Mutation(mutation));
        let place = self.timers.reserve();
        let entry = &mut self.mutations[mutation as usize];
        let Some(exec) = &mut entry.exec else { return };
        exec.attempts.phase = Phase::Running;
        exec.run = Some(run);
        let Some(mutator) = entry.options.mutator.get().cloned() else {
            self.mutation_attempt_failed(run, Failure::from(Cause::MissingMutator));
            return;
        };
        let call = MutateCall {
            run,
            mutation: entry.id,
            mutator,
            variables: exec.variables.clone(),
            meta: exec.meta.clone(),
            key: exec.key.clone(),
            place,
        };
        self.tell(Effect::Mutate(Box::new(call)));
    }

    fn end_mutation_run(&mut self, run: RunId) -> Option<u32> {
        let Some(RunOwner::Mutation(mutation)) = self.runs.remove(&run) else { return None };
        let exec = self.exec(mutation)?;
        (exec.run.take() == Some(run)).then_some(mutation)
    }

    pub(super) fn mutation_attempt_done(&mut self, run: RunId, data: Option<Data>) {
        let Some(mutation) = self.end_mutation_run(run) else { return };
        self.attempts_over(mutation, Ok(data), Step::CacheSuccess);
    }

    pub(super) fn mutation_attempt_failed(&mut self, run: RunId, failure: Failure) {
        let Some(mutation) = self.end_mutation_run(run) else { return };
        let (now, server) = (self.now, self.config.server);
        let Some(exec) = self.exec(mutation) else { return };
        let Some(delay) = exec.attempts.failed(&failure, server) else {
            self.attempts_over(mutation, Err(failure), Step::CacheError);
            return;
        };
        let count = exec.attempts.failures;
        self.change(mutation, MutationAction::Failed, |state| {
            state.failure_count = count;
            state.failure_reason = Some(failure);
        });
        let timer = self.timers.arm(now.saturating_add(delay), Alarm::RetryMutation(mutation));
        if let Some(exec) = self.exec(mutation) {
            exec.attempts.phase = Phase::Sleeping(timer);
        }
    }

    fn attempts_over(&mut self, mutation: u32, outcome: Result<Option<Data>, Failure>, next: Step) {
        let Some(exec) = self.exec(mutation) else { return };
        exec.attempts.phase = if outcome.is_ok() { Phase::Resolved } else { Phase::Rejected };
        exec.outcome = Some(outcome.clone());
        let waiters = std::mem::take(&mut exec.attempt_waiters);
        self.end_layers(mutation, outcome.is_ok());
        self.micro.push_back(Micro::MutationStep(mutation, next));
        for then in waiters {
            self.finish(then, outcome.clone());
        }
    }

    pub(super) fn retry_mutation(&mut self, mutation: u32) {
        let Some(exec) = self.exec(mutation) else { return };
        if !matches!(exec.attempts.phase, Phase::Sleeping(_)) {
            return;
        }
        let mode = exec.attempts.network_mode;
        if self.may_retry(mode) && self.may_run(mutation) {
            self.attempt_mutation(mutation);
        } else {
            if let Some(exec) = self.exec(mutation) {
                exec.attempts.phase = Phase::WaitToRetry;
            }
            self.change(mutation, MutationAction::Pause, |state| state.is_paused = true);
            self.give_up_unless_kept(mutation);
        }
    }

    fn end_mutation(&mut self, mutation: u32, success: bool) {
        let Some(exec) = self.mutations[mutation as usize].exec.as_mut() else { return };
        let outcome = exec.outcome.take().unwrap_or(Ok(None));
        let mut waiters = std::mem::take(&mut exec.waiters);
        // Who waits for its function, which was not even called.
        self.stats.resumed_in_vain += u64::from(!exec.attempt_waiters.is_empty());
        waiters.append(&mut exec.attempt_waiters);
        match (&outcome, success) {
            (Ok(data), true) => {
                let data = data.clone();
                self.change(mutation, MutationAction::Success, |state| {
                    state.data = data;
                    state.failure_count = 0;
                    state.failure_reason = None;
                    state.error = None;
                    state.status = MutationStatus::Success;
                    state.is_paused = false;
                });
            }
            (Err(failure), _) => {
                let failure = failure.clone();
                self.change(mutation, MutationAction::Error, |state| {
                    state.data = None;
                    state.failure_count = state.failure_count.saturating_add(1);
                    state.failure_reason = Some(failure.clone());
                    state.error = Some(failure);
                    state.is_paused = false;
                    state.status = MutationStatus::Error;
                });
            }
            (Ok(_), false) => {}
        }
        // It may have failed before its function was even called.
        self.end_layers(mutation, false);
        self.mutations[mutation as usize].exec = None;
        self.run_next(mutation);
        for then in waiters {
            self.finish(then, outcome.clone());
        }
        self.free_mutation(mutation);
    }
}
