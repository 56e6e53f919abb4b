//! What can go wrong, with the types that the definition says.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::data::{Cause, Failure};
use crate::key::KeyError;

/// Why a query has no value to give, or a mutation did not happen.
///
/// ```
/// use throughline_query::QueryError;
///
/// fn explain(error: &QueryError<std::io::Error>) -> String {
///     match error {
///         QueryError::Failed(error) => format!("the disk says: {error}"),
///         QueryError::Cancelled => "somebody called it off".to_owned(),
///         other => other.to_string(),
///     }
/// }
/// # explain(&QueryError::Closed);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum QueryError<E> {
    /// The function failed, with this.
    Failed(Arc<E>),
    /// It was cancelled.
    Cancelled,
    /// A function panicked, with this message.
    Panicked(String),
    /// There is no function to run, or the query is told to skip it.
    NoFunction,
    /// The value is of another type: two definitions share a name.
    Mismatch,
    /// The parameters cannot be a key.
    Key(Arc<KeyError>),
    /// The client is gone.
    Closed,
    /// Something else: what a selector failed with, or a failure from before a restart.
    Other(Failure),
}

impl<E> Clone for QueryError<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Failed(error) => Self::Failed(Arc::clone(error)),
            Self::Cancelled => Self::Cancelled,
            Self::Panicked(message) => Self::Panicked(message.clone()),
            Self::NoFunction => Self::NoFunction,
            Self::Mismatch => Self::Mismatch,
            Self::Key(error) => Self::Key(Arc::clone(error)),
            Self::Closed => Self::Closed,
            Self::Other(failure) => Self::Other(failure.clone()),
        }
    }
}

impl<E: fmt::Display> fmt::Display for QueryError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Panicked(message) => write!(f, "panicked: {message}"),
            Self::NoFunction => f.write_str(
                "there is no function to run: the query fetches nothing, or the mutation was restored and its \
                 definition is not registered",
            ),
            Self::Mismatch => {
                f.write_str("the value is of another type: two definitions have one name")
            }
            Self::Key(error) => write!(f, "the parameters cannot be a key: {error}"),
            Self::Closed => f.write_str("the client is gone"),
            Self::Other(failure) => failure.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for QueryError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => Some(&**error),
            Self::Key(error) => Some(&**error),
            Self::Other(failure) => failure.source(),
            _ => None,
        }
    }
}

impl<E: Error + Send + Sync + 'static> QueryError<E> {
    /// The error of the function, if that is what failed.
    ///
    /// ```
    /// use std::{io, sync::Arc};
    /// use throughline_query::QueryError;
    ///
    /// let error = QueryError::Failed(Arc::new(io::Error::other("disk")));
    /// assert_eq!(error.failed().map(ToString::to_string).as_deref(), Some("disk"));
    /// ```
    pub fn failed(&self) -> Option<&E> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }

    /// The failure with its types.
    pub(crate) fn of(failure: &Failure) -> Self {
        match failure.cause() {
            Cause::Error(_) => match (carried::<E>(failure), failure.downcast_ref::<BadKey>()) {
                (Some(error), _) => Self::Failed(error),
                (None, Some(BadKey(error))) => Self::Key(Arc::clone(error)),
                (None, None) => Self::Other(failure.clone()),
            },
            Cause::Cancelled { .. } => Self::Cancelled,
            Cause::MissingFetcher(_) | Cause::MissingMutator => Self::NoFunction,
            Cause::UnknownParameters(_) => Self::Other(failure.clone()),
            Cause::Panicked(message) => Self::Panicked(message.clone()),
            Cause::Mismatch(_) => Self::Mismatch,
            Cause::Closed => Self::Closed,
            Cause::Dropped | Cause::NoData(_) | Cause::Redacted | Cause::Restored(_) => {
                Self::Other(failure.clone())
            }
        }
    }
}

/// An error that can be shared with its type once it is found in a [`Failure`].
#[derive(Debug)]
struct Carried<E>(Arc<E>);

impl<E: Error> fmt::Display for Carried<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<E: Error> Error for Carried<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// The parameters cannot be a key.
#[derive(Debug)]
struct BadKey(Arc<KeyError>);

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for BadKey {}

/// Wraps an error so that [`QueryError::of`] finds it.
pub(crate) fn carry<E: Error + Send + Sync + 'static>(error: E) -> Failure {
    Failure::new(Carried(Arc::new(error)))
}

/// Wraps what is wrong with a key so that [`QueryError::of`] finds it.
pub(crate) fn bad_key(error: Arc<KeyError>) -> Failure {
    Failure::new(BadKey(error))
}

fn carried<E: Error + 'static>(failure: &Failure) -> Option<Arc<E>> {
    failure.downcast_ref::<Carried<E>>().map(|Carried(error)| Arc::clone(error))
}
