//! A cache as TanStack Query's dehydrated JSON.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::raw::RawJson;
use super::report::DehydrateReport;
use crate::Key;
use crate::data::{Abilities, Cause, Data, Failure};
use crate::machine::{Machine, QueryRef};
use crate::mutation::{MutationState, MutationStatus};
use crate::options::{MutationOptions, QueryView, guarded};
use crate::state::{Direction, FetchStatus, QueryState, Status};
use crate::time::Millis;

/// Tells of a query whether it is written.
pub type WriteQuery = Arc<dyn Fn(&QueryView<'_>) -> bool + Send + Sync>;

/// Tells of a mutation whether it is written.
pub type WriteMutation = Arc<dyn Fn(&MutationState) -> bool + Send + Sync>;

/// What is written of errors.
#[derive(Clone, Default)]
pub enum ErrorsAs {
    /// `{}`, which is what `JSON.stringify` makes of an `Error` in TanStack Query's output, too: that
    /// there was an error is told, and nothing that a reader should not see.
    #[default]
    Redacted,
    /// `{"message":…}` with the error's own words.
    Messages,
    /// Whatever this says.
    By(Arc<dyn Fn(&Failure) -> Value + Send + Sync>),
}

impl fmt::Debug for ErrorsAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redacted => "Redacted",
            Self::Messages => "Messages",
            Self::By(_) => "By(..)",
        })
    }
}

impl ErrorsAs {
    fn write(&self, failure: Option<&Failure>) -> Value {
        let Some(failure) = failure else { return Value::Null };
        match (self, failure.cause()) {
            // This was JSON before, and whoever wrote it has redacted it or not.
            (_, Cause::Restored(value)) => value.clone(),
            (Self::Redacted, _) => json!({}),
            (Self::Messages, _) => json!({ "message": failure.to_string() }),
            (Self::By(say), _) => guarded(json!({}), || say(failure)),
        }
    }
}

/// How to dehydrate.
#[derive(Clone, Default)]
pub struct DehydrateOptions {
    /// Which queries. Default: those that have succeeded.
    pub queries: Option<WriteQuery>,
    /// Which mutations. Default: those that are paused.
    pub mutations: Option<WriteMutation>,
    /// What is written of errors.
    pub errors: ErrorsAs,
}

impl fmt::Debug for DehydrateOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DehydrateOptions").field("errors", &self.errors).finish_non_exhaustive()
    }
}

impl DehydrateOptions {
    /// Pending queries too, for [`Dehydrating`] to wait for.
    pub fn with_pending() -> Self {
        let wanted: WriteQuery =
            Arc::new(|query| matches!(query.state.status, Status::Success | Status::Pending));
        Self { queries: Some(wanted), ..Self::default() }
    }

    pub(crate) fn wants_query(&self, query: &QueryRef<'_>) -> bool {
        let view = QueryView {
            key: query.key,
            state: query.state,
            meta: query.meta,
            observers: query.observers,
        };
        match &self.queries {
            None => query.state.status == Status::Success,
            Some(wanted) => guarded(false, || wanted(&view)),
        }
    }

    pub(crate) fn wants_mutation(&self, state: &MutationState) -> bool {
        match &self.mutations {
            None => state.is_paused,
            Some(wanted) => guarded(false, || wanted(state)),
        }
    }
}

/// A cache as JSON.
#[derive(Debug, Clone)]
pub struct Dehydrated {
    /// `{"mutations":[…],"queries":[…]}`.
    pub json: String,
    /// How much was written, and what was left out.
    pub report: DehydrateReport,
}

/// Writes the cache as it is now, as TanStack Query's `dehydrate` does.
///
/// A query whose data cannot be written is left out and reported. A pending query that the filters
/// want is written without data; [`Dehydrating`] writes it as what becomes of it. `promise` is never
/// written, because JSON cannot hold one: TanStack Query would write `{}`, on which its own `hydrate`
/// fails. A mutation's variables are written with the abilities of its options; its context and its
/// result have no type that is known, and are written only if they came as JSON.
///
/// ```
/// use std::sync::Arc;
/// use throughline_query::*;
///
/// let mut machine = Machine::new(Config::default(), 5);
/// let abilities = Arc::new(Abilities::json::<u32>());
/// machine.set_query_defaults(&Key::default(), QueryOptions {
///     abilities: abilities.into(),
///     ..QueryOptions::default()
/// });
/// machine.set(&Key::from("n"), Data::new(7_u32), Some(4));
/// let written = dehydrate(&machine, &DehydrateOptions::default());
/// assert!(written.json.starts_with(r#"{"mutations":[],"queries":[{"dehydratedAt":5,"state":{"data":7,"#));
/// assert_eq!(written.report.queries, 1);
/// ```
pub fn dehydrate(machine: &Machine, options: &DehydrateOptions) -> Dehydrated {
    Dehydrating::begin(machine, options).finish()
}

/// Writing a cache while queries are still on their way.
///
/// ```
/// use std::sync::Arc;
/// use throughline_query::*;
///
/// let mut machine = Machine::new(Config::default(), 5);
/// let options = Arc::new(QueryOptions {
///     fetcher: Fetcher::Call(Data::new(())).into(),
///     abilities: Arc::new(Abilities::json::<u32>()).into(),
///     ..QueryOptions::default()
/// });
/// let key = Key::from("n");
/// machine.fetch_query(&key, &options, false, 1);
///
/// let mut dehydrating = Dehydrating::begin(&machine, &DehydrateOptions::with_pending());
/// assert_eq!(dehydrating.waits_for().collect::<Vec<_>>(), [&key]);
/// dehydrating.arrived(&key, &Data::new(7_u32));
/// let json = dehydrating.finish().json;
/// assert!(json.contains(r#""data":7"#) && json.contains(r#""status":"success""#));
/// ```
#[derive(Debug)]
pub struct Dehydrating {
    now: Millis,
    errors: ErrorsAs,
    mutations: String,
    /// The entries that are written, each with a comma in front.
    queries: String,
    /// What is waited for, and how much of `queries` comes before it.
    waiting: Vec<(usize, Waiting)>,
    report: DehydrateReport,
}

#[derive(Debug)]
struct Waiting {
    key: Key,
    state: QueryState,
    meta: Option<Value>,
    infinite: bool,
    abilities: Option<Abilities>,
    arrived: bool,
}

impl Waiting {
    fn query(&self) -> QueryRef<'_> {
        QueryRef {
            key: &self.key,
            state: &self.state,
            meta: self.meta.as_ref(),
            abilities: self.abilities.as_ref(),
            infinite: self.infinite,
            // Only filters ask, and they have been asked.
            observers: 0,
        }
    }
}

impl Dehydrating {
    /// Writes what is there, and takes note of the pending queries that the filters want.
    pub fn begin(machine: &Machine, options: &DehydrateOptions) -> Self {
        let mut this = Self {
            now: machine.now(),
            errors: options.errors.clone(),
            mutations: String::new(),
            queries: String::new(),
            waiting: Vec::new(),
            report: DehydrateReport::default(),
        };
        for (_, mutation, state) in machine.each_mutation() {
            if options.wants_mutation(state) {
                match mutation_json(&mut this.mutations, mutation, state, &options.errors) {
                    true => this.report.mutations += 1,
                    false => this.report.unwritable_mutations += 1,
                }
            }
        }
        for query in machine.each_query().filter(|query| options.wants_query(query)) {
            if query.state.status == Status::Pending {
                this.waiting.push((
                    this.queries.len(),
                    Waiting {
                        key: query.key.clone(),
                        state: query.state.clone(),
                        meta: query.meta.cloned(),
                        infinite: query.infinite,
                        abilities: query.abilities.cloned(),
                        arrived: false,
                    },
                ));
            } else {
                let (now, errors) = (this.now, &this.errors);
                write_query(&mut this.queries, &mut this.report, &query, now, errors);
            }
        }
        this
    }

    /// The queries that are on their way. Wait for them, for instance with
    /// [`Machine::fetch_query`], which joins the fetch under way, and say what became of each.
    pub fn waits_for(&self) -> impl Iterator<Item = &Key> {
        self.waiting.iter().filter(|(_, waiting)| !waiting.arrived).map(|(_, waiting)| &waiting.key)
    }

    /// This became of a query that is waited for. One that fails is not told: it is written as
    /// pending, and whoever hydrates fetches it anew, as with TanStack Query's redacted promises.
    ///
    /// As there, the data is as old as the call of [`Dehydrating::begin`].
    pub fn arrived(&mut self, key: &Key, data: &Data) {
        let now = self.now;
        for (_, waiting) in self.waiting.iter_mut().filter(|(_, waiting)| waiting.key == *key) {
            waiting.arrived = true;
            waiting.state.data = Some(data.clone());
            waiting.state.status = Status::Success;
            waiting.state.fetch_status = FetchStatus::Idle;
            waiting.state.data_updated_at = now;
        }
    }

    /// The whole.
    pub fn finish(mut self) -> Dehydrated {
        let mut queries = String::with_capacity(self.queries.len());
        let mut from = 0;
        for (at, waiting) in &self.waiting {
            queries.push_str(&self.queries[from..*at]);
            from = *at;
            self.report.unfinished += usize::from(!waiting.arrived);
            write_query(&mut queries, &mut self.report, &waiting.query(), self.now, &self.errors);
        }
        queries.push_str(&self.queries[from..]);
        let list = |entries: &str| entries.strip_prefix(',').unwrap_or(entries).to_owned();
        let json = format!(
            r#"{{"mutations":[{}],"queries":[{}]}}"#,
            list(&self.mutations),
            list(&queries),
        );
        Dehydrated { json, report: self.report }
    }
}

fn write_query(
    out: &mut String,
    report: &mut DehydrateReport,
    query: &QueryRef<'_>,
    now: Millis,
    errors: &ErrorsAs,
) {
    let before = out.len();
    out.push(',');
    if query_json(out, query, now, errors) {
        report.queries += 1;
    } else {
        out.truncate(before);
        report.cannot_write(query.key.query_hash());
    }
}

/// Adds a value. What is written here is of kinds that serde_json never refuses.
fn push(out: &mut String, value: &(impl Serialize + ?Sized)) {
    match serde_json::to_string(value) {
        Ok(text) => out.push_str(&text),
        Err(_) => out.push_str("null"),
    }
}

/// Adds `"name":` and the value, and a comma behind.
fn field(out: &mut String, name: &str, value: &(impl Serialize + ?Sized)) {
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
    push(out, value);
    out.push(',');
}

/// Adds `"name":` and the data, and a comma behind; false if it cannot be written.
fn data_field(out: &mut String, name: &str, data: &Data, abilities: Option<&Abilities>) -> bool {
    if let Some(raw) = data.downcast_ref::<RawJson>() {
        out.push('"');
        out.push_str(name);
        out.push_str("\":");
        out.push_str(raw.get());
        out.push(',');
        return true;
    }
    let Some(write) = abilities.and_then(|abilities| abilities.to_json) else { return false };
    let Some(value) = guarded(None, || write(data)) else { return false };
    field(out, name, &value);
    true
}

/// Closes the object, whose last field has left a comma.
fn close(out: &mut String) {
    if out.ends_with(',') {
        out.pop();
    }
    out.push('}');
}

/// Adds a query as an object; false if its data cannot be written, and then part of it may be there.
pub(crate) fn query_json(
    out: &mut String,
    query: &QueryRef<'_>,
    now: Millis,
    errors: &ErrorsAs,
) -> bool {
    let state = query.state;
    out.push('{');
    field(out, "dehydratedAt", &now);
    out.push_str("\"state\":{");
    if let Some(data) = &state.data
        && !data_field(out, "data", data, query.abilities)
    {
        return false;
    }
    field(out, "dataUpdateCount", &state.data_update_count);
    field(out, "dataUpdatedAt", &state.data_updated_at);
    field(out, "error", &errors.write(state.error.as_ref()));
    field(out, "errorUpdateCount", &state.error_update_count);
    field(out, "errorUpdatedAt", &state.error_updated_at);
    field(out, "fetchFailureCount", &state.fetch_failure_count);
    field(out, "fetchFailureReason", &errors.write(state.fetch_failure_reason.as_ref()));
    out.push_str(match state.fetch_more {
        None => r#""fetchMeta":null,"#,
        Some(Direction::Forward) => r#""fetchMeta":{"fetchMore":{"direction":"forward"}},"#,
        Some(Direction::Backward) => r#""fetchMeta":{"fetchMore":{"direction":"backward"}},"#,
    });
    field(out, "isInvalidated", &state.is_invalidated);
    field(
        out,
        "status",
        match state.status {
            Status::Pending => "pending",
            Status::Error => "error",
            Status::Success => "success",
        },
    );
    field(
        out,
        "fetchStatus",
        match state.fetch_status {
            FetchStatus::Fetching => "fetching",
            FetchStatus::Paused => "paused",
            FetchStatus::Idle => "idle",
        },
    );
    close(out);
    out.push(',');
    field(out, "queryKey", query.key);
    field(out, "queryHash", &query.key.query_hash());
    if let Some(meta) = query.meta {
        field(out, "meta", meta);
    }
    if query.infinite {
        field(out, "queryType", "infinite");
    }
    close(out);
    true
}

/// Adds a mutation as an object with a comma in front; false if its variables cannot be written, and
/// then nothing was added.
pub(crate) fn mutation_json(
    out: &mut String,
    options: &MutationOptions,
    state: &MutationState,
    errors: &ErrorsAs,
) -> bool {
    let before = out.len();
    out.push_str(",{");
    if let Some(key) = options.key.get() {
        field(out, "mutationKey", key);
    }
    out.push_str("\"state\":{");
    for (name, data) in [("context", &state.context), ("data", &state.data)] {
        if let Some(data) = data {
            data_field(out, name, data, None);
        }
    }
    field(out, "error", &errors.write(state.error.as_ref()));
    field(out, "failureCount", &state.failure_count);
    field(out, "failureReason", &errors.write(state.failure_reason.as_ref()));
    field(out, "isPaused", &state.is_paused);
    field(
        out,
        "status",
        match state.status {
            MutationStatus::Idle => "idle",
            MutationStatus::Pending => "pending",
            MutationStatus::Success => "success",
            MutationStatus::Error => "error",
        },
    );
    let abilities = options.abilities.get().map(AsRef::as_ref);
    if let Some(variables) = &state.variables
        && !data_field(out, "variables", variables, abilities)
    {
        out.truncate(before);
        return false;
    }
    field(out, "submittedAt", &state.submitted_at);
    close(out);
    out.push(',');
    if let Some(scope) = options.scope.get() {
        out.push_str("\"scope\":");
        push(out, &json!({ "id": **scope }));
        out.push(',');
    }
    if let Some(meta) = options.meta.get() {
        field(out, "meta", meta.as_ref());
    }
    close(out);
    true
}
