//! What is known of a query: whether it is active, disabled, stale.

use super::query::QuerySnapshot;
use super::{Machine, ObserverId, QueryId};
use crate::options::{Fetcher, Opt};
use crate::time::{Millis, StaleTime};

impl Machine {
    pub(super) fn is_active(&self, query: QueryId) -> bool {
        let observers = &self.query(query).observers;
        observers.iter().any(|&id| {
            self.observers.get(id).is_some_and(|observer| self.enabled(&observer.options, query))
        })
    }

    pub(super) fn is_disabled(&self, query: QueryId) -> bool {
        let entry = self.query(query);
        if entry.observers.is_empty() {
            matches!(entry.options.fetcher, Opt::Set(Fetcher::Skip)) || !entry.state.is_fetched()
        } else {
            !self.is_active(query)
        }
    }

    pub(super) fn is_static(&self, query: QueryId) -> bool {
        let entry = self.query(query);
        entry.state.data.is_some()
            && entry.observers.iter().any(|&id| {
                self.observers.get(id).is_some_and(|observer| {
                    self.stale_time(&observer.options, query) == StaleTime::Static
                })
            })
    }

    pub(super) fn is_stale(&self, query: QueryId) -> bool {
        let entry = self.query(query);
        if entry.observers.is_empty() {
            return entry.state.data.is_none() || entry.state.is_invalidated;
        }
        let stale = |id: &ObserverId| {
            self.observers.get(*id).is_some_and(|observer| observer.shows_stale())
        };
        entry.observers.iter().any(stale)
    }

    pub(super) fn is_stale_by_time(&self, query: QueryId, time: StaleTime) -> bool {
        let state = &self.query(query).state;
        if state.data.is_none() {
            return true;
        }
        match time {
            StaleTime::Static => false,
            _ if state.is_invalidated => true,
            StaleTime::Never => false,
            StaleTime::After(time) => self.until_stale(state.data_updated_at, time) == 0,
        }
    }

    /// Milliseconds until data of this age is stale; 0 if it is.
    pub(super) fn until_stale(&self, updated_at: Millis, time: Millis) -> Millis {
        updated_at.saturating_add(time).saturating_sub(self.now).max(0)
    }

    pub(super) fn snapshot_of(&self, query: QueryId) -> QuerySnapshot {
        let entry = self.query(query);
        QuerySnapshot {
            state: entry.state.clone(),
            observers: entry.observers.len(),
            is_active: self.is_active(query),
            is_stale: self.is_stale(query),
            is_disabled: self.is_disabled(query),
            gc_time: entry.gc_time.into(),
            infinite: entry.infinite,
        }
    }
}
