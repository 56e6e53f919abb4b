//! The fetches of queries: how one begins, is joined, tried again, cancelled, and settles.

use std::sync::Arc;

use super::pages::PagesRun;
use super::retry::{Attempts, Phase};
use super::stream::StreamRun;
use super::waiting::Then;
use super::{Alarm, Machine, Micro, ObserverId, QueryId, RunOwner};
use crate::Key;
use crate::data::{Cause, Data, Failure};
use crate::effect::{Effect, FetchCall, FetchId, PageCall, RunId, Ticket, Work};
use crate::options::{Fetcher, QueryOptions, Unobserved};
use crate::state::{Action, Direction, FetchStatus};

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

impl Machine {
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
        self.left_alone(query);
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
}
