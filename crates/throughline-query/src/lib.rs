//! A framework-free cache for server state: TanStack Query's semantics, typed and thread-safe.

mod data;
mod dehydrate;
mod effect;
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

pub use data::{Abilities, Cause, Data, Failure};
pub use dehydrate::{
    ClaimError, DehydrateOptions, DehydrateReport, Dehydrated, Dehydrating, ErrorsAs, HydrateError,
    HydrateOptions, HydrateReport, RawJson, Refusal, Refused, claim, dehydrate, hydrate,
};
pub use effect::{
    CallbackCall, CallbackOf, Effect, FetchCall, FetchId, GroupResult, MutateCall, MutationAction,
    MutationEvent, MutationId, PageCall, QueryEvent, RunId, Settled, Stage, Ticket, Work,
};
pub use key::{Key, KeyError, Segment};
pub use machine::{
    Changes, Combine, Config, Event, Filters, GroupId, HydratedMutation, HydratedQuery, Machine,
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
