//! Observers: a query's state seen through options, and the fetches and timers these ask for.

use std::sync::Arc;

use super::fetch::How;
use super::pages::has_page;
use super::waiting::Then;
use super::{Alarm, GroupId, Machine, ObserverId, QueryId};
use crate::Key;
use crate::data::{Cause, Data, Failure, same_data};
use crate::effect::{Effect, QueryEvent, Ticket};
use crate::options::{
    Dynamic, Fetcher, NetworkMode, Opt, Placeholder, QueryOptions, QueryView, RefetchOn, Select,
    guarded,
};
use crate::result::{Fields, ObserverResult, PagesResult};
use crate::state::{Direction, FetchStatus, QueryState, Status};
use crate::time::{Millis, StaleTime};
use crate::timers::TimerId;

#[derive(Debug)]
pub(crate) struct Observer {
    pub key: Key,
    pub query: QueryId,
    pub options: Arc<QueryOptions>,
    infinite: bool,
    /// How many listen. The first brings the observer to its query, the last takes it away.
    listeners: u32,
    /// How many wait for a refetch to tell them what the observer sees.
    awaited: u32,
    /// Nobody has it any more; it goes when nobody waits for it.
    forgotten: bool,
    /// Where its news go, if it is one of several observed together.
    pub group: Option<GroupId>,
    tracked: Fields,
    /// The counts of the query when the observer came to it.
    came_at: (u32, u32),
    result: Option<ObserverResult>,
    /// The query's data and the options behind the present result.
    result_data: Option<Data>,
    result_options: Option<Arc<QueryOptions>>,
    selected: Option<Box<Selected>>,
    /// The last query seen that had data.
    last_with_data: Option<QueryId>,
    stale_timer: Option<TimerId>,
    interval: Option<Millis>,
    interval_timer: Option<TimerId>,
}

/// What `select` made, and of what.
#[derive(Debug, Clone, Default)]
struct Selected {
    select: Option<Select>,
    data: Option<Data>,
    error: Option<Failure>,
}

/// What an observer looks at, and how.
struct Look<'a> {
    query: QueryId,
    options: &'a Arc<QueryOptions>,
    as_if: AsIf,
}

/// Whether a look tells what is, or what is about to be.
#[derive(Clone, Copy)]
enum AsIf {
    Is,
    Fetching { restoring: bool },
}

impl Observer {
    pub(super) fn shows_stale(&self) -> bool {
        self.result.as_ref().is_some_and(|result| result.is_stale)
    }

    pub(super) fn is_infinite(&self) -> bool {
        self.infinite
    }

    fn is_mounted(&self) -> bool {
        self.listeners > 0
    }
}

/// Runs `select`; a panic is a failure.
pub(super) fn select(select: &Select, data: &Data) -> Result<Data, Failure> {
    let panicked = Err(Failure::from(crate::Cause::Panicked("in select".to_owned())));
    guarded(panicked, || (select.run)(data))
}

impl Machine {
    // --- Options, as they stand for a query ---

    fn resolve_with<T: Clone>(option: &Opt<Dynamic<T>>, view: &QueryView<'_>) -> Option<T> {
        match option.get()? {
            Dynamic::Value(value) => Some(value.clone()),
            Dynamic::By(function) => guarded(None, || Some(function(view))),
        }
    }

    fn resolve_option<T: Clone>(&self, option: &Opt<Dynamic<T>>, query: QueryId) -> Option<T> {
        Self::resolve_with(option, &self.view(query))
    }

    pub(super) fn enabled(&self, options: &QueryOptions, query: QueryId) -> bool {
        if matches!(options.fetcher, Opt::Set(Fetcher::Skip)) {
            return false;
        }
        self.resolve_option(&options.enabled, query).unwrap_or(true)
    }

    fn enabled_said(&self, options: &QueryOptions, query: QueryId) -> Option<bool> {
        match options.fetcher {
            Opt::Set(Fetcher::Skip) => Some(false),
            _ => self.resolve_option(&options.enabled, query),
        }
    }

    pub(super) fn stale_time(&self, options: &QueryOptions, query: QueryId) -> StaleTime {
        self.resolve_option(&options.stale_time, query).unwrap_or(StaleTime::After(0))
    }

    fn stale_for(&self, query: QueryId, options: &QueryOptions) -> bool {
        self.enabled(options, query)
            && self.is_stale_by_time(query, self.stale_time(options, query))
    }

    fn fetches_when(
        &self,
        query: QueryId,
        options: &QueryOptions,
        when: &Opt<Dynamic<RefetchOn>>,
        default: RefetchOn,
    ) -> bool {
        if !self.enabled(options, query) || self.stale_time(options, query) == StaleTime::Static {
            return false;
        }
        match self.resolve_option(when, query).unwrap_or(default) {
            RefetchOn::Always => true,
            RefetchOn::Never => false,
            RefetchOn::Stale => self.stale_for(query, options),
        }
    }

    pub(super) fn fetches_on_focus(&self, observer: ObserverId) -> bool {
        let Some(observer) = self.observers.get(observer) else { return false };
        let options = &observer.options;
        let default = RefetchOn::Stale;
        self.fetches_when(observer.query, options, &options.refetch_on_focus, default)
    }

    pub(super) fn fetches_on_reconnect(&self, observer: ObserverId) -> bool {
        let Some(observer) = self.observers.get(observer) else { return false };
        let options = &observer.options;
        let default = match Self::network_mode(options) {
            NetworkMode::Always => RefetchOn::Never,
            _ => RefetchOn::Stale,
        };
        self.fetches_when(observer.query, options, &options.refetch_on_reconnect, default)
    }

    fn fetches_on_mount(&self, query: QueryId, options: &QueryOptions) -> bool {
        let state = &self.query(query).state;
        if state.data.is_some() {
            let when = &options.refetch_on_mount;
            return self.fetches_when(query, options, when, RefetchOn::Stale);
        }
        let retries = state.status != Status::Error
            || self.resolve_option(&options.retry_on_mount, query).unwrap_or(true);
        retries && self.enabled(options, query)
    }

    // --- Their life ---

    /// A new observer of a query. It does nothing until somebody [subscribes](Self::subscribe).
    pub fn observe(
        &mut self,
        key: &Key,
        options: &Arc<QueryOptions>,
        infinite: bool,
    ) -> ObserverId {
        let options = self.complete(key, options);
        self.observe_complete(key, &options, infinite)
    }

    pub(super) fn observe_complete(
        &mut self,
        key: &Key,
        options: &Arc<QueryOptions>,
        infinite: bool,
    ) -> ObserverId {
        let query = self.build(key, options, infinite, None);
        let state = &self.query(query).state;
        let came_at = (state.data_update_count, state.error_update_count);
        self.pin(query);
        // The one that lies in the cache: one allocation less for each observer.
        let key = self.query(query).key.clone();
        let id = self.observers.insert(Box::new(Observer {
            key,
            query,
            options: Arc::clone(options),
            infinite,
            listeners: 0,
            awaited: 0,
            forgotten: false,
            group: None,
            tracked: Fields::NONE,
            came_at,
            result: None,
            result_data: None,
            result_options: None,
            selected: None,
            last_with_data: None,
            stale_timer: None,
            interval: None,
            interval_timer: None,
        }));
        self.set_query_options_of(query, options, infinite);
        self.update_result(id);
        id
    }

    /// Forgets what the observer has seen, and looks at the query that is in the cache now. Nobody is
    /// told, and nothing is fetched.
    pub(super) fn start_over(&mut self, id: ObserverId) {
        self.clear_stale_timer(id);
        self.clear_interval(id);
        let Some(observer) = self.observers.get_mut(id) else { return };
        observer.result = None;
        observer.result_data = None;
        observer.result_options = None;
        observer.selected = None;
        if let Some(last) = observer.last_with_data.take() {
            self.unpin(last);
        }
        self.update_query(id);
        let Some(observer) = self.observers.get(id) else { return };
        let (query, options) = (observer.query, Arc::clone(&observer.options));
        let infinite = observer.infinite;
        // Without listeners nobody is told.
        let listeners = self.observers.get_mut(id).map(|o| std::mem::take(&mut o.listeners));
        self.set_query_options_of(query, &options, infinite);
        self.update_result(id);
        if let (Some(observer), Some(listeners)) = (self.observers.get_mut(id), listeners) {
            observer.listeners = listeners;
        }
    }

    /// Tells whoever listens what the observer sees.
    pub(super) fn tell_again(&mut self, id: ObserverId) {
        let Some(observer) = self.observers.get(id) else { return };
        if observer.is_mounted()
            && observer.group.is_none()
            && let Some(result) = observer.result.clone()
        {
            self.tell(Effect::Emit(id, result));
        }
    }

    /// Fetches as a first listener would, if somebody listens.
    pub(super) fn mount_again(&mut self, id: ObserverId) {
        let Some(observer) = self.observers.get(id) else { return };
        if !observer.is_mounted() {
            return;
        }
        let (key, query) = (observer.key.clone(), observer.query);
        let options = Arc::clone(&observer.options);
        // What was hydrated meanwhile becomes typed.
        self.build(&key, &options, false, None);
        if self.fetches_on_mount(query, &options) {
            self.execute_fetch(id, How::default(), Then::Nothing);
        } else {
            self.update_result(id);
        }
        self.update_timers(id);
    }

    fn set_query_options_of(
        &mut self,
        query: QueryId,
        options: &Arc<QueryOptions>,
        infinite: bool,
    ) {
        self.set_query_options(query, options);
        if infinite {
            self.query_mut(query).infinite = true;
        }
    }

    /// Somebody listens.
    pub fn subscribe(&mut self, id: ObserverId) {
        let Some(observer) = self.observers.get_mut(id).filter(|o| !o.forgotten) else { return };
        observer.listeners += 1;
        if observer.listeners > 1 {
            return;
        }
        let (query, options) = (observer.query, Arc::clone(&observer.options));
        self.add_observer(query, id);
        if self.fetches_on_mount(query, &options) {
            self.execute_fetch(id, How::default(), Then::Nothing);
        } else {
            self.update_result(id);
        }
        self.update_timers(id);
    }

    /// Somebody does not listen any more.
    pub fn unsubscribe(&mut self, id: ObserverId) {
        let Some(observer) = self.observers.get_mut(id) else { return };
        observer.listeners = observer.listeners.saturating_sub(1);
        if observer.listeners == 0 {
            self.detach(id);
        }
    }

    /// Takes the observer away from its query, whoever listens.
    pub(super) fn detach(&mut self, id: ObserverId) {
        let Some(observer) = self.observers.get_mut(id) else { return };
        observer.listeners = 0;
        let query = observer.query;
        self.clear_stale_timer(id);
        self.clear_interval(id);
        self.remove_observer(query, id);
    }

    /// Forgets the observer.
    pub fn unobserve(&mut self, id: ObserverId) {
        self.detach(id);
        if let Some(observer) = self.observers.get_mut(id) {
            observer.forgotten = true;
        }
        self.free_observer(id);
    }

    /// An observer that is asked for what it sees when something is over.
    pub(super) fn then_result(
        &mut self,
        observer: ObserverId,
        ticket: Option<Ticket>,
        throw: bool,
    ) -> Then {
        if let Some(observer) = self.observers.get_mut(observer) {
            observer.awaited += 1;
        }
        Then::Result { ticket, observer, throw }
    }

    /// It was asked.
    pub(super) fn result_told(&mut self, id: ObserverId) {
        if let Some(observer) = self.observers.get_mut(id) {
            observer.awaited = observer.awaited.saturating_sub(1);
        }
        self.free_observer(id);
    }

    fn free_observer(&mut self, id: ObserverId) {
        if !self.observers.get(id).is_some_and(|o| o.forgotten && o.awaited == 0) {
            return;
        }
        if let Some(observer) = self.observers.remove(id) {
            self.unpin(observer.query);
            if let Some(last) = observer.last_with_data {
                self.unpin(last);
            }
        }
    }

    /// What the observer sees.
    pub fn result(&self, id: ObserverId) -> Option<&ObserverResult> {
        self.observers.get(id)?.result.as_ref()
    }

    /// The key of the query that the observer looks at.
    pub fn observed_key(&self, id: ObserverId) -> Option<&Key> {
        self.observers.get(id).map(|observer| &observer.key)
    }

    /// Adds fields to what the observer is told of, as reading a property does in TanStack Query.
    /// Counts only while no [interest](QueryOptions::interest) is set.
    pub fn track(&mut self, id: ObserverId, fields: Fields) {
        if let Some(observer) = self.observers.get_mut(id) {
            observer.tracked |= fields;
        }
    }

    /// Gives the observer other options, and perhaps another query.
    pub fn set_observer_options(&mut self, id: ObserverId, key: &Key, options: &Arc<QueryOptions>) {
        let options = self.complete(key, options);
        self.set_complete_options(id, key, options);
    }

    pub(super) fn set_complete_options(
        &mut self,
        id: ObserverId,
        key: &Key,
        options: Arc<QueryOptions>,
    ) {
        let Some(observer) = self.observers.get_mut(id) else { return };
        let before = std::mem::replace(&mut observer.options, Arc::clone(&options));
        let (query_before, infinite) = (observer.query, observer.infinite);
        let key_before = std::mem::replace(&mut observer.key, key.clone());
        self.update_query(id);
        let Some(observer) = self.observers.get(id) else { return };
        let (query, mounted) = (observer.query, observer.is_mounted());
        self.set_query_options_of(query, &options, infinite);
        if !Arc::ptr_eq(&before, &options) || key_before != *key {
            self.query_event(query, QueryEvent::OptionsUpdated);
        }
        let moved = query != query_before;
        let was_enabled = self.enabled(&before, query);
        if mounted && (moved || !was_enabled) && self.stale_for(query, &options) {
            self.execute_fetch(id, How::default(), Then::Nothing);
        }
        self.update_result(id);
        // The fetch may have brought the observer to a query made anew.
        let Some(observer) = self.observers.get(id) else { return };
        let query = observer.query;
        // What is said counts, not what it comes to: saying the default restarts timers, too.
        let turned = self.enabled_said(&options, query) != self.enabled_said(&before, query);
        let moved = query != query_before;
        if mounted
            && (moved
                || turned
                || self.stale_time_said(&options, query) != self.stale_time_said(&before, query))
        {
            self.update_stale_timer(id);
        }
        let interval = self.wanted_interval(id);
        let running = self.observers.get(id).and_then(|observer| observer.interval);
        if mounted && (moved || turned || interval != running) {
            self.update_interval(id, interval);
        }
    }

    fn stale_time_said(&self, options: &QueryOptions, query: QueryId) -> Option<StaleTime> {
        self.resolve_option(&options.stale_time, query)
    }

    /// Brings the observer to the query in the cache that has its key.
    fn update_query(&mut self, id: ObserverId) {
        let Some(observer) = self.observers.get(id) else { return };
        let (key, options) = (observer.key.clone(), Arc::clone(&observer.options));
        let infinite = observer.infinite;
        let query = self.build(&key, &options, infinite, None);
        let state = &self.query(query).state;
        let came_at = (state.data_update_count, state.error_update_count);
        let Some(observer) = self.observers.get_mut(id) else { return };
        let before = observer.query;
        if before == query {
            return;
        }
        observer.query = query;
        observer.came_at = came_at;
        let mounted = observer.is_mounted();
        self.pin(query);
        if mounted {
            self.remove_observer(before, id);
            self.add_observer(query, id);
        }
        self.unpin(before);
    }

    // --- Fetching ---

    pub(super) fn execute_fetch(&mut self, id: ObserverId, how: How, then: Then) {
        self.update_query(id);
        let Some(observer) = self.observers.get(id) else {
            self.finish(then, Err(Failure::from(Cause::Dropped)));
            return;
        };
        let (query, options) = (observer.query, Arc::clone(&observer.options));
        let how = How { infinite: observer.infinite, ..how };
        self.fetch(query, Some(&options), how, then);
    }

    /// Fetches the observed query again, even if the data is fresh or the observer disabled. The
    /// ticket gets what the observer sees then; a failure only if `throw` says so.
    pub fn refetch_observed(
        &mut self,
        id: ObserverId,
        cancel_refetch: bool,
        throw: bool,
        ticket: Ticket,
    ) {
        let how = How { cancel_refetch, ..How::default() };
        let then = self.then_result(id, Some(ticket), throw);
        self.execute_fetch(id, how, then);
    }

    /// Fetches one more page of the observed infinite query.
    pub fn fetch_page(
        &mut self,
        id: ObserverId,
        direction: Direction,
        cancel_refetch: bool,
        throw: bool,
        ticket: Ticket,
    ) {
        let how = How { cancel_refetch, more: Some(direction), ..How::default() };
        let then = self.then_result(id, Some(ticket), throw);
        self.execute_fetch(id, how, then);
    }

    // --- Results ---

    pub(super) fn on_query_update(&mut self, id: ObserverId) {
        self.update_result(id);
        if self.observers.get(id).is_some_and(|observer| observer.is_mounted()) {
            self.update_timers(id);
        }
    }

    /// Looks again, and tells whoever listens if something they care for is new.
    pub(super) fn update_result(&mut self, id: ObserverId) {
        let Some(result) = self.make_result(id) else { return };
        let Some(observer) = self.observers.get(id) else { return };
        let query = observer.query;
        let data = self.query(query).state.data.clone();
        let has_data = data.is_some();
        let Some(observer) = self.observers.get_mut(id) else { return };
        observer.result_data = data;
        observer.result_options = Some(Arc::clone(&observer.options));
        if has_data && observer.last_with_data != Some(query) {
            let last = observer.last_with_data.replace(query);
            self.pin(query);
            if let Some(last) = last {
                self.unpin(last);
            }
        }
        let Some(observer) = self.observers.get_mut(id) else { return };
        let changed = observer.result.as_ref().map(|before| result.changes(before));
        if changed.is_some_and(Fields::is_empty) {
            return;
        }
        observer.result = Some(result.clone());
        let told = match changed {
            None => true,
            Some(changed) => {
                let throws = observer.options.throw_on_error.get() == Some(&true);
                match observer.options.interest.get() {
                    None if observer.tracked.is_empty() => true,
                    Some(interest) if *interest == Fields::ALL => true,
                    _ if throws && changed.meets(Fields::ERROR) => true,
                    Some(interest) => changed.meets(*interest),
                    None => changed.meets(observer.tracked),
                }
            }
        };
        if told && observer.is_mounted() {
            match observer.group {
                Some(group) => self.group_update(group, id, result),
                None => self.tell(Effect::Emit(id, result)),
            }
        }
        self.query_event(query, QueryEvent::ResultsUpdated);
    }

    fn make_result(&mut self, id: ObserverId) -> Option<ObserverResult> {
        let observer = self.observers.get(id)?;
        let view = Look { query: observer.query, options: &observer.options, as_if: AsIf::Is };
        let (result, selected) = self.look(observer, &view);
        if let Some(selected) = selected {
            self.observers.get_mut(id)?.selected = selected;
        }
        Some(result)
    }

    /// What the observer sees now, and what `select` made for it if that is new.
    fn look(
        &self,
        observer: &Observer,
        view: &Look<'_>,
    ) -> (ObserverResult, Option<Option<Box<Selected>>>) {
        let (query, options) = (view.query, view.options);
        let expected = self.expected_state(observer, view);
        let state = expected.as_ref().unwrap_or(&self.query(query).state);
        let before = observer.result.as_ref();
        let came_at = if query == observer.query {
            observer.came_at
        } else {
            (state.data_update_count, state.error_update_count)
        };

        let mut data = state.data.clone();
        let mut status = state.status;
        let mut error = state.error.clone();
        let mut error_updated_at = state.error_updated_at;
        let mut is_placeholder_data = false;
        let mut skip_select = false;

        if let Some(placeholder) = options.placeholder.get()
            && data.is_none()
            && status == Status::Pending
        {
            let said = observer.result_options.as_ref().and_then(|o| o.placeholder.get());
            let kept = before.filter(|before| {
                before.is_placeholder_data && said.is_some_and(|said| said.same(placeholder))
            });
            let shown = match kept {
                Some(before) => {
                    skip_select = true;
                    before.data.clone()
                }
                None => self.placeholder(observer, placeholder),
            };
            if let Some(shown) = shown {
                let equal = options.abilities.get().and_then(|abilities| abilities.equal);
                let previous = before.and_then(|before| before.data.as_ref());
                data = Some(Self::share(previous, shown, options, equal));
                status = Status::Success;
                is_placeholder_data = true;
            }
        }

        let mut selected = None;
        let memo = observer.selected.as_deref();
        let mut select_error = memo.and_then(|memo| memo.error.clone());
        let mut select_data = memo.and_then(|memo| memo.data.clone());
        match (options.select.get(), &data) {
            (Some(by), Some(of)) if !skip_select => {
                let same_function =
                    memo.and_then(|memo| memo.select.as_ref()).is_some_and(|last| last.same(by));
                let same = before.is_some()
                    && same_function
                    && same_data(Some(of), observer.result_data.as_ref());
                if !same {
                    match select(by, of) {
                        Ok(made) => {
                            let previous = before.and_then(|before| before.data.as_ref());
                            let made = Self::share(previous, made, options, by.equal);
                            select_data = Some(made);
                            select_error = None;
                        }
                        Err(failure) => select_error = Some(failure),
                    }
                    selected = Some(Some(Box::new(Selected {
                        select: Some(by.clone()),
                        data: select_data.clone(),
                        error: select_error.clone(),
                    })));
                }
                // After a failure the last good value is shown below, with the failure.
                if select_error.is_none() {
                    data = select_data.clone();
                }
            }
            (_, None) if select_error.take().is_some() => {
                let memo = memo.cloned().unwrap_or_default();
                selected = Some(Some(Box::new(Selected { error: None, ..memo })));
            }
            _ => {}
        }
        if let Some(failure) = select_error {
            let known = before.and_then(|before| before.error.as_ref());
            error_updated_at = match (before, known) {
                (Some(before), Some(known)) if known.ptr_eq(&failure) => before.error_updated_at,
                _ => self.now,
            };
            error = Some(failure);
            data = select_data;
            status = Status::Error;
            is_placeholder_data = false;
        }

        let pages = observer.infinite.then(|| PagesResult {
            has_next: has_page(options, state.data.as_ref(), Direction::Forward),
            has_previous: has_page(options, state.data.as_ref(), Direction::Backward),
            direction: state.fetch_more,
        });
        let result = ObserverResult {
            data,
            error,
            failure_reason: state.fetch_failure_reason.clone(),
            data_updated_at: state.data_updated_at,
            error_updated_at,
            failure_count: state.fetch_failure_count,
            error_update_count: state.error_update_count,
            status,
            fetch_status: state.fetch_status,
            is_fetched: state.is_fetched(),
            is_fetched_after_mount: state.data_update_count > came_at.0
                || state.error_update_count > came_at.1,
            is_placeholder_data,
            is_stale: self.stale_for(query, options),
            is_enabled: self.enabled(options, query),
            pages,
        };
        (result, selected)
    }

    /// The state a query is about to have, if a look is to tell that.
    fn expected_state(&self, observer: &Observer, view: &Look<'_>) -> Option<QueryState> {
        let (query, options) = (view.query, view.options);
        let AsIf::Fetching { restoring } = view.as_if else { return None };
        let mut state = self.query(query).state.clone();
        let fetches = if observer.is_mounted() {
            (query != observer.query || !self.enabled(&observer.options, query))
                && self.stale_for(query, options)
        } else {
            self.fetches_on_mount(query, options)
        };
        if fetches {
            let mode = Self::network_mode(&self.query(query).options);
            state.fetch_failure_count = 0;
            state.fetch_failure_reason = None;
            state.fetch_status =
                if self.may_start(mode) { FetchStatus::Fetching } else { FetchStatus::Paused };
            if state.data.is_none() {
                state.error = None;
                state.status = Status::Pending;
            }
        }
        if restoring {
            state.fetch_status = FetchStatus::Idle;
        }
        Some(state)
    }

    /// What the observer would see with these options, if whatever it would fetch were being
    /// fetched already: what a user interface may show before it subscribes. While a cache is
    /// `restoring` nothing is shown as being fetched.
    pub fn optimistic_result(
        &mut self,
        id: ObserverId,
        key: &Key,
        options: &Arc<QueryOptions>,
        restoring: bool,
    ) -> Option<ObserverResult> {
        let options = self.complete(key, options);
        let infinite = self.observers.get(id)?.infinite;
        let query = self.build(key, &options, infinite, None);
        let view = Look { query, options: &options, as_if: AsIf::Fetching { restoring } };
        let (result, selected) = self.look(self.observers.get(id)?, &view);
        let observer = self.observers.get(id)?;
        let data = self.query(observer.query).state.data.clone();
        let observer = self.observers.get_mut(id)?;
        if let Some(selected) = selected {
            observer.selected = selected;
        }
        let same = observer.result.as_ref().is_some_and(|seen| result.changes(seen).is_empty());
        if !same {
            observer.result = Some(result.clone());
            observer.result_options = Some(Arc::clone(&observer.options));
            observer.result_data = data;
        }
        Some(result)
    }

    fn placeholder(&self, observer: &Observer, placeholder: &Placeholder) -> Option<Data> {
        let last = observer.last_with_data;
        let last_data = last.and_then(|last| self.query(last).state.data.as_ref());
        match placeholder {
            Placeholder::Value(data) => Some(data.clone()),
            Placeholder::KeepPrevious => last_data.cloned(),
            Placeholder::By(make) => {
                let view = last.map(|last| self.view(last));
                guarded(None, || make(last_data, view.as_ref()))
            }
        }
    }

    // --- Timers ---

    fn update_timers(&mut self, id: ObserverId) {
        self.update_stale_timer(id);
        let interval = self.wanted_interval(id);
        self.update_interval(id, interval);
    }

    fn has_timers(&self, id: ObserverId) -> bool {
        !self.config.server
            && self.observers.get(id).is_some_and(|o| self.enabled(&o.options, o.query))
    }

    fn update_stale_timer(&mut self, id: ObserverId) {
        self.clear_stale_timer(id);
        let Some(observer) = self.observers.get(id) else { return };
        let Some(result) = &observer.result else { return };
        let said = self.stale_time_said(&observer.options, observer.query);
        let Some(StaleTime::After(time)) = said else { return };
        if result.is_stale || !self.has_timers(id) {
            return;
        }
        // One millisecond more, because stale is what is older, not what is as old.
        let left = self.until_stale(result.data_updated_at, time).saturating_add(1);
        let timer = self.timers.arm(self.now.saturating_add(left), Alarm::Stale(id));
        if let Some(observer) = self.observers.get_mut(id) {
            observer.stale_timer = Some(timer);
        }
    }

    pub(super) fn stale_alarm(&mut self, id: ObserverId) {
        let Some(observer) = self.observers.get_mut(id) else { return };
        observer.stale_timer = None;
        if !observer.shows_stale() {
            self.update_result(id);
        }
    }

    fn clear_stale_timer(&mut self, id: ObserverId) {
        if let Some(timer) = self.observers.get_mut(id).and_then(|o| o.stale_timer.take()) {
            self.timers.disarm(timer);
        }
    }

    fn wanted_interval(&self, id: ObserverId) -> Option<Millis> {
        let observer = self.observers.get(id)?;
        self.resolve_option(&observer.options.refetch_interval, observer.query).flatten()
    }

    fn update_interval(&mut self, id: ObserverId, interval: Option<Millis>) {
        self.clear_interval(id);
        if let Some(observer) = self.observers.get_mut(id) {
            observer.interval = interval;
        }
        let Some(interval) = interval.filter(|interval| *interval > 0) else { return };
        if !self.has_timers(id) {
            return;
        }
        let timer = self.timers.arm(self.now.saturating_add(interval), Alarm::Interval(id));
        if let Some(observer) = self.observers.get_mut(id) {
            observer.interval_timer = Some(timer);
        }
    }

    pub(super) fn interval_alarm(&mut self, id: ObserverId) {
        let focused = self.is_focused();
        let now = self.now;
        let Some(observer) = self.observers.get_mut(id) else { return };
        let Some(interval) = observer.interval else { return };
        observer.interval_timer =
            Some(self.timers.arm(now.saturating_add(interval), Alarm::Interval(id)));
        let in_background = observer.options.refetch_interval_in_background.get() == Some(&true);
        if in_background || focused {
            self.execute_fetch(id, How::default(), Then::Nothing);
        }
    }

    fn clear_interval(&mut self, id: ObserverId) {
        if let Some(timer) = self.observers.get_mut(id).and_then(|o| o.interval_timer.take()) {
            self.timers.disarm(timer);
        }
    }
}
