//! Fetching, without observing.

use std::error::Error;
use std::sync::Arc;

use super::{Asked, Done, QueryClient, Raw};
use crate::Key;
use crate::data::Data;
use crate::define::Bound;
use crate::effect::{Settled, Ticket};
use crate::machine::Machine;
use crate::options::{Dynamic, QueryOptions};
use crate::time::StaleTime;

/// A command of the machine that fetches.
type Command = fn(&mut Machine, &Key, &Arc<QueryOptions>, bool, Ticket);

impl QueryClient {
    /// The data of a query: fetched, unless what is there is fresh. Who asks while it is being fetched
    /// gets the same.
    ///
    /// # Errors
    ///
    /// That of the function, unless it is told to try again; [`QueryError::Cancelled`] if the fetch is
    /// called off; [`QueryError::Mismatch`], [`QueryError::Key`], [`QueryError::Closed`].
    ///
    /// [`QueryError::Cancelled`]: crate::QueryError::Cancelled
    /// [`QueryError::Mismatch`]: crate::QueryError::Mismatch
    /// [`QueryError::Key`]: crate::QueryError::Key
    /// [`QueryError::Closed`]: crate::QueryError::Closed
    pub fn fetch<T, E>(&self, query: &Bound<T, E>) -> Asked<T, E>
    where
        E: Error + Send + Sync + 'static,
    {
        // Most often what is there is fresh, and nobody has to be asked.
        let raw = match self.fresh(query) {
            Some(data) => Raw::ready(Ok(Settled::Data(Some(data)))),
            None => self.ask(query, Machine::fetch_query),
        };
        Asked::new(raw, query.read)
    }

    /// The data of a query: fetched only if there is none, however old what is there may be.
    ///
    /// # Errors
    ///
    /// Those of [`fetch`](Self::fetch).
    pub fn ensure<T, E>(&self, query: &Bound<T, E>) -> Asked<T, E>
    where
        E: Error + Send + Sync + 'static,
    {
        let ask: Command = |machine, key, options, infinite, ticket| {
            machine.ensure_query(key, options, infinite, false, ticket);
        };
        Asked::new(self.ask(query, ask), query.read)
    }

    /// The same; but if what is there is stale, it is fetched again behind the answer.
    ///
    /// # Errors
    ///
    /// Those of [`fetch`](Self::fetch).
    pub fn ensure_fresh_soon<T, E>(&self, query: &Bound<T, E>) -> Asked<T, E>
    where
        E: Error + Send + Sync + 'static,
    {
        let ask: Command = |machine, key, options, infinite, ticket| {
            machine.ensure_query(key, options, infinite, true, ticket);
        };
        Asked::new(self.ask(query, ask), query.read)
    }

    /// Fetches, unless what is there is fresh, for whoever needs it later. A failed fetch is no
    /// failure of this.
    pub fn prefetch<T, E>(&self, query: &Bound<T, E>) -> Done {
        Done::new(self.ask(query, Machine::prefetch_query))
    }

    fn ask<T, E>(&self, query: &Bound<T, E>, command: Command) -> Raw {
        if let Some(failure) = self.refusal(query) {
            return Raw::ready(Err(failure));
        }
        let (key, options) = (query.key.clone(), Arc::clone(&query.options));
        let infinite = query.infinite;
        Raw::ask_as(&self.core, move |locked, ticket| {
            command(&mut locked.machine, &key, &options, infinite, ticket);
        })
    }

    /// The data of a query, if that is fresh by what the definition itself says, over which no default
    /// has a say.
    fn fresh<T, E>(&self, query: &Bound<T, E>) -> Option<Data> {
        let Dynamic::Value(time) = query.options.stale_time.get()? else { return None };
        if query.is_unusable() {
            return None;
        }
        let read = self.core.reads.get(&query.key).filter(|_| !self.core.is_past())?;
        let data = read.data.filter(|data| (query.read)(data.clone()).is_some())?;
        let is_fresh = match time {
            StaleTime::Static => true,
            _ if read.is_invalidated => false,
            StaleTime::Never => true,
            StaleTime::After(time) => read.updated_at.saturating_add(*time) > self.core.now(),
        };
        is_fresh.then_some(data)
    }
}
