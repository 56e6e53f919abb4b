//! The operations of a trace.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use throughline_query::{
    Data, Direction, Event, FetchStatus, Filters, HydratedMutation, HydratedQuery, Key,
    MutateCallbacks, MutationFilters, MutationState, MutationStatus, Opt, QueryOptions, QueryState,
    RefetchHow, RefetchType, Status,
};

use crate::function::{fetch_status, mutation_status, status, updated};
use crate::options::{fields, type_filter};
use crate::value::{is_undefined, thrown, undefined, written, written_or_undefined};
use crate::world::{Awaited, GroupWatcher, Job, Promise, Watcher, World};
use crate::written;

impl World {
    /// Does an operation. Gives what it returned, if anything.
    pub(crate) fn operate(&mut self, operation: &Value, pid: &str) -> Option<Value> {
        let name = operation["op"].as_str().unwrap_or_default();
        let ticket = self.ticket(Awaited::Operation(pid.to_owned()));
        let flag = |field: &str| operation[field].as_bool();
        let how = RefetchHow {
            cancel_refetch: flag("cancelRefetch").unwrap_or(true),
            throw: flag("throwOnError").unwrap_or(false),
            ..RefetchHow::default()
        };
        let filters = operation.get("filters");
        match name {
            "adv" => self.advance(operation["ms"].as_i64().unwrap_or(0)),
            "flush" => self.advance(0),
            "focus" => self.machine.take(Event::Focus(flag("v"))),
            "online" => self.machine.take(Event::Online(flag("v") == Some(true))),
            "server" => self.machine.set_server(flag("v") == Some(true)),
            "mount" => self.machine.mount(),
            "unmount" => self.machine.unmount(),
            "defaults" => self.set_defaults(&operation["options"]),
            "qdefaults" => {
                let key = self.reader.key(&operation["key"]);
                let options = self.reader.query_options(&operation["options"]);
                let options = QueryOptions { abilities: Opt::Inherit, ..options };
                self.machine.set_query_defaults(&key, options);
            }
            "mdefaults" => {
                let key = self.reader.key(&operation["key"]);
                let options = self.reader.mutation_options(&operation["options"]);
                self.machine.set_mutation_defaults(&key, options);
            }
            "set" => {
                let key = self.reader.key(&operation["key"]);
                let data = self.write(&key, operation);
                return data.map(|data| written(&data)).filter(|data| !is_undefined(data));
            }
            "setMany" => {
                let filters = self.reader.filters(filters);
                let keys = self.machine.keys_of(&filters);
                let pairs = keys.into_iter().map(|key| {
                    let data = self.write(&key, operation);
                    json!([key.to_json(), written_or_undefined(data.as_ref())])
                });
                return Some(Value::Array(pairs.collect()));
            }
            "get" => {
                let data = self.machine.data(&self.reader.key(&operation["key"]));
                return Some(written_or_undefined(data.as_ref()));
            }
            "getMany" => {
                let pairs = self.machine.data_of(&self.reader.filters(filters));
                let pairs = pairs
                    .into_iter()
                    .map(|(key, data)| json!([key.to_json(), written_or_undefined(data.as_ref())]));
                return Some(Value::Array(pairs.collect()));
            }
            "state" => {
                let key = self.reader.key(&operation["key"]);
                let state = self.machine.state(&key);
                return Some(state.map_or_else(undefined, written::state));
            }
            "fetch" | "prefetch" | "query" | "ensure" | "fetchInf" | "prefetchInf" | "queryInf"
            | "ensureInf" => {
                let (what, infinite) = match name.strip_suffix("Inf") {
                    Some(what) => (what, true),
                    None => (name, false),
                };
                let read = self.reader.query(&operation["options"]);
                let (key, options) = (&read.key, &read.options);
                match what {
                    "fetch" => self.machine.fetch_query(key, options, infinite, ticket),
                    "prefetch" => self.machine.prefetch_query(key, options, infinite, ticket),
                    "query" => self.machine.query_selected(key, options, infinite, ticket),
                    _ => {
                        let revalidate = flag("revalidateIfStale") == Some(true);
                        self.machine.ensure_query(key, options, infinite, revalidate, ticket);
                    }
                }
            }
            "invalidate" => {
                let kind = operation["filters"].get("type").and_then(type_filter);
                let refetch = match operation["refetchType"].as_str() {
                    Some("none") => Some(RefetchType::None),
                    Some(_) => type_filter(&operation["refetchType"]).map(RefetchType::Of),
                    None => kind.map(RefetchType::Of),
                };
                self.machine.invalidate(&self.reader.filters(filters), refetch, how, ticket);
            }
            "refetch" => self.machine.refetch(&self.reader.filters(filters), how, ticket),
            "reset" => self.machine.reset(&self.reader.filters(filters), how, ticket),
            "remove" => {
                self.machine.remove_queries(&self.reader.filters(filters));
            }
            "cancel" => {
                let revert = flag("revert").unwrap_or(true);
                let silent = flag("silent").unwrap_or(false);
                let filters = self.reader.filters(filters);
                self.machine.cancel_queries(&filters, revert, silent, ticket);
            }
            "isFetching" => {
                let filters = filters.map(|_| self.reader.filters(filters));
                return Some(json!(self.machine.is_fetching(filters.as_ref())));
            }
            "isMutating" => {
                let filters = self.reader.mutation_filters(filters);
                return Some(json!(self.machine.is_mutating(&filters)));
            }
            "find" => {
                let mut read = self.reader.filters(filters);
                read.exact = operation["filters"]["exact"].as_bool().unwrap_or(true);
                let found = self.machine.keys_of(&read);
                return Some(found.first().map_or_else(undefined, |key| json!(key.query_hash())));
            }
            "findAll" => {
                let found = self.machine.keys_of(&self.reader.filters(filters));
                return Some(found.iter().map(Key::query_hash).collect());
            }
            "mfind" | "mfindAll" => {
                let mut read = self.reader.mutation_filters(filters);
                if name == "mfind" {
                    read.exact = operation["filters"]["exact"].as_bool().unwrap_or(true);
                }
                let found: Vec<_> =
                    self.machine.mutations_of(&read).into_iter().map(|(id, ..)| id).collect();
                return match name {
                    "mfind" => Some(found.first().map_or_else(undefined, |id| json!(id))),
                    _ => Some(json!(found)),
                };
            }
            "resume" => self.machine.resume_mutations(ticket),
            "clear" => self.machine.clear(),
            _ if name.starts_with("obs.") => return self.operate_observer(name, operation, ticket),
            _ if name.starts_with("qs.") => return self.operate_group(name, operation),
            _ if name.starts_with("mut.") => return self.operate_mutation(name, operation, ticket),
            "mremove" => {
                self.machine.forget_mutation(operation["m"].as_u64().unwrap_or(0));
            }
            _ if name.starts_with("persist.") || name.starts_with("store.") => {
                return self.operate_store(name, operation, pid);
            }
            "dehydrate" => return Some(self.dehydrate(operation)),
            "hydrate" => self.hydrate(operation),
            other => panic!("the operation {other} is not replayed"),
        }
        None
    }

    fn write(&mut self, key: &Key, operation: &Value) -> Option<Data> {
        let at = operation["updatedAt"].as_i64();
        let before = self.machine.data(key);
        let data = match operation.get("updater") {
            None => self.reader.fresh(&operation["value"]),
            Some(updater) => {
                let there = before.as_ref().map(written);
                match updated(updater, there.as_ref()) {
                    Some(value) => self.reader.fresh(&value),
                    None => before?,
                }
            }
        };
        if is_undefined(&written(&data)) {
            return None;
        }
        self.machine.update(key, at, |_| Some(data))
    }

    // --- Observers ---

    fn operate_observer(&mut self, name: &str, operation: &Value, ticket: u64) -> Option<Value> {
        let id = operation["id"].as_str().unwrap_or_default().to_owned();
        let flag = |field: &str| operation[field].as_bool();
        if name == "obs.new" {
            let read = self.reader.query(&operation["options"]);
            let infinite = flag("inf") == Some(true);
            let made = self.machine.observe(&read.key, &read.options, infinite);
            self.observers.insert(id, Watcher { id: made, listeners: Vec::new() });
            return None;
        }
        let observer = self.observers.get_mut(&id)?;
        let known = observer.id;
        let listener = operation["as"].as_str().unwrap_or_default();
        let cancel_refetch = flag("cancelRefetch").unwrap_or(true);
        let throw = flag("throwOnError") == Some(true);
        self.for_result(ticket, known);
        let observer = self.observers.get_mut(&id)?;
        match name {
            "obs.sub" => {
                observer.listeners.push(listener.to_owned());
                self.machine.subscribe(known);
            }
            "obs.unsub" => {
                // Of two listeners of one name only the later one can still be taken away.
                let last = observer.listeners.iter().rposition(|name| name == listener);
                if let Some(last) = last {
                    observer.listeners.remove(last);
                    self.machine.unsubscribe(known);
                }
            }
            "obs.opts" => {
                let read = self.reader.query(&operation["options"]);
                self.machine.set_observer_options(known, &read.key, &read.options);
            }
            "obs.refetch" => self.machine.refetch_observed(known, cancel_refetch, throw, ticket),
            "obs.next" | "obs.prev" => {
                let direction =
                    if name == "obs.next" { Direction::Forward } else { Direction::Backward };
                self.machine.fetch_page(known, direction, cancel_refetch, throw, ticket);
            }
            "obs.read" => {
                let result = self.machine.result(known).map(written::result);
                return Some(json!({"$result": result}));
            }
            "obs.track" => self.machine.track(known, fields(&operation["props"])),
            "obs.optimistic" => {
                let read = self.reader.query(&operation["options"]);
                let restoring = operation["mode"].as_str() == Some("isRestoring");
                let result =
                    self.machine.optimistic_result(known, &read.key, &read.options, restoring);
                return Some(json!({"$result": result.as_ref().map(written::result)}));
            }
            other => panic!("the operation {other} is not replayed"),
        }
        None
    }

    fn operate_group(&mut self, name: &str, operation: &Value) -> Option<Value> {
        let id = operation["id"].as_str().unwrap_or_default().to_owned();
        let queries: Vec<_> = operation["queries"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|options| {
                let read = self.reader.query(options);
                (read.key, read.options)
            })
            .collect();
        let combine = self.reader.combine(operation.get("combine"));
        if name == "qs.new" {
            // TanStack's constructor loses `combine`, so that the oracle sets the queries once more.
            let made = self.machine.observe_group(&queries, None);
            if combine.is_some() {
                self.machine.set_group(made, &queries, combine);
            }
            self.groups.insert(id, GroupWatcher { id: made, listens: false });
            return None;
        }
        let group = self.groups.get_mut(&id)?;
        match name {
            "qs.sub" => {
                group.listens = true;
                self.machine.subscribe_group(group.id);
            }
            "qs.unsub" if group.listens => {
                group.listens = false;
                self.machine.unsubscribe_group(group.id);
            }
            "qs.unsub" => {}
            "qs.set" => self.machine.set_group(group.id, &queries, combine),
            "qs.read" => {
                let results = self.machine.group_result(group.id)?.results;
                let shown =
                    results.iter().map(|result| json!({"$result": written::result(result)}));
                return Some(shown.collect());
            }
            other => panic!("the operation {other} is not replayed"),
        }
        None
    }

    // --- Mutations ---

    fn operate_mutation(&mut self, name: &str, operation: &Value, ticket: u64) -> Option<Value> {
        let id = operation["id"].as_str().unwrap_or_default().to_owned();
        let variables = |world: &Self| {
            let value = operation.get("vars").cloned().unwrap_or_else(undefined);
            (!is_undefined(&value)).then(|| world.reader.fresh(&value))
        };
        if name == "mut.new" {
            let options = self.reader.mutation_options(&operation["options"]);
            let made = self.machine.observe_mutation(&options);
            self.mutators.insert(id, (made, false));
            return None;
        }
        if name == "mut.exec" {
            let options = self.reader.mutation_options(&operation["options"]);
            let variables = variables(self);
            self.machine.submit_mutation(&options, variables, ticket);
            return None;
        }
        let (known, listens) = *self.mutators.get(&id)?;
        match name {
            "mut.sub" => {
                self.mutators.insert(id, (known, true));
                self.machine.subscribe_mutation(known);
            }
            "mut.unsub" if listens => {
                self.mutators.insert(id, (known, false));
                self.machine.unsubscribe_mutation(known);
            }
            "mut.unsub" => {}
            "mut.mutate" => {
                let variables = variables(self);
                let mut callback = |stage: &str| {
                    let value = operation.get(stage)?;
                    self.reader.script(value, &format!("call.{stage}"))
                };
                let callbacks = MutateCallbacks {
                    on_success: callback("onSuccess"),
                    on_error: callback("onError"),
                    on_settled: callback("onSettled"),
                };
                self.machine.mutate(known, variables, Some(callbacks), ticket);
            }
            "mut.reset" => self.machine.reset_mutation(known),
            "mut.opts" => {
                let options = self.reader.mutation_options(&operation["options"]);
                self.machine.set_mutation_observer_options(known, &options);
            }
            "mut.read" => {
                let state = self.machine.mutation_result(known)?;
                return Some(json!({"$result": written::mutation_result(state)}));
            }
            other => panic!("the operation {other} is not replayed"),
        }
        None
    }

    // --- Hydration ---

    fn dehydrate(&mut self, operation: &Value) -> Value {
        let kept = self.dehydrated(operation);
        let slot = operation["slot"].as_str().unwrap_or_default().to_owned();
        self.slots.insert(slot, kept.clone());
        let mut shown = kept;
        for query in shown["queries"].as_array_mut().into_iter().flatten() {
            if query.get("promise").is_some() {
                query["promise"] = json!(true);
            }
        }
        shown
    }

    /// The dehydrated state, in which promises are numbers of [`World::promises`].
    pub(crate) fn dehydrated(&mut self, operation: &Value) -> Value {
        let slot = operation["slot"].as_str().unwrap_or_default().to_owned();
        let wraps = operation["serialize"].as_str() == Some("wrap");
        let defaults = self.dehydrate_defaults.clone();
        let wanted = |field: &str| operation.get(field).or_else(|| defaults.get(field)).cloned();
        let predicate = wanted("queries").and_then(|value| self.reader.predicate(&value));
        let mut keys = Vec::new();
        self.machine.each(&Filters::default(), |view| {
            let taken = match &predicate {
                Some(predicate) => predicate(view),
                None => view.state.status == Status::Success,
            };
            if taken {
                keys.push((view.key.clone(), view.meta.cloned()));
            }
        });
        let mut queries = Vec::new();
        for (key, meta) in keys {
            let Some(shown) = self.machine.snapshot(&key) else { continue };
            let mut state = written::state(&shown.state);
            if wraps && shown.state.data.is_some() {
                state["data"] = json!({"w": state["data"]});
            }
            let mut query = json!({
                "dehydratedAt": self.now,
                "queryKey": key.to_json(),
                "queryHash": key.query_hash(),
                "state": state,
            });
            if let Some(meta) = meta {
                query["meta"] = meta;
            }
            if shown.infinite {
                query["queryType"] = json!("infinite");
            }
            if shown.state.status == Status::Pending && operation["json"] != json!(true) {
                let at = self.promises.len();
                let pid = format!("{slot}:{}", key.query_hash());
                let redact = operation["redact"].as_bool() != Some(false);
                let ticket = self.ticket(Awaited::Promise(at));
                if self.machine.watch_fetch(&key, ticket) {
                    self.promises.push(Promise {
                        pid: Some(pid),
                        redact,
                        wraps,
                        ..Promise::default()
                    });
                    query["promise"] = json!(at);
                }
            }
            queries.push(query);
        }
        let filters = match wanted("mutations") {
            None => None,
            Some(predicate) => {
                let with = json!({"predicate": predicate});
                self.reader.mutation_filters(Some(&with)).predicate
            }
        };
        let mut mutations = Vec::new();
        for (_, options, state) in self.machine.mutations_of(&MutationFilters::default()) {
            let taken = match &filters {
                Some(predicate) => predicate(&state, options.key.get()),
                None => state.is_paused,
            };
            if !taken {
                continue;
            }
            let mut mutation = json!({"state": written::mutation_state(&state)});
            if let Some(key) = options.key.get() {
                mutation["mutationKey"] = key.to_json();
            }
            if let Some(scope) = options.scope.get() {
                mutation["scope"] = json!({"id": scope.as_ref()});
            }
            if let Some(meta) = options.meta.get() {
                mutation["meta"] = meta.as_ref().clone();
            }
            mutations.push(mutation);
        }
        json!({"queries": queries, "mutations": mutations})
    }

    /// A promise in a slot has settled: first redacted, then told to whoever waits for it.
    pub(crate) fn slot_promise(
        &mut self,
        at: usize,
        outcome: Result<Option<Data>, throughline_query::Failure>,
    ) {
        let Some(promise) = self.promises.get(at) else { return };
        let (redact, wraps, pid) = (promise.redact, promise.wraps, promise.pid.clone());
        let outcome = match outcome {
            Ok(data) if wraps => {
                Ok(Some(self.reader.fresh(&json!({"w": written_or_undefined(data.as_ref())}))))
            }
            Ok(data) => Ok(data),
            Err(_) if redact => Err(thrown("Error", "redacted")),
            Err(failure) => Err(failure),
        };
        if let Some(pid) = pid {
            let shown = match &outcome {
                Ok(data) => json!({"ok": written_or_undefined(data.as_ref())}),
                Err(failure) => json!({"err": crate::value::written_failure(failure)}),
            };
            self.seen.settled(&pid, json!([self.now, shown]));
        }
        self.promised(at, outcome);
    }

    pub(crate) fn hydrate(&mut self, operation: &Value) {
        let from = match operation.get("state") {
            Some(state) => state.clone(),
            None => {
                let slot = operation["slot"].as_str().unwrap_or_default();
                self.slots.get(slot).cloned().unwrap_or(Value::Null)
            }
        };
        let unwraps = operation["deserialize"].as_str() == Some("unwrap");
        let defaults = self.hydrate_defaults.clone();
        let over = |field: &str| {
            let mut options = defaults.get(field).and_then(Value::as_object).cloned();
            if let Some(own) = operation.get(field).and_then(Value::as_object) {
                options.get_or_insert_with(Map::new).extend(own.clone());
            }
            Value::Object(options.unwrap_or_default())
        };
        let (of_queries, of_mutations) = (over("queries"), over("mutations"));
        for mutation in from["mutations"].as_array().into_iter().flatten() {
            let options = self.reader.mutation_options(&of_mutations);
            let mut value = json!({});
            for field in ["mutationKey", "scope", "meta"] {
                if let Some(there) = mutation.get(field) {
                    value[field] = there.clone();
                }
            }
            let read = self.reader.mutation_options(&value);
            let state = self.read_mutation_state(&mutation["state"]);
            let hydrated = HydratedMutation {
                key: read.key.get().cloned(),
                state,
                scope: read.scope.get().cloned(),
                meta: read.meta.get().cloned(),
            };
            self.machine.hydrate_mutation(hydrated, &options);
        }
        for query in from["queries"].as_array().into_iter().flatten() {
            let options = self.reader.query_options(&of_queries);
            let options = QueryOptions { abilities: Opt::Inherit, ..options };
            let unwrap = |value: &Value| match (unwraps, value.get("w")) {
                (true, Some(inner)) => inner.clone(),
                (true, None) => undefined(),
                (false, _) => value.clone(),
            };
            let mut state = self.read_state(&query["state"], &unwrap);
            let mut arrived = None;
            let promise = query.get("promise").map(|promise| self.read_promise(promise, unwraps));
            if let Some(sync) = query["promise"].get("sync").filter(|value| !is_undefined(value)) {
                arrived = Some(self.reader.fresh(&unwrap(sync)));
            }
            if state.data.as_ref().is_some_and(|data| is_undefined(&written(data))) {
                state.data = None;
            }
            let key = self.reader.key(&query["queryKey"]);
            let hydrated = HydratedQuery {
                key,
                state,
                dehydrated_at: query["dehydratedAt"].as_i64().unwrap_or(self.now),
                promise,
                arrived,
                meta: query.get("meta").map(|meta| Arc::new(meta.clone())),
                infinite: query["queryType"] == json!("infinite"),
            };
            self.machine.hydrate_query(hydrated, &options);
        }
    }

    fn read_promise(&mut self, promise: &Value, unwraps: bool) -> Data {
        let at = match promise.as_u64() {
            Some(at) if !unwraps => at as usize,
            Some(at) => self.unwrapped(at as usize),
            None => {
                let at = self.promises.len();
                self.promises.push(Promise::default());
                let unwrap = |value: &Value| match (unwraps, value.get("w")) {
                    (true, Some(inner)) => inner.clone(),
                    _ => value.clone(),
                };
                let outcome = match promise["err"].as_str() {
                    Some(message) => Some(Err(thrown("Error", message))),
                    None => promise.get("ok").map(|value| {
                        let value = unwrap(value);
                        Ok((!is_undefined(&value)).then(|| self.reader.fresh(&value)))
                    }),
                };
                if let Some(outcome) = outcome {
                    let after = promise["after"].as_i64();
                    self.later(after, Job::Promised(at, outcome));
                }
                at
            }
        };
        Data::new(at)
    }

    /// A promise of what another promise gives, without its wrapping.
    fn unwrapped(&mut self, of: usize) -> usize {
        let at = self.promises.len();
        self.promises.push(Promise { unwraps: true, ..Promise::default() });
        let settled = self.promises.get(of).and_then(|promise| promise.settled.clone());
        match settled {
            Some(outcome) => self.later(None, Job::Promised(at, outcome)),
            None => {
                if let Some(promise) = self.promises.get_mut(of) {
                    promise.then.push(at);
                }
            }
        }
        at
    }

    pub(crate) fn read_state(
        &mut self,
        json: &Value,
        unwrap: &dyn Fn(&Value) -> Value,
    ) -> QueryState {
        let number = |field: &str| json[field].as_i64().unwrap_or(0);
        let failure = |field: &str| read_failure(&json[field]);
        let data = json.get("data").filter(|data| !is_undefined(data));
        let statuses = [Status::Pending, Status::Error, Status::Success];
        let doing = [FetchStatus::Fetching, FetchStatus::Paused, FetchStatus::Idle];
        QueryState {
            data: data.map(|data| self.reader.fresh(&unwrap(data))),
            data_update_count: number("dataUpdateCount") as u32,
            data_updated_at: number("dataUpdatedAt"),
            error: failure("error"),
            error_update_count: number("errorUpdateCount") as u32,
            error_updated_at: number("errorUpdatedAt"),
            fetch_failure_count: number("fetchFailureCount") as u32,
            fetch_failure_reason: failure("fetchFailureReason"),
            fetch_more: match json["fetchMeta"].as_str() {
                Some("forward") => Some(Direction::Forward),
                Some("backward") => Some(Direction::Backward),
                _ => None,
            },
            is_invalidated: json["isInvalidated"].as_bool() == Some(true),
            status: statuses
                .into_iter()
                .find(|known| json["status"] == json!(status(*known)))
                .unwrap_or_default(),
            fetch_status: doing
                .into_iter()
                .find(|known| json["fetchStatus"] == json!(fetch_status(*known)))
                .unwrap_or_default(),
        }
    }

    pub(crate) fn read_mutation_state(&mut self, json: &Value) -> MutationState {
        let data = |field: &str| {
            let value = json.get(field).filter(|value| !is_undefined(value))?;
            Some(self.reader.fresh(value))
        };
        let statuses = [
            MutationStatus::Idle,
            MutationStatus::Pending,
            MutationStatus::Success,
            MutationStatus::Error,
        ];
        MutationState {
            context: data("context"),
            data: data("data"),
            error: read_failure(&json["error"]),
            failure_count: json["failureCount"].as_u64().unwrap_or(0) as u32,
            failure_reason: read_failure(&json["failureReason"]),
            is_paused: json["isPaused"].as_bool() == Some(true),
            status: statuses
                .into_iter()
                .find(|known| json["status"] == json!(mutation_status(*known)))
                .unwrap_or_default(),
            variables: data("variables"),
            submitted_at: json["submittedAt"].as_i64().unwrap_or(0),
        }
    }
}

fn read_failure(json: &Value) -> Option<throughline_query::Failure> {
    if json.is_null() {
        return None;
    }
    Some(throughline_query::Cause::Restored(json.clone()).into())
}
