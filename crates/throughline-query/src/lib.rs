//! A framework-free cache for server state: TanStack Query's semantics, typed and thread-safe.

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

pub use data::{Abilities, Cause, Data, Failure};
pub use effect::{
    CallbackCall, CallbackOf, Effect, FetchCall, FetchId, GroupResult, MutateCall, MutationAction,
    MutationEvent, MutationId, PageCall, QueryEvent, RunId, Settled, Stage, Ticket, Work,
};
pub use key::segment::{Array, Float, Object, Text};
pub use key::{Key, KeyError, Segment};
pub use machine::{
    Bounds, Combine, Config, Event, Filters, GroupId, HydratedMutation, HydratedQuery, Label,
    LabelsFn, LayerFn, LayerId, Machine, MutateCallbacks, MutationCallbacks, MutationFilters,
    MutationObserverId, ObserverId, Pages, QuerySnapshot, RefetchHow, RefetchType, Stats,
    TypeFilter,
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
