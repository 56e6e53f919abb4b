//! What dehydrating and hydrating tell of their work: how much was done, and what was left out why.

use std::fmt;

use crate::machine::QueryRef;

/// Why JSON cannot be hydrated at all. Nothing was changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HydrateError {
    /// The text is not JSON.
    #[error("not JSON: expected {expected} at byte {at}")]
    NotJson {
        /// Where it stops being JSON.
        at: usize,
        /// What should have been there.
        expected: &'static str,
    },
    /// The text is JSON, and something else than an object.
    #[error("a dehydrated state is a JSON object")]
    NotAnObject,
    /// There is more text than [`HydrateOptions::max_bytes`](super::HydrateOptions::max_bytes).
    #[error("{bytes} bytes are more than the {limit} that are taken in")]
    TooLarge {
        /// How much there is.
        bytes: usize,
        /// How much there may be.
        limit: usize,
    },
}

/// Why one entry, or one list of them, was left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The field is not there.
    #[error("missing")]
    Missing,
    /// The field is of another type, or out of range.
    #[error("expected {0}")]
    Expected(&'static str),
    /// Too many arrays and objects lie inside each other.
    #[error("more than {limit} arrays and objects lie inside each other")]
    TooDeep {
        /// How many may.
        limit: usize,
    },
    /// The field cannot be read, for the reason that is given.
    #[error("{0}")]
    Unreadable(Box<str>),
    /// There are more entries than [`HydrateOptions::max_entries`](super::HydrateOptions::max_entries).
    #[error("more than {limit} entries")]
    TooMany {
        /// How many there may be.
        limit: usize,
    },
}

/// An entry that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    list: &'static str,
    index: Option<usize>,
    field: &'static str,
    /// Why.
    pub why: Refusal,
}

impl Refused {
    pub(crate) fn new(
        list: &'static str,
        index: Option<usize>,
        field: &'static str,
        why: Refusal,
    ) -> Self {
        Self { list, index, field, why }
    }

    /// Where: `queries[3].state.dataUpdatedAt`.
    pub fn path(&self) -> String {
        let index = self.index.map(|index| format!("[{index}]")).unwrap_or_default();
        let dot = if self.field.is_empty() { "" } else { "." };
        format!("{}{index}{dot}{}", self.list, self.field)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path(), self.why)
    }
}

/// How many refusals are told one by one; hostile JSON may have a million.
const TOLD: usize = 100;

/// What hydrating did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HydrateReport {
    /// How many queries were read; those that are in the cache already, with data that is as new,
    /// are among them.
    pub queries: usize,
    /// How many mutations came into the cache.
    pub mutations: usize,
    /// The first hundred entries that were left out.
    pub refused: Vec<Refused>,
    /// How many more were left out.
    pub refused_more: usize,
}

impl HydrateReport {
    /// Whether nothing was left out.
    pub fn is_whole(&self) -> bool {
        self.refused.is_empty()
    }

    pub(crate) fn refuse(&mut self, refused: Refused) {
        if self.refused.len() < TOLD {
            self.refused.push(refused);
        } else {
            self.refused_more += 1;
        }
    }
}

/// What dehydrating left out although the filters wanted it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DehydrateReport {
    /// How many queries were written.
    pub queries: usize,
    /// How many mutations were written.
    pub mutations: usize,
    /// The `queryHash`es of the queries whose data cannot be written: their definition has no
    /// [`Abilities::to_json`](crate::Abilities::to_json), or it gave nothing. The first hundred.
    pub unwritable: Vec<String>,
    /// How many queries' data could not be written in all.
    pub unwritable_queries: usize,
    /// Of the first hundred, those that are said to be written as JSON, and have a value that JSON cannot hold.
    pub failed: Vec<String>,
    /// How many mutations were left out because their variables cannot be written.
    pub unwritable_mutations: usize,
    /// How many pending queries were written without data because they failed, or nobody said what
    /// became of them.
    pub unfinished: usize,
}

impl DehydrateReport {
    /// Whether nothing was left out.
    pub fn is_whole(&self) -> bool {
        self.unwritable_queries == 0 && self.unwritable_mutations == 0 && self.unfinished == 0
    }

    pub(crate) fn cannot_write(&mut self, query: &QueryRef<'_>) {
        self.unwritable_queries += 1;
        if self.unwritable.len() < TOLD {
            let query_hash = query.key.query_hash();
            if query.abilities.is_some_and(|abilities| abilities.to_json.is_some()) {
                self.failed.push(query_hash.clone());
            }
            self.unwritable.push(query_hash);
        }
    }
}
