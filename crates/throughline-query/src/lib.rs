//! A framework-free cache for server state: TanStack Query's semantics, typed and thread-safe.
//!
//! A [`Query`] says what is fetched and how; [`Query::at`] binds it to parameters; a [`QueryClient`]
//! fetches, reads, writes and observes what is bound.
//!
//! ```
//! use std::{io, sync::Arc, time::Duration};
//! use throughline_query::{
//!     Fetch, Manual, Mutate, Mutated, Mutation, Query, QueryClient, QueryError, Retry,
//! };
//!
//! #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
//! struct Task { id: u32, title: String, done: bool }
//!
//! // Defined once, and cheap to clone.
//! let tasks = Query::new("tasks", |cx: Fetch<(u32,)>| async move {
//!     let (list,) = *cx.params();
//!     Ok::<_, io::Error>(vec![Task { id: list, title: "write".to_owned(), done: false }])
//! })
//! .stale_time(Duration::from_secs(30))
//! .retry(Retry::Times(2))
//! .compared()
//! .json();
//!
//! let all = tasks.clone();
//! let finish = Mutation::new("task.finish", |cx: Mutate<u32>| async move {
//!     if *cx.variables() == 0 { Err(io::Error::other("no such task")) } else { Ok(()) }
//! })
//! .on_settled(move |end: Mutated<u32, (), io::Error>| {
//!     // Declared out of date at once; whoever observes one sees it fetched again.
//!     end.client().invalidate(all.all());
//!     async { Ok(()) }
//! });
//!
//! // Here driven by hand; on tokio it is `QueryClient::new()?` and `.await`.
//! let manual = Manual::new();
//! let client = QueryClient::builder().build(manual.runtime());
//!
//! let first = tasks.at((1,));
//! let found: Result<Arc<Vec<Task>>, QueryError<io::Error>> =
//!     manual.block_on(client.fetch(&first)).expect("it ends");
//! assert_eq!(found?.len(), 1);
//!
//! // Reading waits for nobody; writing clones only what somebody else has kept.
//! client.update(&first, |tasks| tasks[0].done = true)?;
//! assert!(client.get(&first).is_some_and(|tasks| tasks[0].done));
//!
//! // A stream of states, and of no more than what is selected.
//! let open = client.observe(&first).select_compared(|tasks| tasks.iter().filter(|t| !t.done).count());
//! assert_eq!(open.state().data().as_deref(), Some(&0));
//! manual.block_on(client.mutate(&finish, 1)).expect("it ends")?;
//! manual.run();
//! assert_eq!(open.state().data().as_deref(), Some(&1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Below the shell lies a [`Machine`] that knows every rule of the cache, and no clock, no task and no
//! lock. It can be driven without the shell.

#![forbid(unsafe_code)]

mod client;
mod define;
mod watch;

mod error;
mod runtime;
mod shell;
mod sync;

mod data;
mod dehydrate;
mod effect;
mod entity;
mod index;
mod key;
mod machine;
mod mutation;
mod options;
pub mod outbox;
pub mod partition;
pub mod persist;
mod result;
mod state;
mod time;
mod timers;

pub use client::{
    Asked, ClientBuilder, ClientOutbox, Done, Events, Layer, Persisting, QueryClient, Seen,
    Snapshot, Switched,
};
pub use define::{
    Bound, Cancelled, Fetch, Form, InPages, InfiniteQuery, Mutate, Mutated, Mutation, Paged, Plain,
    Query, View,
};
pub use error::QueryError;
pub use runtime::{BlockingWork, BoxFuture, Clock, Manual, Runtime};
#[cfg(feature = "tokio")]
pub use runtime::{NoRuntime, TokioRuntime};
pub use shell::Happened;
pub use watch::{Combined, Many, MutationObserver, MutationView, Observer, State};

pub use data::{Abilities, Cause, Data, Failure, Patch, PatchFn};
pub use dehydrate::{
    ClaimError, DehydrateOptions, DehydrateReport, Dehydrated, Dehydrating, ErrorsAs, HydrateError,
    HydrateOptions, HydrateReport, RawJson, Refusal, Refused, claim, dehydrate, hydrate,
};
pub use effect::{
    CallbackCall, CallbackOf, Effect, FetchCall, FetchId, GroupResult, MutateCall, MutationAction,
    MutationEvent, MutationId, PageCall, QueryEvent, RunId, Settled, Stage, Ticket, Work,
};
pub use entity::{Entity, Holds};
pub use key::segment::{Array, Float, Object, Text};
pub use key::{Key, KeyError, Segment};
pub use machine::{
    Bounds, Changes, Combine, CombineFn, Config, Event, Filters, GroupId, HydratedMutation,
    HydratedQuery, Label, LabelsFn, LayerFn, LayerId, Machine, MutateCallbacks, MutationCallbacks,
    MutationFilters, MutationObserverId, MutationPredicate, ObserverId, Pages, Predicate,
    QuerySnapshot, RefetchHow, RefetchType, Stats, TypeFilter,
};
pub use mutation::{MutationState, MutationStatus};
pub use options::{
    Dynamic, Fetcher, Initial, MutationOptions, NetworkMode, Opt, OptimisticFn, PageFn, PageView,
    Placeholder, PlaceholderFn, QueryOptions, QueryView, ReduceFn, RefetchOn, Retry, RetryDelay,
    RetryDelayFn, RetryFn, Select, SelectFn, Sharing, SharingFn, StreamFetcher, StreamRefetch,
    Unobserved,
};
pub use result::{Fields, ObserverResult, PagesResult};
pub use state::{ActionKind, Direction, FetchStatus, QueryState, Status};
pub use time::{Millis, Span, StaleTime};

/// The examples of the documents, compiled and run.
#[cfg(all(doctest, feature = "tokio"))]
mod documents {
    #[doc = include_str!("../README.md")]
    struct Readme;

    #[doc = include_str!("../docs/tanstack.md")]
    struct ForPeopleWhoKnowTanStackQuery;
}
