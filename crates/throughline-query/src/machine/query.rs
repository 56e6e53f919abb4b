//! One query: its life in the cache, its fetches, and who observes it.

use std::sync::Arc;

use super::labels::Label;
use super::observers::Observers;
use super::pages::PagesRun;
use super::retry::{Attempts, Phase};
use super::stream::StreamRun;
use super::waiting::Then;
use super::{Alarm, Machine, Micro, ObserverId, QueryId, RunOwner};
use crate::Key;
use crate::data::{Cause, Data, Failure};
use crate::effect::{Effect, FetchCall, FetchId, PageCall, QueryEvent, RunId, Ticket, Work};
use crate::options::{Fetcher, NetworkMode, Opt, QueryOptions, QueryView, Sharing, Unobserved};
use crate::state::{Action, ActionKind, Direction, FetchStatus, QueryState, Status};
use crate::time::{Millis, ShortSpan, Span, StaleTime};
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
    gc_time: ShortSpan,
    gc_timer: Option<TimerId>,
    /// How many observers still point here; they may outlast the query's time in the cache.
    pins: u32,
    pub in_cache: bool,
    pub infinite: bool,
    signal_read: bool,
    silenced: bool,
    /// Counts up with each use of any query; the lowest was used longest ago.
    pub used: u64,
    /// What the data weighs, in bytes.
    pub weight: usize,
}

/// What most queries do not have.
#[derive(Debug, Default)]
pub(super) struct Rare {
    fetch: Option<Box<Fetch>>,
    /// The defaults of the key when the query was made; they stay below all later options.
    own_defaults: Option<Arc<QueryOptions>>,
    /// The state it began with, if it began with data.
    pub initial: Option<QueryState>,
    /// The state from before the present fetch.
    pub revert: Option<QueryState>,
    /// What the data is about.
    labels: Vec<Label>,
}

/// The fetch that a query is at.
#[derive(Debug)]
pub(crate) struct Fetch {
    pub id: FetchId,
    pub attempts: Attempts,
    /// The options it began with; a query may get others meanwhile.
    pub options: Arc<QueryOptions>,
    pub waiters: Vec<Then>,
    /// Whoever waits for what the function gives, and not for a fetch that may replace this one.
    watchers: Vec<Then>,
    pub run: Option<RunId>,
    pub promise: Option<Data>,
    pub pages: Option<PagesRun>,
    pub stream: Option<StreamRun>,
}

/// How to fetch.
#[derive(Debug, Clone, Default)]
pub(crate) struct How {
    pub cancel_refetch: bool,
    pub more: Option<Direction>,
    /// The options are those of an infinite query.
    pub infinite: bool,
    /// Of an infinite query, only the first page.
    pub first_page: bool,
    pub promise: Option<Data>,
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
    fn end_fetch(&mut self) {
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
            // Equal keys are as good as each other, but only some know what they were made from.
            if self.query(query).key.adopts(key) {
                self.query_mut(query).key = key.clone();
            }
            self.claim_for(query, options);
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

    // --- What is known of it ---

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
        }
        self.query_event(query, QueryEvent::ObserverRemoved);
    }

    // --- Fetching ---

    /// Fetches, or joins the fetch under way.
    pub(super) fn fetch(
        &mut self,
        query: QueryId,
        options: Option<&Arc<QueryOptions>>,
        how: How,
        then: Then,
    ) {
        let entry = self.query_mut(query);
        let rejected = entry.fetch().is_some_and(|fetch| fetch.attempts.phase == Phase::Rejected);
        if entry.state.fetch_status != FetchStatus::Idle && !rejected {
            if entry.state.data.is_some() && how.cancel_refetch {
                self.cancel(query, false, true, None);
            } else if let Some(fetch) = entry.fetch_mut() {
                // Whoever left may have called further attempts off.
                fetch.attempts.given_up = false;
                fetch.waiters.push(then);
                self.stats.joined += 1;
                return;
            }
        }
        if let Some(options) = options {
            self.set_query_options(query, options);
            self.query_mut(query).infinite |= how.infinite;
        }
        // A query that was only set or hydrated has nothing to fetch with; an observer may.
        if self.query(query).options.fetcher.get().is_none() {
            let of = |id: &ObserverId| {
                let observer = self.observers.get(*id)?;
                Some((Arc::clone(&observer.options), observer.is_infinite()))
            };
            let mut observed = self.query(query).observers.iter().filter_map(of);
            let found = observed.find(|(options, _)| options.fetcher.get().is_some());
            drop(observed);
            if let Some((options, infinite)) = found {
                self.set_query_options(query, &options);
                self.query_mut(query).infinite |= infinite;
            }
        }
        self.begin(query, how, then);
    }

    fn begin(&mut self, query: QueryId, how: How, then: Then) {
        self.query_mut(query).silenced = false;
        self.last_fetch += 1;
        self.stats.fetches += 1;
        let id = FetchId(self.last_fetch);
        let entry = self.query(query);
        let options = Arc::clone(&entry.options);
        let pages =
            entry.infinite.then(|| PagesRun::new(&options, entry.state.data.as_ref(), &how));
        let mode = options.network_mode.get().copied().unwrap_or_default();
        let state = entry.state.clone();
        self.query_mut(query).rare.get_or_insert_default().revert = Some(state);
        let paused = !self.may_start(mode);
        self.dispatch(query, Action::Fetch { paused, more: how.more });
        let retry = options.retry.get().cloned();
        let fetch = Fetch {
            id,
            attempts: Attempts::new(retry, &options.retry_delay, &options.network_mode),
            options,
            waiters: vec![then],
            watchers: Vec::new(),
            run: None,
            promise: how.promise,
            pages,
            stream: None,
        };
        if let Some(old) =
            self.query_mut(query).rare.get_or_insert_default().fetch.replace(Box::new(fetch))
        {
            self.overtake(query, *old);
        }
        if self.may_start(mode) {
            self.run_fetch(query);
        } else {
            self.dispatch(query, Action::Pause);
        }
    }

    /// Another fetch has taken the place of this one.
    fn overtake(&mut self, query: QueryId, old: Fetch) {
        if old.attempts.is_over() {
            // It was cancelled, or has its answer, and was not told so yet. Its waiters are then, or join
            // the new one.
            self.orphans.insert(old.id, old.waiters);
            return;
        }
        // Data that was hydrated, or the late answer to its predecessor, has made the query idle meanwhile.
        // Its call ends unheard.
        self.stats.overtaken += 1;
        if let Phase::Sleeping(timer) = old.attempts.phase {
            self.timers.disarm(timer);
        }
        if let Some(run) = old.run {
            self.runs.remove(&run);
        }
        if let Some(fetch) = self.query_mut(query).fetch_mut() {
            fetch.waiters.extend(old.waiters);
            fetch.watchers.extend(old.watchers);
        }
    }

    pub(super) fn fetch_of(&mut self, query: QueryId, id: FetchId) -> Option<&mut Fetch> {
        let entry = self.queries.get_mut(query as usize)?;
        entry.fetch_mut().filter(|fetch| fetch.id == id)
    }

    /// Makes an attempt.
    pub(super) fn run_fetch(&mut self, query: QueryId) {
        let Some(fetch) = self.query_mut(query).fetch_mut() else { return };
        let id = fetch.id;
        fetch.attempts.phase = Phase::Running;
        let run = self.new_run(RunOwner::Query(query, id));
        let entry = self.query_mut(query);
        let Some(fetch) = entry.fetch_mut() else { return };
        fetch.run = Some(run);
        fetch.stream = None;
        let first = fetch.attempts.failures == 0;
        if let Some(promise) = fetch.promise.clone().filter(|_| first) {
            self.ask(query, run, Work::Promise(promise), None);
            return;
        }
        if fetch.pages.is_some() {
            self.run_page(query, run);
            return;
        }
        let fallback = fetch.promise.clone().map(Work::Promise);
        entry.signal_read = false;
        let work = match entry.options.fetcher.get() {
            Some(Fetcher::Call(call)) => Some(Work::Call(call.clone())),
            Some(Fetcher::Stream(stream)) => Some(Work::Stream(Arc::clone(stream))),
            Some(Fetcher::Skip) => None,
            None => fallback,
        };
        match work {
            Some(work) => {
                if let Work::Stream(stream) = &work {
                    self.begin_stream(query, stream);
                }
                self.ask(query, run, work, None);
            }
            None => {
                let key = self.query(query).key.clone();
                let failure = Failure::from(Cause::MissingFetcher(key));
                self.micro.push_back(Micro::AttemptFailed(run, failure));
            }
        }
    }

    /// Asks the driver to run something.
    pub(super) fn ask(&mut self, query: QueryId, run: RunId, work: Work, page: Option<PageCall>) {
        let place = self.timers.reserve();
        let entry = self.query(query);
        let Some(fetch) = entry.fetch() else { return };
        let options = if fetch.pages.is_some() { &fetch.options } else { &entry.options };
        let is_promise = matches!(work, Work::Promise(_));
        let aborts = !is_promise && options.on_unobserved.get() == Some(&Unobserved::Abort);
        let call = FetchCall {
            run,
            fetch: fetch.id,
            key: entry.key.clone(),
            work,
            meta: options.meta.get().cloned(),
            page,
            failures: fetch.attempts.failures,
            place,
        };
        self.query_mut(query).signal_read |= aborts;
        self.tell(Effect::Fetch(Box::new(call)));
    }

    pub(super) fn signal_read(&mut self, run: RunId) {
        if let Some(&RunOwner::Query(query, fetch)) = self.runs.get(&run)
            && self.fetch_of(query, fetch).is_some()
        {
            self.query_mut(query).signal_read = true;
        }
    }

    /// Takes the run off the books. Gives whose it is, if that still wants its answer.
    pub(super) fn end_run(&mut self, run: RunId) -> Option<(QueryId, FetchId)> {
        let Some(RunOwner::Query(query, id)) = self.runs.remove(&run) else { return None };
        let fetch = self.fetch_of(query, id)?;
        (fetch.run == Some(run) && !fetch.attempts.is_over()).then_some((query, id))
    }

    pub(super) fn attempt_done(&mut self, run: RunId, data: Option<Data>) {
        let Some((query, id)) = self.end_run(run) else { return };
        let Some(fetch) = self.fetch_of(query, id) else { return };
        let of_pages =
            fetch.pages.is_some() && !(fetch.attempts.failures == 0 && fetch.promise.is_some());
        if of_pages {
            self.page_done(query, id, data);
        } else {
            self.resolve(query, id, data);
        }
    }

    /// The fetch has its data.
    pub(super) fn resolve(&mut self, query: QueryId, id: FetchId, data: Option<Data>) {
        let Some(fetch) = self.fetch_of(query, id) else { return };
        fetch.attempts.phase = Phase::Resolved;
        let watchers = std::mem::take(&mut fetch.watchers);
        self.micro.push_back(Micro::FetchSettled(query, id, Ok(data.clone())));
        for then in watchers {
            self.finish(then, Ok(data.clone()));
        }
    }

    fn reject(&mut self, query: QueryId, id: FetchId, failure: Failure) {
        let Some(fetch) = self.fetch_of(query, id) else { return };
        fetch.attempts.phase = Phase::Rejected;
        let watchers = std::mem::take(&mut fetch.watchers);
        self.micro.push_back(Micro::FetchSettled(query, id, Err(failure.clone())));
        for then in watchers {
            self.finish(then, Err(failure.clone()));
        }
    }

    pub(super) fn attempt_failed(&mut self, run: RunId, failure: Failure) {
        let Some((query, id)) = self.end_run(run) else { return };
        let (server, now) = (self.config.server, self.now);
        let Some(fetch) = self.fetch_of(query, id) else { return };
        let Some(delay) = fetch.attempts.failed(&failure, server) else {
            self.reject(query, id, failure);
            return;
        };
        let count = fetch.attempts.failures;
        self.dispatch(query, Action::Failed { count, reason: failure });
        let due = now.saturating_add(delay);
        let timer = self.timers.arm(due, Alarm::RetryQuery(query));
        if let Some(fetch) = self.fetch_of(query, id) {
            fetch.attempts.phase = Phase::Sleeping(timer);
        }
    }

    pub(super) fn retry_query(&mut self, query: QueryId) {
        let Some(fetch) = self.query_mut(query).fetch_mut() else { return };
        // Whoever ends the fetch disarms the timer.
        if !matches!(fetch.attempts.phase, Phase::Sleeping(_)) {
            return;
        }
        let (id, mode) = (fetch.id, fetch.attempts.network_mode);
        if self.may_retry(mode) {
            self.go_on(query, id);
        } else if let Some(fetch) = self.fetch_of(query, id) {
            fetch.attempts.phase = Phase::WaitToRetry;
            self.dispatch(query, Action::Pause);
        }
    }

    /// Makes the next attempt, unless nobody wants it any more.
    fn go_on(&mut self, query: QueryId, id: FetchId) {
        let Some(fetch) = self.fetch_of(query, id) else { return };
        match fetch.attempts.last.clone() {
            Some(last) if fetch.attempts.given_up => self.reject(query, id, last),
            _ => self.run_fetch(query),
        }
    }

    /// Lets a waiting fetch go on, if it may.
    pub(super) fn continue_fetch(&mut self, query: QueryId) {
        let Some(fetch) = self.query(query).fetch() else { return };
        let (id, phase, mode) = (fetch.id, fetch.attempts.phase, fetch.attempts.network_mode);
        let next = match phase {
            Phase::WaitToStart if self.may_start(mode) => Phase::ResumeStart,
            Phase::WaitToRetry if self.may_retry(mode) => Phase::ResumeRetry,
            _ => return,
        };
        if let Some(fetch) = self.fetch_of(query, id) {
            fetch.attempts.phase = next;
            self.micro.push_back(Micro::ResumeQuery(query, id, 0));
        }
    }

    /// Takes a fetch that may go on a move further.
    pub(super) fn resume_query(&mut self, query: QueryId, id: FetchId, moves: u8) {
        let Some(fetch) = self.fetch_of(query, id) else { return };
        let Some(last) = fetch.attempts.phase.moves_to_resume() else { return };
        let is_start = fetch.attempts.phase == Phase::ResumeStart;
        if moves == 0 {
            self.dispatch(query, Action::Continue);
        }
        if moves < last {
            self.micro.push_back(Micro::ResumeQuery(query, id, moves + 1));
        } else if is_start {
            self.run_fetch(query);
        } else {
            self.go_on(query, id);
        }
    }

    /// The ticket gets what the fetch under way comes to, if one is: its data, or why it failed or
    /// was cancelled. Gives whether there is one.
    pub fn watch_fetch(&mut self, key: &Key, ticket: Ticket) -> bool {
        let Some(query) = self.lookup(key) else { return false };
        let Some(fetch) = self.query_mut(query).fetch_mut() else { return false };
        if fetch.attempts.is_over() {
            return false;
        }
        fetch.watchers.push(Then::Data(ticket));
        true
    }

    /// Cancels the fetch under way, if there is one. `then` hears of it when it is told.
    pub(super) fn cancel(
        &mut self,
        query: QueryId,
        revert: bool,
        silent: bool,
        then: Option<Then>,
    ) {
        let Some(fetch) = self.query_mut(query).fetch_mut() else {
            if let Some(then) = then {
                self.finish(then, Ok(None));
            }
            return;
        };
        let id = fetch.id;
        if fetch.attempts.is_over() {
            self.micro.extend(then.map(|then| Micro::Finish(then, Ok(None))));
            return;
        }
        let sleeping = match fetch.attempts.phase {
            Phase::Sleeping(timer) => Some(timer),
            _ => None,
        };
        fetch.attempts.phase = Phase::Rejected;
        let watchers = std::mem::take(&mut fetch.watchers);
        if let Some(run) = fetch.run.take() {
            self.runs.remove(&run);
        }
        self.stats.cancelled += 1;
        if let Some(timer) = sleeping {
            self.timers.disarm(timer);
        }
        self.query_mut(query).silenced = silent;
        let failure = Failure::from(Cause::Cancelled { revert, silent });
        self.micro.push_back(Micro::FetchSettled(query, id, Err(failure.clone())));
        for then in watchers {
            self.finish(then, Err(failure.clone()));
        }
        if revert {
            let entry = self.query(query);
            let before = entry.rare.as_ref().and_then(|rare| rare.revert.clone());
            let mut state = before.unwrap_or_else(|| entry.state.clone());
            state.fetch_status = FetchStatus::Idle;
            if state.data.is_none() {
                let key = entry.key.clone();
                self.reset_layers(&key, None);
            }
            self.dispatch(query, Action::Set(Box::new(state)));
        }
        self.tell(Effect::Abort(id));
        self.micro.extend(then.map(|then| Micro::Finish(then, Ok(None))));
    }

    /// A fetch is over, and everybody hears of it.
    pub(super) fn fetch_settled(
        &mut self,
        query: QueryId,
        id: FetchId,
        outcome: Result<Option<Data>, Failure>,
    ) {
        let Some(entry) = self.queries.get_mut(query as usize) else { return };
        let is_current = entry.fetch().is_some_and(|fetch| fetch.id == id);
        let waiters = match entry.fetch_mut() {
            Some(fetch) if is_current => std::mem::take(&mut fetch.waiters),
            _ => self.orphans.remove(&id).unwrap_or_default(),
        };
        let key = entry.key.clone();
        let outcome = match outcome {
            Ok(Some(data)) => Ok(data),
            Ok(None) => Err(Failure::from(Cause::NoData(key.clone()))),
            Err(failure) => Err(failure),
        };
        let outcome = match outcome {
            Ok(data) => {
                self.set_data(query, data.clone(), None, false);
                if self.config.tell_settled {
                    self.tell(Effect::QuerySettled(key, Ok(data.clone())));
                }
                Ok(data)
            }
            Err(failure) => match *failure.cause() {
                Cause::Cancelled { silent: true, .. } => {
                    if !is_current && let Some(fetch) = self.query_mut(query).fetch_mut() {
                        // Another fetch has taken over; whoever waited for this one waits for it.
                        fetch.waiters.extend(waiters);
                        self.schedule_gc(query);
                        return;
                    }
                    self.leave_as_it_is(query);
                    Err(failure)
                }
                Cause::Cancelled { revert: true, .. } => {
                    self.leave_as_it_is(query);
                    self.query(query).state.data.clone().ok_or(failure)
                }
                _ => {
                    let at = self.now;
                    self.stats.failed += 1;
                    self.dispatch(query, Action::Error { error: failure.clone(), at });
                    if self.config.tell_settled {
                        self.tell(Effect::QuerySettled(key, Err(failure.clone())));
                    }
                    Err(failure)
                }
            },
        };
        let entry = self.query_mut(query);
        if entry.fetch().is_some_and(|fetch| fetch.id == id) {
            entry.end_fetch();
        }
        self.schedule_gc(query);
        // Whoever waits hears of it after all that has settled at this moment, as what follows an
        // `await` in JavaScript does.
        let outcome = outcome.map(Some);
        let heard = waiters.into_iter().filter(|then| !matches!(then, Then::Nothing));
        self.micro.extend(heard.map(|then| match then {
            // What a refetch gives is asked of the observer one `await` later.
            Then::Result { .. } => Micro::FinishLater(then, outcome.clone()),
            then => Micro::Finish(then, outcome.clone()),
        }));
        self.free(query);
    }

    /// A cancel changes nothing more. If it came with the promise of a fetch elsewhere, nothing has been
    /// put back here either, and the query goes on as if it fetched.
    fn leave_as_it_is(&mut self, query: QueryId) {
        let entry = self.query_mut(query);
        entry.silenced = entry.state.fetch_status != FetchStatus::Idle;
    }

    // --- Focus and network ---

    pub(super) fn refetch_on_focus(&mut self) {
        self.refetch_because(|machine, observer| machine.fetches_on_focus(observer));
    }

    pub(super) fn refetch_on_reconnect(&mut self) {
        self.refetch_because(|machine, observer| machine.fetches_on_reconnect(observer));
    }

    fn refetch_because(&mut self, wants: impl Fn(&Self, ObserverId) -> bool) {
        let concerned = |query: &QueryId| {
            let entry = self.query(*query);
            !entry.observers.is_empty() || entry.is_at_it()
        };
        let queries: Vec<_> = self.all().filter(concerned).collect();
        for query in queries {
            let Some(entry) = self.queries.get(query as usize) else { continue };
            let observer = entry.observers.iter().copied().find(|&id| wants(self, id));
            if let Some(observer) = observer {
                let then = self.then_result(observer, None, false);
                self.execute_fetch(observer, How::default(), then);
            }
            if self.queries.contains(query as usize) {
                self.continue_fetch(query);
            }
        }
    }

    pub(super) fn network_mode(options: &QueryOptions) -> NetworkMode {
        options.network_mode.get().copied().unwrap_or_default()
    }
}
