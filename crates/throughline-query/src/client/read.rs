//! Reading and writing.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::{QueryClient, Snapshot};
use crate::Key;
use crate::data::{Cause, Data, Failure};
use crate::define::Bound;
use crate::dehydrate::RawJson;
use crate::error::QueryError;
use crate::machine::{Filters, Machine, MutationFilters, TypeFilter};
use crate::shell::{Read, panicked};
use crate::state::FetchStatus;
use crate::time::Millis;

impl QueryClient {
    /// The data of a query, if it has any of this type. Fetches nothing, and waits for nobody but a
    /// change of this very value.
    ///
    /// ```
    /// # use throughline_query::{Fetch, Manual, Query, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// let name = Query::new("name", |_: Fetch<u32>| async { Ok::<_, std::io::Error>(String::new()) });
    /// assert_eq!(client.get(&name.at(1)), None);
    /// client.set(&name.at(1), "Ada".to_owned())?;
    /// assert_eq!(client.get(&name.at(1)).as_deref().map(String::as_str), Some("Ada"));
    /// # Ok::<(), throughline_query::QueryError<std::io::Error>>(())
    /// ```
    pub fn get<T, E>(&self, query: &Bound<T, E>) -> Option<Arc<T>> {
        if query.is_unusable() {
            return None;
        }
        let data = match self.core.reads.data(&query.key) {
            Ok(data) => data,
            // It is being changed where it lies. If that is this thread's doing there is no data.
            Err(()) => self.core.look(|locked| locked.machine.data(&query.key)).flatten(),
        };
        if self.core.is_past() {
            return None;
        }
        self.typed(query, data?).and_then(query.read)
    }

    /// Data as a value of its type: what came as text, from a file or from a server, is read when it
    /// is first looked at.
    fn typed<T, E>(&self, query: &Bound<T, E>, data: Data) -> Option<Data> {
        if data.downcast_ref::<RawJson>().is_none() {
            return Some(data);
        }
        query.options.abilities.get()?;
        let Bound { key, options, infinite, .. } = query.clone();
        let claimed =
            self.core.act(move |locked| locked.machine.claim_defined(&key, &options, infinite));
        claimed.and_then(Result::ok).flatten()
    }

    /// A query as it stands, if it is in the cache.
    pub fn state<T, E>(&self, query: &Bound<T, E>) -> Option<Snapshot<T, E>>
    where
        E: Error + Send + Sync + 'static,
    {
        if query.is_unusable() {
            return None;
        }
        let mut read = self.core.reads.get(&query.key)?;
        if read.is_changing {
            // Whoever enters has waited for the end of the change.
            read = self.core.look(|_| self.core.reads.get(&query.key)).flatten().unwrap_or(read);
        }
        if self.core.is_past() {
            return None;
        }
        let has_data = read.data.is_some();
        let data = read.data.and_then(|data| self.typed(query, data)).and_then(query.read);
        let mismatch = (has_data && data.is_none()).then_some(QueryError::Mismatch);
        Some(Snapshot {
            data,
            error: mismatch.or_else(|| read.error.as_ref().map(QueryError::of)),
            data_updated_at: read.updated_at,
            status: read.status,
            fetch_status: read.fetch_status,
            is_invalidated: read.is_invalidated,
        })
    }

    /// Sets the data of a query, and brings it into the cache if it was not there.
    ///
    /// # Errors
    ///
    /// [`QueryError::Mismatch`] if the query has data of another type, [`QueryError::Key`],
    /// [`QueryError::Closed`].
    pub fn set<T, E>(&self, query: &Bound<T, E>, value: T) -> Result<(), QueryError<E>>
    where
        T: Send + Sync + 'static,
        E: Error + Send + Sync + 'static,
    {
        self.set_at(query, Arc::new(value), None)
    }

    /// Sets the data of a query to a value that is shared, as if it had been fetched at this time, in
    /// milliseconds since the Unix epoch; without one, now.
    ///
    /// # Errors
    ///
    /// Those of [`set`](Self::set).
    pub fn set_at<T, E>(
        &self,
        query: &Bound<T, E>,
        value: Arc<T>,
        updated_at: Option<Millis>,
    ) -> Result<(), QueryError<E>>
    where
        T: Send + Sync + 'static,
        E: Error + Send + Sync + 'static,
    {
        self.check(query)?;
        let data = (query.write)(value);
        let Bound { key, options, infinite, .. } = query.clone();
        self.core.act(move |locked| {
            locked.machine.set_defined(&key, &options, infinite, data, updated_at);
        });
        Ok(())
    }

    /// Changes the data of a query, if it has any; tells whether it has. The value is changed where it
    /// lies; only if somebody shares it, it is cloned first.
    ///
    /// The function runs in the middle of the change, and the query has no data for it meanwhile. If it
    /// panics, the value is as it was; but if it was not cloned, it is as the panic left it, and
    /// declared out of date.
    ///
    /// Called from within (see [`QueryClient`]) it is done later, and tells that there is data.
    ///
    /// # Errors
    ///
    /// Those of [`set`](Self::set), and [`QueryError::Panicked`].
    ///
    /// ```
    /// # use throughline_query::{Fetch, Manual, Query, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// # let names = Query::new("names", |_: Fetch<()>| async { Ok::<_, std::io::Error>(vec![]) });
    /// client.set(&names.at(()), vec!["Ada"])?;
    /// assert!(client.update(&names.at(()), |names| names.push("Grace"))?);
    /// assert_eq!(client.get(&names.at(())).as_deref(), Some(&vec!["Ada", "Grace"]));
    /// # Ok::<(), throughline_query::QueryError<std::io::Error>>(())
    /// ```
    pub fn update<T, E>(
        &self,
        query: &Bound<T, E>,
        change: impl FnOnce(&mut T) + Send + 'static,
    ) -> Result<bool, QueryError<E>>
    where
        T: Clone + Send + Sync + 'static,
        E: Error + Send + Sync + 'static,
    {
        self.check(query)?;
        let Bound { key, read, write, .. } = query.clone();
        let outcome =
            self.core.act(move |locked| update(&mut locked.machine, &key, read, write, change));
        match outcome {
            Some(Err(failure)) => Err(QueryError::of(&failure)),
            Some(Ok(there)) => Ok(there),
            None if self.core.is_closed() => Err(QueryError::Closed),
            None => Ok(true),
        }
    }

    /// Whether the query can be used, and its data is of the type that is expected.
    pub(super) fn check<T, E>(&self, query: &Bound<T, E>) -> Result<(), QueryError<E>>
    where
        E: Error + Send + Sync + 'static,
    {
        self.refusal(query).map_or(Ok(()), |failure| Err(QueryError::of(&failure)))
    }

    pub(super) fn refusal<T, E>(&self, query: &Bound<T, E>) -> Option<Failure> {
        if let Some(problem) = query.problem() {
            return Some(problem);
        }
        if self.core.is_closed() {
            return Some(Cause::Closed.into());
        }
        let data = self.core.reads.data(&query.key).ok()??;
        // Text that cannot be read is no data any more, and so of no other type.
        let data = self.typed(query, data)?;
        (query.read)(data).is_none().then(|| query.mismatch())
    }

    /// The keys of the queries that are meant, in the order in which these came into the cache. From
    /// within (see [`QueryClient`]) that cannot be told, and there are none.
    ///
    /// ```
    /// # use throughline_query::{Fetch, Manual, Query, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// # let todo = Query::new("todo", |_: Fetch<u32>| async { Ok::<_, std::io::Error>(0) });
    /// client.set(&todo.at(7), 1)?;
    /// assert_eq!(client.keys(todo.all()), [todo.at(7).key().clone()]);
    /// # Ok::<(), throughline_query::QueryError<std::io::Error>>(())
    /// ```
    pub fn keys(&self, filters: impl Into<Filters>) -> Vec<Key> {
        let filters = filters.into();
        self.core.look(|locked| locked.machine.keys_of(&filters)).unwrap_or_default()
    }

    /// How many of the queries that are meant are fetching.
    ///
    /// From within (see [`QueryClient`]) only the key of the filters is looked at.
    pub fn is_fetching(&self, filters: impl Into<Filters>) -> usize {
        let filters = filters.into();
        let is_all = filters.key.is_none()
            && filters.kind == TypeFilter::All
            && filters.stale.is_none()
            && filters.fetch_status.is_none()
            && filters.predicate.is_none();
        let meant = (!is_all).then_some(&filters);
        self.core.look(|locked| locked.machine.is_fetching(meant)).unwrap_or_else(|| {
            self.count(|key, read| {
                read.fetch_status == FetchStatus::Fetching
                    && filters.key.as_ref().is_none_or(|meant| {
                        if filters.exact { key == meant } else { key.matches(meant) }
                    })
            })
        })
    }

    /// How many of the mutations that are meant were submitted and are not over. From within (see
    /// [`QueryClient`]) that cannot be told, and is 0.
    pub fn is_mutating(&self, filters: &MutationFilters) -> usize {
        self.core.look(|locked| locked.machine.is_mutating(filters)).unwrap_or_default()
    }

    /// How many queries there are. From within (see [`QueryClient`]) those that are published.
    pub fn len(&self) -> usize {
        let count = || self.count(|_, _| true);
        self.core.look(|locked| locked.machine.len()).unwrap_or_else(count)
    }

    /// Whether there is no query.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of the published queries are so.
    fn count(&self, is_meant: impl Fn(&Key, &Read) -> bool) -> usize {
        if self.core.is_past() { 0 } else { self.core.reads.count(is_meant) }
    }
}

/// Changes data where it lies, unless somebody shares it; whether there is any.
pub(super) fn update<T: Clone>(
    machine: &mut Machine,
    key: &Key,
    read: fn(Data) -> Option<Arc<T>>,
    write: fn(Arc<T>) -> Data,
    change: impl FnOnce(&mut T),
) -> Result<bool, Failure> {
    let mut failure = None;
    let there = machine.change_data(key, |data| {
        // Looked at through a clone, so that what is of another type is not lost.
        if read(data.clone()).is_none() {
            failure = Some(Cause::Mismatch(key.clone()).into());
            return Err((data, false));
        }
        let Some(mut value) = read(data) else { return Err((Data::new(()), false)) };
        match catch_unwind(AssertUnwindSafe(|| change(Arc::make_mut(&mut value)))) {
            Ok(()) => Ok(write(value)),
            Err(panic) => {
                failure = Some(panicked(&*panic));
                Err((write(value), true))
            }
        }
    });
    failure.map_or(Ok(there), Err)
}
