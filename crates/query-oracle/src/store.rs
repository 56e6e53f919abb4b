//! Stores of a trace, and what TanStack Query's `persistQueryClient` does with one: the cache is saved
//! as dehydrated JSON, and restored from it.
//!
//! What is tested by this is what the cache gives to be saved, when it tells of a change, and what it
//! makes of what it is given back. How it is kept is up to whoever keeps it.

use serde_json::{Value, json};
use throughline_query::Failure;

use crate::value::{is_undefined, thrown, undefined, written_failure};
use crate::world::{Job, World};
use crate::written;

/// A record of a whole client, as JSON text would keep it.
#[derive(Debug, Default)]
pub(crate) struct Store {
    /// How long every access takes; `None`: no time at all.
    after: Option<i64>,
    record: Option<Value>,
    corrupt: bool,
}

impl Store {
    /// An empty one, as the header of a trace describes it.
    pub(crate) fn new(spec: &Value) -> Self {
        Self { after: spec["after"].as_i64(), ..Self::default() }
    }

    fn put(&mut self, record: Option<Value>) {
        self.record = record.map(as_text_keeps_it);
        self.corrupt = false;
    }
}

/// An access to a store that is under way.
#[derive(Debug)]
pub(crate) enum Access {
    /// Writes the record; `pid` is told when it is there.
    Save { store: String, record: Value, pid: Option<String> },
    /// Reads the record and hydrates it.
    Restore { store: String, operation: Value, whose: Restoring },
    /// Removes what could not be used, and tells of the outcome.
    Remove { store: String, whose: Restoring, failure: Option<Failure> },
}

/// Who hears that restoring has come to an end.
#[derive(Debug)]
pub(crate) struct Restoring {
    /// The operation.
    pid: String,
    /// What saves from then on, by its place among the attachments.
    attachment: Option<usize>,
}

/// A store that is kept in step with the cache.
#[derive(Debug)]
pub(crate) struct Attachment {
    id: String,
    operation: Value,
    /// Whether it has been restored from.
    saves: bool,
    detached: bool,
}

/// What TanStack Query takes for the longest that a record is good for: a day.
const MAX_AGE: f64 = 86_400_000.0;

impl World {
    pub(crate) fn operate_store(
        &mut self,
        name: &str,
        operation: &Value,
        pid: &str,
    ) -> Option<Value> {
        let store = text(operation, "store");
        match name {
            "persist.save" => self.save(operation, Some(pid.to_owned())),
            "persist.restore" => self.restore(operation, pid, None),
            "persist.attach" => {
                self.attachments.push(Attachment {
                    id: text(operation, "id"),
                    operation: operation.clone(),
                    saves: false,
                    detached: false,
                });
                self.restore(operation, pid, Some(self.attachments.len() - 1));
            }
            "persist.detach" => {
                let id = text(operation, "id");
                let attached = self.attachments.iter_mut().rev().find(|there| there.id == id);
                attached.expect("what is detached was attached").detached = true;
            }
            "store.put" => {
                let record = self.whole(&operation["value"]);
                self.store(&store).put(Some(record));
            }
            "store.del" => self.store(&store).put(None),
            "store.corrupt" => self.store(&store).corrupt = true,
            "store.get" => {
                return Some(self.store(&store).record.clone().unwrap_or_else(undefined));
            }
            other => panic!("the operation {other} is not replayed"),
        }
        None
    }

    fn store(&mut self, name: &str) -> &mut Store {
        self.stores.get_mut(name).expect("a store is in the header")
    }

    fn access(&mut self, store: &str, what: &str, access: Access) {
        self.seen.push("store", store, json!([self.now, what]));
        let after = self.store(store).after;
        self.later(after, Job::Stored(Box::new(access)));
    }

    fn save(&mut self, operation: &Value, pid: Option<String>) {
        let mut how = json!({"json": true});
        for field in ["queries", "mutations"] {
            if let Some(predicate) = operation.get(field) {
                how[field] = predicate.clone();
            }
        }
        let record = json!({
            "buster": text(operation, "buster"),
            "clientState": self.dehydrated(&how),
            "timestamp": self.now,
        });
        let store = text(operation, "store");
        self.access(&store.clone(), "persist", Access::Save { store, record, pid });
    }

    fn restore(&mut self, operation: &Value, pid: &str, attachment: Option<usize>) {
        let store = text(operation, "store");
        let whose = Restoring { pid: pid.to_owned(), attachment };
        let operation = operation.clone();
        self.access(&store.clone(), "restore", Access::Restore { store, operation, whose });
    }

    /// The store has done what it was asked for.
    pub(crate) fn stored(&mut self, access: Access) {
        match access {
            Access::Save { store, record, pid } => {
                self.store(&store).put(Some(record));
                if let Some(pid) = pid {
                    self.seen.settled(&pid, json!([self.now, {"ok": undefined()}]));
                }
            }
            Access::Restore { store, operation, whose } => {
                let there = self.store(&store);
                let (record, corrupt) = (there.record.clone(), there.corrupt);
                let failure = corrupt.then(|| thrown("Error", "corrupt"));
                let usable = match &record {
                    Some(record) => !corrupt && self.is_good(record, &operation),
                    None => !corrupt,
                };
                if !usable {
                    let remove = Access::Remove { store: store.clone(), whose, failure };
                    self.access(&store, "remove", remove);
                    return;
                }
                if let Some(record) = record {
                    let mut from = json!({"state": record["clientState"]});
                    for field in ["queries", "mutations"] {
                        if let Some(options) = operation.get(field) {
                            from[field] = options.clone();
                        }
                    }
                    self.hydrate(&from);
                }
                self.restored(&whose, None);
            }
            Access::Remove { store, whose, failure } => {
                self.store(&store).put(None);
                self.restored(&whose, failure);
            }
        }
    }

    /// Restoring has come to an end; what is attached saves from now on, unless it failed.
    fn restored(&mut self, whose: &Restoring, failure: Option<Failure>) {
        let outcome = match &failure {
            None => json!({"ok": undefined()}),
            Some(failure) => json!({"err": written_failure(failure)}),
        };
        self.seen.settled(&whose.pid, json!([self.now, outcome]));
        if let Some(attachment) = whose.attachment.filter(|_| failure.is_none()) {
            self.later(None, Job::Attached(attachment));
        }
    }

    pub(crate) fn attached(&mut self, attachment: usize) {
        self.attachments[attachment].saves = true;
    }

    /// Something in the cache has changed: every store that is attached is written anew.
    pub(crate) fn save_attached(&mut self) {
        let saving = self.attachments.iter().filter(|there| there.saves && !there.detached);
        let all: Vec<_> = saving.map(|there| there.operation.clone()).collect();
        for operation in all {
            self.save(&operation, None);
        }
    }

    /// Whether a record is young enough, and of the same buster.
    fn is_good(&self, record: &Value, operation: &Value) -> bool {
        let Some(timestamp) = record["timestamp"].as_f64().filter(|at| *at != 0.0) else {
            return false;
        };
        let most = match &operation["maxAge"] {
            Value::Null => MAX_AGE,
            Value::Object(_) => f64::INFINITY,
            most => most.as_f64().unwrap_or(MAX_AGE),
        };
        self.now as f64 - timestamp <= most && text(record, "buster") == text(operation, "buster")
    }

    /// A record as a trace writes it, made whole and written as an expectation writes it.
    fn whole(&mut self, value: &Value) -> Value {
        let mut record = value.clone();
        let fields = record["clientState"].as_object_mut();
        let Some(state) = fields else { return record };
        let (mut queries, mut mutations) = (
            state.get("queries").cloned().unwrap_or_else(|| json!([])),
            state.get("mutations").cloned().unwrap_or_else(|| json!([])),
        );
        for query in queries.as_array_mut().into_iter().flatten() {
            let state = self.read_state(&query["state"], &Value::clone);
            query["state"] = written::state(&state);
            let key = self.reader.key(&query["queryKey"]);
            query["queryHash"] = json!(key.query_hash());
            if query.get("dehydratedAt").is_none_or(is_undefined) {
                query["dehydratedAt"] = json!(self.now);
            }
        }
        for mutation in mutations.as_array_mut().into_iter().flatten() {
            let state = self.read_mutation_state(&mutation["state"]);
            mutation["state"] = written::mutation_state(&state);
        }
        record["clientState"] = json!({"queries": queries, "mutations": mutations});
        record
    }
}

/// A value after its way through JSON: what is undefined is gone, or null in a list, and numbers are
/// those that JSON has.
fn as_text_keeps_it(value: Value) -> Value {
    match value {
        Value::Array(items) => items
            .into_iter()
            .map(|item| if is_undefined(&item) { Value::Null } else { as_text_keeps_it(item) })
            .collect(),
        Value::Object(fields) => match fields.get("$num").and_then(Value::as_str) {
            Some("-0") => json!(0),
            Some(_) => Value::Null,
            None => Value::Object(
                fields
                    .into_iter()
                    .filter(|(_, item)| !is_undefined(item))
                    .map(|(name, item)| (name, as_text_keeps_it(item)))
                    .collect(),
            ),
        },
        plain => plain,
    }
}

/// A field that is a text; without it, the empty one.
fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}
