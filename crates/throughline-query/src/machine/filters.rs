//! Filters: which queries and which mutations a command is about.

use std::fmt;
use std::sync::Arc;

use super::{Label, Machine, QueryId};
use crate::Key;
use crate::mutation::{MutationState, MutationStatus};
use crate::options::{QueryView, guarded};
use crate::state::FetchStatus;

/// Queries by who observes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TypeFilter {
    /// All.
    #[default]
    All,
    /// Those with an observer that fetches by itself.
    Active,
    /// The others.
    Inactive,
}

/// Which queries are meant. What is not said does not matter; all that is said has to be true.
///
/// ```
/// use throughline_query::{Config, Data, Filters, Key, Machine, TypeFilter};
///
/// let mut machine = Machine::new(Config::default(), 0);
/// machine.set(&Key::from(("task", 7)), Data::new("write"), None);
/// let unobserved = Filters { kind: TypeFilter::Inactive, ..Filters::prefix("task") };
/// assert_eq!(machine.keys_of(&unobserved), [Key::from(("task", 7))]);
/// ```
#[derive(Clone, Default)]
pub struct Filters {
    /// Their keys begin with this, or match it as
    /// [`Key::matches`](crate::Key::matches) describes.
    pub key: Option<Key>,
    /// The key is the whole key.
    pub exact: bool,
    /// Their data is about this.
    pub label: Option<Label>,
    /// By who observes them.
    pub kind: TypeFilter,
    /// By whether their data is out of date.
    pub stale: Option<bool>,
    /// By what they are doing.
    pub fetch_status: Option<FetchStatus>,
    /// By whatever this says. It must be pure; if it panics, the query is not meant.
    pub predicate: Option<Predicate>,
}

/// Tells of a query whether it is meant.
pub type Predicate = Arc<dyn Fn(&QueryView<'_>) -> bool + Send + Sync>;

impl Filters {
    /// All queries whose keys begin with this.
    pub fn prefix(key: impl Into<Key>) -> Self {
        Self { key: Some(key.into()), ..Self::default() }
    }

    /// All queries whose data is about this.
    pub fn about(label: Label) -> Self {
        Self { label: Some(label), ..Self::default() }
    }

    /// The query with this key.
    pub fn exact(key: impl Into<Key>) -> Self {
        Self { key: Some(key.into()), exact: true, ..Self::default() }
    }
}

impl Filters {
    /// Whether nothing but the key says what is meant.
    fn is_only_key(&self) -> bool {
        self.kind == TypeFilter::All && !self.depends_on_state() && self.label.is_none()
    }

    /// Whether the state of a query says whether it is meant.
    pub(super) fn depends_on_state(&self) -> bool {
        self.stale.is_some() || self.fetch_status.is_some() || self.predicate.is_some()
    }
}

impl fmt::Debug for Filters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filters")
            .field("key", &self.key)
            .field("exact", &self.exact)
            .field("kind", &self.kind)
            .field("stale", &self.stale)
            .field("fetch_status", &self.fetch_status)
            .field("predicate", &self.predicate.is_some())
            .finish()
    }
}

/// Which mutations are meant.
#[derive(Clone, Default)]
pub struct MutationFilters {
    /// Their keys begin with this. One without a key is never meant.
    pub key: Option<Key>,
    /// The key is the whole key.
    pub exact: bool,
    /// By how far they have come.
    pub status: Option<MutationStatus>,
    /// By whatever this says.
    pub predicate: Option<MutationPredicate>,
}

/// Tells of a mutation, by its state and its key, whether it is meant.
pub type MutationPredicate = Arc<dyn Fn(&MutationState, Option<&Key>) -> bool + Send + Sync>;

impl fmt::Debug for MutationFilters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutationFilters")
            .field("key", &self.key)
            .field("exact", &self.exact)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Machine {
    /// The queries that are meant, in the order in which they came into the cache.
    pub(super) fn find_all(&self, filters: &Filters) -> Vec<QueryId> {
        if let Some(label) = &filters.label {
            return self.find_labelled(label, filters);
        }
        let mut found: Vec<_> = match &filters.key {
            Some(key) if filters.exact => self.lookup(key).into_iter().collect(),
            Some(key) => {
                let mut found = Vec::new();
                self.index.for_each_match(key, &self.queries, |query| found.push(query));
                self.places.in_order(found)
            }
            None => self.all().collect(),
        };
        if !filters.is_only_key() {
            found.retain(|&query| self.is_meant(query, filters));
        }
        found
    }

    /// Whether no query has a key that is meant, of filters by key.
    pub(crate) fn has_no_key_of(&self, filters: &Filters) -> bool {
        match &filters.key {
            Some(key) if filters.exact => self.lookup(key).is_none(),
            Some(key) => !self.index.has_match(key, &self.queries),
            None => false,
        }
    }

    fn find_labelled(&self, label: &Label, filters: &Filters) -> Vec<QueryId> {
        let key = |query: &QueryId| match &filters.key {
            Some(key) if filters.exact => self.query(*query).key == *key,
            Some(key) => self.query(*query).key.matches(key),
            None => true,
        };
        let found = self.labelled(label).filter(key).collect();
        let mut found = self.places.in_order(found);
        found.retain(|&query| self.is_meant(query, filters));
        found
    }

    pub(super) fn is_of(&self, query: QueryId, kind: TypeFilter) -> bool {
        match kind {
            TypeFilter::All => true,
            TypeFilter::Active => self.is_active(query),
            TypeFilter::Inactive => !self.is_active(query),
        }
    }

    /// Reads a little of each key before they are written to one by one: the processor fetches many
    /// from memory at a time when it reads, and waits for each when it counts who shares a key.
    pub(super) fn warm(&self, queries: &[QueryId]) {
        let hash =
            |query: &QueryId| self.queries.get(*query as usize).map_or(0, |q| q.key.hash64());
        std::hint::black_box(queries.iter().map(hash).fold(0, u64::wrapping_add));
    }

    fn is_meant(&self, query: QueryId, filters: &Filters) -> bool {
        self.is_of(query, filters.kind)
            && filters.stale.is_none_or(|stale| self.is_stale(query) == stale)
            && filters.fetch_status.is_none_or(|s| self.query(query).state.fetch_status == s)
            && filters.predicate.as_ref().is_none_or(|meant| {
                let view = self.view(query);
                guarded(false, || meant(&view))
            })
    }

    pub(super) fn find_mutations(&self, filters: &MutationFilters) -> Vec<u32> {
        let meant = |&mutation: &u32| {
            let entry = &self.mutations[mutation as usize];
            let key = match (&filters.key, entry.options.key.get()) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(meant), Some(key)) if filters.exact => meant == key,
                (Some(meant), Some(key)) => key.matches(meant),
            };
            key && filters.status.is_none_or(|status| entry.state.status == status)
                && filters.predicate.as_ref().is_none_or(|meant| {
                    let key = entry.options.key.get();
                    guarded(false, || meant(&entry.state, key))
                })
        };
        self.mutation_order.values().copied().filter(meant).collect()
    }
}
