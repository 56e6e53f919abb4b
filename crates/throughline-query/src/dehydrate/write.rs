//! A cache as TanStack Query's dehydrated JSON.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use super::fields::{mutation_json, query_json};
use super::report::DehydrateReport;
use crate::Key;
use crate::data::{Abilities, Cause, Data, Failure};
use crate::effect::MutationId;
use crate::machine::{Machine, QueryRef};
use crate::mutation::MutationState;
use crate::options::{QueryView, guarded};
use crate::state::{FetchStatus, QueryState, Status};
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
    pub(super) fn write(&self, failure: Option<&Failure>) -> Value {
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
        let QueryRef { key, state, meta, observers, .. } = *query;
        let view = QueryView { key, state, observers, meta };
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
            data: self.state.data.as_ref(),
            meta: self.meta.as_ref(),
            observers: 0,
            abilities: self.abilities.as_ref(),
            infinite: self.infinite,
        }
    }
}

impl Dehydrating {
    /// Writes what is there, and takes note of the pending queries that the filters want.
    pub fn begin(machine: &Machine, options: &DehydrateOptions) -> Self {
        Self::begin_without(machine, options, |_| false)
    }

    /// The same without mutations that are kept elsewhere.
    pub(crate) fn begin_without(
        machine: &Machine,
        options: &DehydrateOptions,
        is_elsewhere: impl Fn(MutationId) -> bool,
    ) -> Self {
        let mut this = Self {
            now: machine.now(),
            errors: options.errors.clone(),
            mutations: String::new(),
            queries: String::new(),
            waiting: Vec::new(),
            report: DehydrateReport::default(),
        };
        for (id, mutation, state) in machine.each_mutation() {
            if !is_elsewhere(id) && options.wants_mutation(state) {
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
        report.cannot_write(query);
    }
}
