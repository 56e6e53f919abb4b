//! Queries and mutations that come from elsewhere, as `hydrate` brings them.

use std::sync::Arc;

use serde_json::Value;

use super::fetch::How;
use super::waiting::Then;
use super::{Machine, QueryId};
use crate::Key;
use crate::data::Data;
use crate::effect::MutationId;
use crate::mutation::MutationState;
use crate::options::{MutationOptions, Opt, QueryOptions};
use crate::state::{Action, FetchStatus, QueryState, Status};
use crate::time::Millis;

/// A query that comes from elsewhere.
#[derive(Debug, Clone)]
pub struct HydratedQuery {
    /// The key.
    pub key: Key,
    /// The state there.
    pub state: QueryState,
    /// When it was taken.
    pub dehydrated_at: Millis,
    /// A value that was on its way then, for the driver to wait for.
    pub promise: Option<Data>,
    /// The value that was on its way, if it has arrived meanwhile.
    pub arrived: Option<Data>,
    /// What the options carried.
    pub meta: Option<Arc<Value>>,
    /// Whether it is an infinite query.
    pub infinite: bool,
}

/// A mutation that comes from elsewhere.
#[derive(Debug, Clone)]
pub struct HydratedMutation {
    /// The key; the defaults of the key tell what to run.
    pub key: Option<Key>,
    /// The state there.
    pub state: MutationState,
    /// The scope.
    pub scope: Option<Arc<str>>,
    /// What the options carried.
    pub meta: Option<Arc<Value>>,
}

impl Machine {
    /// Takes in a query. One that is there already is replaced only by newer data, and goes on
    /// with what it is doing.
    pub fn hydrate_query(&mut self, from: HydratedQuery, options: &QueryOptions) {
        self.hydrate_shared(from, &Arc::new(options.clone()));
    }

    /// As [`Machine::hydrate_query`]; queries that carry nothing of their own share the options.
    pub(crate) fn hydrate_shared(&mut self, from: HydratedQuery, options: &Arc<QueryOptions>) {
        let HydratedQuery { key, mut state, dehydrated_at, promise, arrived, meta, infinite } =
            from;
        let has_arrived = arrived.is_some();
        state.data = state.data.or(arrived);
        // What was pending when it was taken and has data now has succeeded meanwhile.
        let succeeded = state.status == Status::Pending && state.data.is_some();
        if succeeded {
            state.status = Status::Success;
            state.data_updated_at = dehydrated_at;
        }
        // A success without data would promise what is not there.
        if state.status == Status::Success && state.data.is_none() {
            state.status = Status::Pending;
        }
        let there = self.lookup(&key);
        let (was_pending, was_fetching) = match there {
            Some(query) => {
                let state = &self.query(query).state;
                let fetching = state.fetch_status == FetchStatus::Fetching;
                (state.status == Status::Pending, fetching)
            }
            None => (false, false),
        };
        let query = match there {
            Some(query) => {
                // What has succeeded meanwhile is not waited for any more.
                state.fetch_status = match succeeded && !was_fetching {
                    true => FetchStatus::Idle,
                    false => self.query(query).state.fetch_status,
                };
                self.renew(query, state, has_arrived && promise.is_some(), dehydrated_at);
                query
            }
            None => {
                state.fetch_status = FetchStatus::Idle;
                // What it carried there counts, also if that is nothing.
                let options = match meta {
                    Some(meta) => {
                        Arc::new(QueryOptions { meta: Opt::Set(meta), ..options.as_ref().clone() })
                    }
                    None => self.without_meta(options),
                };
                let options = self.complete(&key, &options);
                self.build(&key, &options, infinite, Some(state))
            }
        };
        let newer = dehydrated_at > self.query(query).state.data_updated_at;
        if promise.is_some() && !has_arrived && !was_pending && !was_fetching && newer {
            self.fetch(query, None, How { promise, ..How::default() }, Then::Nothing);
        }
    }

    /// Makes room for so many more queries.
    pub(crate) fn reserve_queries(&mut self, more: usize) {
        self.queries.reserve_exact(more);
        self.index.reserve(more);
        self.timers.grow(more);
        self.places.reserve(more);
        if let Some(reads) = &self.published {
            reads.reserve(more);
        }
        self.expect_events(more);
    }

    fn renew(&mut self, query: QueryId, mut state: QueryState, arrived: bool, at: Millis) {
        // Where the type is known, observers must not see text; what is of another type is not news.
        if !self.claim_state(query, &mut state) {
            return;
        }
        let there = &self.query(query).state;
        let newer = state.data_updated_at > there.data_updated_at;
        if newer || (arrived && at > there.data_updated_at) {
            let key = self.query(query).key.clone();
            state.data = self.reset_layers(&key, state.data);
            self.dispatch(query, Action::Set(Box::new(state)));
        }
    }

    /// Takes in a mutation. If it was on its way, it waits there for
    /// [`Machine::resume_mutations`]. Gives its number.
    pub fn hydrate_mutation(
        &mut self,
        from: HydratedMutation,
        options: &MutationOptions,
    ) -> MutationId {
        let HydratedMutation { key, state, scope, meta } = from;
        let options = MutationOptions {
            key: key.map_or(Opt::Inherit, Opt::Set),
            scope: scope.map_or(Opt::Inherit, Opt::Set),
            meta: meta.map_or(Opt::Inherit, Opt::Set),
            ..options.clone()
        };
        let options = self.complete_mutation(&options);
        let is_pending = state.is_pending();
        let mutation = self.build_mutation(options, Some(state));
        if is_pending {
            self.lay_layers(mutation);
        }
        self.mutations[mutation as usize].id
    }
}
