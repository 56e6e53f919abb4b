//! What the machine publishes for readers that do not wait for it, and changes in place.

use std::sync::Arc;

use super::{Machine, QueryId};
use crate::Key;
use crate::data::Data;
use crate::options::QueryOptions;
use crate::shell::{Read, Reads};
use crate::time::Millis;

impl Machine {
    /// From now on each query is published here, at each change of its state.
    pub(crate) fn publish_to(&mut self, reads: Arc<Reads>) {
        self.published = Some(reads);
    }

    pub(super) fn publish(&self, query: QueryId) {
        let Some(reads) = &self.published else { return };
        let entry = self.query(query);
        if entry.in_cache {
            let state = &entry.state;
            let read = Read {
                data: state.data.clone(),
                error: state.error.clone(),
                updated_at: state.data_updated_at,
                status: state.status,
                fetch_status: state.fetch_status,
                is_invalidated: state.is_invalidated,
                is_changing: false,
                query,
            };
            reads.put(&entry.key, read);
        }
    }

    /// Publishes that the query is out of date, of which nothing else has changed.
    pub(super) fn publish_invalidated(&self, query: QueryId) {
        if let Some(reads) = &self.published
            && self.query(query).in_cache
        {
            reads.invalidate(query);
        }
    }

    pub(super) fn unpublish(&self, query: QueryId) {
        if let Some(reads) = &self.published {
            reads.remove(&self.query(query).key);
        }
    }

    /// Changes the data of a query, if it has any. While `change` runs, nobody but `change` has the
    /// value unless somebody has kept it, so that most values can be changed where they lie. Gives
    /// whether there was any data.
    ///
    /// If `change` fails it gives the data back, and whether it has got hold of the value before.
    pub(crate) fn change_data(
        &mut self,
        key: &Key,
        change: impl FnOnce(Data) -> Result<Data, (Data, bool)>,
    ) -> bool {
        let Some(query) = self.lookup(key) else { return false };
        if self.layers(key) > 0 {
            // What lies below the layers is changed, and what they show of it is new in any case.
            let Some(below) = self.base(key) else { return false };
            if let Ok(after) = change(below) {
                self.set_by_key(key, after, None);
            }
            return true;
        }
        if let Some(reads) = &self.published {
            reads.hide(key);
        }
        let Some(data) = self.query_mut(query).state.data.take() else {
            self.publish(query);
            return false;
        };
        // Who shares the value goes on seeing it as it was, and so does the comparison.
        let kept = (data.shared_by() > 1).then(|| data.clone());
        match change(data) {
            Ok(after) => {
                self.query_mut(query).state.data = kept;
                self.set_data(query, after, None, true);
            }
            Err((after, was_changing)) => {
                // Nobody knows how far a change came that failed where the value lies.
                let is_spoilt = was_changing && kept.is_none();
                self.query_mut(query).state.data = Some(kept.unwrap_or(after));
                self.publish(query);
                if is_spoilt {
                    self.invalidate_query(query);
                }
            }
        }
        true
    }

    /// Sets the data of a query that is defined: one that is made by it knows what its values can do.
    pub(crate) fn set_defined(
        &mut self,
        key: &Key,
        options: &Arc<QueryOptions>,
        infinite: bool,
        data: Data,
        updated_at: Option<Millis>,
    ) {
        let options = self.complete(key, options);
        let query = self.build(key, &options, infinite, None);
        if self.query(query).options.fetcher.get().is_none() {
            self.set_query_options(query, &options);
        }
        self.set_data(query, data, updated_at, true);
    }
}
