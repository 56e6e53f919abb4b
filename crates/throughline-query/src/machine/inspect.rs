//! A look inside: what the cache holds, and what it has saved.

use serde_json::{Value, json};

use super::Machine;
use crate::mutation::MutationStatus;
use crate::state::{FetchStatus, Status};

/// What a cache has done since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Fetches that began.
    pub fetches: u64,
    /// Fetches that were not needed, because one was under way.
    pub joined: u64,
    /// Fetches that were not needed, because the data was fresh.
    pub fresh: u64,
    /// Fetches that failed for good.
    pub failed: u64,
    /// Fetches that were cancelled.
    pub cancelled: u64,
    /// Fetches whose place another one took before they were over: one can begin if data that was hydrated, or
    /// that came late, has made the query idle. Whoever waited for them waits for that one.
    pub overtaken: u64,
    /// Mutations that were resumed, and failed or were dropped before their function was called again.
    pub resumed_in_vain: u64,
    /// Queries that left because nobody had used them for long.
    pub collected: u64,
    /// Queries that left because the cache was too large.
    pub evicted: u64,
}

impl Stats {
    /// Requests that were not made.
    pub fn saved(&self) -> u64 {
        self.joined + self.fresh
    }

    /// The share of wishes for data that needed no request: from 0 to 1; 0 if there were none.
    pub fn hit_rate(&self) -> f64 {
        let all = self.saved() + self.fetches;
        if all == 0 { 0.0 } else { self.saved() as f64 / all as f64 }
    }
}

impl Machine {
    /// What the cache has done since it was made.
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// What the data in the cache weighs, in bytes, as far as it can be weighed.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The cache as JSON: each query without its data, each mutation without its variables, and
    /// what has been saved.
    ///
    /// ```
    /// use throughline_query::{Config, Data, Key, Machine};
    ///
    /// let mut machine = Machine::new(Config::default(), 0);
    /// machine.set(&Key::from(("task", 7)), Data::new("write"), None);
    /// let inside = machine.inspect();
    /// assert_eq!(inside["entries"], 1);
    /// assert_eq!(inside["queries"][0]["key"][0], "task");
    /// assert_eq!(inside["queries"][0]["hasData"], true);
    /// ```
    pub fn inspect(&self) -> Value {
        let queries: Vec<_> = self
            .all()
            .map(|query| {
                let shown = self.snapshot_of(query);
                let entry = self.query(query);
                json!({
                    "key": entry.key.to_json(),
                    "status": status(shown.state.status),
                    "fetchStatus": fetch_status(shown.state.fetch_status),
                    "hasData": shown.state.data.is_some(),
                    "bytes": entry.weight,
                    "dataUpdatedAt": shown.state.data_updated_at,
                    "dataUpdateCount": shown.state.data_update_count,
                    "errorUpdateCount": shown.state.error_update_count,
                    "error": shown.state.error.as_ref().map(ToString::to_string),
                    "isInvalidated": shown.state.is_invalidated,
                    "observers": shown.observers,
                    "isActive": shown.is_active,
                    "isStale": shown.is_stale,
                    "isDisabled": shown.is_disabled,
                    "layers": self.layers(&entry.key),
                })
            })
            .collect();
        let mutations: Vec<_> = self
            .mutations_of(&super::MutationFilters::default())
            .into_iter()
            .map(|(id, options, state)| {
                json!({
                    "id": id,
                    "key": options.key.get().map(crate::Key::to_json),
                    "scope": options.scope.get().map(AsRef::<str>::as_ref),
                    "status": mutation_status(state.status),
                    "isPaused": state.is_paused,
                    "failureCount": state.failure_count,
                    "submittedAt": state.submitted_at,
                    "error": state.error.as_ref().map(ToString::to_string),
                })
            })
            .collect();
        let stats = self.stats;
        json!({
            "now": self.now,
            "online": self.online,
            "focused": self.is_focused(),
            "entries": self.len(),
            "fetching": self.is_fetching(None),
            "bytes": self.bytes,
            "stats": {
                "fetches": stats.fetches,
                "joined": stats.joined,
                "fresh": stats.fresh,
                "failed": stats.failed,
                "cancelled": stats.cancelled,
                "overtaken": stats.overtaken,
                "resumedInVain": stats.resumed_in_vain,
                "collected": stats.collected,
                "evicted": stats.evicted,
                "requestsSaved": stats.saved(),
                "hitRate": stats.hit_rate(),
            },
            "queries": queries,
            "mutations": mutations,
        })
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Error => "error",
        Status::Success => "success",
    }
}

fn fetch_status(status: FetchStatus) -> &'static str {
    match status {
        FetchStatus::Fetching => "fetching",
        FetchStatus::Paused => "paused",
        FetchStatus::Idle => "idle",
    }
}

fn mutation_status(status: MutationStatus) -> &'static str {
    match status {
        MutationStatus::Idle => "idle",
        MutationStatus::Pending => "pending",
        MutationStatus::Success => "success",
        MutationStatus::Error => "error",
    }
}
