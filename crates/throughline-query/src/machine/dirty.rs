//! What changed since it was last asked for, and a look at single queries and mutations, for whoever
//! writes them down.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use serde_json::Value;

use super::Machine;
use crate::Key;
use crate::data::{Abilities, Data};
use crate::effect::{MutationEvent, MutationId, QueryEvent};
use crate::mutation::MutationState;
use crate::options::MutationOptions;
use crate::state::{ActionKind, QueryState};

/// What changed, as the machine collects it.
#[derive(Debug, Default)]
pub(crate) struct Dirty {
    on: bool,
    queries: FxHashSet<Key>,
    mutations: BTreeSet<MutationId>,
}

/// What changed since the last [`Machine::take_changes`]: what came, what went, and what is different.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The queries, in no order. One that is not in the cache any more was removed.
    pub queries: Vec<Key>,
    /// The mutations, from first to last.
    pub mutations: Vec<MutationId>,
}

impl Changes {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.queries.is_empty() && self.mutations.is_empty()
    }

    /// How much changed.
    pub fn len(&self) -> usize {
        self.queries.len() + self.mutations.len()
    }
}

/// A query, for whoever writes it down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueryRef<'a> {
    pub key: &'a Key,
    pub state: &'a QueryState,
    /// The data without what layers show over it, which is a wish and not for others to keep.
    pub data: Option<&'a Data>,
    pub meta: Option<&'a Value>,
    pub observers: usize,
    pub abilities: Option<&'a Abilities>,
    pub infinite: bool,
}

impl Dirty {
    /// Forgets what was collected.
    pub(super) fn clear(&mut self) {
        self.queries.clear();
        self.mutations.clear();
    }

    /// Whether an event is about something that is written down. What a query is doing is not: it
    /// would do nothing after it was read.
    pub(super) fn query(&mut self, key: &Key, event: QueryEvent) {
        let is_change = match event {
            QueryEvent::Added | QueryEvent::Removed => true,
            QueryEvent::Updated(kind) => matches!(
                kind,
                ActionKind::Success
                    | ActionKind::Error
                    | ActionKind::Invalidate
                    | ActionKind::SetState
            ),
            _ => false,
        };
        if self.on && is_change {
            self.queries.insert(key.clone());
        }
    }

    pub(super) fn mutation(&mut self, mutation: MutationId, event: MutationEvent) {
        let is_change = matches!(
            event,
            MutationEvent::Added | MutationEvent::Removed | MutationEvent::Updated(_)
        );
        if self.on && is_change {
            self.mutations.insert(mutation);
        }
    }
}

impl Machine {
    /// From now on collects what changes, or does not any more. Gives what was so before. What was
    /// collected stays until it is taken.
    ///
    /// ```
    /// use throughline_query::{Config, Key, Machine};
    ///
    /// let mut machine = Machine::new(Config::default(), 0);
    /// assert!(!machine.track_changes(true));
    /// assert!(machine.take_changes().is_empty());
    /// ```
    pub fn track_changes(&mut self, on: bool) -> bool {
        std::mem::replace(&mut self.dirty.on, on)
    }

    /// Whether something changed since the last [`Machine::take_changes`].
    pub fn has_changes(&self) -> bool {
        !self.dirty.queries.is_empty() || !self.dirty.mutations.is_empty()
    }

    /// Takes what changed since the last call. Costs what changed, not what there is.
    pub fn take_changes(&mut self) -> Changes {
        Changes {
            queries: self.dirty.queries.drain().collect(),
            mutations: std::mem::take(&mut self.dirty.mutations).into_iter().collect(),
        }
    }

    /// Puts back what was taken, because it could not be written down.
    pub fn return_changes(&mut self, changes: Changes) {
        self.dirty.queries.extend(changes.queries);
        self.dirty.mutations.extend(changes.mutations);
    }

    /// All queries, in the order in which they came.
    pub(crate) fn each_query(&self) -> impl Iterator<Item = QueryRef<'_>> {
        self.all().map(|query| self.query_ref(query))
    }

    /// The query with this key.
    pub(crate) fn query_by_key(&self, key: &Key) -> Option<QueryRef<'_>> {
        self.lookup(key).map(|query| self.query_ref(query))
    }

    fn query_ref(&self, query: super::QueryId) -> QueryRef<'_> {
        let entry = self.query(query);
        QueryRef {
            key: &entry.key,
            state: &entry.state,
            data: self.below(&entry.key).unwrap_or(entry.state.data.as_ref()),
            meta: entry.options.meta.get().map(AsRef::as_ref),
            observers: entry.observers.len(),
            abilities: entry.options.abilities.get().map(AsRef::as_ref),
            infinite: entry.infinite,
        }
    }

    /// All mutations, from first to last.
    pub(crate) fn each_mutation(
        &self,
    ) -> impl Iterator<Item = (MutationId, &MutationOptions, &MutationState)> {
        self.mutation_order.iter().map(|(&id, &mutation)| {
            let entry = &self.mutations[mutation as usize];
            (id, entry.options.as_ref(), &entry.state)
        })
    }

    /// The mutation with this number.
    pub(crate) fn mutation_by_id(
        &self,
        id: MutationId,
    ) -> Option<(&MutationOptions, &MutationState)> {
        let mutation = *self.mutation_order.get(&id)?;
        let entry = self.mutations.get(mutation as usize)?;
        Some((&entry.options, &entry.state))
    }
}
