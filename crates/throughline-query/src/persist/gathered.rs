//! What changed in a cache, taken out of it to be written elsewhere.

use serde_json::Value;

use super::save::Save;
use super::{Entry, Kind};
use crate::Key;
use crate::data::{Abilities, Data};
use crate::dehydrate::{DehydrateReport, ErrorsAs, mutation_json, query_json};
use crate::machine::{Changes, QueryRef};
use crate::mutation::MutationState;
use crate::options::MutationOptions;
use crate::state::QueryState;
use crate::time::Millis;

/// What changed, taken out of a machine.
pub(crate) struct Gathered {
    pub(super) now: Millis,
    pub(super) forget: Vec<Entry>,
    pub(super) changes: Changes,
    /// In the order of the changes; nothing for what is not kept any more.
    pub(super) queries: Vec<Option<Copied>>,
    pub(super) mutations: Vec<(String, Option<(MutationOptions, MutationState)>)>,
    pub(super) errors: ErrorsAs,
}

/// A query without its machine.
pub(super) struct Copied {
    key: Key,
    state: QueryState,
    data: Option<Data>,
    meta: Option<Value>,
    abilities: Option<Abilities>,
    infinite: bool,
}

impl From<&QueryRef<'_>> for Copied {
    fn from(query: &QueryRef<'_>) -> Self {
        Self {
            key: query.key.clone(),
            state: query.state.clone(),
            data: query.data.cloned(),
            meta: query.meta.cloned(),
            abilities: query.abilities.cloned(),
            infinite: query.infinite,
        }
    }
}

impl Copied {
    fn query(&self) -> QueryRef<'_> {
        QueryRef {
            key: &self.key,
            state: &self.state,
            data: self.data.as_ref(),
            meta: self.meta.as_ref(),
            observers: 0,
            abilities: self.abilities.as_ref(),
            infinite: self.infinite,
        }
    }
}

impl Gathered {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.forget.is_empty()
    }

    /// As entries.
    pub fn write(self) -> Save {
        let Self { now, forget: mut entries, changes, queries, mutations, errors } = self;
        let mut report = DehydrateReport::default();
        for (key, query) in changes.queries.iter().zip(queries) {
            let mut json = String::new();
            let written = query
                .as_ref()
                .is_some_and(|query| query_json(&mut json, &query.query(), now, &errors));
            match (&query, written) {
                (Some(_), true) => report.queries += 1,
                (Some(query), false) => report.cannot_write(&query.query()),
                (None, _) => {}
            }
            entries.push(Entry {
                kind: Kind::Query,
                id: key.query_hash(),
                saved_at: now,
                updated_at: query.map_or(now, |query| query.state.data_updated_at),
                json: written.then_some(json),
            });
        }
        for (id, there) in mutations {
            let mut json = String::new();
            let written = there
                .as_ref()
                .is_some_and(|(options, state)| mutation_json(&mut json, options, state, &errors));
            match (&there, written) {
                (Some(_), true) => report.mutations += 1,
                (Some(_), false) => report.unwritable_mutations += 1,
                (None, _) => {}
            }
            entries.push(Entry {
                kind: Kind::Mutation,
                id,
                saved_at: now,
                updated_at: there.map_or(now, |(_, state)| state.submitted_at),
                // An entry is one of a list there, with a comma in front.
                json: written.then(|| json.split_off(1)),
            });
        }
        Save { entries, changes, report }
    }
}
