//! What a query and a mutation may be told, option by option, and how several tellings combine.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::Key;
use crate::data::{Abilities, Data, Failure};
use crate::machine::{LabelsFn, LayerFn};
use crate::result::Fields;
use crate::state::QueryState;
use crate::time::{Millis, Span, StaleTime};

/// One option: said, unsaid, or said to be as if nobody had said anything.
///
/// The third is what an explicit `undefined` is in TanStack Query: it hides a default from further
/// out without putting a value in its place.
///
/// ```
/// use throughline_query::{Opt, QueryOptions};
///
/// let defaults = QueryOptions { max_pages: 5.into(), ..QueryOptions::default() };
/// let all = QueryOptions { max_pages: Opt::Unset, ..QueryOptions::default() };
/// assert_eq!(QueryOptions::default().over(&defaults).max_pages.get(), Some(&5));
/// assert_eq!(all.over(&defaults).max_pages.get(), None);
/// ```
#[derive(Debug, Clone, Default)]
pub enum Opt<T> {
    /// Whatever the defaults say.
    #[default]
    Inherit,
    /// Nothing, whatever the defaults say.
    Unset,
    /// This.
    Set(T),
}

impl<T> Opt<T> {
    /// The value, if there is one.
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Inherit | Self::Unset => None,
        }
    }
}

impl<T: Clone> Opt<T> {
    fn over(&self, below: &Self) -> Self {
        match self {
            Self::Inherit => below.clone(),
            own => own.clone(),
        }
    }
}

impl<T> From<T> for Opt<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

/// What an option that depends on the query gets to see.
#[derive(Debug, Clone, Copy)]
pub struct QueryView<'a> {
    /// The key.
    pub key: &'a Key,
    /// The state.
    pub state: &'a QueryState,
    /// How many observe it.
    pub observers: usize,
    /// What the options carry for whoever reads it.
    pub meta: Option<&'a Value>,
}

/// A value, or a function of the query's state that gives one.
///
/// The function runs in the middle of a change: it has to be pure and must not block. If it
/// panics, the option counts as unset.
pub enum Dynamic<T> {
    /// Always this.
    Value(T),
    /// Whatever this says now.
    By(Arc<dyn Fn(&QueryView<'_>) -> T + Send + Sync>),
}

impl<T> Dynamic<T> {
    /// A function of the query's state.
    pub fn by(function: impl Fn(&QueryView<'_>) -> T + Send + Sync + 'static) -> Self {
        Self::By(Arc::new(function))
    }
}

impl<T: Clone> Clone for Dynamic<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Value(value) => Self::Value(value.clone()),
            Self::By(function) => Self::By(Arc::clone(function)),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Dynamic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => value.fmt(f),
            Self::By(_) => f.write_str("By(..)"),
        }
    }
}

impl<T> From<T> for Dynamic<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

/// When mounting, focus or a new connection fetches again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefetchOn {
    /// Not.
    Never,
    /// If the data is stale.
    Stale,
    /// Even if the data is fresh.
    Always,
}

/// Whether a failed attempt is tried again.
#[derive(Clone)]
pub enum Retry {
    /// No.
    Never,
    /// So many times.
    Times(u32),
    /// Until it succeeds.
    Always,
    /// As this says, from the number of failures before this one, and this failure.
    When(RetryFn),
}

/// Tells, from the number of failures before this one and this failure, whether to try again.
pub type RetryFn = Arc<dyn Fn(u32, &Failure) -> bool + Send + Sync>;

impl Retry {
    pub(crate) fn allows(&self, failures: u32, failure: &Failure) -> bool {
        match self {
            Self::Never => false,
            Self::Times(times) => failures < *times,
            Self::Always => true,
            Self::When(decide) => guarded(false, || decide(failures, failure)),
        }
    }
}

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("Never"),
            Self::Times(times) => write!(f, "Times({times})"),
            Self::Always => f.write_str("Always"),
            Self::When(_) => f.write_str("When(..)"),
        }
    }
}

/// How long to wait before trying again.
#[derive(Clone)]
pub enum RetryDelay {
    /// Always so many milliseconds.
    Fixed(Millis),
    /// So many milliseconds, doubled with each failure, up to a limit.
    Exponential {
        /// After the first failure.
        base: Millis,
        /// At most.
        cap: Millis,
    },
    /// As this says, from the number of failures before this one, and this failure.
    By(RetryDelayFn),
}

/// Tells, from the number of failures before this one and this failure, how long to wait.
pub type RetryDelayFn = Arc<dyn Fn(u32, &Failure) -> Millis + Send + Sync>;

impl Default for RetryDelay {
    /// One second, doubled with each failure, up to thirty.
    fn default() -> Self {
        Self::Exponential { base: 1000, cap: 30_000 }
    }
}

impl RetryDelay {
    pub(crate) fn after(&self, failures: u32, failure: &Failure) -> Millis {
        match self {
            Self::Fixed(delay) => *delay,
            Self::Exponential { base, cap } => {
                base.saturating_mul(2_i64.saturating_pow(failures)).min(*cap)
            }
            Self::By(delay) => guarded(0, || delay(failures, failure)),
        }
        .max(0)
    }
}

impl fmt::Debug for RetryDelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(delay) => write!(f, "Fixed({delay})"),
            Self::Exponential { base, cap } => write!(f, "Exponential({base}, {cap})"),
            Self::By(_) => f.write_str("By(..)"),
        }
    }
}

/// What the network has to do with fetching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NetworkMode {
    /// Fetches wait until there is a network.
    #[default]
    Online,
    /// Fetches take no notice of the network.
    Always,
    /// The first attempt is made in any case; further ones wait for the network.
    OfflineFirst,
}

/// What becomes of new data that equals the old.
#[derive(Clone, Default)]
pub enum Sharing {
    /// The old value stays, if the values can be compared and are equal.
    #[default]
    KeepEqual,
    /// The new value takes its place.
    Off,
    /// Whatever this makes of the old and the new value.
    By(SharingFn),
}

/// Makes the data to keep of the old and the new value.
pub type SharingFn = Arc<dyn Fn(Option<&Data>, Data) -> Data + Send + Sync>;

impl fmt::Debug for Sharing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeepEqual => "KeepEqual",
            Self::Off => "Off",
            Self::By(_) => "By(..)",
        })
    }
}

/// What an observer shows while there is no data yet.
#[derive(Clone)]
pub enum Placeholder {
    /// This.
    Value(Data),
    /// What it showed for the key before.
    KeepPrevious,
    /// Whatever this says, from the data and the query it showed before.
    By(PlaceholderFn),
}

/// Makes a placeholder from the data and the query that were shown before.
pub type PlaceholderFn =
    Arc<dyn Fn(Option<&Data>, Option<&QueryView<'_>>) -> Option<Data> + Send + Sync>;

impl Placeholder {
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Value(a), Self::Value(b)) => a.ptr_eq(b),
            (Self::KeepPrevious, Self::KeepPrevious) => true,
            (Self::By(a), Self::By(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl fmt::Debug for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Value(_) => "Value(..)",
            Self::KeepPrevious => "KeepPrevious",
            Self::By(_) => "By(..)",
        })
    }
}

/// The data a query begins with.
#[derive(Clone)]
pub enum Initial<T> {
    /// This.
    Value(T),
    /// Whatever this gives.
    By(Arc<dyn Fn() -> Option<T> + Send + Sync>),
}

impl<T: Clone> Initial<T> {
    pub(crate) fn get(&self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value.clone()),
            Self::By(make) => guarded(None, || make()),
        }
    }
}

impl<T> fmt::Debug for Initial<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Initial(..)")
    }
}

/// What happens to a running fetch when the last observer leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unobserved {
    /// It ends, is cached, and is not tried again if it fails.
    #[default]
    Detach,
    /// It is aborted, and the state from before it is put back. In TanStack Query a function asks
    /// for this by reading its `signal`.
    Abort,
}

/// Makes of the data what one observer wants to see.
#[derive(Clone)]
pub struct Select {
    /// Makes it. It runs again only when the data or this function is another.
    pub run: SelectFn,
    /// Whether two of what it makes are equal, if that can be told.
    pub equal: Option<fn(&Data, &Data) -> bool>,
}

/// Makes of the data what one observer wants to see.
pub type SelectFn = Arc<dyn Fn(&Data) -> Result<Data, Failure> + Send + Sync>;

impl Select {
    pub(crate) fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.run, &other.run)
    }
}

impl fmt::Debug for Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Select(..)")
    }
}

/// Tells the parameter of the neighbouring page, or `None` if there is none.
pub type PageFn = Arc<dyn Fn(&PageView<'_>) -> Option<Data> + Send + Sync>;

/// What a [`PageFn`] gets to see.
#[derive(Debug, Clone, Copy)]
pub struct PageView<'a> {
    /// The page at the end that grows.
    pub page: &'a Data,
    /// All pages.
    pub pages: &'a [Data],
    /// The parameter of the page at the end that grows.
    pub param: &'a Data,
    /// All parameters.
    pub params: &'a [Data],
}

/// What a query is fetched with. The machine does not run it; it hands it out again when it is
/// time.
#[derive(Debug, Clone)]
pub enum Fetcher {
    /// Nothing: the query is disabled, whatever else is said.
    Skip,
    /// A function that gives one value. What it is, only the driver knows.
    Call(Data),
    /// A function that gives many values, one after the other.
    Stream(Arc<StreamFetcher>),
}

/// How a stream of chunks becomes the data of a query.
pub struct StreamFetcher {
    /// The function. What it is, only the driver knows.
    pub call: Data,
    /// What a later fetch does with the data that is there.
    pub refetch: StreamRefetch,
    /// Adds a chunk.
    pub reduce: ReduceFn,
    /// What the first chunk is added to.
    pub initial: Data,
}

/// Adds a chunk to what was collected.
pub type ReduceFn = Arc<dyn Fn(&Data, &Data) -> Data + Send + Sync>;

impl fmt::Debug for StreamFetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamFetcher").field("refetch", &self.refetch).finish_non_exhaustive()
    }
}

/// What a later fetch of a stream does with the data that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StreamRefetch {
    /// It begins anew; the query is pending until the first chunk.
    #[default]
    Reset,
    /// It adds to the data.
    Append,
    /// It collects, and replaces the data at the end.
    Replace,
}

macro_rules! options {
    ($(#[$outer:meta])* $name:ident { $($(#[$meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$outer])*
        #[derive(Clone, Default)]
        pub struct $name {
            $($(#[$meta])* pub $field: Opt<$type>,)*
        }

        impl $name {
            /// These options, and what they leave open as `below` says it.
            #[must_use]
            pub fn over(&self, below: &Self) -> Self {
                Self { $($field: self.$field.over(&below.$field),)* }
            }

            /// Whether nothing is said at all.
            #[allow(dead_code, reason = "asked of queries' options, not of mutations'")]
            pub(crate) fn is_silent(&self) -> bool {
                $(matches!(self.$field, Opt::Inherit))&&*
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

options! {
    /// The options of a query and of whoever observes it. What is left open is inherited: from the
    /// defaults of the key, then of the client, then from what each option documents.
    QueryOptions {
        /// What to fetch with.
        fetcher: Fetcher,
        /// Whether observers fetch by themselves. Default: yes.
        enabled: Dynamic<bool>,
        /// How long data counts as fresh. Default: not at all.
        stale_time: Dynamic<StaleTime>,
        /// How long data stays when nobody uses it; the longest ever said counts. Default: five
        /// minutes, on a server forever.
        gc_time: Span,
        /// Whether a first observer fetches. Default: if the data is stale.
        refetch_on_mount: Dynamic<RefetchOn>,
        /// Whether focus fetches. Default: if the data is stale.
        refetch_on_focus: Dynamic<RefetchOn>,
        /// Whether a new connection fetches. Default: if the data is stale, never with
        /// [`NetworkMode::Always`].
        refetch_on_reconnect: Dynamic<RefetchOn>,
        /// Milliseconds between fetches while observed. Default: none.
        refetch_interval: Dynamic<Option<Millis>>,
        /// Whether the interval goes on while nobody looks. Default: no.
        refetch_interval_in_background: bool,
        /// Whether a first observer fetches although the last fetch failed. Default: yes.
        retry_on_mount: Dynamic<bool>,
        /// Whether a failed attempt is tried again. Default: three times for observers, not at all
        /// for imperative fetches and on a server.
        retry: Retry,
        /// How long to wait before trying again.
        retry_delay: RetryDelay,
        /// What the network has to do with it.
        network_mode: NetworkMode,
        /// What becomes of new data that equals the old.
        sharing: Sharing,
        /// What an observer is told of. Default: everything.
        interest: Fields,
        /// Whether an observer is always told of errors, whatever its interest. Default: no.
        throw_on_error: bool,
        /// What to show while there is no data.
        placeholder: Placeholder,
        /// What an observer makes of the data.
        select: Select,
        /// What to begin with.
        initial_data: Initial<Data>,
        /// How old that is. Default: new.
        initial_data_updated_at: Initial<Millis>,
        /// For whoever reads it; the cache does not.
        meta: Arc<Value>,
        /// What happens to a running fetch when the last observer leaves.
        on_unobserved: Unobserved,
        /// What the cache can do with the values.
        abilities: Arc<Abilities>,
        /// Tells what the data is about.
        labels: LabelsFn,
        /// The parameter of the first page of an infinite query.
        initial_page_param: Data,
        /// The parameter of the next page.
        next_page: PageFn,
        /// The parameter of the previous page.
        previous_page: PageFn,
        /// How many pages are kept; those at the other end go. Default: all.
        max_pages: usize,
        /// How many pages are fetched when the whole is fetched, the first time or again. Default: as
        /// many as there are, and at least one.
        pages: usize,
    }
}

/// Tells of the variables of a mutation which layers lie over which queries.
pub type OptimisticFn = Arc<dyn Fn(&Data) -> Vec<(Key, LayerFn)> + Send + Sync>;

/// A function that a driver runs for a mutation, and of which only the driver knows what it is.
pub type Callback = Data;

options! {
    /// The options of a mutation. What is left open is inherited: from the defaults of the key,
    /// then of the client.
    MutationOptions {
        /// A key, for defaults and filters.
        key: Key,
        /// What to run.
        mutator: Callback,
        /// Runs before; what it gives is the context of the others.
        on_mutate: Callback,
        /// Runs after a success.
        on_success: Callback,
        /// Runs after a failure.
        on_error: Callback,
        /// Runs after either.
        on_settled: Callback,
        /// Whether a failed attempt is tried again. Default: no.
        retry: Retry,
        /// How long to wait before trying again.
        retry_delay: RetryDelay,
        /// What the network has to do with it.
        network_mode: NetworkMode,
        /// How long it stays when nobody observes it. Default: five minutes.
        gc_time: Span,
        /// Mutations of one scope run one after the other.
        scope: Arc<str>,
        /// Which layers lie over which queries from when it is submitted until its function has ended.
        optimistic: OptimisticFn,
        /// For whoever reads it; the cache does not.
        meta: Arc<Value>,
        /// What the cache can do with the variables.
        abilities: Arc<Abilities>,
    }
}

/// Runs a function of the user in the middle of a change; a panic gives the fallback instead.
pub(crate) fn guarded<T>(fallback: T, run: impl FnOnce() -> T) -> T {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or(fallback)
}
