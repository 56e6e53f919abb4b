//! Values and failures without their types, as the machine keeps them.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::Key;

/// A cached value: shared, immutable, and without its type until somebody asks for it.
///
/// Cloning copies a pointer. Two clones of one `Data` are the same value ([`Data::ptr_eq`]), which
/// is what "nothing changed" means to selectors and observers.
///
/// ```
/// use throughline_query::Data;
///
/// let seven = Data::new(7_u32);
/// assert_eq!(seven.downcast_ref::<u32>(), Some(&7));
/// assert!(seven.ptr_eq(&seven.clone()));
/// ```
#[derive(Clone)]
pub struct Data(Arc<dyn Any + Send + Sync>);

impl Data {
    /// Wraps a value.
    pub fn new<T: Any + Send + Sync>(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// Wraps a value that is shared already.
    pub fn from_arc<T: Any + Send + Sync>(value: Arc<T>) -> Self {
        Self(value)
    }

    /// The value, shared, or `None` if it is of another type.
    pub fn downcast<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        Arc::clone(&self.0).downcast().ok()
    }

    /// The value, or `None` if it is of another type.
    pub fn downcast_ref<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }

    /// The shared value itself, or the data again if it is of another type.
    ///
    /// # Errors
    ///
    /// Gives the data back when it holds something else than a `T`.
    pub fn into_arc<T: Any + Send + Sync>(self) -> Result<Arc<T>, Self> {
        self.0.downcast().map_err(Self)
    }

    /// Whether both are one value in memory.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        // Only the address counts: the vtable of one type may exist more than once.
        std::ptr::addr_eq(Arc::as_ptr(&self.0), Arc::as_ptr(&other.0))
    }

    /// How many share the value.
    pub fn shared_by(&self) -> usize {
        Arc::strong_count(&self.0)
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Data(..)")
    }
}

/// Whether both are absent or both are one value in memory.
pub(crate) fn same_data(a: Option<&Data>, b: Option<&Data>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => a.ptr_eq(b),
        _ => false,
    }
}

/// Why a fetch or a mutation failed.
///
/// Cloning copies a pointer; two failures are the same only if they are one ([`Failure::ptr_eq`]),
/// as two error objects are in JavaScript.
#[derive(Clone)]
pub struct Failure(Arc<Cause>);

/// What is behind a [`Failure`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Cause {
    /// The function itself failed.
    Error(Box<dyn Error + Send + Sync>),
    /// The fetch was cancelled.
    Cancelled {
        /// The state from before the fetch was put back.
        revert: bool,
        /// No state was changed, because another fetch takes over or the query is gone.
        silent: bool,
    },
    /// The query has no function to fetch with, or was told to skip.
    MissingFetcher(Key),
    /// The function succeeded without a value.
    NoData(Key),
    /// The query came from elsewhere, and nobody has asked for it with its parameters yet: a key does not tell
    /// what the function is to be called with.
    UnknownParameters(Key),
    /// The mutation has no function, for instance after it was restored without defaults.
    MissingMutator,
    /// The function panicked, with this message.
    Panicked(String),
    /// Two definitions share a name, and this value is of the type of the other one.
    Mismatch(Key),
    /// The client is gone.
    Closed,
    /// It was dropped before it was over: a task whose runtime has shut down, a mutation that was still waiting
    /// when the cache was cleared, what an observer that is gone was to fetch.
    Dropped,
    /// What the failure was is not told, because it was written for others to read.
    Redacted,
    /// A failure that was read back from JSON.
    Restored(Value),
}

impl Failure {
    /// Wraps an error.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::from(Cause::Error(error.into()))
    }

    /// What is behind it.
    pub fn cause(&self) -> &Cause {
        &self.0
    }

    /// The error of the function, if that failed and with an error of this type.
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        match self.cause() {
            Cause::Error(error) => error.downcast_ref(),
            _ => None,
        }
    }

    /// Whether a cancellation is behind it.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.cause(), Cause::Cancelled { .. })
    }

    /// Whether both are one failure in memory.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        Self(Arc::new(cause))
    }
}

/// Whether both are absent or both are one failure in memory.
pub(crate) fn same_failure(a: Option<&Failure>, b: Option<&Failure>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => a.ptr_eq(b),
        _ => false,
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cause() {
            Cause::Error(error) => fmt::Display::fmt(error, f),
            Cause::Cancelled { .. } => f.write_str("cancelled"),
            Cause::MissingFetcher(key) => write!(f, "the query {key} has nothing to fetch with"),
            Cause::UnknownParameters(key) => write!(
                f,
                "nobody has asked for {key} with its parameters since it came from elsewhere, so that it \
                 cannot be fetched: use it through its definition once (`get`, `ensure`, `observe`)"
            ),
            Cause::NoData(key) => write!(f, "the fetch of {key} succeeded without data"),
            Cause::MissingMutator => f.write_str("the mutation has no function to run"),
            Cause::Panicked(message) => write!(f, "panicked: {message}"),
            Cause::Mismatch(key) => write!(f, "the value of {key} is of another type"),
            Cause::Closed => f.write_str("the client is gone"),
            Cause::Dropped => f.write_str(
                "dropped before it was over: its runtime has shut down, or what it was for is gone",
            ),
            Cause::Redacted => f.write_str("redacted"),
            Cause::Restored(value) => write!(f, "a failure from before: {value}"),
        }
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self.cause() {
            Cause::Error(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

/// What the cache can do with the values of a query beyond keeping them.
///
/// Captured where the query is defined, because that is where the type is known and may have
/// these abilities. What is absent is simply not done: values that cannot be compared are always
/// new, values that cannot be written are not dehydrated.
#[derive(Clone, Default)]
pub struct Abilities {
    /// Whether two values are equal.
    pub equal: Option<fn(&Data, &Data) -> bool>,
    /// Whether two parameters of pages are equal.
    pub equal_param: Option<fn(&Data, &Data) -> bool>,
    /// The value as JSON.
    pub to_json: Option<fn(&Data) -> Option<Value>>,
    /// A value from JSON.
    pub from_json: Option<fn(Value) -> Option<Data>>,
    /// How many bytes the value takes, roughly.
    pub weigh: Option<fn(&Data) -> usize>,
    /// How the entities in the value are changed.
    pub patches: Vec<Patch>,
}

/// How entities of one type are changed in a value that holds some.
#[derive(Clone)]
pub struct Patch {
    /// The type of the entities.
    pub entity: std::any::TypeId,
    /// Shows each entity to a function that may change it, and gives the value that comes of it.
    pub apply: PatchFn,
}

/// Shows each entity in a value to a function that may change it, and gives the value that comes of it.
pub type PatchFn = Arc<dyn Fn(&Data, &mut dyn FnMut(&mut dyn Any)) -> Option<Data> + Send + Sync>;

impl fmt::Debug for Abilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Abilities")
            .field("equal", &self.equal.is_some())
            .field("equal_param", &self.equal_param.is_some())
            .field("to_json", &self.to_json.is_some())
            .field("from_json", &self.from_json.is_some())
            .field("weigh", &self.weigh.is_some())
            .finish()
    }
}
