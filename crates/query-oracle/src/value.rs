//! JavaScript values as traces write them, and as data of the cache.

use std::collections::HashMap;
use std::fmt;

use serde_json::{Map, Value, json};
use throughline_query::{Cause, Data, Failure, Pages};

/// JavaScript's `undefined`.
pub fn undefined() -> Value {
    json!({"$undef": 1})
}

/// Whether this is `undefined`.
pub fn is_undefined(value: &Value) -> bool {
    value.as_object().is_some_and(|object| object.len() == 1 && object.contains_key("$undef"))
}

/// Whether JavaScript compares such a value by what it is, not by where it is.
fn is_primitive(value: &Value) -> bool {
    match value {
        Value::Array(_) => false,
        Value::Object(object) => object.len() == 1 && object.contains_key("$num"),
        _ => true,
    }
}

/// The value as text, the same for equal values.
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let mut names: Vec<_> = object.keys().collect();
            names.sort();
            let fields = names.iter().map(|name| {
                format!("{}:{}", Value::String((*name).clone()), canonical(&object[name.as_str()]))
            });
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}

/// A value in the cache that is not pages.
#[derive(Debug)]
struct Held(Value);

/// Makes data of values: equal primitives are one value, as in JavaScript, and so are equal
/// literals in options.
#[derive(Default)]
pub struct Heap {
    interned: HashMap<String, Data>,
}

impl Heap {
    /// A value that came into being just now.
    pub fn fresh(&mut self, value: &Value) -> Data {
        if is_primitive(value) || is_undefined(value) {
            self.literal(value)
        } else {
            self.new_data(value)
        }
    }

    /// A literal, which is one value wherever it is written.
    pub fn literal(&mut self, value: &Value) -> Data {
        let text = canonical(value);
        if let Some(data) = self.interned.get(&text) {
            return data.clone();
        }
        let data = self.new_data(value);
        self.interned.insert(text, data.clone());
        data
    }

    fn new_data(&mut self, value: &Value) -> Data {
        let pages = value.as_object().filter(|object| object.len() == 2).and_then(|object| {
            Some((object.get("pages")?.as_array()?, object.get("pageParams")?.as_array()?))
        });
        match pages {
            Some((pages, params)) => Data::new(Pages {
                pages: pages.iter().map(|page| self.fresh(page)).collect(),
                params: params.iter().map(|param| self.param(param)).collect(),
            }),
            None if is_undefined(value) => Data::new(Held(undefined())),
            None => Data::new(Held(value.clone())),
        }
    }

    /// A parameter of a page; the machine writes an absent one as `()`.
    pub fn param(&mut self, value: &Value) -> Data {
        if is_undefined(value) { Data::new(()) } else { self.fresh(value) }
    }
}

/// What data is written as.
pub fn written(data: &Data) -> Value {
    if let Some(pages) = data.downcast_ref::<Pages>() {
        let all = |items: &[Data]| Value::Array(items.iter().map(written).collect());
        return json!({"pages": all(&pages.pages), "pageParams": all(&pages.params)});
    }
    data.downcast_ref::<Held>().map_or_else(undefined, |held| held.0.clone())
}

/// What data is written as if there may be none.
pub fn written_or_undefined(data: Option<&Data>) -> Value {
    data.map_or_else(undefined, written)
}

/// Whether TanStack's structural sharing would find nothing new.
pub fn equal(a: &Data, b: &Data) -> bool {
    let (a, b) = (written(a), written(b));
    a == b && !has_dates(&a)
}

/// TanStack's structural sharing, as far as it shows from outside: the old value if nothing is new,
/// else a copy of arrays and plain objects, else the new value.
pub fn shared(heap: &std::sync::Mutex<Heap>, before: Option<&Data>, data: Data) -> Data {
    let Some(before) = before.filter(|before| !before.ptr_eq(&data)) else { return data };
    if equal(before, &data) {
        return before.clone();
    }
    let (old, new) = (written(before), written(&data));
    let is_plain = |value: &Value| {
        let tag = |object: &Map<String, Value>| {
            object.len() == 1 && object.keys().all(|name| name.starts_with('$'))
        };
        value.as_object().is_some_and(|object| !tag(object))
    };
    if old.is_array() && new.is_array() || is_plain(&old) && is_plain(&new) {
        return crate::options::lock(heap).fresh(&new);
    }
    data
}

fn has_dates(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_dates),
        Value::Object(object) => object.contains_key("$date") || object.values().any(has_dates),
        _ => false,
    }
}

/// An error that a script throws.
#[derive(Debug)]
pub struct Thrown {
    /// Its name.
    pub name: String,
    /// Its message.
    pub message: String,
}

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Thrown {}

/// An error as a failure.
pub fn thrown(name: &str, message: &str) -> Failure {
    Failure::new(Thrown { name: name.to_owned(), message: message.to_owned() })
}

/// What a failure is written as.
pub fn written_failure(failure: &Failure) -> Value {
    let error = |name: &str, message: &str| json!({"$err": {"name": name, "message": message}});
    match failure.cause() {
        Cause::Cancelled { revert, silent } => {
            let mut error = Map::new();
            error.insert("name".to_owned(), json!("CancelledError"));
            error.insert("message".to_owned(), json!("CancelledError"));
            if *revert {
                error.insert("revert".to_owned(), json!(true));
            }
            if *silent {
                error.insert("silent".to_owned(), json!(true));
            }
            json!({"$err": error})
        }
        Cause::MissingFetcher(key) => {
            error("Error", &format!("Missing queryFn: '{}'", key.query_hash()))
        }
        Cause::NoData(key) => error("Error", &format!("{} data is undefined", key.query_hash())),
        Cause::MissingMutator => error("Error", "No mutationFn found"),
        Cause::Redacted => error("Error", "redacted"),
        Cause::Restored(value) => value.clone(),
        _ => match failure.downcast_ref::<Thrown>() {
            Some(thrown) => error(&thrown.name, &thrown.message),
            None => error("Error", &failure.to_string()),
        },
    }
}

/// What a failure is written as if there may be none.
pub fn written_failure_or_null(failure: Option<&Failure>) -> Value {
    failure.map_or(Value::Null, written_failure)
}

/// A number that may be endless, in milliseconds.
pub fn millis(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().map(|number| number as i64))
}

/// Whether this is an endless number.
pub fn is_infinite(value: &Value) -> bool {
    value.get("$num").and_then(Value::as_str) == Some("Infinity")
}
