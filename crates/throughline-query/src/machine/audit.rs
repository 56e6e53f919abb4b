//! The books of the machine, checked against each other.

use super::{Machine, QueryId};
use crate::state::{FetchStatus, Status};

impl Machine {
    /// Checks that everything the machine knows twice it knows alike, and that the states are ones
    /// that can be. For tests: it looks at everything there is.
    ///
    /// # Errors
    ///
    /// Tells what does not agree.
    pub fn audit(&self) -> Result<(), String> {
        let all: Vec<_> = self.all().collect();
        if all.len() != self.index.len() {
            return Err(format!(
                "{} queries in order, {} in the index",
                all.len(),
                self.index.len()
            ));
        }
        let mut place = 0;
        let (mut fetching, mut bytes) = (0, 0);
        for &query in &all {
            let entry = self.query(query);
            if self.lookup(&entry.key) != Some(query) {
                return Err(format!("{} is not found by its key", entry.key));
            }
            if self.places.of(query) <= place {
                return Err(format!("{} is out of order", entry.key));
            }
            place = self.places.of(query);
            fetching += usize::from(entry.state.fetch_status == FetchStatus::Fetching);
            bytes += entry.weight;
            self.audit_query(query)?;
        }
        if fetching != self.fetching {
            return Err(format!("{fetching} queries are fetching, {} are counted", self.fetching));
        }
        if bytes != self.bytes {
            return Err(format!("the data weighs {bytes}, {} is counted", self.bytes));
        }
        for (label, queries) in &self.labels {
            for &query in queries {
                let known = self.queries.get(query as usize);
                if !known.is_some_and(|entry| entry.in_cache && entry.labels().contains(label)) {
                    return Err(format!("{label:?} is said of a query that does not say it"));
                }
            }
        }
        for (id, observer) in &self.observers {
            if !self.queries.contains(observer.query as usize) {
                return Err(format!("{id:?} looks at a query that is gone"));
            }
        }
        Ok(())
    }

    fn audit_query(&self, query: QueryId) -> Result<(), String> {
        let entry = self.query(query);
        let state = &entry.state;
        let says = |what: &str| Err(format!("{} {what}: {state:?}", entry.key));
        if state.fetch_status != FetchStatus::Idle && !entry.is_at_it() && !entry.was_silenced() {
            return says("claims to fetch and does not");
        }
        if state.status == Status::Success && (state.data.is_none() || state.error.is_some()) {
            return says("claims success without data or with an error");
        }
        if state.status != Status::Success && state.data.is_some() && state.error.is_none() {
            return says("has data and no error, and claims no success");
        }
        for &id in entry.observers.iter() {
            let Some(observer) = self.observers.get(id) else {
                return says("is observed by nobody known");
            };
            if observer.query != query {
                return says("is observed by somebody who looks elsewhere");
            }
        }
        for label in entry.labels() {
            if !self.labels.get(label).is_some_and(|queries| queries.contains(&query)) {
                return says("has a label that does not lead to it");
            }
        }
        Ok(())
    }
}
