//! A world with a virtual clock, in which a trace is run against the cache.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};
use throughline_query::{
    CallbackCall, CallbackOf, Cause, Config, Data, Effect, Event, Failure, FetchCall, FetchId,
    Filters, GroupId, GroupResult, Machine, MutateCall, MutationAction, MutationCallbacks,
    MutationEvent, MutationFilters, MutationObserverId, ObserverId, ObserverResult, PageCall,
    QueryEvent, QueryOptions, RunId, Settled, Stage, Ticket, Work,
};

use crate::observation::Observation;
use crate::options::{Reader, Script, direction_name, lock};
use crate::store::{Access, Attachment, Store};
use crate::value::{
    is_undefined, thrown, undefined, written, written_failure, written_or_undefined,
};
use crate::written;

/// What happens later: at a time, or as soon as nothing else happens.
pub(crate) enum Job {
    /// A query function settles.
    Fetched(RunId, Result<Option<Data>, Failure>),
    /// A stream is open, or gives its next chunk.
    Chunk(RunId, usize),
    /// A stream ends.
    StreamEnd(RunId),
    /// A mutation function settles.
    Mutated(RunId, Result<Option<Data>, Failure>),
    /// A callback returns; whether it is an asynchronous function.
    Called(RunId, bool, Result<Option<Data>, Failure>),
    /// A promise in a slot settles.
    Promised(usize, Result<Option<Data>, Failure>),
    /// A store answers.
    Stored(Box<Access>),
    /// What was restored from is saved to from now on.
    Attached(usize),
}

impl Job {
    /// How many microtasks it takes in JavaScript, about: what is awaited by one comes before what
    /// is awaited by several.
    fn ticks(&self) -> u64 {
        match self {
            Self::Called(_, false, _) | Self::Promised(..) | Self::Stored(_) => 1,
            Self::Chunk(..) | Self::StreamEnd(..) | Self::Attached(_) => 2,
            Self::Called(_, true, _) => 3,
            Self::Mutated(_, Ok(_)) | Self::Fetched(_, Ok(_)) => 3,
            Self::Mutated(_, Err(_)) | Self::Fetched(_, Err(_)) => 4,
        }
    }
}

/// A call of a query function that is under way.
struct Call {
    hash: String,
    script: String,
    n: u64,
    /// Its answer is only microtasks away.
    soon: bool,
}

/// A stream that is under way.
struct Stream {
    step: Value,
}

/// A promise that a dehydrated query carries.
#[derive(Default)]
pub(crate) struct Promise {
    pub settled: Option<Result<Option<Data>, Failure>>,
    pub waiting: Vec<RunId>,
    /// Promises of what this one gives.
    pub then: Vec<usize>,
    /// Under which name it is recorded how it settles.
    pub pid: Option<String>,
    pub redact: bool,
    pub wraps: bool,
    pub unwraps: bool,
}

/// An observer of the trace.
pub(crate) struct Watcher {
    pub id: ObserverId,
    /// The names of its listeners.
    pub listeners: Vec<String>,
}

/// An observer of several queries of the trace.
pub(crate) struct GroupWatcher {
    pub id: GroupId,
    pub listens: bool,
}

/// What a ticket is for.
pub(crate) enum Awaited {
    /// A promise of an operation.
    Operation(String),
    /// A promise of an operation that gives what an observer sees.
    Result(String, ObserverId),
    /// A promise in a slot.
    Promise(usize),
}

/// The world of one trace.
pub struct World {
    pub(crate) machine: Machine,
    pub(crate) reader: Reader,
    pub(crate) now: i64,
    pub(crate) seen: Observation,
    pub(crate) observers: HashMap<String, Watcher>,
    pub(crate) groups: HashMap<String, GroupWatcher>,
    pub(crate) mutators: HashMap<String, (MutationObserverId, bool)>,
    pub(crate) slots: HashMap<String, Value>,
    pub(crate) stores: HashMap<String, Store>,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) promises: Vec<Promise>,
    timers: BTreeMap<(i64, u64), Job>,
    soon: BTreeMap<(u64, u64), Job>,
    /// Counts microtasks, about.
    tick: u64,
    /// The mutations that have taken a step in this one.
    stepped: HashSet<u32>,
    calls: HashMap<RunId, Call>,
    of_fetch: HashMap<FetchId, Vec<RunId>>,
    streams: HashMap<RunId, Stream>,
    counts: HashMap<String, u64>,
    tickets: HashMap<Ticket, Awaited>,
    last_ticket: Ticket,
    /// Refetches that have settled at this moment, and whose they are.
    results: Vec<(String, ObserverId)>,
    /// What each listener was last told of.
    told: HashMap<String, Vec<Option<Data>>>,
    snaps: BTreeMap<String, Value>,
    mutation_snaps: BTreeMap<String, Value>,
    fired: usize,
    query_callbacks: [bool; 3],
    pub(crate) hydrate_defaults: Value,
    pub(crate) dehydrate_defaults: Value,
}

/// More timers than any sensible trace fires.
const MOST_TIMERS: usize = 20_000;

impl World {
    pub(crate) fn new(trace: &Value) -> Self {
        let header = &trace["header"];
        let mut reader = Reader::new(&trace["fns"]);
        let now = header["t0"].as_i64().unwrap_or(1_000_000);
        let client = &header["client"];
        let defaults = &client["defaults"];
        let queries = reader.query_options(&defaults["queries"]).over(&reader.silent());
        let mutations = reader.mutation_options(&defaults["mutations"]);
        let callbacks = &client["cacheCallbacks"];
        let mut callback = |stage: &str| {
            let spec = callbacks["mutation"].get(stage)?;
            let reference = if spec.get("$fn").is_some() {
                spec.clone()
            } else {
                json!({"$fn": if spec.is_object() { spec.clone() } else { json!({}) }})
            };
            reader.script(&reference, &format!("cache.{stage}"))
        };
        let mutation_callbacks = MutationCallbacks {
            on_mutate: callback("onMutate"),
            on_success: callback("onSuccess"),
            on_error: callback("onError"),
            on_settled: callback("onSettled"),
        };
        let told = |stage: &str| callbacks["query"].get(stage).is_some();
        let query_callbacks = [told("onSuccess"), told("onError"), told("onSettled")];
        let config = Config {
            queries,
            mutations,
            server: header["server"].as_bool() == Some(true),
            events: true,
            tell_settled: query_callbacks.contains(&true),
            mutation_callbacks,
            ..Config::default()
        };
        let stores = header["stores"].as_object().into_iter().flatten();
        let mut machine = Machine::new(config, now);
        machine.take(Event::Online(header["online"].as_bool() != Some(false)));
        machine.take(Event::Focus(header["focused"].as_bool()));
        Self {
            machine,
            reader,
            now,
            seen: Observation::default(),
            observers: HashMap::new(),
            groups: HashMap::new(),
            mutators: HashMap::new(),
            slots: HashMap::new(),
            stores: stores.map(|(name, spec)| (name.clone(), Store::new(spec))).collect(),
            attachments: Vec::new(),
            promises: Vec::new(),
            timers: BTreeMap::new(),
            soon: BTreeMap::new(),
            tick: 0,
            stepped: HashSet::new(),
            calls: HashMap::new(),
            of_fetch: HashMap::new(),
            streams: HashMap::new(),
            counts: HashMap::new(),
            tickets: HashMap::new(),
            last_ticket: 0,
            results: Vec::new(),
            told: HashMap::new(),
            snaps: BTreeMap::new(),
            mutation_snaps: BTreeMap::new(),
            fired: 0,
            query_callbacks,
            hydrate_defaults: defaults["hydrate"].clone(),
            dehydrate_defaults: defaults["dehydrate"].clone(),
        }
    }

    /// Runs the trace. Gives an observation for each operation.
    ///
    /// # Errors
    ///
    /// Fails if more timers fire than in any sensible trace.
    pub fn run(trace: &Value) -> Result<Vec<Value>, String> {
        let mut world = Self::new(trace);
        let operations = trace["ops"].as_array().cloned().unwrap_or_default();
        let mut steps = Vec::with_capacity(operations.len());
        for (at, operation) in operations.iter().enumerate() {
            let pid = operation["as"]
                .as_str()
                .filter(|_| {
                    operation["op"] != json!("obs.sub") && operation["op"] != json!("obs.unsub")
                })
                .map_or_else(|| at.to_string(), str::to_owned);
            let returned = world.operate(operation, &pid);
            if let Some(returned) = returned {
                world.seen.returned(returned);
            }
            world.drain();
            if world.fired > MOST_TIMERS {
                return Err(format!("more than {MOST_TIMERS} timers fired"));
            }
            world.machine.audit().map_err(|why| format!("after operation {at}: {why}"))?;
            world.take_snapshots();
            let stats = world.machine.stats();
            if stats.overtaken > 0 {
                world.seen.overtaken();
            }
            if stats.resumed_in_vain > 0 {
                world.seen.resumed_in_vain();
            }
            steps.push(std::mem::take(&mut world.seen).into_json());
        }
        Ok(steps)
    }

    pub(crate) fn ticket(&mut self, of: Awaited) -> Ticket {
        self.last_ticket += 1;
        self.tickets.insert(self.last_ticket, of);
        self.last_ticket
    }

    /// What the operation gives is what this observer sees.
    pub(crate) fn for_result(&mut self, ticket: Ticket, observer: ObserverId) {
        if let Some(Awaited::Operation(pid)) = self.tickets.remove(&ticket) {
            self.tickets.insert(ticket, Awaited::Result(pid, observer));
        }
    }

    // --- Time ---

    pub(crate) fn advance(&mut self, by: i64) {
        let target = self.now + by.max(0);
        self.drain();
        loop {
            let ours = self.timers.first_key_value().map(|(key, _)| *key);
            let theirs = self.machine.next_timer();
            let next = match (ours, theirs) {
                (Some(ours), Some(theirs)) => ours.min(theirs),
                (one, other) => match one.or(other) {
                    Some(next) => next,
                    None => break,
                },
            };
            if next.0 > target || self.fired > MOST_TIMERS {
                break;
            }
            self.fired += 1;
            self.now = next.0;
            self.machine.set_now(self.now);
            if ours == Some(next) {
                if let Some(job) = self.timers.remove(&next) {
                    self.do_job(job);
                }
            } else {
                self.machine.fire_next();
            }
            self.drain();
        }
        self.now = target;
        self.machine.set_now(target);
    }

    pub(crate) fn later(&mut self, after: Option<i64>, job: Job) {
        let place = self.machine.reserve_timer();
        self.at_place(after, place, job);
    }

    /// The same, with a place among the timers that was taken before.
    fn at_place(&mut self, after: Option<i64>, place: u64, job: Job) {
        match after {
            None => {
                let at = self.tick + job.ticks();
                self.soon.insert((at, place), job);
            }
            Some(after) => {
                self.timers.insert((self.now + after.max(0), place), job);
            }
        }
    }

    /// Does all that happens without time passing.
    pub(crate) fn drain(&mut self) {
        loop {
            let effects = self.machine.take_effects();
            let quiet = effects.is_empty();
            for effect in effects {
                self.carry_out(effect);
            }
            for (name, outcome) in lock(&self.reader.log()).drain(..) {
                self.seen.push("selects", &name, json!([self.now, outcome]));
            }
            // A callback that is not there takes a microtask all the same.
            if let Some(mutation) = self.machine.next_mutation()
                && !self.stepped.insert(mutation)
            {
                self.stepped.clear();
                self.stepped.insert(mutation);
                self.tick += 1;
            }
            let due = self.soon.first_key_value().is_some_and(|((tick, _), _)| *tick <= self.tick);
            if !due && self.machine.step() {
                continue;
            }
            match self.soon.pop_first() {
                Some(((tick, _), job)) => {
                    if tick > self.tick {
                        self.stepped.clear();
                    }
                    self.tick = self.tick.max(tick);
                    self.do_job(job);
                }
                // What a callback did has effects of its own.
                None if quiet => {
                    self.look_again();
                    return;
                }
                None => {}
            }
        }
    }

    /// When a refetch settles, and what an observer sees changes at the same moment, JavaScript may
    /// give what it sees before or after: that depends on the number of microtasks.
    fn look_again(&mut self) {
        for (pid, observer) in std::mem::take(&mut self.results) {
            if let Some(result) = self.machine.result(observer) {
                let outcome = json!({"ok": {"$result": written::brief_result(result)}});
                self.seen.or_settled(&pid, outcome);
            }
        }
    }

    fn do_job(&mut self, job: Job) {
        match job {
            Job::Fetched(run, outcome) => {
                self.calls.remove(&run);
                self.machine.take(match outcome {
                    Ok(data) => Event::Fetched(run, data),
                    Err(failure) => Event::FetchFailed(run, failure),
                });
            }
            Job::Chunk(run, at) => self.stream_chunk(run, at),
            Job::StreamEnd(run) => {
                self.calls.remove(&run);
                let error = self.streams.remove(&run).and_then(|stream| {
                    stream.step["end"]["err"].as_str().map(|message| thrown("Error", message))
                });
                self.machine.take(match error {
                    Some(failure) => Event::FetchFailed(run, failure),
                    None => Event::Streamed(run),
                });
            }
            Job::Mutated(run, outcome) => self.machine.take(match outcome {
                Ok(data) => Event::Mutated(run, data),
                Err(failure) => Event::MutateFailed(run, failure),
            }),
            Job::Called(run, _, outcome) => self.machine.take(Event::Called(run, outcome)),
            Job::Promised(promise, outcome) => self.promised(promise, outcome),
            Job::Stored(access) => self.stored(*access),
            Job::Attached(attachment) => self.attached(attachment),
        }
    }

    /// A promise of a slot has settled.
    pub(crate) fn promised(&mut self, at: usize, outcome: Result<Option<Data>, Failure>) {
        let unwraps = self.promises.get(at).is_some_and(|promise| promise.unwraps);
        let outcome = match outcome {
            Ok(data) if unwraps => {
                let value = written_or_undefined(data.as_ref());
                let inner = value.get("w").cloned().filter(|inner| !is_undefined(inner));
                Ok(inner.map(|inner| self.reader.fresh(&inner)))
            }
            outcome => outcome,
        };
        let Some(promise) = self.promises.get_mut(at) else { return };
        promise.settled = Some(outcome.clone());
        let (then, waiting) =
            (std::mem::take(&mut promise.then), std::mem::take(&mut promise.waiting));
        for then in then {
            self.later(None, Job::Promised(then, outcome.clone()));
        }
        for run in waiting {
            self.later(None, Job::Fetched(run, outcome.clone()));
        }
    }

    // --- Effects ---

    fn carry_out(&mut self, effect: Effect) {
        let t = self.now;
        match effect {
            Effect::Fetch(call) => self.fetch(&call),
            Effect::Abort(fetch) => {
                for run in self.of_fetch.remove(&fetch).unwrap_or_default() {
                    if let Some(call) = self.calls.get(&run) {
                        let mut entry = json!({"t": t, "fn": call.script, "n": call.n});
                        if call.soon {
                            entry["soon"] = json!(true);
                        }
                        self.seen.push("aborts", &call.hash.clone(), entry);
                    }
                    if self.streams.contains_key(&run) {
                        self.streams.remove(&run);
                        self.calls.remove(&run);
                    }
                }
            }
            Effect::Mutate(call) => self.mutate(&call),
            Effect::Call(call) => self.callback(&call, true),
            Effect::Tell(call) => self.callback(&call, false),
            Effect::Emit(id, result) => self.emit(id, &result),
            Effect::EmitGroup(id, result) => self.emit_group(id, &result),
            Effect::EmitMutation(id, state) => {
                let name = self.mutators.iter().find(|(_, (known, _))| *known == id);
                if let Some((name, _)) = name {
                    let entry = json!({"t": t, "r": written::mutation_result(&state)});
                    self.seen.push("memit", &name.clone(), entry);
                }
            }
            Effect::QuerySettled(key, outcome) => {
                let [success, error, settled] = self.query_callbacks;
                let subject = format!("q:{}", key.query_hash());
                let data = self.machine.data(&key);
                let data = written_or_undefined(data.as_ref());
                match outcome {
                    Ok(fetched) => {
                        let data = written(&fetched);
                        if success {
                            let entry = json!([t, "cache.onSuccess", {"data": data}]);
                            self.seen.push("cb", &subject, entry);
                        }
                        if settled {
                            let args = json!({"data": data, "error": null});
                            self.seen.push("cb", &subject, json!([t, "cache.onSettled", args]));
                        }
                    }
                    Err(failure) => {
                        let failure = written_failure(&failure);
                        if error {
                            let entry = json!([t, "cache.onError", {"error": failure}]);
                            self.seen.push("cb", &subject, entry);
                        }
                        if settled {
                            let mut args = json!({"error": failure});
                            if !is_undefined(&data) {
                                args["data"] = data;
                            }
                            self.seen.push("cb", &subject, json!([t, "cache.onSettled", args]));
                        }
                    }
                }
            }
            Effect::QueryEvent(key, event) => {
                let entry = json!([t, query_event(event)]);
                self.seen.push("qev", &key.query_hash(), entry);
                if matches!(event, QueryEvent::Added | QueryEvent::Removed | QueryEvent::Updated(_))
                {
                    self.save_attached();
                }
            }
            Effect::MutationEvent(id, event) => {
                let subject = id.map_or_else(|| "-".to_owned(), |id| id.to_string());
                self.seen.push("mev", &subject, json!([t, mutation_event(event)]));
                use MutationEvent::{Added, Removed, Updated};
                if matches!(event, Added | Removed | Updated(_)) {
                    self.save_attached();
                }
            }
            Effect::Settle(ticket, outcome) => self.settle(ticket, outcome),
            _ => {}
        }
    }

    fn settle(&mut self, ticket: Ticket, outcome: Result<Settled, Failure>) {
        // A mutation that waited when it left the cache; there that never settles.
        if outcome.as_ref().is_err_and(|failure| matches!(failure.cause(), Cause::Dropped)) {
            self.tickets.remove(&ticket);
            return;
        }
        match self.tickets.remove(&ticket) {
            Some(Awaited::Result(pid, observer)) => {
                let outcome = match outcome {
                    Ok(Settled::Result(result)) => {
                        self.results.push((pid.clone(), observer));
                        json!({"ok": {"$result": written::brief_result(&result)}})
                    }
                    Ok(_) => json!({"ok": undefined()}),
                    Err(failure) => json!({"err": written_failure(&failure)}),
                };
                self.seen.settled(&pid, json!([self.now, outcome]));
            }
            Some(Awaited::Operation(pid)) => {
                let outcome = match outcome {
                    Ok(Settled::Data(data)) => json!({"ok": written_or_undefined(data.as_ref())}),
                    Ok(_) => json!({"ok": undefined()}),
                    Err(failure) => json!({"err": written_failure(&failure)}),
                };
                self.seen.settled(&pid, json!([self.now, outcome]));
            }
            Some(Awaited::Promise(at)) => {
                let outcome = outcome.map(|settled| match settled {
                    Settled::Data(data) => data,
                    _ => None,
                });
                self.slot_promise(at, outcome);
            }
            None => {}
        }
    }

    fn count(&mut self, what: String) -> u64 {
        let count = self.counts.entry(what).or_default();
        *count += 1;
        *count
    }

    fn step_of(script: &Script, n: u64) -> Value {
        let steps = script.spec["steps"].as_array();
        let at = (n as usize).min(steps.map_or(0, Vec::len)).saturating_sub(1);
        steps.and_then(|steps| steps.get(at)).cloned().unwrap_or(Value::Null)
    }

    fn fetch(&mut self, call: &FetchCall) {
        let hash = call.key.query_hash();
        let data = match &call.work {
            Work::Promise(data) => {
                let Some(&at) = data.downcast_ref::<usize>() else { return };
                let Some(promise) = self.promises.get_mut(at) else { return };
                match promise.settled.clone() {
                    Some(outcome) => self.later(None, Job::Fetched(call.run, outcome)),
                    None => promise.waiting.push(call.run),
                }
                return;
            }
            Work::Call(data) => data.clone(),
            Work::Stream(stream) => stream.call.clone(),
        };
        let Some(script) = data.downcast::<Script>() else { return };
        let n = self.count(format!("{hash} {}", script.name));
        let mut entry = json!({"t": self.now, "fn": script.name, "n": n});
        if let Some(PageCall { param, direction }) = &call.page {
            entry["page"] = written_or_undefined(param.as_ref());
            entry["dir"] = json!(direction_name(*direction));
        }
        self.seen.push("calls", &hash, entry);
        self.of_fetch.entry(call.fetch).or_default().push(call.run);
        let step = Self::step_of(&script, n);
        let never = step["never"].as_bool() == Some(true);
        let soon = !never && step["after"].is_null() && step.get("stream").is_none();
        let made = Call { hash, script: script.name.clone(), n, soon };
        self.calls.insert(call.run, made);
        if never {
            return;
        }
        let after = step["after"].as_i64();
        if step.get("stream").is_some() {
            self.streams.insert(call.run, Stream { step });
            self.at_place(after, call.place, Job::Chunk(call.run, 0));
            return;
        }
        let echo = match script.spec["echo"].as_str() {
            Some("key") => call.key.to_json(),
            Some("n") => json!({"n": n}),
            Some("page") => {
                let param = call.page.as_ref().and_then(|page| page.param.as_ref());
                param.map_or(Value::Null, written)
            }
            Some("meta") => call.meta.as_ref().map_or(Value::Null, |meta| (**meta).clone()),
            _ => undefined(),
        };
        let outcome = self.outcome(&step, echo);
        self.at_place(after, call.place, Job::Fetched(call.run, outcome));
    }

    /// What a step comes to.
    fn outcome(&self, step: &Value, echo: Value) -> Result<Option<Data>, Failure> {
        if let Some(message) = step["err"].as_str() {
            return Err(thrown(step["name"].as_str().unwrap_or("Error"), message));
        }
        let value = step.get("ok").cloned().unwrap_or(echo);
        Ok((!is_undefined(&value)).then(|| self.reader.fresh(&value)))
    }

    fn stream_chunk(&mut self, run: RunId, at: usize) {
        let Some(stream) = self.streams.get(&run) else { return };
        let step = stream.step.clone();
        // The chunk before this one has been taken; this one is asked for now.
        if at > 0 {
            let chunk = self.reader.fresh(&step["stream"][at - 1][1]);
            self.machine.take(Event::Chunk(run, chunk));
            if !self.calls.contains_key(&run) {
                return;
            }
        }
        match step["stream"].get(at) {
            Some(next) => {
                let after = next[0].as_i64();
                self.later(after, Job::Chunk(run, at + 1));
            }
            None => {
                let after = step["end"]["after"].as_i64();
                self.later(after, Job::StreamEnd(run));
            }
        }
    }

    fn mutate(&mut self, call: &MutateCall) {
        let Some(script) = call.mutator.downcast::<Script>() else { return };
        let n = self.count(format!("mutation {}", script.name));
        let vars = written_or_undefined(call.variables.as_ref());
        let entry = json!({"t": self.now, "n": n, "vars": vars});
        self.seen.push("mcalls", &script.name, entry);
        let step = Self::step_of(&script, n);
        if step["never"].as_bool() == Some(true) {
            return;
        }
        let echo = match script.spec["echo"].as_str() {
            Some("vars") => vars,
            Some("n") => json!({"n": n}),
            Some("meta") => call.meta.as_ref().map_or(Value::Null, |meta| (**meta).clone()),
            Some("key") => call.key.as_ref().map_or(Value::Null, throughline_query::Key::to_json),
            _ => undefined(),
        };
        let outcome = self.outcome(&step, echo);
        self.at_place(step["after"].as_i64(), call.place, Job::Mutated(call.run, outcome));
    }

    fn callback(&mut self, call: &CallbackCall, awaited: bool) {
        let Some(script) = call.callback.downcast::<Script>() else { return };
        let of = match call.of {
            CallbackOf::Cache => "cache.",
            CallbackOf::Options => "",
            CallbackOf::Mutate => "call.",
        };
        let stage = match call.stage {
            Stage::Mutate => "onMutate",
            Stage::Success => "onSuccess",
            Stage::Error => "onError",
            Stage::Settled => "onSettled",
        };
        let mut args = serde_json::Map::new();
        let mut arg = |name: &str, value: Value| {
            if !is_undefined(&value) {
                args.insert(name.to_owned(), value);
            }
        };
        arg("vars", written_or_undefined(call.variables.as_ref()));
        if call.stage != Stage::Mutate {
            arg("ctx", written_or_undefined(call.context.as_ref()));
        }
        match &call.outcome {
            Some(Ok(data)) => {
                arg("data", written_or_undefined(data.as_ref()));
                if call.stage == Stage::Settled {
                    arg("error", Value::Null);
                }
            }
            Some(Err(failure)) => arg("error", written_failure(failure)),
            None => {}
        }
        let args = Value::Object(args);
        let entry = json!([self.now, format!("{of}{stage}"), args]);
        self.seen.push("cb", &format!("m:{}", call.mutation), entry);

        let runs = script.spec["run"].as_array().is_some_and(|run| !run.is_empty());
        let k = if runs { self.count(format!("callback {}", script.name)) } else { 0 };
        let mut returned: Vec<Option<Value>> = Vec::new();
        for (at, operation) in script.spec["run"].as_array().into_iter().flatten().enumerate() {
            let operation = filled(operation, &args, &returned);
            let pid = operation["as"]
                .as_str()
                .map_or_else(|| format!("{}/{k}/{at}", script.name), str::to_owned);
            let result = self.operate(&operation, &pid);
            if let Some(result) = &result {
                self.seen.nested(&pid, result.clone());
            }
            returned.push(result);
        }
        let outcome = match script.spec["throw"].as_str() {
            Some(message) => Err(thrown("Error", message)),
            None => {
                let value = script.spec.get("returns").map(|value| filled(value, &args, &returned));
                let value = value.filter(|value| !is_undefined(value));
                Ok(value.map(|value| self.reader.fresh(&value)))
            }
        };
        if awaited {
            let after = script.spec["await"].as_i64();
            let is_async = script.spec["async"].as_bool() == Some(true);
            self.later(after, Job::Called(call.run, is_async, outcome));
        }
    }

    fn emit(&mut self, id: ObserverId, result: &ObserverResult) {
        let shown = written::result(result);
        let Some((name, watcher)) = self.observers.iter().find(|(_, known)| known.id == id) else {
            return;
        };
        for listener in &watcher.listeners {
            let subject =
                if listener.is_empty() { name.clone() } else { format!("{name}/{listener}") };
            let mut entry = json!({"t": self.now, "r": shown});
            let last = self.told.insert(subject.clone(), vec![result.data.clone()]);
            if same(last.and_then(|mut last| last.pop().flatten()).as_ref(), result.data.as_ref()) {
                entry["same"] = json!(true);
            }
            self.seen.push("emit", &subject, entry);
        }
    }

    fn emit_group(&mut self, id: GroupId, result: &GroupResult) {
        let Some((name, watcher)) = self.groups.iter().find(|(_, known)| known.id == id) else {
            return;
        };
        if !watcher.listens {
            return;
        }
        let shown: Vec<_> = result.results.iter().map(written::result).collect();
        let mut entry = json!({"t": self.now, "r": shown});
        let data: Vec<_> = result.results.iter().map(|result| result.data.clone()).collect();
        if let Some(last) = self.told.insert(name.clone(), data.clone()) {
            let kept: Vec<_> = (0..data.len())
                .filter(|&at| same(last.get(at).and_then(Option::as_ref), data[at].as_ref()))
                .collect();
            if !kept.is_empty() {
                entry["same"] = json!(kept);
            }
        }
        if let Some(combined) = &result.combined {
            entry["c"] = written(combined);
        }
        self.seen.push("qs", &name.clone(), entry);
    }

    // --- Snapshots ---

    fn take_snapshots(&mut self) {
        let mut queries = BTreeMap::new();
        for key in self.machine.keys_of(&Filters::default()) {
            if let Some(shown) = self.machine.snapshot(&key) {
                queries.insert(key.query_hash(), written::snapshot(&shown));
            }
        }
        let mut mutations = BTreeMap::new();
        for (id, _, state) in self.machine.mutations_of(&MutationFilters::default()) {
            if let Some(span) = self.machine.mutation_gc_time(id) {
                mutations.insert(id.to_string(), written::mutation_snapshot(&state, span));
            }
        }
        self.seen.changed("snap", &self.snaps, &queries);
        self.seen.changed("msnap", &self.mutation_snaps, &mutations);
        self.snaps = queries;
        self.mutation_snaps = mutations;
    }

    /// Defaults for everything, with what the cache can do with values below them.
    pub(crate) fn set_defaults(&mut self, options: &Value) {
        let queries = self.reader.query_options(&options["queries"]);
        let queries: QueryOptions = queries.over(&self.reader.silent());
        let mutations = self.reader.mutation_options(&options["mutations"]);
        self.machine.set_defaults(queries, mutations);
        self.hydrate_defaults = options["hydrate"].clone();
        self.dehydrate_defaults = options["dehydrate"].clone();
    }
}

/// Whether two values are the same one.
fn same(before: Option<&Data>, after: Option<&Data>) -> bool {
    matches!((before, after), (Some(before), Some(after)) if before.ptr_eq(after))
}

/// An operation or a value with the arguments of a callback in their places.
fn filled(value: &Value, args: &Value, returned: &[Option<Value>]) -> Value {
    if let Some(what) = value.get("$arg").and_then(Value::as_str) {
        return match what.strip_prefix("ret:").and_then(|at| at.parse::<usize>().ok()) {
            Some(at) => returned.get(at).cloned().flatten().unwrap_or_else(undefined),
            None => args.get(what).cloned().unwrap_or_else(undefined),
        };
    }
    match value {
        Value::Array(items) => items.iter().map(|item| filled(item, args, returned)).collect(),
        Value::Object(object) => Value::Object(
            object
                .iter()
                .map(|(name, item)| (name.clone(), filled(item, args, returned)))
                .collect(),
        ),
        other => other.clone(),
    }
}

fn query_event(event: QueryEvent) -> String {
    use throughline_query::ActionKind;
    let action = match event {
        QueryEvent::Added => return "added".to_owned(),
        QueryEvent::Removed => return "removed".to_owned(),
        QueryEvent::ObserverAdded => return "observerAdded".to_owned(),
        QueryEvent::ObserverRemoved => return "observerRemoved".to_owned(),
        QueryEvent::ResultsUpdated => return "observerResultsUpdated".to_owned(),
        QueryEvent::OptionsUpdated => return "observerOptionsUpdated".to_owned(),
        QueryEvent::Updated(action) => match action {
            ActionKind::Fetch => "fetch",
            ActionKind::Failed => "failed",
            ActionKind::Pause => "pause",
            ActionKind::Continue => "continue",
            ActionKind::Success => "success",
            ActionKind::Error => "error",
            ActionKind::Invalidate => "invalidate",
            ActionKind::SetState => "setState",
        },
    };
    format!("updated:{action}")
}

fn mutation_event(event: MutationEvent) -> String {
    let action = match event {
        MutationEvent::Added => return "added".to_owned(),
        MutationEvent::Removed => return "removed".to_owned(),
        MutationEvent::ObserverAdded => return "observerAdded".to_owned(),
        MutationEvent::ObserverRemoved => return "observerRemoved".to_owned(),
        MutationEvent::OptionsUpdated => return "observerOptionsUpdated".to_owned(),
        MutationEvent::Updated(action) => match action {
            MutationAction::Pending => "pending",
            MutationAction::Failed => "failed",
            MutationAction::Pause => "pause",
            MutationAction::Continue => "continue",
            MutationAction::Success => "success",
            MutationAction::Error => "error",
        },
    };
    format!("updated:{action}")
}
