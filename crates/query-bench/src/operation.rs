//! What is measured: the operations that both sides know.

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// An operation on a filled cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Read the data of a query, whose key is made for it.
    Get,
    /// The same with a key that was made before.
    GetKept,
    /// Set the data of a query that is there and that nobody observes.
    Set,
    /// Find a query by its key.
    Find,
    /// Find all queries with a prefix that none has.
    FindNone,
    /// Invalidate a prefix that no query has.
    InvalidateNone,
    /// The same with filters that were made before.
    InvalidateNoneKept,
    /// Invalidate a prefix that one in a hundred has, which came one after the other.
    InvalidatePercent,
    /// The same when they came between all others.
    InvalidateSpread,
    /// The same when they are invalid already.
    InvalidateAgain,
    /// The same when each is observed; nothing is fetched.
    InvalidateObserved,
    /// Invalidate one query by its key.
    InvalidateExact,
    /// Count what is being fetched.
    IsFetching,
    /// Write the cache as JSON.
    Dehydrate,
    /// Read such JSON into an empty cache.
    Hydrate,
    /// The same, and read the data of each query.
    HydrateRead,
}

/// What steps of an operation came to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Applied {
    /// The sum of what the steps gave.
    pub sum: u64,
    /// How many steps there were.
    pub steps: u32,
    /// How many observers were told.
    pub told: u64,
    /// The events that were told.
    pub events: BTreeMap<String, u64>,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Get,
        Self::GetKept,
        Self::Set,
        Self::Find,
        Self::FindNone,
        Self::InvalidateNone,
        Self::InvalidateNoneKept,
        Self::InvalidatePercent,
        Self::InvalidateSpread,
        Self::InvalidateAgain,
        Self::InvalidateObserved,
        Self::InvalidateExact,
        Self::IsFetching,
        Self::Dehydrate,
        Self::Hydrate,
        Self::HydrateRead,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::GetKept => "get-kept",
            Self::Set => "set",
            Self::Find => "find",
            Self::FindNone => "find-none",
            Self::InvalidateNone => "invalidate-none",
            Self::InvalidateNoneKept => "invalidate-none-kept",
            Self::InvalidatePercent => "invalidate-percent",
            Self::InvalidateSpread => "invalidate-spread",
            Self::InvalidateAgain => "invalidate-again",
            Self::InvalidateObserved => "invalidate-observed",
            Self::InvalidateExact => "invalidate-exact",
            Self::IsFetching => "is-fetching",
            Self::Dehydrate => "dehydrate",
            Self::Hydrate => "hydrate",
            Self::HydrateRead => "hydrate-read",
        }
    }

    /// The name of the operation of TanStack Query that it is set beside.
    pub const fn theirs(self) -> &'static str {
        match self {
            Self::GetKept => Self::Get.name(),
            Self::InvalidateNoneKept => Self::InvalidateNone.name(),
            other => other.name(),
        }
    }

    /// What it is, for a table.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Get => "get, key made for it",
            Self::GetKept => "get, key kept",
            Self::Set => "set, there and unobserved",
            Self::Find => "find exact",
            Self::FindNone => "find prefix, 0 matches",
            Self::InvalidateNone => "invalidate prefix, 0 matches",
            Self::InvalidateNoneKept => "invalidate prefix, 0 matches, filters kept",
            Self::InvalidatePercent => "invalidate prefix, 1 %",
            Self::InvalidateSpread => "invalidate prefix, 1 %, spread over the cache",
            Self::InvalidateAgain => "invalidate prefix, 1 %, invalid already",
            Self::InvalidateObserved => "invalidate prefix, 1 %, each observed",
            Self::InvalidateExact => "invalidate exact",
            Self::IsFetching => "is_fetching, all",
            Self::Dehydrate => "dehydrate + stringify",
            Self::Hydrate => "parse + hydrate",
            Self::HydrateRead => "parse + hydrate + get each",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_command_line() {
        for operation in Operation::ALL {
            let value = operation.to_possible_value();
            assert_eq!(value.as_ref().map(|value| value.get_name()), Some(operation.name()));
        }
    }
}
