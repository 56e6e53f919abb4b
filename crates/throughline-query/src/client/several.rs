//! Several queries of one definition at once, and a closer look at single ones.

use std::error::Error;
use std::sync::Arc;

use super::QueryClient;
use super::read::update;
use crate::Key;
use crate::define::{Bound, Form, Mutation, Query};
use crate::error::QueryError;
use crate::machine::Filters;
use crate::state::QueryState;
use crate::watch::MutationView;

impl QueryClient {
    /// The data of all queries of a definition that the filters mean, as far as they have any, in the
    /// order in which they came into the cache. From within (see [`QueryClient`]) that cannot be told, and
    /// there are none.
    ///
    /// ```
    /// # use throughline_query::{Fetch, Manual, Query, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// let page = Query::new("page", |_: Fetch<(u32, u32)>| async { Ok::<_, std::io::Error>(0) });
    /// for n in [1, 2] {
    ///     client.set(&page.at((7, n)), n)?;
    ///     client.set(&page.at((8, n)), n)?;
    /// }
    /// let sevens = client.get_all(&page, page.beginning(&(7,)));
    /// assert_eq!(sevens.iter().map(|(_, n)| **n).collect::<Vec<_>>(), [1, 2]);
    /// # Ok::<(), throughline_query::QueryError<std::io::Error>>(())
    /// ```
    pub fn get_all<P, T, E, F: Form<T>>(
        &self,
        of: &Query<P, T, E, F>,
        filters: impl Into<Filters>,
    ) -> Vec<(Key, Arc<T>)> {
        let (filters, prefix) = (filters.into(), Key::from(of.name()));
        let options = Arc::clone(of.shared_options());
        let found = self.core.act(move |locked| {
            let machine = &mut locked.machine;
            let keys = machine.keys_of(&filters).into_iter().filter(|key| key.matches(&prefix));
            let keys: Vec<_> = keys.collect();
            let data = keys.into_iter().filter_map(|key| {
                let data = machine.claim_defined(&key, &options, F::INFINITE).ok().flatten()?;
                Some((key, data))
            });
            data.collect::<Vec<_>>()
        });
        let typed = |(key, data)| Some((key, F::read(data)?));
        found.unwrap_or_default().into_iter().filter_map(typed).collect()
    }

    /// Changes the data of all queries of a definition that the filters mean, as
    /// [`update`](Self::update) does, in one go. Gives how many had data; from within (see
    /// [`QueryClient`]) it is done later, and that is 0.
    ///
    /// # Errors
    ///
    /// The first of those of [`update`](Self::update); the other queries are changed all the same.
    ///
    /// ```
    /// # use throughline_query::{Fetch, Manual, Query, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// # let page = Query::new("page", |_: Fetch<u32>| async { Ok::<_, std::io::Error>(0) });
    /// for n in [1, 2] {
    ///     client.set(&page.at(n), n)?;
    /// }
    /// assert_eq!(client.update_all(&page, &page, |n| *n *= 10)?, 2);
    /// assert_eq!(client.get(&page.at(2)).as_deref(), Some(&20));
    /// # Ok::<(), throughline_query::QueryError<std::io::Error>>(())
    /// ```
    pub fn update_all<P, T, E, F: Form<T>>(
        &self,
        of: &Query<P, T, E, F>,
        filters: impl Into<Filters>,
        mut change: impl FnMut(&mut T) + Send + 'static,
    ) -> Result<usize, QueryError<E>>
    where
        T: Clone + Send + Sync + 'static,
        E: Error + Send + Sync + 'static,
    {
        if self.core.is_closed() {
            return Err(QueryError::Closed);
        }
        let (filters, prefix) = (filters.into(), Key::from(of.name()));
        let options = Arc::clone(of.shared_options());
        let changed = self.core.act(move |locked| {
            let (mut changed, mut failure) = (0, None);
            for key in locked.machine.keys_of(&filters) {
                if !key.matches(&prefix) {
                    continue;
                }
                // What is text yet, and cannot be read, is no data.
                let _ = locked.machine.claim_defined(&key, &options, F::INFINITE);
                match update(&mut locked.machine, &key, F::read, F::write, &mut change) {
                    Ok(there) => changed += usize::from(there),
                    Err(why) => failure = failure.or(Some(why)),
                }
            }
            failure.map_or(Ok(changed), Err)
        });
        changed.unwrap_or(Ok(0)).map_err(|failure| QueryError::of(&failure))
    }

    /// Everything that is known of a query, if it is in the cache: all that TanStack Query's
    /// `getQueryState` tells. Other than [`state`](Self::state) it waits for a change that is under way;
    /// from within (see [`QueryClient`]) it is `None`.
    pub fn query_state<T, E>(&self, query: &Bound<T, E>) -> Option<QueryState> {
        if query.is_unusable() {
            return None;
        }
        self.core.look(|locked| locked.machine.state(&query.key).cloned()).flatten()
    }

    /// How the mutations of a definition go that were submitted and are still in the cache, from first to
    /// last. From within (see [`QueryClient`]) that cannot be told, and there are none.
    ///
    /// ```
    /// # use throughline_query::{Manual, Mutate, Mutation, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// let add = Mutation::new("add", |_: Mutate<u32>| async { Ok::<_, std::io::Error>(()) });
    /// drop(client.mutate(&add, 7));
    /// let variables: Vec<_> = client.mutations(&add).iter().map(|m| m.variables()).collect();
    /// assert_eq!(variables[0].as_deref(), Some(&7));
    /// ```
    pub fn mutations<V, T, E, C>(&self, of: &Mutation<V, T, E, C>) -> Vec<MutationView<V, T, E, C>>
    where
        V: Send + Sync + 'static,
        T: Send + Sync + 'static,
        E: Error + Send + Sync + 'static,
        C: Send + Sync + 'static,
    {
        let filters = of.all();
        let states = self.core.look(|locked| locked.machine.mutations_of(&filters));
        let states = states.unwrap_or_default().into_iter();
        states.map(|(_, _, state)| MutationView::of(state)).collect()
    }
}
