//! What the machine asks of whoever drives it, and what it tells.

use std::sync::Arc;

use serde_json::Value;

use crate::Key;
use crate::data::{Data, Failure};
use crate::machine::{GroupId, MutationObserverId, ObserverId};
use crate::mutation::MutationState;
use crate::options::StreamFetcher;
use crate::result::ObserverResult;
use crate::state::{ActionKind, Direction};

/// One run of a function: an attempt, or one page of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub(crate) u64);

/// One fetch with all its attempts and pages; they are aborted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FetchId(pub(crate) u64);

/// A number that the driver gives to a command to know its answer by.
pub type Ticket = u64;

/// A mutation's number, counted from 1 in the order in which they were made.
pub type MutationId = u64;

/// What the machine asks, or tells. Effects are in order, and have to be taken in order.
#[derive(Debug)]
#[non_exhaustive]
pub enum Effect {
    /// Run this, and answer with [`Event::Fetched`](crate::Event::Fetched) or
    /// [`Event::FetchFailed`](crate::Event::FetchFailed).
    Fetch(Box<FetchCall>),
    /// Whatever runs for this fetch is not wanted any more. No answer is needed.
    Abort(FetchId),
    /// Run this, and answer with [`Event::Mutated`](crate::Event::Mutated) or
    /// [`Event::MutateFailed`](crate::Event::MutateFailed).
    Mutate(Box<MutateCall>),
    /// Run this, and answer with [`Event::Called`](crate::Event::Called).
    Call(Box<CallbackCall>),
    /// Run this; nobody waits for it.
    Tell(Box<CallbackCall>),
    /// An observer sees something new.
    Emit(ObserverId, ObserverResult),
    /// An observer of several queries sees something new.
    EmitGroup(GroupId, GroupResult),
    /// An observer of mutations sees something new.
    EmitMutation(MutationObserverId, MutationState),
    /// A query's fetch has ended; only if [`Config::tell_settled`](crate::Config) asks for it.
    QuerySettled(Key, Result<Data, Failure>),
    /// Something happened to a query; only if [`Config::events`](crate::Config) asks for it.
    QueryEvent(Key, QueryEvent),
    /// Something happened to many queries, one after the other. Only a client is told so; for other
    /// drivers each is a [`QueryEvent`](Self::QueryEvent).
    QueryEvents(Vec<(Key, QueryEvent)>),
    /// Something happened to a mutation; only if [`Config::events`](crate::Config) asks for it.
    MutationEvent(Option<MutationId>, MutationEvent),
    /// A command has its answer.
    Settle(Ticket, Result<Settled, Failure>),
}

/// A fetch to be run.
#[derive(Debug, Clone)]
pub struct FetchCall {
    /// What to answer with.
    pub run: RunId,
    /// What it may be aborted with.
    pub fetch: FetchId,
    /// The key of the query.
    pub key: Key,
    /// What to run.
    pub work: Work,
    /// What the options carry for whoever reads it.
    pub meta: Option<Arc<Value>>,
    /// The page, for an infinite query.
    pub page: Option<PageCall>,
    /// How often the present fetch has failed before.
    pub failures: u32,
    /// Its place in the order of timers, for a driver that fires timers of its own in that order.
    pub place: u64,
}

/// What to run for a fetch.
#[derive(Debug, Clone)]
pub enum Work {
    /// A function that gives one value.
    Call(Data),
    /// A function that gives many values: answer with [`Event::Chunk`](crate::Event::Chunk) for
    /// each, then with [`Event::Streamed`](crate::Event::Streamed).
    Stream(Arc<StreamFetcher>),
    /// A value that is on its way already, as it came with
    /// [`Machine::hydrate_query`](crate::Machine::hydrate_query).
    Promise(Data),
}

/// A page to be fetched.
#[derive(Debug, Clone)]
pub struct PageCall {
    /// Its parameter, if there is one.
    pub param: Option<Data>,
    /// Which way the query grows by it.
    pub direction: Direction,
}

/// A mutation to be run.
#[derive(Debug, Clone)]
pub struct MutateCall {
    /// What to answer with.
    pub run: RunId,
    /// The mutation.
    pub mutation: MutationId,
    /// What to run.
    pub mutator: Data,
    /// With these variables.
    pub variables: Option<Data>,
    /// What the options carry for whoever reads it.
    pub meta: Option<Arc<Value>>,
    /// The key, if the mutation has one.
    pub key: Option<Key>,
    /// Its place in the order of timers, for a driver that fires timers of its own in that order.
    pub place: u64,
}

/// When in a mutation's life a callback runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Before.
    Mutate,
    /// After a success.
    Success,
    /// After a failure.
    Error,
    /// After either.
    Settled,
}

/// Whose callback it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackOf {
    /// The cache's, for every mutation.
    Cache,
    /// The mutation's options'.
    Options,
    /// The call's of `mutate`.
    Mutate,
}

/// A callback to be run.
#[derive(Debug, Clone)]
pub struct CallbackCall {
    /// What to answer with, if somebody waits.
    pub run: RunId,
    /// The mutation.
    pub mutation: MutationId,
    /// What to run.
    pub callback: Data,
    /// Whose it is.
    pub of: CallbackOf,
    /// When it runs.
    pub stage: Stage,
    /// The variables of the mutation.
    pub variables: Option<Data>,
    /// What the first callback gave.
    pub context: Option<Data>,
    /// How it went, if it is over.
    pub outcome: Option<Result<Option<Data>, Failure>>,
    /// The mutation's state at this moment.
    pub state: MutationState,
}

/// What the observers of several queries see.
#[derive(Debug, Clone)]
pub struct GroupResult {
    /// One result each, in the order in which the queries were given.
    pub results: Arc<[ObserverResult]>,
    /// What `combine` made of them.
    pub combined: Option<Data>,
}

/// The answer to a command.
#[derive(Debug, Clone)]
pub enum Settled {
    /// It is done.
    Done,
    /// Data, if there is any.
    Data(Option<Data>),
    /// What the observer sees now.
    Result(Box<ObserverResult>),
}

/// What happened to a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryEvent {
    /// It came into the cache.
    Added,
    /// It left the cache.
    Removed,
    /// Its state changed.
    Updated(ActionKind),
    /// Somebody observes it.
    ObserverAdded,
    /// Somebody has stopped observing it.
    ObserverRemoved,
    /// An observer sees something new.
    ResultsUpdated,
    /// An observer has other options.
    OptionsUpdated,
}

/// What happened to a mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MutationEvent {
    /// It came into the cache.
    Added,
    /// It left the cache.
    Removed,
    /// Its state changed.
    Updated(MutationAction),
    /// Somebody observes it.
    ObserverAdded,
    /// Somebody has stopped observing it.
    ObserverRemoved,
    /// An observer has other options.
    OptionsUpdated,
}

/// How a mutation's state changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MutationAction {
    /// It was submitted, or has its context.
    Pending,
    /// An attempt failed, and another one follows.
    Failed,
    /// It waits: for the network, for somebody to look, or for its turn.
    Pause,
    /// It goes on.
    Continue,
    /// It succeeded.
    Success,
    /// It failed for good.
    Error,
}
