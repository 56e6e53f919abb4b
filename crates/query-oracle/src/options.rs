//! Options as traces write them, read into options of the cache.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};
use throughline_query::{
    Abilities, Combine, Data, Direction, Dynamic, Fetcher, Fields, Filters, Initial, Key,
    MutationFilters, MutationOptions, NetworkMode, Opt, Placeholder, QueryOptions, RefetchOn,
    Retry, RetryDelay, Select, Sharing, Span, StaleTime, StreamFetcher, StreamRefetch, TypeFilter,
    Unobserved,
};

use crate::function::{self, Placeheld, Selected};
use crate::value::{
    Heap, canonical, equal, is_infinite, is_undefined, millis, shared, thrown, written,
    written_failure,
};

/// A scripted function that the driver runs: its name, and what it does.
#[derive(Debug)]
pub struct Script {
    /// The name it is recorded under.
    pub name: String,
    /// What it does.
    pub spec: Value,
}

/// What a run of a logged `select` gave.
pub type Selects = Arc<Mutex<Vec<(String, Value)>>>;

/// Reads options, and keeps what has been read, so that equal functions are one.
pub struct Reader {
    fns: Map<String, Value>,
    heap: Arc<Mutex<Heap>>,
    abilities: Arc<Abilities>,
    fetchers: HashMap<String, Fetcher>,
    selects: HashMap<String, Select>,
    placeholders: HashMap<String, Placeholder>,
    combines: HashMap<String, Combine>,
    scripts: HashMap<String, Data>,
    read: HashMap<String, Arc<QueryOptions>>,
    log: Selects,
}

/// Options of a query, and what belongs to it besides.
pub struct ReadQuery {
    /// The key.
    pub key: Key,
    /// The options.
    pub options: Arc<QueryOptions>,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn three<T>(value: Option<&Value>, read: impl FnOnce(&Value) -> Option<T>) -> Opt<T> {
    match value {
        None => Opt::Inherit,
        Some(value) if is_undefined(value) => Opt::Unset,
        Some(value) => read(value).map_or(Opt::Unset, Opt::Set),
    }
}

/// A wall of options that the cache has no counterpart for; traces with them are not replayed.
pub const FOREIGN: [&str; 3] = ["queryKeyHashFn", "queryHash", "persister"];

impl Reader {
    pub fn new(fns: &Value) -> Self {
        let abilities =
            Abilities { equal: Some(equal), equal_param: Some(equal), ..Abilities::default() };
        Self {
            fns: fns.as_object().cloned().unwrap_or_default(),
            heap: Arc::default(),
            abilities: Arc::new(abilities),
            fetchers: HashMap::new(),
            selects: HashMap::new(),
            placeholders: HashMap::new(),
            combines: HashMap::new(),
            scripts: HashMap::new(),
            read: HashMap::new(),
            log: Arc::default(),
        }
    }

    pub fn log(&self) -> Selects {
        Arc::clone(&self.log)
    }

    pub fn fresh(&self, value: &Value) -> Data {
        lock(&self.heap).fresh(value)
    }

    pub fn heap(&self) -> Arc<Mutex<Heap>> {
        Arc::clone(&self.heap)
    }

    fn literal(&self, value: &Value) -> Data {
        lock(&self.heap).literal(value)
    }

    /// The function behind a reference: its name, if it has one, and what it does.
    pub fn function(&self, reference: &Value) -> Option<(Option<String>, Value)> {
        match reference.get("$fn")? {
            Value::String(name) => Some((Some(name.clone()), self.fns.get(name)?.clone())),
            spec => Some((None, spec.clone())),
        }
    }

    fn spec(&self, reference: &Value) -> Option<Value> {
        self.function(reference).map(|(_, spec)| spec)
    }

    // --- Queries ---

    pub fn key(&self, value: &Value) -> Key {
        Key::from_json(value).unwrap_or_else(|error| panic!("the key {value}: {error}"))
    }

    pub fn query(&mut self, json: &Value) -> ReadQuery {
        let key = self.key(&json["queryKey"]);
        let mut rest = json.clone();
        if let Some(rest) = rest.as_object_mut() {
            rest.remove("queryKey");
        }
        let text = canonical(&rest);
        if let Some(known) = self.read.get(&text) {
            return ReadQuery { key, options: Arc::clone(known) };
        }
        let options = Arc::new(self.query_options(&rest));
        self.read.insert(text, Arc::clone(&options));
        ReadQuery { key, options }
    }

    pub fn query_options(&mut self, json: &Value) -> QueryOptions {
        let fetcher = three(json.get("queryFn"), |value| self.fetcher(value));
        let on_unobserved = match json.get("queryFn").filter(|value| !is_undefined(value)) {
            None => Opt::Inherit,
            Some(value) => {
                let spec = self.spec(value).unwrap_or(Value::Null);
                let reads = spec["readSignal"].as_bool() == Some(true);
                Opt::Set(if reads { Unobserved::Abort } else { Unobserved::Detach })
            }
        };
        QueryOptions {
            fetcher,
            on_unobserved,
            enabled: self.dynamic(json.get("enabled"), Value::as_bool),
            stale_time: self.dynamic(json.get("staleTime"), stale_time),
            gc_time: three(json.get("gcTime"), span),
            refetch_on_mount: self.dynamic(json.get("refetchOnMount"), refetch_on),
            refetch_on_focus: self.dynamic(json.get("refetchOnWindowFocus"), refetch_on),
            refetch_on_reconnect: self.dynamic(json.get("refetchOnReconnect"), refetch_on),
            refetch_interval: self
                .dynamic(json.get("refetchInterval"), |value| Some(millis(value))),
            refetch_interval_in_background: three(
                json.get("refetchIntervalInBackground"),
                Value::as_bool,
            ),
            retry_on_mount: self.dynamic(json.get("retryOnMount"), Value::as_bool),
            retry: three(json.get("retry"), |value| self.retry(value)),
            retry_delay: three(json.get("retryDelay"), |value| self.retry_delay(value)),
            network_mode: three(json.get("networkMode"), network_mode),
            sharing: match three(json.get("structuralSharing"), |value| self.sharing(value)) {
                Opt::Unset => Opt::Set(self.deep_sharing()),
                said => said,
            },
            interest: three(json.get("notifyOnChangeProps"), |value| self.interest(value)),
            throw_on_error: three(json.get("throwOnError"), Value::as_bool),
            placeholder: three(json.get("placeholderData"), |value| self.placeholder(value)),
            select: three(json.get("select"), |value| self.select(value)),
            initial_data: three(json.get("initialData"), |value| self.initial(value)),
            initial_data_updated_at: three(json.get("initialDataUpdatedAt"), |value| {
                match self.spec(value) {
                    Some(spec) => millis(&spec["initialAt"]).map(Initial::Value),
                    None => millis(value).map(Initial::Value),
                }
            }),
            meta: three(json.get("meta"), |value| Some(Arc::new(value.clone()))),
            abilities: Opt::Set(Arc::clone(&self.abilities)),
            labels: Opt::Inherit,
            initial_page_param: three(json.get("initialPageParam"), |value| {
                Some(self.literal(value))
            }),
            next_page: three(json.get("getNextPageParam"), |value| self.page(value)),
            previous_page: three(json.get("getPreviousPageParam"), |value| self.page(value)),
            max_pages: three(json.get("maxPages"), |value| value.as_u64().map(|n| n as usize)),
            pages: three(json.get("pages"), |value| value.as_u64().map(|n| n as usize)),
        }
    }

    /// Options that say nothing but what the cache can do with values.
    pub fn silent(&self) -> QueryOptions {
        QueryOptions {
            abilities: Opt::Set(Arc::clone(&self.abilities)),
            sharing: Opt::Set(self.deep_sharing()),
            ..QueryOptions::default()
        }
    }

    fn dynamic<T: Clone + Send + Sync + 'static>(
        &self,
        value: Option<&Value>,
        read: fn(&Value) -> Option<T>,
    ) -> Opt<Dynamic<T>> {
        three(value, |value| {
            let Some(spec) = self.spec(value) else { return read(value).map(Dynamic::Value) };
            let rule = spec["dyn"].clone();
            let (then, otherwise) = (read(&rule["then"])?, read(&rule["else"])?);
            Some(Dynamic::by(move |view| {
                let holds = function::holds(&rule["if"], view, 0);
                if holds { then.clone() } else { otherwise.clone() }
            }))
        })
    }

    fn fetcher(&mut self, value: &Value) -> Option<Fetcher> {
        if value.get("$skip").is_some() {
            return Some(Fetcher::Skip);
        }
        let identity = canonical(value);
        if let Some(known) = self.fetchers.get(&identity) {
            return Some(known.clone());
        }
        let (name, spec) = self.function(value)?;
        let call = Data::new(Script { name: name.unwrap_or_default(), spec: spec.clone() });
        let fetcher = match spec.get("stream") {
            None => Fetcher::Call(call),
            Some(stream) => {
                let reducer = stream["reducer"].as_str().map(str::to_owned);
                let heap = self.heap();
                let initial = stream.get("initialValue").cloned().unwrap_or_else(|| json!([]));
                Fetcher::Stream(Arc::new(StreamFetcher {
                    call,
                    refetch: match stream["refetchMode"].as_str() {
                        Some("append") => StreamRefetch::Append,
                        Some("replace") => StreamRefetch::Replace,
                        _ => StreamRefetch::Reset,
                    },
                    reduce: Arc::new(move |before, chunk| {
                        let (before, chunk) = (written(before), written(chunk));
                        let value = function::reduced(reducer.as_deref(), &before, &chunk);
                        lock(&heap).fresh(&value)
                    }),
                    initial: self.literal(&initial),
                }))
            }
        };
        self.fetchers.insert(identity, fetcher.clone());
        Some(fetcher)
    }

    fn retry(&self, value: &Value) -> Option<Retry> {
        if let Some(spec) = self.spec(value) {
            let rule = spec["retry"].clone();
            return Some(Retry::When(Arc::new(move |failures, failure| {
                if let Some(until) = rule["until"].as_u64() {
                    return u64::from(failures) < until;
                }
                if let Some(message) = rule["onlyErr"].as_str() {
                    return written_failure(failure)["$err"]["message"] == json!(message);
                }
                rule["const"].as_bool() == Some(true)
            })));
        }
        Some(match value {
            Value::Bool(true) => Retry::Always,
            Value::Bool(false) => Retry::Never,
            number if is_infinite(number) => Retry::Always,
            number => Retry::Times(u32::try_from(millis(number)?.max(0)).ok()?),
        })
    }

    fn retry_delay(&self, value: &Value) -> Option<RetryDelay> {
        let Some(spec) = self.spec(value) else { return millis(value).map(RetryDelay::Fixed) };
        let delay = spec["delay"].clone();
        if let (Some(base), Some(cap)) = (delay["exp"][0].as_i64(), delay["exp"][1].as_i64()) {
            return Some(RetryDelay::Exponential { base, cap });
        }
        let list: Vec<i64> = delay["list"].as_array()?.iter().filter_map(millis).collect();
        Some(RetryDelay::By(Arc::new(move |failures, _| {
            let at = (failures as usize).min(list.len().saturating_sub(1));
            list.get(at).copied().unwrap_or(0)
        })))
    }

    fn sharing(&self, value: &Value) -> Option<Sharing> {
        if let Some(whether) = value.as_bool() {
            return Some(if whether { self.deep_sharing() } else { Sharing::Off });
        }
        let rule = self.spec(value)?["sharing"].as_str()?.to_owned();
        Some(Sharing::By(Arc::new(move |before, data| {
            let keeps = match (rule.as_str(), before) {
                (_, None) | ("next", _) => false,
                ("keepOld", Some(_)) => true,
                (_, Some(before)) => written(before) == written(&data),
            };
            before.filter(|_| keeps).cloned().unwrap_or(data)
        })))
    }

    /// The sharing that is TanStack's default and cannot be ours, because values have types here.
    fn deep_sharing(&self) -> Sharing {
        let heap = self.heap();
        Sharing::By(Arc::new(move |before, data| shared(&heap, before, data)))
    }

    fn interest(&self, value: &Value) -> Option<Fields> {
        let value = self.spec(value).map_or_else(|| value.clone(), |spec| spec["props"].clone());
        if value.as_str() == Some("all") {
            return Some(Fields::ALL);
        }
        Some(fields(&value))
    }

    fn placeholder(&mut self, value: &Value) -> Option<Placeholder> {
        let Some(spec) = self.spec(value) else {
            return Some(Placeholder::Value(self.literal(value)));
        };
        if spec["placeholder"] == json!("keepPrevious") {
            return Some(Placeholder::KeepPrevious);
        }
        let heap = self.heap();
        let made = self.placeholders.entry(canonical(value)).or_insert_with(|| {
            Placeholder::By(Arc::new(move |before, view| {
                Some(match function::placeholder(&spec, before, view)? {
                    Placeheld::Same(data) => data,
                    Placeheld::Value(value) => lock(&heap).fresh(&value),
                })
            }))
        });
        Some(made.clone())
    }

    fn select(&mut self, value: &Value) -> Option<Select> {
        let spec = self.spec(value)?;
        let (heap, log) = (self.heap(), self.log());
        let made = self.selects.entry(canonical(value)).or_insert_with(|| Select {
            run: Arc::new(move |data| {
                let name = spec["log"].as_str().map(str::to_owned);
                let note = |outcome: Value| {
                    if let Some(name) = &name {
                        lock(&log).push((name.clone(), outcome));
                    }
                };
                match function::selected(&spec, &written(data)) {
                    Ok(Selected::Same) => {
                        note(json!({"ok": written(data)}));
                        Ok(data.clone())
                    }
                    Ok(Selected::Value(value)) => {
                        note(json!({"ok": value}));
                        Ok(lock(&heap).fresh(&value))
                    }
                    Err(message) => {
                        let failure = thrown("Error", message);
                        note(json!({"err": written_failure(&failure)}));
                        Err(failure)
                    }
                }
            }),
            equal: Some(equal),
        });
        Some(made.clone())
    }

    fn initial(&self, value: &Value) -> Option<Initial<Data>> {
        let Some(spec) = self.spec(value) else {
            return Some(Initial::Value(self.literal(value)));
        };
        let (heap, initial) = (self.heap(), spec["initial"].clone());
        let there = !is_undefined(&initial);
        Some(Initial::By(Arc::new(move || there.then(|| lock(&heap).fresh(&initial)))))
    }

    fn page(&self, value: &Value) -> Option<throughline_query::PageFn> {
        let (spec, heap) = (self.spec(value)?, self.heap());
        Some(Arc::new(move |view| {
            function::page_param(&spec, view).map(|param| lock(&heap).fresh(&param))
        }))
    }

    // --- Mutations ---

    pub fn mutation_options(&mut self, json: &Value) -> MutationOptions {
        MutationOptions {
            key: three(json.get("mutationKey"), |value| Some(self.key(value))),
            mutator: self.callback(json, "mutationFn"),
            on_mutate: self.callback(json, "onMutate"),
            on_success: self.callback(json, "onSuccess"),
            on_error: self.callback(json, "onError"),
            on_settled: self.callback(json, "onSettled"),
            retry: three(json.get("retry"), |value| self.retry(value)),
            retry_delay: three(json.get("retryDelay"), |value| self.retry_delay(value)),
            network_mode: three(json.get("networkMode"), network_mode),
            gc_time: three(json.get("gcTime"), span),
            scope: three(json.get("scope"), |value| value["id"].as_str().map(Arc::from)),
            meta: three(json.get("meta"), |value| Some(Arc::new(value.clone()))),
            optimistic: Opt::Inherit,
            abilities: Opt::Inherit,
        }
    }

    fn callback(&mut self, json: &Value, field: &str) -> Opt<Data> {
        three(json.get(field), |value| self.script(value, field))
    }

    /// A function that the driver runs. One that is written in place is recorded under its place.
    pub fn script(&mut self, value: &Value, place: &str) -> Option<Data> {
        let (name, spec) = self.function(value)?;
        let identity = format!("{place} {}", canonical(value));
        let made = self.scripts.entry(identity).or_insert_with(|| {
            Data::new(Script { name: name.unwrap_or_else(|| place.to_owned()), spec })
        });
        Some(made.clone())
    }

    // --- Several queries, filters ---

    pub fn combine(&mut self, value: Option<&Value>) -> Option<Combine> {
        let value = value.filter(|value| !is_undefined(value))?;
        let spec = self.spec(value)?;
        let heap = self.heap();
        let rule = spec["combine"].clone();
        let made = self.combines.entry(canonical(value)).or_insert_with(|| {
            let (how, what) = rule
                .as_object()
                .and_then(|object| object.iter().next())
                .map(|(how, what)| (how.clone(), what.clone()))
                .unwrap_or_default();
            let names = match &what {
                Value::Array(_) => what.clone(),
                name => json!([name]),
            };
            let reads = fields(&names);
            Combine {
                run: Arc::new(move |results| {
                    let field = |result, name: &Value| {
                        crate::written::field(result, name.as_str().unwrap_or_default())
                    };
                    let one = |result| field(result, &names[0]);
                    let value = match how.as_str() {
                        "each" => Value::Array(
                            results
                                .iter()
                                .map(|result| {
                                    let named = names.as_array().into_iter().flatten();
                                    let pairs = named.map(|name| {
                                        let text = name.as_str().unwrap_or_default();
                                        (text.to_owned(), field(result, name))
                                    });
                                    Value::Object(pairs.collect())
                                })
                                .collect(),
                        ),
                        "all" => json!(results.iter().all(|result| one(result) == json!(true))),
                        "count" => {
                            json!(results.iter().filter(|r| one(r) == json!(true)).count())
                        }
                        _ => Value::Array(results.iter().map(one).collect()),
                    };
                    Some(lock(&heap).fresh(&value))
                }),
                reads,
                equal: Some(equal),
            }
        });
        Some(made.clone())
    }

    /// Filters of queries; `observers` tells how many observe a key.
    pub fn filters(&self, value: Option<&Value>) -> Filters {
        let Some(value) = value else { return Filters::default() };
        Filters {
            key: value.get("queryKey").filter(|key| !is_undefined(key)).map(|key| self.key(key)),
            exact: value["exact"].as_bool() == Some(true),
            label: None,
            kind: type_filter(&value["type"]).unwrap_or_default(),
            stale: value["stale"].as_bool(),
            fetch_status: match value["fetchStatus"].as_str() {
                Some("fetching") => Some(throughline_query::FetchStatus::Fetching),
                Some("paused") => Some(throughline_query::FetchStatus::Paused),
                Some("idle") => Some(throughline_query::FetchStatus::Idle),
                _ => None,
            },
            predicate: value.get("predicate").and_then(|value| self.predicate(value)),
        }
    }

    pub fn predicate(&self, value: &Value) -> Option<throughline_query::Predicate> {
        let rule = self.spec(value)?["pred"].clone();
        Some(Arc::new(move |view| function::holds(&rule, view, view.observers)))
    }

    pub fn mutation_filters(&self, value: Option<&Value>) -> MutationFilters {
        let Some(value) = value else { return MutationFilters::default() };
        MutationFilters {
            key: value.get("mutationKey").filter(|key| !is_undefined(key)).map(|key| self.key(key)),
            exact: value["exact"].as_bool() == Some(true),
            status: match value["status"].as_str() {
                Some("idle") => Some(throughline_query::MutationStatus::Idle),
                Some("pending") => Some(throughline_query::MutationStatus::Pending),
                Some("success") => Some(throughline_query::MutationStatus::Success),
                Some("error") => Some(throughline_query::MutationStatus::Error),
                _ => None,
            },
            predicate: value.get("predicate").and_then(|value| {
                let rule = self.spec(value)?["pred"].clone();
                let predicate = move |state: &throughline_query::MutationState,
                                      key: Option<&Key>| {
                    let key = key.map(Key::to_json);
                    function::holds_for_mutation(&rule, state, key.as_ref())
                };
                Some(Arc::new(predicate) as _)
            }),
        }
    }
}

/// The type that filters name, if they name one.
pub fn type_filter(value: &Value) -> Option<TypeFilter> {
    match value.as_str()? {
        "all" => Some(TypeFilter::All),
        "active" => Some(TypeFilter::Active),
        "inactive" => Some(TypeFilter::Inactive),
        _ => None,
    }
}

/// The fields with these names.
pub fn fields(names: &Value) -> Fields {
    let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
    names.filter_map(Fields::named).fold(Fields::NONE, |all, field| all | field)
}

/// The direction with this name.
pub fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "forward",
        Direction::Backward => "backward",
    }
}

fn stale_time(value: &Value) -> Option<StaleTime> {
    match value {
        Value::String(_) => Some(StaleTime::Static),
        value if is_infinite(value) => Some(StaleTime::Never),
        value => millis(value).map(StaleTime::After),
    }
}

fn span(value: &Value) -> Option<Span> {
    if is_infinite(value) { Some(Span::Forever) } else { millis(value).map(Span::For) }
}

fn refetch_on(value: &Value) -> Option<RefetchOn> {
    Some(match value {
        Value::Bool(true) => RefetchOn::Stale,
        Value::Bool(false) => RefetchOn::Never,
        Value::String(_) => RefetchOn::Always,
        _ => return None,
    })
}

fn network_mode(value: &Value) -> Option<NetworkMode> {
    Some(match value.as_str()? {
        "always" => NetworkMode::Always,
        "offlineFirst" => NetworkMode::OfflineFirst,
        _ => NetworkMode::Online,
    })
}
