//! TanStack Query's dehydrated JSON into a cache, whoever wrote it.

use std::sync::Arc;

use serde_json::Value;

use super::entry::{self, MutationEntry, QueryEntry, Read};
use super::key;
use super::raw::RawJson;
use super::report::{HydrateError, HydrateReport, Refusal, Refused};
use super::scan::{Cursor, Kind, Syntax};
use crate::data::{Cause, Data, Failure};
use crate::effect::MutationId;
use crate::machine::{HydratedMutation, HydratedQuery, Machine};
use crate::mutation::MutationState;
use crate::options::{MutationOptions, QueryOptions};
use crate::state::{QueryState, Status};
use crate::{Key, Segment};

/// How to hydrate.
#[derive(Debug, Clone)]
pub struct HydrateOptions {
    /// The options of queries that are new in the cache, below which the defaults lie.
    pub queries: Arc<QueryOptions>,
    /// The options of mutations, below which the defaults lie.
    pub mutations: MutationOptions,
    /// How much text is taken in. Default: 256 MiB.
    pub max_bytes: usize,
    /// How many queries, and how many mutations, are taken in. Default: a million.
    pub max_entries: usize,
    /// How many arrays and objects may lie inside each other in a value. Default: 100; more than 127
    /// could be kept and written, but never be read by `serde_json`.
    pub max_depth: usize,
}

impl Default for HydrateOptions {
    fn default() -> Self {
        Self {
            queries: Arc::default(),
            mutations: MutationOptions::default(),
            max_bytes: 256 << 20,
            max_entries: 1_000_000,
            max_depth: crate::Key::MAX_DEPTH,
        }
    }
}

/// Takes in what [`dehydrate`](super::dehydrate()) or TanStack Query's `dehydrate` wrote.
///
/// A query that is in the cache already is replaced only by newer data and goes on with what it is
/// doing; new queries are idle. Data stays text until a definition claims it (see
/// [`RawJson`]). Mutations wait for [`Machine::resume_mutations`].
///
/// The text may be anything: fields that are not known are ignored, as `promise` is, because JSON
/// cannot hold one; of fields with the same name the last counts; an entry with a field that is wrong
/// is left out and reported, and the others are taken in. Other than in TanStack Query the
/// `queryHash` is not trusted but follows from the `queryKey`, and a success without data is refused.
///
/// # Errors
///
/// When the text is not JSON, is no object, or is too large; nothing is changed then.
///
/// ```
/// use throughline_query::{Config, HydrateOptions, Key, Machine, hydrate};
///
/// let json = r#"{"mutations":[],"queries":[
///     {"queryKey":["todo",1],"queryHash":"[\"todo\",1]","dehydratedAt":9,
///      "state":{"data":"milk","dataUpdatedAt":8,"status":"success"}},
///     {"queryKey":["todo",2],"state":{"status":"pending","dataUpdatedAt":-1e300}}]}"#;
/// let mut machine = Machine::new(Config::default(), 10);
/// let report = hydrate(&mut machine, json, &HydrateOptions::default())?;
/// assert_eq!(report.queries, 1);
/// assert_eq!(report.refused[0].path(), "queries[1].state.dataUpdatedAt");
/// assert!(machine.state(&Key::from(("todo", 1))).is_some());
/// # Ok::<(), throughline_query::HydrateError>(())
/// ```
pub fn hydrate(
    machine: &mut Machine,
    json: &str,
    options: &HydrateOptions,
) -> Result<HydrateReport, HydrateError> {
    if json.len() > options.max_bytes {
        return Err(HydrateError::TooLarge { bytes: json.len(), limit: options.max_bytes });
    }
    let mut cursor = Cursor::new(json);
    if cursor.kind().map_err(not_json)? != Kind::Object {
        return Err(HydrateError::NotAnObject);
    }
    // All is read before anything is changed: text that stops in the middle changes nothing.
    let read = Document::read(&mut cursor, options).map_err(not_json)?;
    let mut report = read.report;
    for (at, entry) in read.mutations {
        match take_mutation(machine, &entry, options) {
            Ok(_) => report.mutations += 1,
            Err((field, why)) => report.refuse(Refused::new(MUTATIONS, Some(at), field, why)),
        }
    }
    machine.reserve_queries(read.queries.len());
    let mut room = Vec::new();
    for (at, entry) in read.queries {
        match take_query(machine, &entry, options, &mut room) {
            Ok(()) => report.queries += 1,
            Err((field, why)) => report.refuse(Refused::new(QUERIES, Some(at), field, why)),
        }
    }
    Ok(report)
}

/// Takes in one query as it stands in `queries`.
pub(crate) fn hydrate_query(
    machine: &mut Machine,
    json: &str,
    options: &HydrateOptions,
) -> Result<(), String> {
    let entry = alone(json, options, entry::query)?;
    take_query(machine, &entry, options, &mut Vec::new()).map_err(told)
}

/// Takes in one mutation as it stands in `mutations`. Gives its number.
pub(crate) fn hydrate_mutation(
    machine: &mut Machine,
    json: &str,
    options: &HydrateOptions,
) -> Result<MutationId, String> {
    let entry = alone(json, options, entry::mutation)?;
    take_mutation(machine, &entry, options).map_err(told)
}

fn alone<'a, T>(
    json: &'a str,
    options: &HydrateOptions,
    read: fn(&mut Cursor<'a>, usize) -> Read<T>,
) -> Result<T, String> {
    let mut cursor = Cursor::new(json);
    let read = read(&mut cursor, options.max_depth).and_then(|read| cursor.end().map(|()| read));
    read.map_err(|wrong| not_json(wrong).to_string())?.map_err(told)
}

fn told((field, why): (&'static str, Refusal)) -> String {
    format!("{field}: {why}")
}

fn not_json(Syntax { at, expected }: Syntax) -> HydrateError {
    HydrateError::NotJson { at, expected }
}

const QUERIES: &str = "queries";
const MUTATIONS: &str = "mutations";

type Numbered<T> = Vec<(usize, T)>;

#[derive(Default)]
struct Document<'a> {
    queries: Numbered<QueryEntry<'a>>,
    mutations: Numbered<MutationEntry<'a>>,
    report: HydrateReport,
}

impl<'a> Document<'a> {
    fn read(cursor: &mut Cursor<'a>, options: &HydrateOptions) -> Result<Self, Syntax> {
        let mut read = Self::default();
        let mut first = true;
        while let Some(name) = cursor.field(&mut first)? {
            let report = &mut read.report;
            match name {
                QUERIES => read.queries = list(cursor, QUERIES, options, report, entry::query)?,
                MUTATIONS => {
                    read.mutations = list(cursor, MUTATIONS, options, report, entry::mutation)?;
                }
                _ => {
                    cursor.skip()?;
                }
            }
        }
        cursor.end()?;
        Ok(read)
    }
}

fn list<'a, T>(
    cursor: &mut Cursor<'a>,
    name: &'static str,
    options: &HydrateOptions,
    report: &mut HydrateReport,
    read: fn(&mut Cursor<'a>, usize) -> Read<T>,
) -> Result<Numbered<T>, Syntax> {
    let mut entries = Vec::new();
    match cursor.kind()? {
        Kind::Array => {}
        kind => {
            cursor.skip()?;
            if kind != Kind::Null {
                report.refuse(Refused::new(name, None, "", Refusal::Expected("an array")));
            }
            return Ok(entries);
        }
    }
    let (mut first, mut at, mut before) = (true, 0, 0);
    while cursor.item(&mut first)? {
        if at == 1 {
            // As many as there are if the others are as long as the first, so that they are not moved as they
            // become more. None is shorter, so that less is asked for than the text takes itself.
            const SHORTEST: usize = 160;
            let length = (before - cursor.rest()).max(SHORTEST);
            entries.reserve_exact((cursor.rest() / length).min(options.max_entries));
        }
        before = cursor.rest();
        if at >= options.max_entries {
            cursor.skip()?;
            report.refuse(Refused::new(
                name,
                Some(at),
                "",
                Refusal::TooMany { limit: options.max_entries },
            ));
        } else {
            match read(cursor, options.max_depth)? {
                Ok(entry) => entries.push((at, entry)),
                Err((field, why)) => report.refuse(Refused::new(name, Some(at), field, why)),
            }
        }
        at += 1;
    }
    Ok(entries)
}

type Taken<T = ()> = Result<T, (&'static str, Refusal)>;

fn unreadable(field: &'static str) -> impl Fn(serde_json::Error) -> (&'static str, Refusal) + Copy {
    move |error| (field, Refusal::Unreadable(error.to_string().into()))
}

fn parse_key(
    text: &str,
    field: &'static str,
    room: &mut Vec<Segment>,
) -> Result<Key, (&'static str, Refusal)> {
    key::parse(text, room).map_err(|why| (field, Refusal::Unreadable(why.told().into())))
}

fn parse_meta(text: Option<&str>) -> Result<Option<Arc<Value>>, (&'static str, Refusal)> {
    text.map(|text| serde_json::from_str(text).map(Arc::new))
        .transpose()
        .map_err(unreadable("meta"))
}

fn failure(
    text: Option<&str>,
    field: &'static str,
) -> Result<Option<Failure>, (&'static str, Refusal)> {
    let Some(text) = text else { return Ok(None) };
    let value = serde_json::from_str(text).map_err(unreadable(field))?;
    Ok(Some(Cause::Restored(value).into()))
}

fn raw(text: Option<&str>) -> Option<Data> {
    text.map(|text| Data::new(RawJson::scanned(text)))
}

fn take_query(
    machine: &mut Machine,
    entry: &QueryEntry<'_>,
    options: &HydrateOptions,
    room: &mut Vec<Segment>,
) -> Taken {
    let key = entry.key.ok_or(("queryKey", Refusal::Missing))?;
    let key = parse_key(key, "queryKey", room)?;
    let status = entry.status.ok_or(("state.status", Refusal::Missing))?;
    if status == Status::Success && entry.data.is_none() {
        return Err(("state.data", Refusal::Missing));
    }
    let mut state = QueryState {
        data_update_count: entry.data_update_count,
        data_updated_at: entry.data_updated_at,
        is_invalidated: entry.is_invalidated,
        status,
        ..QueryState::default()
    };
    let mut meta = None;
    if let Some(rare) = &entry.rare {
        meta = parse_meta(rare.meta)?;
        state.error = failure(rare.error, "state.error")?;
        state.error_update_count = rare.error_update_count;
        state.error_updated_at = rare.error_updated_at;
        state.fetch_failure_count = rare.fetch_failure_count;
        state.fetch_failure_reason =
            failure(rare.fetch_failure_reason, "state.fetchFailureReason")?;
    }
    let from = HydratedQuery {
        key,
        state: QueryState { data: raw(entry.data), ..state },
        dehydrated_at: entry.dehydrated_at.unwrap_or_else(|| machine.now()),
        promise: None,
        arrived: None,
        meta,
        infinite: entry.infinite,
    };
    machine.hydrate_shared(from, &options.queries);
    Ok(())
}

fn take_mutation(
    machine: &mut Machine,
    entry: &MutationEntry<'_>,
    options: &HydrateOptions,
) -> Taken<MutationId> {
    let state = MutationState {
        context: raw(entry.context),
        data: raw(entry.data),
        error: failure(entry.error, "state.error")?,
        failure_count: entry.failure_count,
        failure_reason: failure(entry.failure_reason, "state.failureReason")?,
        is_paused: entry.is_paused,
        status: entry.status.ok_or(("state.status", Refusal::Missing))?,
        variables: raw(entry.variables),
        submitted_at: entry.submitted_at,
    };
    let from = HydratedMutation {
        key: entry.key.map(|key| parse_key(key, "mutationKey", &mut Vec::new())).transpose()?,
        state,
        scope: entry.scope.as_deref().map(Arc::from),
        meta: parse_meta(entry.meta)?,
    };
    Ok(machine.hydrate_mutation(from, &options.mutations))
}
