//! One query: its life in the cache, its state, and who observes it.

use std::sync::Arc;

use super::claim::is_text;
use super::fetch::Fetch;
use super::labels::Label;
use super::observers::Observers;
use super::{Alarm, Machine, ObserverId, QueryId};
use crate::Key;
use crate::data::Data;
use crate::effect::{Effect, QueryEvent};
use crate::options::{QueryOptions, QueryView, Sharing};
use crate::state::{Action, ActionKind, FetchStatus, QueryState, Status};
use crate::time::{Millis, ShortSpan, Span};
use crate::timers::{TimerId, sparing};

/// How long data stays by default when nobody uses it.
pub(super) const GC_TIME: Span = Span::For(5 * 60 * 1000);

#[derive(Debug)]
pub(crate) struct Query {
    pub key: Key,
    pub state: QueryState,
    pub options: Arc<QueryOptions>,
    pub observers: Observers,
    pub(super) rare: Option<Box<Rare>>,
    pub(super) gc_time: ShortSpan,
    gc_timer: Option<TimerId>,
    /// How many observers still point here; they may outlast the query's time in the cache.
    pins: u32,
    pub in_cache: bool,
    pub infinite: bool,
    pub(super) signal_read: bool,
    pub(super) silenced: bool,
    /// Counts up with each use of any query; the lowest was used longest ago.
    pub used: u64,
    /// What the data weighs, in bytes.
    pub weight: usize,
}

/// What most queries do not have.
#[derive(Debug, Default)]
pub(super) struct Rare {
    pub fetch: Option<Box<Fetch>>,
    /// The defaults of the key when the query was made; they stay below all later options.
    own_defaults: Option<Arc<QueryOptions>>,
    /// The state it began with, if it began with data.
    pub initial: Option<QueryState>,
    /// The state from before the present fetch.
    pub revert: Option<QueryState>,
    /// What the data is about.
    labels: Vec<Label>,
}

/// A query as it stands.
#[derive(Debug, Clone)]
pub struct QuerySnapshot {
    /// The state.
    pub state: QueryState,
    /// How many observe it.
    pub observers: usize,
    /// Whether one of them fetches by itself.
    pub is_active: bool,
    /// Whether the data is out of date.
    pub is_stale: bool,
    /// Whether nothing fetches it by itself.
    pub is_disabled: bool,
    /// How long it stays when nobody uses it.
    pub gc_time: Span,
    /// Whether it is an infinite query.
    pub infinite: bool,
}

impl Query {
    /// Whether a fetch is under way.
    pub(super) fn is_at_it(&self) -> bool {
        self.fetch().is_some()
    }

    pub(super) fn fetch(&self) -> Option<&Fetch> {
        self.rare.as_ref()?.fetch.as_deref()
    }

    /// Whether its last fetch was cancelled without a trace, here or where its promise came from,
    /// which may leave it as if it still fetched.
    pub(super) fn was_silenced(&self) -> bool {
        self.silenced
    }

    pub(super) fn labels(&self) -> &[Label] {
        self.rare.as_ref().map_or(&[], |rare| &rare.labels)
    }

    pub(super) fn set_labels(&mut self, labels: Vec<Label>) -> Vec<Label> {
        if labels.is_empty() && self.rare.is_none() {
            return Vec::new();
        }
        std::mem::replace(&mut self.rare.get_or_insert_default().labels, labels)
    }

    /// What a cancelled fetch goes back to shows this, if it goes back to any data.
    pub(super) fn reverts_to(&mut self, data: Option<Data>) {
        if let Some(revert) = self.rare.as_mut().and_then(|rare| rare.revert.as_mut())
            && revert.data.is_some()
        {
            revert.data = data;
        }
    }

    pub(super) fn fetch_mut(&mut self) -> Option<&mut Fetch> {
        self.rare.as_mut()?.fetch.as_deref_mut()
    }

    /// The fetch is over, and what it could have gone back to.
    pub(super) fn end_fetch(&mut self) {
        if let Some(rare) = &mut self.rare {
            (rare.fetch, rare.revert) = (None, None);
            if rare.initial.is_none() && rare.own_defaults.is_none() && rare.labels.is_empty() {
                self.rare = None;
            }
        }
    }
}

impl Machine {
    // --- In and out of the cache ---

    pub(super) fn lookup(&self, key: &Key) -> Option<QueryId> {
        self.index.get(key, &self.queries)
    }

    /// The query with this key; made, if there is none. The options are complete.
    pub(super) fn build(
        &mut self,
        key: &Key,
        options: &Arc<QueryOptions>,
        infinite: bool,
        state: Option<QueryState>,
    ) -> QueryId {
        if let Some(query) = self.lookup(key) {
            self.adopt(query, key);
            if is_text(self.query(query).state.data.as_ref()) {
                // That the text was of no use shows in the state.
                let _ = self.claim_as(query, options, infinite);
            }
            return query;
        }
        let own_defaults = self.key_defaults(key);
        let options = match &own_defaults {
            Some(below) => self.over(options, below),
            None => Arc::clone(options),
        };
        let initial = self.initial_state(&options);
        let begins = state.or_else(|| initial.clone()).unwrap_or_default();
        let is_common = initial.is_none() && own_defaults.is_none();
        let rare =
            (!is_common).then(|| Box::new(Rare { initial, own_defaults, ..Rare::default() }));
        let gc_time = self.gc_time(options.gc_time.get());
        if self.queries.len() == self.queries.capacity() {
            self.queries.reserve_exact(sparing(self.queries.len()));
        }
        let query = self.queries.insert(Query {
            key: key.clone(),
            state: begins,
            options,
            observers: Observers::default(),
            rare,
            gc_time: gc_time.into(),
            gc_timer: None,
            pins: 0,
            in_cache: true,
            infinite,
            signal_read: false,
            silenced: false,
            used: 0,
            weight: 0,
        }) as QueryId;
        self.last_place += 1;
        self.places.put(query, self.last_place);
        self.index.insert(query, &self.queries);
        if self.query(query).state.fetch_status == FetchStatus::Fetching {
            self.fetching += 1;
        }
        self.schedule_gc(query);
        self.publish(query);
        self.used(query);
        self.data_changed(query);
        self.query_event(query, QueryEvent::Added);
        self.evict(Some(query));
        query
    }

    /// Takes the query out of the cache. Observers keep what they see.
    pub(super) fn remove(&mut self, query: QueryId) {
        if !self.query(query).in_cache {
            return;
        }
        self.destroy_query(query);
        self.index.remove(query, &self.queries);
        if self.query(query).state.fetch_status == FetchStatus::Fetching {
            self.fetching -= 1;
        }
        self.query_mut(query).in_cache = false;
        self.unpublish(query);
        self.data_changed(query);
        if !self.layers.is_empty() {
            let key = self.query(query).key.clone();
            self.reset_layers(&key, None);
        }
        self.query_event(query, QueryEvent::Removed);
        self.free(query);
    }

    /// Forgets a query that is out of the cache and that nobody points to any more.
    pub(super) fn free(&mut self, query: QueryId) {
        let Some(entry) = self.queries.get(query as usize) else { return };
        if !entry.in_cache && entry.pins == 0 && !entry.is_at_it() {
            self.clear_gc(query);
            self.queries.remove(query as usize);
        }
    }

    pub(super) fn pin(&mut self, query: QueryId) {
        self.query_mut(query).pins += 1;
    }

    pub(super) fn unpin(&mut self, query: QueryId) {
        let entry = self.query_mut(query);
        entry.pins = entry.pins.saturating_sub(1);
        self.free(query);
    }

    /// All queries, in the order in which they came.
    pub(super) fn all(&self) -> impl Iterator<Item = QueryId> + use<> {
        let in_cache = self.queries.iter().filter(|(_, entry)| entry.in_cache);
        let all = in_cache.map(|(query, _)| query as QueryId).collect();
        self.places.in_order(all).into_iter()
    }

    pub(super) fn query(&self, query: QueryId) -> &Query {
        &self.queries[query as usize]
    }

    pub(super) fn query_mut(&mut self, query: QueryId) -> &mut Query {
        &mut self.queries[query as usize]
    }

    pub(super) fn query_event(&mut self, query: QueryId, event: QueryEvent) {
        self.dirty.query(&self.queries[query as usize].key, event);
        if self.config.events {
            let key = self.query(query).key.clone();
            match self.effects.last_mut() {
                Some(Effect::QueryEvents(events)) => events.push((key, event)),
                _ => self.tell(Effect::QueryEvent(key, event)),
            }
        }
    }

    /// The events of so many queries follow; they are told together as long as nothing else is told.
    pub(super) fn expect_events(&mut self, count: usize) {
        const MANY: usize = 8;
        if self.config.events && self.published.is_some() && count >= MANY {
            self.tell(Effect::QueryEvents(Vec::with_capacity(count)));
        }
    }

    // --- Options ---

    fn initial_state(&self, options: &QueryOptions) -> Option<QueryState> {
        let data = options.initial_data.get()?.get()?;
        let at = options.initial_data_updated_at.get().and_then(|at| at.get());
        Some(QueryState::with_data(data, at.unwrap_or(self.now)))
    }

    pub(super) fn gc_time(&self, said: Option<&Span>) -> Span {
        match said {
            Some(span) => (*span).max(Span::For(0)),
            None if self.config.server => Span::Forever,
            None => GC_TIME,
        }
    }

    /// Gives the query other options. If it has no data, it may get what they begin with.
    pub(super) fn set_query_options(&mut self, query: QueryId, options: &Arc<QueryOptions>) {
        let rare = self.query(query).rare.as_ref();
        let options = match rare.and_then(|rare| rare.own_defaults.clone()) {
            Some(below) => self.over(options, &below),
            None => Arc::clone(options),
        };
        let gc_time = self.gc_time(options.gc_time.get());
        let entry = self.query_mut(query);
        entry.options = options;
        entry.gc_time = entry.gc_time.max(gc_time.into());
        if entry.state.data.is_some() {
            return;
        }
        let options = Arc::clone(&entry.options);
        if let Some(initial) = self.initial_state(&options) {
            let mut state = self.query(query).state.clone();
            state.data = initial.data.clone();
            state.data_updated_at = initial.data_updated_at;
            state.error = None;
            state.is_invalidated = false;
            state.status = Status::Success;
            self.dispatch(query, Action::Set(Box::new(state)));
            self.query_mut(query).rare.get_or_insert_default().initial = Some(initial);
        }
    }

    pub(super) fn reset_state(&self, query: QueryId) -> QueryState {
        self.query(query).rare.as_ref().and_then(|rare| rare.initial.clone()).unwrap_or_default()
    }

    pub(super) fn view(&self, query: QueryId) -> QueryView<'_> {
        let entry = self.query(query);
        QueryView {
            key: &entry.key,
            state: &entry.state,
            observers: entry.observers.len(),
            meta: entry.options.meta.get().map(AsRef::as_ref),
        }
    }

    // --- Changing it ---

    pub(super) fn dispatch(&mut self, query: QueryId, action: Action) {
        let kind = action.kind();
        let manual = match &action {
            Action::Success { manual, .. } => Some(*manual),
            _ => None,
        };
        let touches_data = manual.is_some() || kind == ActionKind::SetState;
        let entry = self.query_mut(query);
        let was = entry.state.fetch_status;
        entry.state.apply(action);
        // What was set by hand is what a cancelled fetch goes back to.
        match manual {
            Some(true) if entry.is_at_it() => {
                let state = entry.state.clone();
                entry.rare.get_or_insert_default().revert = Some(state);
            }
            Some(false) => {
                if let Some(rare) = &mut entry.rare {
                    rare.revert = None;
                }
            }
            _ => {}
        }
        let is = entry.state.fetch_status;
        if entry.in_cache && was != is {
            self.fetching += usize::from(is == FetchStatus::Fetching);
            self.fetching -= usize::from(was == FetchStatus::Fetching);
        }
        match kind {
            ActionKind::Invalidate => self.publish_invalidated(query),
            _ => self.publish(query),
        }
        if touches_data {
            self.data_changed(query);
        }
        if !self.query(query).observers.is_empty() {
            for observer in self.query(query).observers.to_vec() {
                self.on_query_update(observer);
            }
        }
        self.query_event(query, QueryEvent::Updated(kind));
    }

    /// The data is another: what is known of it is known anew.
    pub(super) fn data_changed(&mut self, query: QueryId) {
        self.relabel(query);
        self.weigh(query);
    }

    /// What becomes of new data beside the old.
    pub(super) fn share(
        before: Option<&Data>,
        data: Data,
        options: &QueryOptions,
        equal: Option<fn(&Data, &Data) -> bool>,
    ) -> Data {
        match options.sharing.get() {
            Some(Sharing::Off) => data,
            Some(Sharing::By(share)) => {
                let fallback = data.clone();
                crate::options::guarded(fallback, || share(before, data))
            }
            Some(Sharing::KeepEqual) | None => match (before, equal) {
                (Some(before), Some(equal))
                    if before.ptr_eq(&data)
                        || crate::options::guarded(false, || equal(before, &data)) =>
                {
                    before.clone()
                }
                _ => data,
            },
        }
    }

    pub(super) fn set_data(
        &mut self,
        query: QueryId,
        data: Data,
        updated_at: Option<Millis>,
        manual: bool,
    ) -> Data {
        let data = if self.layers.is_empty() {
            data
        } else {
            let key = self.query(query).key.clone();
            self.rebase(&key, data)
        };
        self.used(query);
        let entry = self.query(query);
        let equal = entry.options.abilities.get().and_then(|abilities| abilities.equal);
        let data = Self::share(entry.state.data.as_ref(), data, &entry.options, equal);
        let at = updated_at.unwrap_or(self.now);
        self.dispatch(query, Action::Success { data: data.clone(), at, manual });
        if self.config.bounds.bytes.is_some() {
            self.evict(Some(query));
        }
        data
    }

    pub(super) fn invalidate_query(&mut self, query: QueryId) {
        if !self.query(query).state.is_invalidated {
            self.dispatch(query, Action::Invalidate);
        }
    }

    /// Stops what it does, without a trace in its state.
    pub(super) fn destroy_query(&mut self, query: QueryId) {
        self.clear_gc(query);
        self.cancel(query, false, true, None);
    }

    // --- Garbage ---

    pub(super) fn schedule_gc(&mut self, query: QueryId) {
        self.clear_gc(query);
        let entry = self.query(query);
        if let Span::For(time) = entry.gc_time.into()
            && entry.in_cache
        {
            let due = self.now.saturating_add(time);
            let timer = self.timers.arm(due, Alarm::CollectQuery(query));
            self.query_mut(query).gc_timer = Some(timer);
        }
    }

    fn clear_gc(&mut self, query: QueryId) {
        if let Some(timer) = self.query_mut(query).gc_timer.take() {
            self.timers.disarm(timer);
        }
    }

    pub(super) fn collect_query(&mut self, query: QueryId) {
        let entry = self.query_mut(query);
        entry.gc_timer = None;
        if entry.observers.is_empty() && entry.state.fetch_status == FetchStatus::Idle {
            self.stats.collected += 1;
            self.remove(query);
        }
    }

    // --- Observers ---

    pub(super) fn add_observer(&mut self, query: QueryId, observer: ObserverId) {
        let entry = self.query_mut(query);
        if entry.observers.contains(observer) {
            return;
        }
        entry.observers.push(observer);
        self.clear_gc(query);
        self.query_event(query, QueryEvent::ObserverAdded);
    }

    pub(super) fn remove_observer(&mut self, query: QueryId, observer: ObserverId) {
        let entry = self.query_mut(query);
        if !entry.observers.remove(observer) {
            return;
        }
        if entry.observers.is_empty() {
            let state = &entry.state;
            let waiting =
                state.fetch_status == FetchStatus::Paused && state.status == Status::Pending;
            let abort = entry.signal_read || waiting;
            if let Some(fetch) = entry.fetch_mut() {
                if abort {
                    self.cancel(query, true, false, None);
                } else {
                    fetch.attempts.given_up = true;
                }
            }
            self.schedule_gc(query);
            self.left_alone(query);
        }
        self.query_event(query, QueryEvent::ObserverRemoved);
    }
}
