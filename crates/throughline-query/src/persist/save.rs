//! What changed in a cache as entries, and entries as a cache.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::gathered::{Copied, Gathered};
use super::{Damage, Entry, Kind, Stored};
use crate::dehydrate::{
    DehydrateOptions, DehydrateReport, HydrateOptions, hydrate_mutation, hydrate_query,
};
use crate::effect::MutationId;
use crate::machine::{Changes, Machine};
use crate::options::{Opt, QueryOptions};
use crate::time::{Millis, Span};

/// What is written, and what is read again.
#[derive(Debug, Clone)]
pub struct SaveOptions {
    /// Which queries and mutations are written. Default: queries that have succeeded and mutations
    /// that are paused, as in TanStack Query.
    pub dehydrate: DehydrateOptions,
    /// The options of what is read.
    pub hydrate: HydrateOptions,
    /// How old data may be. Default: a day.
    ///
    /// A query is left out if its data is older, as with TanStack Query's persister for single
    /// queries; a mutation if nothing at all was written for so long, as with the one for whole
    /// clients, because an action waits for its network however old it is.
    pub max_age: Millis,
}

impl Default for SaveOptions {
    fn default() -> Self {
        Self {
            dehydrate: DehydrateOptions::default(),
            hydrate: HydrateOptions::default(),
            max_age: 24 * 60 * 60 * 1000,
        }
    }
}

/// What is to be written.
#[derive(Debug, Default)]
pub struct Save {
    /// For [`Persister::append`](super::Persister::append).
    pub entries: Vec<Entry>,
    /// What they are of, for [`Machine::return_changes`] if they cannot be written.
    pub changes: Changes,
    /// What could not be made into an entry.
    pub report: DehydrateReport,
}

/// What was read.
#[derive(Debug, Clone, Default)]
pub struct RestoreReport {
    /// How many queries were taken in.
    pub queries: usize,
    /// How many mutations were taken in.
    pub mutations: usize,
    /// How many entries were too old.
    pub expired: usize,
    /// Whether there was something for another `buster`, which is gone now.
    pub busted: bool,
    /// The ids of the entries that could not be taken in, and why; the first hundred.
    pub refused: Vec<(String, String)>,
    /// What was damaged.
    pub damage: Option<Damage>,
    /// What to append, so that what was left out is forgotten.
    pub forget: Vec<Entry>,
}

/// Makes entries of what changed in a machine, and queries and mutations of entries.
#[derive(Debug)]
pub struct Saver {
    options: SaveOptions,
    /// What the mutations are known by on disk. Their numbers begin anew with each process.
    ids: FxHashMap<MutationId, String>,
    /// What is to be forgotten with the next entries.
    forget: Vec<Entry>,
}

impl Saver {
    /// A saver, for one machine.
    pub fn new(options: SaveOptions) -> Self {
        Self { options, ids: FxHashMap::default(), forget: Vec::new() }
    }

    /// Takes in what was kept, and begins to collect what changes. Call it before anything is
    /// fetched: data that is already there and newer stays, but what was fetched meanwhile was
    /// fetched in vain.
    ///
    /// Other than in TanStack Query, what is taken in stays at least for [`SaveOptions::max_age`],
    /// even if the default for collecting garbage is shorter.
    pub fn restore(&mut self, machine: &mut Machine, stored: Stored) -> RestoreReport {
        let Stored { entries, busted, damage } = stored;
        let mut report = RestoreReport { busted, damage, ..RestoreReport::default() };
        let now = machine.now();
        let age = |at: Millis| now.saturating_sub(at);
        let newest = entries.iter().map(|entry| entry.saved_at).max();
        let all_expired = newest.is_some_and(|newest| age(newest) > self.options.max_age);
        let options = self.hydrate_options();
        // What is read is written already.
        machine.track_changes(false);
        machine.reserve_queries(entries.len());
        for entry in entries {
            let Some(json) = &entry.json else { continue };
            let expired = match entry.kind {
                Kind::Query => all_expired || age(entry.updated_at) > self.options.max_age,
                Kind::Mutation => all_expired,
            };
            if expired {
                report.expired += 1;
                report.forget.push(Entry { json: None, saved_at: now, ..entry });
                continue;
            }
            let taken = match entry.kind {
                Kind::Query => hydrate_query(machine, json, &options).map(|()| None),
                Kind::Mutation => hydrate_mutation(machine, json, &options).map(Some),
            };
            match taken {
                Ok(None) => report.queries += 1,
                Ok(Some(mutation)) => {
                    report.mutations += 1;
                    self.ids.insert(mutation, entry.id);
                }
                Err(why) => {
                    if report.refused.len() < 100 {
                        report.refused.push((entry.id.clone(), why));
                    }
                    report.forget.push(Entry { json: None, saved_at: now, ..entry });
                }
            }
        }
        machine.track_changes(true);
        report
    }

    fn hydrate_options(&self) -> HydrateOptions {
        let mut options = self.options.hydrate.clone();
        let queries = options.queries.as_ref();
        if queries.gc_time.get().is_none() {
            let gc_time = Opt::Set(Span::For(self.options.max_age));
            options.queries = Arc::new(QueryOptions { gc_time, ..queries.clone() });
        }
        options
    }

    /// What changed since the last call, as entries. Costs what changed, not what there is.
    pub fn collect(&mut self, machine: &mut Machine) -> Save {
        self.gather(machine, |_| false).write()
    }

    /// These are written with the next ones.
    pub(crate) fn forget(&mut self, entries: Vec<Entry>) {
        self.forget = entries;
    }

    /// Takes what changed out of the machine, without writing it yet: that is the costly part, and
    /// needs no machine. Mutations that are kept elsewhere are left out.
    pub(crate) fn gather(
        &mut self,
        machine: &mut Machine,
        is_elsewhere: impl Fn(MutationId) -> bool,
    ) -> Gathered {
        let changes = machine.take_changes();
        // An id is needed for as long as what it stands for may have to be forgotten.
        self.ids.retain(|id, _| {
            machine.mutation_by_id(*id).is_some() || changes.mutations.binary_search(id).is_ok()
        });
        let options = &self.options.dehydrate;
        let queries = changes.queries.iter().map(|key| {
            let query = machine.query_by_key(key).filter(|query| options.wants_query(query));
            query.map(|query| Copied::from(&query))
        });
        let queries = queries.collect();
        let mut mutations = Vec::new();
        for &mutation in &changes.mutations {
            let there = machine
                .mutation_by_id(mutation)
                .filter(|(_, state)| !is_elsewhere(mutation) && options.wants_mutation(state));
            let id = match (self.ids.get(&mutation), &there) {
                (Some(id), _) => id.clone(),
                (None, Some(_)) => self.ids.entry(mutation).or_insert_with(new_id).clone(),
                // Never written, and not to be.
                (None, None) => continue,
            };
            let there = there.map(|(options, state)| (options.clone(), state.clone()));
            mutations.push((id, there));
        }
        let (forget, errors) = (std::mem::take(&mut self.forget), options.errors.clone());
        Gathered { now: machine.now(), forget, changes, queries, mutations, errors }
    }
}

fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
