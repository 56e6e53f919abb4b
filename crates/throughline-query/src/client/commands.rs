//! Commands that are about several queries, and about the cache as a whole.

use super::{Done, QueryClient, Raw};
use crate::effect::Settled;
use crate::machine::{Filters, RefetchHow, RefetchType};
use crate::options::{MutationOptions, QueryOptions};
use crate::shell::{Locked, Waits};
use crate::{Event, Key};

impl QueryClient {
    /// Declares queries out of date, and fetches those again that somebody observes.
    ///
    /// ```
    /// # use throughline_query::{Fetch, Manual, Query, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// # let todo = Query::new("todo", |_: Fetch<u32>| async { Ok::<_, std::io::Error>(0) });
    /// client.set(&todo.at(7), 1)?;
    /// client.invalidate(todo.all());
    /// assert_eq!(client.state(&todo.at(7)).map(|state| state.is_invalidated), Some(true));
    /// # Ok::<(), throughline_query::QueryError<std::io::Error>>(())
    /// ```
    pub fn invalidate(&self, filters: impl Into<Filters>) -> Done {
        self.invalidate_with(filters, None, RefetchHow::default())
    }

    /// Declares queries out of date, and fetches those of this type again: without one those of the
    /// type in the filters, or those that somebody observes.
    pub fn invalidate_with(
        &self,
        filters: impl Into<Filters>,
        refetch: Option<RefetchType>,
        how: RefetchHow,
    ) -> Done {
        let filters = filters.into();
        if self.core.means_nothing(&filters) {
            return Done::new(Raw::ready(Ok(Settled::Done)));
        }
        Done::new(Raw::ask_as(&self.core, move |locked, ticket| {
            locked.machine.invalidate(&filters, refetch, how, ticket);
        }))
    }

    /// Fetches queries again, except disabled and static ones.
    pub fn refetch(&self, filters: impl Into<Filters>) -> Done {
        self.refetch_with(filters, RefetchHow::default())
    }

    /// Fetches queries again, in this way.
    pub fn refetch_with(&self, filters: impl Into<Filters>, how: RefetchHow) -> Done {
        let filters = filters.into();
        Done::new(Raw::ask_as(&self.core, move |locked, ticket| {
            locked.machine.refetch(&filters, how, ticket);
        }))
    }

    /// Puts queries back to where they began, and fetches those again that somebody observes.
    pub fn reset(&self, filters: impl Into<Filters>) -> Done {
        let filters = filters.into();
        Done::new(Raw::ask_as(&self.core, move |locked, ticket| {
            locked.machine.reset(&filters, RefetchHow::default(), ticket);
        }))
    }

    /// Takes queries out of the cache. Who observes one goes on seeing what it saw.
    pub fn remove(&self, filters: impl Into<Filters>) {
        let filters = filters.into();
        self.core.act(move |locked| {
            locked.when_restored(Waits::ForItsOwner, move |locked| {
                locked.machine.remove_queries(&filters);
            });
        });
    }

    /// Calls fetches off, and puts the states from before them back.
    ///
    /// ```
    /// # use throughline_query::{Fetch, Manual, Query, QueryClient, QueryError};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// let slow = Query::new("slow", |_: Fetch<()>| std::future::pending::<std::io::Result<()>>());
    /// let asked = client.fetch(&slow.at(()));
    /// client.cancel(&slow.at(()));
    /// assert!(matches!(manual.block_on(asked), Some(Err(QueryError::Cancelled))));
    /// ```
    pub fn cancel(&self, filters: impl Into<Filters>) -> Done {
        self.cancel_with(filters, true, false)
    }

    /// Calls fetches off. The states from before them are put back, or (`revert`) they count as failed;
    /// or no state is changed at all (`silent`).
    pub fn cancel_with(&self, filters: impl Into<Filters>, revert: bool, silent: bool) -> Done {
        let filters = filters.into();
        Done::new(Raw::ask_as(&self.core, move |locked, ticket| {
            locked.machine.cancel_queries(&filters, revert, silent, ticket);
        }))
    }

    /// Empties the cache, of queries and of mutations, but for [durable](crate::Mutation::durable) ones
    /// that are not done.
    pub fn clear(&self) {
        self.core.act(|locked| locked.when_restored(Waits::ForItsOwner, Locked::clear));
    }

    // --- The world ---

    /// Lets mutations go on that wait for the network, and takes in what other processes have
    /// [deposited](crate::outbox::deposit()) in the outbox. Over when their functions are, or when a mutation
    /// has failed before its function was called.
    pub fn resume(&self) -> Done {
        self.core.look_for_letters();
        Done::new(Raw::ask_as(&self.core, |locked, ticket| locked.machine.resume_mutations(ticket)))
    }

    /// Says whether there is a network. Until somebody says so, there is. What waits for it goes on only
    /// on a client that is [mounted](Self::mount).
    ///
    /// ```
    /// # use throughline_query::{Fetch, Manual, Query, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// # let todo = Query::new("todo", |_: Fetch<u32>| async { Ok::<_, std::io::Error>(0) });
    /// client.mount();
    /// client.set_online(false);
    /// let observer = client.observe(&todo.at(7));
    /// manual.run();
    /// assert!(observer.state().is_paused());
    /// client.set_online(true);
    /// manual.run();
    /// assert!(observer.state().is_success());
    /// ```
    pub fn set_online(&self, online: bool) {
        self.core.event(Event::Online(online));
        if online {
            self.core.look_for_letters();
        }
    }

    /// Says whether somebody looks; `None` if that cannot be told. Until somebody says so, it cannot.
    pub fn set_focused(&self, focused: Option<bool>) {
        self.core.event(Event::Focus(focused));
    }

    /// From now on focus and new connections fetch again, and let mutations go on. Counts how often it
    /// is called.
    pub fn mount(&self) {
        self.core.act(|locked| locked.machine.mount());
    }

    /// Takes back one [`mount`](Self::mount).
    pub fn unmount(&self) {
        self.core.act(|locked| locked.machine.unmount());
    }

    // --- Defaults ---

    /// Sets the defaults for every query and every mutation.
    pub fn set_defaults(&self, queries: QueryOptions, mutations: MutationOptions) {
        self.core.act(move |locked| locked.machine.set_defaults(queries, mutations));
    }

    /// Sets the defaults for queries whose keys begin with this one.
    ///
    /// ```
    /// # use throughline_query::{Dynamic, Manual, QueryClient, QueryOptions, StaleTime};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// let stale_time = Dynamic::Value(StaleTime::Never).into();
    /// let options = QueryOptions { stale_time, ..QueryOptions::default() };
    /// client.set_query_defaults("countries", options);
    /// ```
    pub fn set_query_defaults(&self, key: impl Into<Key>, options: QueryOptions) {
        let key = key.into();
        self.core.act(move |locked| locked.machine.set_query_defaults(&key, options));
    }

    /// Sets the defaults for mutations whose keys begin with this one.
    pub fn set_mutation_defaults(&self, key: impl Into<Key>, options: MutationOptions) {
        let key = key.into();
        self.core.act(move |locked| locked.machine.set_mutation_defaults(&key, options));
    }
}
