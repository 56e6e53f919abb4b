//! The state machine: every rule of the cache, and no clock, no task, no lock.
//!
//! A driver calls a command or [`Machine::handle`] with the present time, then takes the effects
//! and carries them out. Work that TanStack Query leaves to a later microtask waits in the
//! machine until [`Machine::settle`], which `handle` calls itself.

mod audit;
mod bounds;
mod claim;
mod client;
mod dirty;
mod fetch;
mod filters;
mod focus;
mod forget;
mod group;
mod hydrate;
mod inspect;
mod known;
mod labels;
mod layers;
mod mutation;
mod mutation_observer;
mod observer;
mod observers;
mod pages;
mod places;
mod published;
mod query;
mod retry;
mod stream;
mod waiting;

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use slab::Slab;
use slotmap::SlotMap;

use crate::Key;
use crate::data::{Data, Failure};
use crate::effect::{Effect, FetchId, MutationId, RunId};
use crate::index::{Index, KeyOf};
use crate::options::{MutationOptions, QueryOptions};
use crate::time::Millis;
use crate::timers::Timers;

pub use self::bounds::Bounds;
pub use self::client::{RefetchHow, RefetchType};
pub use self::dirty::Changes;
pub(crate) use self::dirty::QueryRef;
pub use self::filters::{Filters, MutationFilters, MutationPredicate, Predicate, TypeFilter};
pub use self::group::{Combine, CombineFn};
pub use self::hydrate::{HydratedMutation, HydratedQuery};
pub use self::inspect::Stats;
pub use self::labels::{Label, LabelsFn};
pub use self::layers::{LayerFn, LayerId};
pub use self::mutation_observer::MutateCallbacks;
pub use self::pages::Pages;
pub use self::query::QuerySnapshot;

use self::group::Group;
use self::mutation::Mutation;
use self::mutation_observer::MutationObserver;
use self::observer::Observer;
use self::query::Query;
use self::waiting::{Group as WaitGroup, Then, WaitId};

slotmap::new_key_type! {
    /// An observer of a query.
    pub struct ObserverId;
    /// An observer of several queries.
    pub struct GroupId;
    /// An observer of mutations.
    pub struct MutationObserverId;
}

pub(crate) type QueryId = u32;

/// What a machine is told when it is made.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Defaults for every query.
    pub queries: QueryOptions,
    /// Defaults for every mutation.
    pub mutations: MutationOptions,
    /// Whether this is a server: no retries by default, no timers, nothing is collected.
    pub server: bool,
    /// Whether events are told.
    pub events: bool,
    /// Whether the end of each fetch is told.
    pub tell_settled: bool,
    /// How large the cache may grow.
    pub bounds: Bounds,
    /// Whether data is weighed although the bytes are not bounded.
    pub weigh: bool,
    /// What runs around every mutation, before the mutation's own.
    pub mutation_callbacks: MutationCallbacks,
}

/// What runs around every mutation of a cache.
#[derive(Debug, Clone, Default)]
pub struct MutationCallbacks {
    /// Before.
    pub on_mutate: Option<Data>,
    /// After a success.
    pub on_success: Option<Data>,
    /// After a failure.
    pub on_error: Option<Data>,
    /// After either.
    pub on_settled: Option<Data>,
}

/// What comes from outside, other than commands.
#[derive(Debug)]
pub enum Event {
    /// A function gave its value; `None` if it has none to give.
    Fetched(RunId, Option<Data>),
    /// A function failed.
    FetchFailed(RunId, Failure),
    /// A stream gave a chunk.
    Chunk(RunId, Data),
    /// A stream has ended.
    Streamed(RunId),
    /// A mutation gave its value.
    Mutated(RunId, Option<Data>),
    /// A mutation failed.
    MutateFailed(RunId, Failure),
    /// A callback has ended; what it gave is the context, if it was the first.
    Called(RunId, Result<Option<Data>, Failure>),
    /// A function asks to be told when it is no longer wanted: from now on it is aborted when the
    /// last observer leaves.
    SignalRead(RunId),
    /// Whether somebody looks; `None` if that cannot be told.
    Focus(Option<bool>),
    /// Whether there is a network.
    Online(bool),
    /// Time has passed.
    Tick,
}

/// What a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alarm {
    CollectQuery(QueryId),
    CollectMutation(u32),
    RetryQuery(QueryId),
    RetryMutation(u32),
    Stale(ObserverId),
    Interval(ObserverId),
}

/// Work for the end of the present change, as a promise's continuation is in JavaScript.
#[derive(Debug)]
pub(crate) enum Micro {
    FetchSettled(QueryId, FetchId, Result<Option<Data>, Failure>),
    AttemptFailed(RunId, Failure),
    /// The number counts the moves that were made.
    ResumeQuery(QueryId, FetchId, u8),
    ResumeMutation(u32, u8),
    MutationStep(u32, mutation::Step),
    Wait(WaitId, Result<(), Failure>),
    Finish(Then, Result<Option<Data>, Failure>),
    FinishLater(Then, Result<Option<Data>, Failure>),
    OnFocus,
    OnOnline,
    Evict,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum RunOwner {
    Query(QueryId, FetchId),
    Mutation(u32),
    Callback(u32),
}

/// A cache of queries and mutations, without a clock, a task or a lock.
///
/// ```
/// use std::sync::Arc;
/// use throughline_query::{Config, Data, Effect, Event, Fetcher, Key, Machine, QueryOptions};
///
/// let mut machine = Machine::new(Config::default(), 0);
/// let options = Arc::new(QueryOptions {
///     fetcher: Fetcher::Call(Data::new("whatever the driver runs")).into(),
///     ..QueryOptions::default()
/// });
/// let key = Key::from("n");
/// machine.fetch_query(&key, &options, false, 1);
/// machine.settle();
/// for effect in machine.take_effects() {
///     if let Effect::Fetch(call) = effect {
///         machine.handle(Event::Fetched(call.run, Some(Data::new(7))), 20);
///     }
/// }
/// assert_eq!(machine.data(&key).and_then(|data| data.downcast()).as_deref(), Some(&7));
/// ```
#[derive(Debug)]
pub struct Machine {
    now: Millis,
    config: Config,
    defaults: Arc<QueryOptions>,
    /// Options that say nothing.
    silent: Arc<QueryOptions>,
    /// Options that follow from others, by the addresses of these.
    completed: FxHashMap<(usize, usize), client::Derived>,
    query_defaults: Vec<(Key, Arc<QueryOptions>)>,
    mutation_defaults: Vec<(Key, MutationOptions)>,

    queries: Slab<Query>,
    index: Index,
    places: places::Places,
    /// How many queries ever came into the cache.
    last_place: u64,
    fetching: usize,
    labels: FxHashMap<Label, FxHashSet<QueryId>>,
    layers: FxHashMap<Key, layers::Layers>,
    last_layer: u64,
    bytes: usize,
    uses: u64,
    /// How many queries there were when none could go although there were too many.
    evicted_at: usize,
    /// How many have been left alone since.
    left_alone: usize,
    stats: Stats,

    /// Each in a box: a map that has just grown then has room for pointers only.
    observers: SlotMap<ObserverId, Box<Observer>>,
    groups: SlotMap<GroupId, Group>,

    mutations: Slab<Mutation>,
    mutation_order: std::collections::BTreeMap<MutationId, u32>,
    last_mutation: MutationId,
    scopes: FxHashMap<Arc<str>, Vec<u32>>,
    mutation_observers: SlotMap<MutationObserverId, MutationObserver>,

    runs: FxHashMap<RunId, RunOwner>,
    last_run: u64,
    last_fetch: u64,
    orphans: FxHashMap<FetchId, Vec<Then>>,
    waits: FxHashMap<WaitId, WaitGroup>,
    last_wait: u64,

    timers: Timers<Alarm>,
    micro: VecDeque<Micro>,
    effects: Vec<Effect>,

    focused: Option<bool>,
    online: bool,
    /// How often it was mounted more than unmounted.
    mounts: i32,
    mounted: bool,

    /// Where readers find what they may read while something changes.
    published: Option<Arc<crate::shell::Reads>>,
    dirty: dirty::Dirty,
}

impl KeyOf for Slab<Query> {
    fn key(&self, id: u32) -> &Key {
        &self[id as usize].key
    }
}

impl Machine {
    /// A machine with an empty cache, at this time.
    pub fn new(config: Config, now: Millis) -> Self {
        Self {
            now,
            defaults: Arc::new(config.queries.clone()),
            config,
            silent: Arc::new(QueryOptions::default()),
            completed: FxHashMap::default(),
            query_defaults: Vec::new(),
            mutation_defaults: Vec::new(),
            queries: Slab::new(),
            index: Index::new(),
            places: places::Places::default(),
            last_place: 0,
            fetching: 0,
            labels: FxHashMap::default(),
            layers: FxHashMap::default(),
            last_layer: 0,
            bytes: 0,
            uses: 0,
            evicted_at: 0,
            left_alone: 0,
            stats: Stats::default(),
            observers: SlotMap::with_key(),
            groups: SlotMap::with_key(),
            mutations: Slab::new(),
            mutation_order: std::collections::BTreeMap::new(),
            last_mutation: 0,
            scopes: FxHashMap::default(),
            mutation_observers: SlotMap::with_key(),
            runs: FxHashMap::default(),
            last_run: 0,
            last_fetch: 0,
            orphans: FxHashMap::default(),
            waits: FxHashMap::default(),
            last_wait: 0,
            timers: Timers::new(),
            micro: VecDeque::new(),
            effects: Vec::new(),
            focused: None,
            online: true,
            mounts: 0,
            mounted: false,
            published: None,
            dirty: dirty::Dirty::default(),
        }
    }

    /// Says what time it is, for the commands that follow.
    pub fn set_now(&mut self, now: Millis) {
        self.now = now;
    }

    /// The time of the last command.
    pub fn now(&self) -> Millis {
        self.now
    }

    /// Takes in what happened, does all that follows from it, and gives the effects.
    pub fn handle(&mut self, event: Event, now: Millis) -> Vec<Effect> {
        self.now = now;
        self.take(event);
        self.settle();
        self.take_effects()
    }

    /// Takes in what happened, and leaves the rest to [`Machine::step`].
    pub fn take(&mut self, event: Event) {
        match event {
            Event::Fetched(run, data) => self.attempt_done(run, data),
            Event::FetchFailed(run, failure) => self.attempt_failed(run, failure),
            Event::Chunk(run, chunk) => self.stream_chunk(run, &chunk),
            Event::Streamed(run) => self.stream_ended(run),
            Event::Mutated(run, data) => self.mutation_attempt_done(run, data),
            Event::MutateFailed(run, failure) => self.mutation_attempt_failed(run, failure),
            Event::Called(run, outcome) => self.callback_done(run, outcome),
            Event::SignalRead(run) => self.signal_read(run),
            Event::Focus(focused) => self.set_focused(focused),
            Event::Online(online) => self.set_online(online),
            Event::Tick => {
                // What follows from one timer comes before the next, as it does in JavaScript.
                while self.fire_next() {
                    self.settle();
                }
            }
        }
    }

    /// Does one piece of the work that follows from what was done, if there is any.
    pub fn step(&mut self) -> bool {
        let Some(micro) = self.micro.pop_front() else { return false };
        match micro {
            Micro::FetchSettled(query, fetch, outcome) => self.fetch_settled(query, fetch, outcome),
            Micro::AttemptFailed(run, failure) => self.attempt_failed(run, failure),
            Micro::ResumeQuery(query, fetch, moves) => self.resume_query(query, fetch, moves),
            Micro::ResumeMutation(mutation, moves) => self.resume_mutation(mutation, moves),
            Micro::MutationStep(mutation, step) => self.mutation_step(mutation, step),
            Micro::Wait(wait, outcome) => self.wait_over(wait, outcome),
            Micro::Finish(then, outcome) => self.finish(then, outcome),
            Micro::FinishLater(then, outcome) => {
                self.micro.push_back(Micro::Finish(then, outcome));
            }
            Micro::OnFocus => self.refetch_on_focus(),
            Micro::OnOnline => self.refetch_on_reconnect(),
            Micro::Evict => self.evict(None),
        }
        true
    }

    /// Which mutation the next [`step`](Self::step) takes further, if it does, by a number that is its
    /// own while it is on its way. For a driver that counts what JavaScript would count.
    pub fn next_mutation(&self) -> Option<u32> {
        match self.micro.front() {
            Some(Micro::MutationStep(mutation, _)) => Some(*mutation),
            _ => None,
        }
    }

    /// Does all the work that follows from what was done.
    pub fn settle(&mut self) {
        while self.step() {}
    }

    /// The effects since the last call.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Moves the effects since the last call to the end of `into`.
    pub fn take_effects_into(&mut self, into: &mut Vec<Effect>) {
        if into.is_empty() {
            std::mem::swap(into, &mut self.effects);
        } else {
            into.append(&mut self.effects);
        }
    }

    /// When the next timer is due, and its place among those that are due at the same time.
    pub fn next_timer(&mut self) -> Option<(Millis, u64)> {
        self.timers.next()
    }

    /// Takes the next place in the order of timers, for a driver that has timers of its own and
    /// fires them in the same order.
    pub fn reserve_timer(&mut self) -> u64 {
        self.timers.reserve()
    }

    /// Fires one timer that is due by [`Machine::now`], if there is one.
    pub fn fire_next(&mut self) -> bool {
        let Some((_, alarm)) = self.timers.pop_due(self.now) else { return false };
        match alarm {
            Alarm::CollectQuery(query) => self.collect_query(query),
            Alarm::CollectMutation(mutation) => self.collect_mutation(mutation),
            Alarm::RetryQuery(query) => self.retry_query(query),
            Alarm::RetryMutation(mutation) => self.retry_mutation(mutation),
            Alarm::Stale(observer) => self.stale_alarm(observer),
            Alarm::Interval(observer) => self.interval_alarm(observer),
        }
        true
    }

    /// Whether somebody looks.
    pub fn is_focused(&self) -> bool {
        self.focused.unwrap_or(true)
    }

    /// Whether there is a network.
    pub fn is_online(&self) -> bool {
        self.online
    }

    /// Whether this is a server.
    pub fn is_server(&self) -> bool {
        self.config.server
    }

    /// From now on events are told.
    pub fn tell_events(&mut self) {
        self.config.events = true;
    }

    /// Says whether this is a server.
    pub fn set_server(&mut self, server: bool) {
        self.config.server = server;
    }

    /// From now on focus and new connections fetch again, and let waiting mutations go on. It is
    /// counted how often this is called; each call has to be taken back by one of
    /// [`Machine::unmount`].
    pub fn mount(&mut self) {
        self.mounts = self.mounts.saturating_add(1);
        if self.mounts == 1 {
            self.mounted = true;
        }
    }

    /// Takes back one [`Machine::mount`].
    pub fn unmount(&mut self) {
        self.mounts = self.mounts.saturating_sub(1);
        if self.mounts == 0 {
            self.mounted = false;
        }
    }

    fn set_focused(&mut self, focused: Option<bool>) {
        if self.focused == focused {
            return;
        }
        self.focused = focused;
        if self.mounted && self.is_focused() {
            self.resume_then(Then::OnFocus);
        }
    }

    fn set_online(&mut self, online: bool) {
        if self.online == online {
            return;
        }
        self.online = online;
        if self.mounted && online {
            self.resume_then(Then::OnOnline);
        }
    }

    fn new_run(&mut self, owner: RunOwner) -> RunId {
        self.last_run += 1;
        let run = RunId(self.last_run);
        self.runs.insert(run, owner);
        run
    }

    fn tell(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}
