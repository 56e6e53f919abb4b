//! Streamed queries: data that grows chunk by chunk while the query is fetching.

use std::sync::Arc;

use super::{Machine, QueryId, RunOwner};
use crate::Key;
use crate::data::Data;
use crate::effect::{FetchId, RunId};
use crate::options::{StreamFetcher, StreamRefetch, guarded};
use crate::state::{Action, FetchStatus};

/// A stream under way.
#[derive(Debug)]
pub(crate) struct StreamRun {
    fetcher: Arc<StreamFetcher>,
    /// What has been collected, if that is only shown at the end.
    collected: Option<Data>,
}

impl Machine {
    /// Puts the query into the state in which a stream begins.
    pub(super) fn begin_stream(&mut self, query: QueryId, fetcher: &Arc<StreamFetcher>) {
        let key = self.query(query).key.clone();
        let cached = self.lookup(&key);
        let again = cached.filter(|&query| self.query(query).state.is_fetched());
        let collects = again.is_some() && fetcher.refetch == StreamRefetch::Replace;
        if let Some(fetch) = self.query_mut(query).fetch_mut() {
            fetch.stream = Some(StreamRun {
                fetcher: Arc::clone(fetcher),
                collected: collects.then(|| fetcher.initial.clone()),
            });
        }
        if let Some(query) = again.filter(|_| fetcher.refetch == StreamRefetch::Reset) {
            let mut state = self.reset_state(query);
            state.data = self.reset_layers(&key, state.data);
            state.fetch_status = FetchStatus::Fetching;
            self.dispatch(query, Action::Set(Box::new(state)));
        }
    }

    /// The stream that a run is for, if it is still wanted.
    fn stream_of(&mut self, run: RunId) -> Option<(QueryId, FetchId, Key, &mut StreamRun)> {
        let &RunOwner::Query(query, id) = self.runs.get(&run)? else { return None };
        let key = self.queries.get(query as usize)?.key.clone();
        let fetch = self.fetch_of(query, id)?;
        if fetch.run != Some(run) || fetch.attempts.is_over() {
            return None;
        }
        fetch.stream.as_mut().map(|stream| (query, id, key, stream))
    }

    pub(super) fn stream_chunk(&mut self, run: RunId, chunk: &Data) {
        let Some((_, _, key, stream)) = self.stream_of(run) else { return };
        let fetcher = Arc::clone(&stream.fetcher);
        let add = |before: &Data| guarded(before.clone(), || (fetcher.reduce)(before, chunk));
        if let Some(collected) = &mut stream.collected {
            *collected = add(collected);
            return;
        }
        let before = self.base(&key).unwrap_or_else(|| fetcher.initial.clone());
        self.set_by_key(&key, add(&before), None);
    }

    pub(super) fn stream_ended(&mut self, run: RunId) {
        let Some((.., key, stream)) = self.stream_of(run) else { return };
        let initial = stream.fetcher.initial.clone();
        if let Some(collected) = stream.collected.take() {
            self.set_by_key(&key, collected, None);
        }
        let data = self.data(&key).unwrap_or(initial);
        self.attempt_done(run, Some(data));
    }
}
