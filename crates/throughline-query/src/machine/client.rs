//! The commands: what TanStack Query's `QueryClient` offers.

use std::sync::Arc;

use super::fetch::How;
use super::waiting::Then;
use super::{Filters, Machine, Micro, MutationFilters, QueryId, QuerySnapshot, TypeFilter};
use crate::Key;
use crate::data::Data;
use crate::effect::{Effect, Settled, Ticket};
use crate::mutation::{MutationState, MutationStatus};
use crate::options::{MutationOptions, Opt, QueryOptions, QueryView, Retry, guarded};
use crate::state::{Action, FetchStatus, QueryState};
use crate::time::Millis;

/// How a refetch of several queries goes.
#[derive(Debug, Clone, Copy)]
pub struct RefetchHow {
    /// Whether fetches under way are cancelled for new ones, if there is data. Default: yes.
    pub cancel_refetch: bool,
    /// Whether a failure of one is the failure of all. Default: no.
    pub throw: bool,
    /// Whether only the first page of infinite queries is fetched again. Those after it stay if
    /// they still follow it, as far as [`Abilities::equal_param`](crate::Abilities::equal_param)
    /// can tell; otherwise they go. Default: no.
    pub first_page: bool,
}

impl Default for RefetchHow {
    fn default() -> Self {
        Self { cancel_refetch: true, throw: false, first_page: false }
    }
}

/// Which of the invalidated queries are fetched again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefetchType {
    /// None.
    None,
    /// Those of this type.
    Of(TypeFilter),
}

/// Options that follow from others.
#[derive(Debug)]
pub(crate) struct Derived {
    /// Kept, so that their addresses stay theirs.
    _sources: (Arc<QueryOptions>, Option<Arc<QueryOptions>>),
    derived: Arc<QueryOptions>,
}

impl Machine {
    // --- Defaults ---

    /// Sets the defaults for every query and every mutation.
    pub fn set_defaults(&mut self, queries: QueryOptions, mutations: MutationOptions) {
        self.defaults = Arc::new(queries);
        self.config.mutations = mutations;
    }

    /// Sets the defaults for queries whose keys begin with this one.
    pub fn set_query_defaults(&mut self, key: &Key, options: QueryOptions) {
        match self.query_defaults.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => *known = Arc::new(options),
            None => self.query_defaults.push((key.clone(), Arc::new(options))),
        }
    }

    /// Sets the defaults for mutations whose keys begin with this one.
    pub fn set_mutation_defaults(&mut self, key: &Key, options: MutationOptions) {
        match self.mutation_defaults.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => *known = options,
            None => self.mutation_defaults.push((key.clone(), options)),
        }
    }

    /// The defaults of the key, if there are any; later ones win.
    pub(super) fn key_defaults(&mut self, key: &Key) -> Option<Arc<QueryOptions>> {
        let matching: Vec<_> = self
            .query_defaults
            .iter()
            .filter(|(prefix, _)| key.matches(prefix))
            .map(|(_, options)| Arc::clone(options))
            .collect();
        let mut matching = matching.into_iter();
        let first = matching.next()?;
        Some(matching.fold(first, |below, options| self.over(&options, &below)))
    }

    /// The options with all defaults below them.
    pub(super) fn complete(&mut self, key: &Key, options: &Arc<QueryOptions>) -> Arc<QueryOptions> {
        let defaults = Arc::clone(&self.defaults);
        match self.key_defaults(key) {
            Some(below) => {
                let below = self.over(&below, &defaults);
                self.over(options, &below)
            }
            None => self.over(options, &defaults),
        }
    }

    /// The options, and what they leave open as `below` says it.
    pub(super) fn over(
        &mut self,
        options: &Arc<QueryOptions>,
        below: &Arc<QueryOptions>,
    ) -> Arc<QueryOptions> {
        if below.is_silent() {
            return Arc::clone(options);
        }
        if options.is_silent() {
            return Arc::clone(below);
        }
        self.derived(options, Some(below), || options.over(below))
    }

    /// The options without what they carry, whatever the defaults carry.
    pub(super) fn without_meta(&mut self, options: &Arc<QueryOptions>) -> Arc<QueryOptions> {
        let mark = Arc::clone(&self.silent);
        self.derived(options, Some(&mark), || QueryOptions {
            meta: Opt::Unset,
            ..(**options).clone()
        })
    }

    /// The options for a fetch that nobody observes: such a fetch is not tried again by default.
    fn imperative(&mut self, key: &Key, options: &Arc<QueryOptions>) -> Arc<QueryOptions> {
        let options = self.complete(key, options);
        if options.retry.get().is_some() {
            return options;
        }
        self.derived(&options, None, || QueryOptions {
            retry: Opt::Set(Retry::Never),
            ..(*options).clone()
        })
    }

    /// Options that follow from others, kept so that a thousand queries of one definition share
    /// one copy.
    fn derived(
        &mut self,
        options: &Arc<QueryOptions>,
        below: Option<&Arc<QueryOptions>>,
        derive: impl FnOnce() -> QueryOptions,
    ) -> Arc<QueryOptions> {
        const KEPT: usize = 256;
        let address = |options: &Arc<QueryOptions>| Arc::as_ptr(options) as usize;
        let from = (address(options), below.map_or(0, address));
        if let Some(known) = self.completed.get(&from) {
            return Arc::clone(&known.derived);
        }
        let derived = Arc::new(derive());
        if self.completed.len() >= KEPT {
            self.completed.clear();
        }
        let sources = (Arc::clone(options), below.cloned());
        self.completed.insert(from, Derived { _sources: sources, derived: Arc::clone(&derived) });
        derived
    }

    pub(super) fn complete_mutation(&self, options: &MutationOptions) -> Arc<MutationOptions> {
        let mut below = self.config.mutations.clone();
        if let Some(key) = options.key.get() {
            for (prefix, defaults) in &self.mutation_defaults {
                if key.matches(prefix) {
                    below = defaults.over(&below);
                }
            }
        }
        Arc::new(options.over(&below))
    }

    // --- Reading and writing ---

    /// The data of the query with this key, if it has any.
    pub fn data(&self, key: &Key) -> Option<Data> {
        self.query(self.lookup(key)?).state.data.clone()
    }

    /// The state of the query with this key, if there is one.
    pub fn state(&self, key: &Key) -> Option<&QueryState> {
        Some(&self.query(self.lookup(key)?).state)
    }

    /// The query with this key as it stands, if there is one.
    pub fn snapshot(&self, key: &Key) -> Option<QuerySnapshot> {
        Some(self.snapshot_of(self.lookup(key)?))
    }

    /// The queries that are meant, with their data.
    pub fn data_of(&self, filters: &Filters) -> Vec<(Key, Option<Data>)> {
        let entry = |query| {
            let entry = self.query(query);
            (entry.key.clone(), entry.state.data.clone())
        };
        self.find_all(filters).into_iter().map(entry).collect()
    }

    /// What the cache can do with the values of a query, if it is there and its options say so.
    pub(crate) fn abilities(&self, key: &Key) -> Option<Arc<crate::Abilities>> {
        self.query(self.lookup(key)?).options.abilities.get().cloned()
    }

    /// The keys of the queries that are meant.
    pub fn keys_of(&self, filters: &Filters) -> Vec<Key> {
        self.find_all(filters).into_iter().map(|query| self.query(query).key.clone()).collect()
    }

    /// Shows each query that is meant.
    pub fn each(&self, filters: &Filters, mut show: impl FnMut(&QueryView<'_>)) {
        for query in self.find_all(filters) {
            show(&self.view(query));
        }
    }

    /// Sets the data of a query, and makes the query if there is none. Gives what is cached now.
    pub fn set(&mut self, key: &Key, data: Data, updated_at: Option<Millis>) -> Data {
        self.set_by_key(key, data, updated_at)
    }

    pub(super) fn set_by_key(&mut self, key: &Key, data: Data, updated_at: Option<Millis>) -> Data {
        let query = match self.lookup(key) {
            Some(query) => query,
            None => {
                let silent = Arc::clone(&self.silent);
                let options = self.complete(key, &silent);
                self.build(key, &options, false, None)
            }
        };
        self.set_data(query, data, updated_at, true)
    }

    /// Changes the data of a query. If the function gives nothing, nothing happens, and no query
    /// is made.
    pub fn update(
        &mut self,
        key: &Key,
        updated_at: Option<Millis>,
        change: impl FnOnce(Option<&Data>) -> Option<Data>,
    ) -> Option<Data> {
        let before = self.base(key);
        let after = guarded(None, || change(before.as_ref()))?;
        drop(before);
        Some(self.set_by_key(key, after, updated_at))
    }

    /// Changes the data of all queries that are meant.
    pub fn update_all(
        &mut self,
        filters: &Filters,
        updated_at: Option<Millis>,
        mut change: impl FnMut(&Key, Option<&Data>) -> Option<Data>,
    ) -> Vec<(Key, Option<Data>)> {
        let keys = self.keys_of(filters);
        keys.into_iter()
            .map(|key| {
                let data = self.update(&key, updated_at, |before| change(&key, before));
                (key, data)
            })
            .collect()
    }

    // --- Fetching ---

    /// Fetches, unless the data is fresh; the ticket gets the data.
    pub fn fetch_query(
        &mut self,
        key: &Key,
        options: &Arc<QueryOptions>,
        infinite: bool,
        ticket: Ticket,
    ) {
        self.fetch_with(key, options, infinite, Then::Data(ticket));
    }

    /// Fetches, unless the data is fresh; the ticket hears that it is over, whatever the outcome.
    pub fn prefetch_query(
        &mut self,
        key: &Key,
        options: &Arc<QueryOptions>,
        infinite: bool,
        ticket: Ticket,
    ) {
        self.fetch_with(key, options, infinite, Then::Done(ticket));
    }

    /// Fetches, unless the data is fresh; the ticket gets what `select` makes of the data.
    pub fn query_selected(
        &mut self,
        key: &Key,
        options: &Arc<QueryOptions>,
        infinite: bool,
        ticket: Ticket,
    ) {
        let complete = self.complete(key, options);
        let then = match complete.select.get() {
            Some(select) => Then::Selected(ticket, select.clone()),
            None => Then::Data(ticket),
        };
        self.fetch_with(key, options, infinite, then);
    }

    /// Fetches only if there is no data at all. Stale data is fetched again behind the answer, if
    /// `revalidate` says so.
    pub fn ensure_query(
        &mut self,
        key: &Key,
        options: &Arc<QueryOptions>,
        infinite: bool,
        revalidate: bool,
        ticket: Ticket,
    ) {
        let complete = self.complete(key, options);
        let query = self.build(key, &complete, infinite, None);
        let Some(data) = self.query(query).state.data.clone() else {
            self.fetch_with(key, options, infinite, Then::Data(ticket));
            return;
        };
        if revalidate && self.is_stale_by_time(query, self.stale_time(&complete, query)) {
            self.fetch_with(key, options, infinite, Then::Nothing);
        }
        self.tell(Effect::Settle(ticket, Ok(Settled::Data(Some(data)))));
    }

    fn fetch_with(&mut self, key: &Key, options: &Arc<QueryOptions>, infinite: bool, then: Then) {
        let options = self.imperative(key, options);
        let query = self.build(key, &options, infinite, None);
        if self.is_stale_by_time(query, self.stale_time(&options, query)) {
            let how = How { infinite, ..How::default() };
            self.fetch(query, Some(&options), how, then);
        } else {
            let data = self.query(query).state.data.clone();
            self.stats.fresh += 1;
            self.used(query);
            self.finish(then, Ok(data));
        }
    }

    /// Declares the queries that are meant out of date, and fetches those of a type again:
    /// `refetch`, else the type of the filters if it is not all, else the active ones. The ticket
    /// hears when that is over. Gives how many are meant.
    pub fn invalidate(
        &mut self,
        filters: &Filters,
        refetch: Option<RefetchType>,
        how: RefetchHow,
        ticket: Ticket,
    ) -> usize {
        let meant = self.find_all(filters);
        self.warm(&meant);
        self.expect_events(meant.len());
        for &query in &meant {
            if self.queries.contains(query as usize) {
                self.invalidate_query(query);
            }
        }
        let kind = match refetch {
            Some(RefetchType::None) => {
                self.tell(Effect::Settle(ticket, Ok(Settled::Done)));
                return meant.len();
            }
            Some(RefetchType::Of(kind)) => kind,
            None => match filters.kind {
                TypeFilter::All => TypeFilter::Active,
                kind => kind,
            },
        };
        // Of nothing that is meant whatever its type, nothing of a type is meant.
        if meant.is_empty() && filters.kind == TypeFilter::All {
            self.tell(Effect::Settle(ticket, Ok(Settled::Done)));
            return 0;
        }
        let count = meant.len();
        // What is meant has not changed, unless by its state.
        let again = if filters.depends_on_state() || filters.kind != TypeFilter::All {
            self.find_all(&Filters { kind, ..filters.clone() })
        } else {
            meant.into_iter().filter(|&query| self.is_of(query, kind)).collect()
        };
        self.refetch_these(again, how, ticket);
        count
    }

    /// Fetches the queries that are meant again, except disabled and static ones. The ticket hears
    /// when that is over; fetches that have to wait are not waited for.
    pub fn refetch(&mut self, filters: &Filters, how: RefetchHow, ticket: Ticket) {
        let meant = self.find_all(filters);
        self.refetch_these(meant, how, ticket);
    }

    fn refetch_these(&mut self, mut queries: Vec<QueryId>, how: RefetchHow, ticket: Ticket) {
        queries.retain(|&query| !self.is_disabled(query) && !self.is_static(query));
        if queries.is_empty() {
            self.tell(Effect::Settle(ticket, Ok(Settled::Done)));
            return;
        }
        let done = if how.throw { Then::Checked(ticket) } else { Then::Done(ticket) };
        let wait = self.wait_for(queries.len(), done);
        for query in queries {
            let fetch = How {
                cancel_refetch: how.cancel_refetch,
                first_page: how.first_page,
                ..How::default()
            };
            self.fetch(query, None, fetch, Then::One { wait, throw: how.throw });
            let entry = self.query_mut(query);
            if entry.state.fetch_status == FetchStatus::Paused
                && let Some(last) = entry.fetch_mut().and_then(|fetch| fetch.waiters.last_mut())
            {
                *last = Then::Nothing;
                self.micro.push_back(Micro::Wait(wait, Ok(())));
            }
        }
    }

    /// Puts the queries that are meant back to where they began, and fetches the active ones of
    /// them again.
    pub fn reset(&mut self, filters: &Filters, how: RefetchHow, ticket: Ticket) {
        let meant = self.find_all(filters);
        for &query in &meant {
            self.destroy_query(query);
            let mut state = self.reset_state(query);
            let key = self.query(query).key.clone();
            state.data = self.reset_layers(&key, state.data);
            self.dispatch(query, Action::Set(Box::new(state)));
        }
        let active = meant.into_iter().filter(|&query| self.is_active(query)).collect();
        self.refetch_these(active, how, ticket);
    }

    /// Takes the queries that are meant out of the cache. Gives how many.
    pub fn remove_queries(&mut self, filters: &Filters) -> usize {
        let meant = self.find_all(filters);
        for &query in &meant {
            self.remove(query);
        }
        meant.len()
    }

    /// Cancels the fetches of the queries that are meant. The ticket hears when that is over.
    pub fn cancel_queries(
        &mut self,
        filters: &Filters,
        revert: bool,
        silent: bool,
        ticket: Ticket,
    ) {
        let meant = self.find_all(filters);
        let wait = self.wait_for(meant.len(), Then::Done(ticket));
        for query in meant {
            self.cancel(query, revert, silent, Some(Then::One { wait, throw: false }));
        }
    }

    /// How many of the queries that are meant are fetching.
    pub fn is_fetching(&self, filters: Option<&Filters>) -> usize {
        match filters {
            None => self.fetching,
            Some(filters) => {
                let fetch_status = Some(FetchStatus::Fetching);
                self.find_all(&Filters { fetch_status, ..filters.clone() }).len()
            }
        }
    }

    /// How many of the mutations that are meant were submitted and are not over.
    pub fn is_mutating(&self, filters: &MutationFilters) -> usize {
        let status = Some(MutationStatus::Pending);
        self.find_mutations(&MutationFilters { status, ..filters.clone() }).len()
    }

    /// The mutations that are meant: number, options, state.
    pub fn mutations_of(
        &self,
        filters: &MutationFilters,
    ) -> Vec<(u64, Arc<MutationOptions>, MutationState)> {
        let entry = |mutation: u32| {
            let entry = &self.mutations[mutation as usize];
            (entry.id, Arc::clone(&entry.options), entry.state.clone())
        };
        self.find_mutations(filters).into_iter().map(entry).collect()
    }

    /// Lets waiting mutations go on, if there is a network. The ticket hears when their functions
    /// are over.
    pub fn resume_mutations(&mut self, ticket: Ticket) {
        self.resume_then(Then::Done(ticket));
    }

    /// Empties the cache.
    pub fn clear(&mut self) {
        let all: Vec<_> = self.all().collect();
        for query in all {
            self.remove(query);
        }
        self.clear_mutations();
    }

    /// How many queries there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is no query.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
