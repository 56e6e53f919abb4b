//! A definition together with its parameters.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Form;
use super::Of;
use crate::data::{Cause, Data, Failure};
use crate::error::bad_key;
use crate::key::KeyError;
use crate::options::{Fetcher, NetworkMode, Opt, QueryOptions, Retry};
use crate::shell::FetchFn;
use crate::time::Span;
use crate::{Filters, Key, Segment};

/// A definition together with its parameters: one query.
///
/// It holds the finished key, hashed, so that what is asked for often is serialised once. Cloning
/// copies two pointers.
///
/// Parameters that cannot be a key (a map whose keys are no text, or something nested too deeply) show
/// where the query is used: it then has no data, and what is asked of it fails with
/// [`QueryError::Key`](crate::QueryError::Key).
///
/// ```
/// use throughline_query::{Fetch, Key, Query};
///
/// let todo = Query::new("todo", |cx: Fetch<u32>| async move { Ok::<_, std::io::Error>(*cx.params()) });
/// assert_eq!(todo.at(7).key(), &Key::from(("todo", 7)));
/// ```
pub struct Bound<T, E> {
    pub(crate) key: Key,
    pub(crate) options: Arc<QueryOptions>,
    pub(crate) read: fn(Data) -> Option<Arc<T>>,
    pub(crate) write: fn(Arc<T>) -> Data,
    pub(crate) infinite: bool,
    problem: Option<Arc<KeyError>>,
    of: Of<E>,
}

impl<T, E> Bound<T, E> {
    pub(super) fn new<F: Form<T>>(
        name: &str,
        key: Result<Key, KeyError>,
        options: &Arc<QueryOptions>,
    ) -> Self {
        let (key, problem) = match key {
            Ok(key) => (key, None),
            Err(error) => (Key::from(name), Some(Arc::new(error))),
        };
        Self {
            key,
            options: Arc::clone(options),
            read: F::read,
            write: F::write,
            infinite: F::INFINITE,
            problem,
            of: PhantomData,
        }
    }

    /// The key.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The filters that mean this query and no other. With parameters that cannot be a key they mean
    /// none.
    ///
    /// ```
    /// # use throughline_query::{Fetch, Query};
    /// # let todo = Query::new("todo", |cx: Fetch<u32>| async move { Ok::<_, std::io::Error>(0) });
    /// assert!(todo.at(7).exact().exact);
    /// ```
    pub fn exact(&self) -> Filters {
        match self.problem {
            None => Filters::exact(&self.key),
            Some(_) => {
                Filters { predicate: Some(Arc::new(|_| false)), ..Filters::exact(&self.key) }
            }
        }
    }

    /// Whether the parameters cannot be a key.
    pub(crate) fn is_unusable(&self) -> bool {
        self.problem.is_some()
    }

    /// What is wrong with the parameters.
    pub(crate) fn problem(&self) -> Option<Failure> {
        self.problem.clone().map(bad_key)
    }

    /// The key and the options to observe it with. With parameters that cannot be a key these are those of a query
    /// that nobody else has, and that fails with what is wrong with them.
    pub(crate) fn observed(&self) -> (Key, Arc<QueryOptions>) {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let Some(problem) = self.problem() else {
            return (self.key.clone(), Arc::clone(&self.options));
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let fails = FetchFn(Box::new(move |task| {
            let problem = problem.clone();
            task.run(|_| async { Err(problem) })
        }));
        let options = QueryOptions {
            fetcher: Opt::Set(Fetcher::Call(Data::new(fails))),
            retry: Opt::Set(Retry::Never),
            network_mode: Opt::Set(NetworkMode::Always),
            gc_time: Opt::Set(Span::For(0)),
            enabled: Opt::Inherit,
            initial_data: Opt::Inherit,
            placeholder: Opt::Inherit,
            ..(*self.options).clone()
        };
        (self.key.join(Segment::object([("unusable", number)])), Arc::new(options))
    }

    /// That the value is of another type.
    pub(crate) fn mismatch(&self) -> Failure {
        Cause::Mismatch(self.key.clone()).into()
    }

    /// The same query, fetched and observed with these options where they say something.
    ///
    /// ```
    /// use throughline_query::{Dynamic, Fetch, Query, QueryOptions, StaleTime};
    ///
    /// let todo = Query::new("todo", |_: Fetch<u32>| async { Ok::<_, std::io::Error>(0) });
    /// let stale_time = Dynamic::Value(StaleTime::Never).into();
    /// let kept = todo.at(7).with(&QueryOptions { stale_time, ..QueryOptions::default() });
    /// # let _ = kept;
    /// ```
    #[must_use]
    pub fn with(mut self, options: &QueryOptions) -> Self {
        self.options = Arc::new(options.over(&self.options));
        self
    }
}

impl<T, E> Clone for Bound<T, E> {
    fn clone(&self) -> Self {
        Self {
            key: self.key.clone(),
            options: Arc::clone(&self.options),
            problem: self.problem.clone(),
            ..*self
        }
    }
}

impl<T, E> fmt::Debug for Bound<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound").field("key", &self.key).finish_non_exhaustive()
    }
}

impl<T, E> From<&Bound<T, E>> for Filters {
    fn from(bound: &Bound<T, E>) -> Self {
        bound.exact()
    }
}
