//! A framework-free cache for server state: TanStack Query's semantics, typed and thread-safe.

mod client;
mod define;
mod watch;

mod error;
mod runtime;
mod shell;
mod sync;

mod data;
mod effect;
mod index;
mod key;
mod machine;
mod mutation;
mod options;
mod result;
mod state;
mod time;
mod timers;

pub use client::{Asked, ClientBuilder, Done, QueryClient, Seen, Snapshot};
pub use define::{
    Bound, Cancelled, Fetch, Form, InPages, InfiniteQuery, Mutate, Mutated, Mutation, Paged, Plain,
    Query, View,
};
pub use error::QueryError;
pub use runtime::{BoxFuture, Clock, Manual, Runtime};
#[cfg(feature = "tokio")]
pub use runtime::{NoRuntime, TokioRuntime};
pub use watch::{Combined, Many, MutationObserver, MutationView, Observer, State};

pub use data::{Abilities, Cause, Data, Failure};
pub use effect::{
    CallbackCall, CallbackOf, Effect, FetchCall, FetchId, GroupResult, MutateCall, MutationAction,
    MutationEvent, MutationId, PageCall, QueryEvent, RunId, Settled, Stage, Ticket, Work,
};
pub use key::{Key, KeyError, Segment};
pub use machine::{
    Combine, Config, Event, Filters, GroupId, HydratedMutation, HydratedQuery, Machine,
    MutateCallbacks, MutationCallbacks, MutationFilters, MutationObserverId, ObserverId, Pages,
    QuerySnapshot, RefetchHow, RefetchType, TypeFilter,
};
pub use mutation::{MutationState, MutationStatus};
pub use options::{
    Dynamic, Fetcher, Initial, MutationOptions, NetworkMode, Opt, PageFn, PageView, Placeholder,
    PlaceholderFn, QueryOptions, QueryView, RefetchOn, Retry, RetryDelay, Select, Sharing,
    StreamFetcher, StreamRefetch, Unobserved,
};
pub use result::{Fields, ObserverResult, PagesResult};
pub use state::{ActionKind, Direction, FetchStatus, QueryState, Status};
pub use time::{Millis, Span, StaleTime};
