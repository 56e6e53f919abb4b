//! What is seen during one operation, subject by subject.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Where it stands that a fetch overtook another: no field of an expectation.
pub const OVERTAKEN: &str = "overtaken";

/// Where it stands that a mutation was resumed in vain: no field of an expectation.
pub const IN_VAIN: &str = "inVain";

/// What is seen during one operation.
#[derive(Debug, Default)]
pub struct Observation(Map<String, Value>);

impl Observation {
    /// The operation returned this.
    pub fn returned(&mut self, value: Value) {
        self.0.insert("ret".to_owned(), value);
    }

    /// An operation in a callback returned this.
    pub fn nested(&mut self, pid: &str, value: Value) {
        self.field("nested").insert(pid.to_owned(), json!({"ret": value}));
    }

    /// A fetch has overtaken another of the same query, which nobody had cancelled.
    pub fn overtaken(&mut self) {
        self.0.insert(OVERTAKEN.to_owned(), Value::Bool(true));
    }

    /// A mutation was resumed, and failed before its function was called.
    pub fn resumed_in_vain(&mut self) {
        self.0.insert(IN_VAIN.to_owned(), Value::Bool(true));
    }

    fn field(&mut self, name: &str) -> &mut Map<String, Value> {
        let entry = self.0.entry(name).or_insert_with(|| json!({}));
        entry.as_object_mut().expect("fields with subjects are objects")
    }

    /// Something happened to a subject.
    pub fn push(&mut self, field: &str, subject: &str, entry: Value) {
        let list = self.field(field).entry(subject).or_insert_with(|| json!([]));
        list.as_array_mut().expect("subjects have lists").push(entry);
    }

    /// A promise settled.
    pub fn settled(&mut self, pid: &str, entry: Value) {
        self.field("settled").insert(pid.to_owned(), entry);
    }

    /// A promise that settled may as well have settled with this.
    pub fn or_settled(&mut self, pid: &str, outcome: Value) {
        let entry = self.field("settled").get_mut(pid).and_then(Value::as_array_mut);
        if let Some(entry) = entry.filter(|entry| entry.get(1) != Some(&outcome)) {
            entry.truncate(2);
            entry.push(outcome);
        }
    }

    /// Notes what stands otherwise than before.
    pub fn changed(
        &mut self,
        field: &str,
        before: &BTreeMap<String, Value>,
        after: &BTreeMap<String, Value>,
    ) {
        for (subject, value) in after {
            if before.get(subject) != Some(value) {
                self.field(field).insert(subject.clone(), value.clone());
            }
        }
        for subject in before.keys().filter(|subject| !after.contains_key(*subject)) {
            self.field(field).insert(subject.clone(), Value::Null);
        }
    }

    /// It as an expectation is written.
    pub fn into_json(self) -> Value {
        Value::Object(self.0)
    }
}
