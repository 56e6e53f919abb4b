//! The shared parts of a document: each schema, response and security scheme once under its name.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};

use super::Flaw;
use crate::validate::escape;

/// Where schemas stand in the document.
const SCHEMAS: &str = "#/components/schemas/";

/// A shared part and where it was met first.
#[derive(Debug)]
struct Shared {
    value: Value,
    place: String,
}

/// The shared parts, and what was found wrong so far.
#[derive(Debug, Default)]
pub(super) struct Components {
    schemas: BTreeMap<String, Shared>,
    responses: BTreeMap<String, Value>,
    schemes: BTreeMap<String, Shared>,
    pub(super) flaws: Vec<Flaw>,
}

impl Components {
    /// A schema as JSON.
    pub(super) fn write(&mut self, schema: &RefOr<Schema>, place: &str) -> Value {
        match serde_json::to_value(schema) {
            Ok(value) => value,
            Err(error) => {
                let (place, reason) = (place.to_owned(), error.to_string());
                self.flaws.push(Flaw::Unwritable { place, reason });
                Value::Bool(true)
            }
        }
    }

    /// Shares a schema that was met in `place`.
    pub(super) fn schema(&mut self, name: &str, value: Value, place: &str) {
        let Some(known) = self.schemas.get(name) else {
            let place = place.to_owned();
            self.schemas.insert(name.to_owned(), Shared { value, place });
            return;
        };
        if let Some(at) = difference(&known.value, &value) {
            self.flaws.push(Flaw::SchemaName {
                name: name.to_owned(),
                first: known.place.clone(),
                second: place.to_owned(),
                at,
            });
        }
    }

    /// Shares a security scheme of the operation `id`.
    pub(super) fn scheme(&mut self, name: &str, value: Value, id: &str) {
        let Some(known) = self.schemes.get(name) else {
            let place = id.to_owned();
            self.schemes.insert(name.to_owned(), Shared { value, place });
            return;
        };
        if let Some(at) = difference(&known.value, &value) {
            self.flaws.push(Flaw::Scheme {
                name: name.to_owned(),
                first: known.place.clone(),
                second: id.to_owned(),
                at,
            });
        }
    }

    /// Shares a response and returns the reference to it; when another one has its name, the
    /// response itself.
    pub(super) fn response(&mut self, name: String, value: Value) -> Value {
        let reference = json!({ "$ref": format!("#/components/responses/{name}") });
        let known = self.responses.entry(name).or_insert_with(|| value.clone());
        if *known == value { reference } else { value }
    }

    /// The schema itself where `schema` only refers to it.
    pub(super) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        // As many steps as there are schemas: references in a circle lead nowhere.
        for _ in 0..=self.schemas.len() {
            let Some(shared) = referred(schema).and_then(|name| self.schemas.get(name)) else {
                break;
            };
            schema = &shared.value;
        }
        schema
    }

    /// The member `name` of an object's schema, also of one that is put together of several.
    pub(super) fn property<'a>(&'a self, schema: &'a Value, name: &str) -> Option<&'a Value> {
        self.properties(schema)
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, found)| found)
    }

    /// The members of an object's schema, also of one that is put together of several.
    pub(super) fn properties<'a>(&'a self, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let schema = self.resolve(schema);
        let mut found = Vec::new();
        if let Some(properties) = schema["properties"].as_object() {
            found.extend(properties.iter().map(|(name, schema)| (name.as_str(), schema)));
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            found.extend(self.properties(part));
        }
        found
    }

    /// Notes each reference to a schema that is not there.
    pub(super) fn check_references(&mut self, paths: &BTreeMap<&str, Map<String, Value>>) {
        let mut references: Vec<(String, &str)> = Vec::new();
        for (path, operations) in paths {
            for (method, operation) in operations {
                let place = format!("{} {path}", method.to_uppercase());
                each_reference(operation, &mut |name| references.push((place.clone(), name)));
            }
        }
        for (name, shared) in &self.schemas {
            let place = format!("the schema `{name}`");
            each_reference(&shared.value, &mut |name| references.push((place.clone(), name)));
        }
        let missing = references.into_iter().filter(|(_, name)| !self.schemas.contains_key(*name));
        let missing = missing.map(|(place, name)| Flaw::Reference { place, name: name.to_owned() });
        self.flaws.extend(missing.collect::<Vec<_>>());
    }

    /// The `components` of the document.
    pub(super) fn to_value(&self) -> Value {
        let values = |shared: &BTreeMap<String, Shared>| -> Map<String, Value> {
            shared.iter().map(|(name, shared)| (name.clone(), shared.value.clone())).collect()
        };
        json!({
            "schemas": values(&self.schemas),
            "responses": self.responses,
            "securitySchemes": values(&self.schemes),
        })
    }
}

/// A reference to a shared schema.
pub(super) fn refer(name: &str) -> Value {
    json!({ "$ref": format!("{SCHEMAS}{name}") })
}

/// The name of the shared schema that this one refers to.
pub(super) fn referred(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix(SCHEMAS)
}

/// Calls `found` with the name of each shared schema that is referred to in `value`.
fn each_reference<'a>(value: &'a Value, found: &mut impl FnMut(&'a str)) {
    match value {
        Value::Object(members) => {
            if let Some(name) = referred(value) {
                found(name);
            }
            members.values().for_each(|member| each_reference(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| each_reference(item, found)),
        _ => {}
    }
}

/// The first place where two values differ, as a JSON pointer; `#` stands for the values
/// themselves.
pub(super) fn difference(a: &Value, b: &Value) -> Option<String> {
    fn walk(a: &Value, b: &Value, pointer: &str) -> Option<String> {
        let inside = |token: &str| format!("{pointer}/{}", escape(token));
        match (a, b) {
            (Value::Object(a), Value::Object(b)) => {
                // Sorted, so that the answer does not depend on how maps are kept.
                let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
                names.into_iter().find_map(|name| match (a.get(name), b.get(name)) {
                    (Some(a), Some(b)) => walk(a, b, &inside(name)),
                    _ => Some(inside(name)),
                })
            }
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                let mut pairs = a.iter().zip(b).enumerate();
                pairs.find_map(|(index, (a, b))| walk(a, b, &inside(&index.to_string())))
            }
            _ => (a != b).then(|| pointer.to_owned()),
        }
    }
    walk(a, b, "#")
}
