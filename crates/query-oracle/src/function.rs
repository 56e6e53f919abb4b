//! The scripted functions that are pure: what they give for what they get.

use serde_json::{Value, json};
use throughline_query::{
    Data, FetchStatus, MutationState, MutationStatus, PageView, QueryView, Status,
};

use crate::value::{is_undefined, undefined, written};

/// The name of a status.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Error => "error",
        Status::Success => "success",
    }
}

/// The name of what a query is doing.
pub fn fetch_status(status: FetchStatus) -> &'static str {
    match status {
        FetchStatus::Fetching => "fetching",
        FetchStatus::Paused => "paused",
        FetchStatus::Idle => "idle",
    }
}

/// The name of how far a mutation has come.
pub fn mutation_status(status: MutationStatus) -> &'static str {
    match status {
        MutationStatus::Idle => "idle",
        MutationStatus::Pending => "pending",
        MutationStatus::Success => "success",
        MutationStatus::Error => "error",
    }
}

/// Whether a condition holds for a query.
pub fn holds(condition: &Value, view: &QueryView<'_>, observers: usize) -> bool {
    let Some((name, wanted)) = condition.as_object().and_then(|object| object.iter().next()) else {
        return false;
    };
    let state = view.state;
    match name.as_str() {
        "hasData" => json!(state.data.is_some()) == *wanted,
        "dataEq" => state.data.as_ref().is_some_and(|data| written(data) == *wanted),
        "status" => json!(status(state.status)) == *wanted,
        "fetchStatus" => json!(fetch_status(state.fetch_status)) == *wanted,
        "minUpdates" => wanted.as_u64().is_some_and(|n| u64::from(state.data_update_count) >= n),
        "minErrors" => wanted.as_u64().is_some_and(|n| u64::from(state.error_update_count) >= n),
        "always" | "const" => wanted.as_bool() == Some(true),
        "keyAt" => key_at(wanted, &view.key.to_json()),
        "observers" => wanted.as_u64() == Some(observers as u64),
        _ => false,
    }
}

fn key_at(wanted: &Value, key: &Value) -> bool {
    let at = wanted.get(0).and_then(Value::as_u64).unwrap_or(u64::MAX) as usize;
    key.get(at).cloned().unwrap_or_else(undefined) == wanted[1]
}

/// Whether a predicate holds for a mutation.
pub fn holds_for_mutation(predicate: &Value, state: &MutationState, key: Option<&Value>) -> bool {
    let Some((name, wanted)) = predicate.as_object().and_then(|object| object.iter().next()) else {
        return false;
    };
    match name.as_str() {
        "status" => json!(mutation_status(state.status)) == *wanted,
        "varsEq" => state.variables.as_ref().map_or_else(undefined, written) == *wanted,
        "paused" => json!(state.is_paused) == *wanted,
        "keyAt" => key.is_some_and(|key| key_at(wanted, key)),
        "const" => wanted.as_bool() == Some(true),
        _ => false,
    }
}

/// What `select` makes of data, or the message that it throws.
pub fn selected(spec: &Value, data: &Value) -> Result<Selected, &'static str> {
    let select = &spec["select"];
    Ok(match select.as_str() {
        Some("id") => Selected::Same,
        Some("len") => Selected::Value(json!(length(data))),
        Some("throw") => return Err("select"),
        Some("pages") => match pages(data) {
            Some(pages) => Selected::Value(pages.clone()),
            None => Selected::Same,
        },
        _ => {
            if let Some(field) = select.get("pick").and_then(Value::as_str) {
                Selected::Value(data.get(field).cloned().unwrap_or(Value::Null))
            } else if let Some(name) = select.get("wrap").and_then(Value::as_str) {
                Selected::Value(json!({ name: data }))
            } else if select.get("throwEq") == Some(data) {
                return Err("select");
            } else {
                Selected::Same
            }
        }
    })
}

/// What `select` made.
pub enum Selected {
    /// The very value it got.
    Same,
    /// Another one.
    Value(Value),
}

fn pages(data: &Value) -> Option<&Value> {
    data.get("pages").filter(|pages| pages.is_array() && data.get("pageParams").is_some())
}

fn length(data: &Value) -> usize {
    if let Some(pages) = pages(data) {
        return pages.as_array().map_or(0, Vec::len);
    }
    match data {
        Value::Array(items) => items.len(),
        Value::Object(object) => object.len(),
        Value::String(text) => text.encode_utf16().count(),
        other => other.to_string().len(),
    }
}

/// What an updater makes of data; `None` for the very value it got.
pub fn updated(spec: &Value, before: Option<&Value>) -> Option<Value> {
    let Some((name, arg)) = spec.as_object().and_then(|object| object.iter().next()) else {
        return Some(undefined());
    };
    Some(match name.as_str() {
        "append" => match before {
            Some(Value::Array(items)) => {
                let mut items = items.clone();
                items.push(arg.clone());
                Value::Array(items)
            }
            _ => json!([arg]),
        },
        "merge" => spread(before, arg),
        "inc" => match before.and_then(Value::as_i64) {
            Some(number) => json!(number + arg.as_i64().unwrap_or(0)),
            None => arg.clone(),
        },
        "const" => arg.clone(),
        "same" => return None,
        _ => undefined(),
    })
}

fn spread(before: Option<&Value>, over: &Value) -> Value {
    let mut object = before.and_then(Value::as_object).cloned().unwrap_or_default();
    object.extend(over.as_object().cloned().unwrap_or_default());
    Value::Object(object)
}

/// What a reducer makes of what was collected and a chunk.
pub fn reduced(reducer: Option<&str>, before: &Value, chunk: &Value) -> Value {
    match reducer {
        Some("sum") => {
            json!(before.as_i64().unwrap_or(0) + chunk.as_i64().unwrap_or(0))
        }
        Some("last") => chunk.clone(),
        Some("merge") => spread(Some(before), chunk),
        _ => {
            let mut items = before.as_array().cloned().unwrap_or_default();
            items.push(chunk.clone());
            Value::Array(items)
        }
    }
}

/// The parameter of a neighbouring page.
pub fn page_param(spec: &Value, view: &PageView<'_>) -> Option<Value> {
    if let Some(constant) = spec.get("const") {
        return Some(constant.clone()).filter(|value| !value.is_null() && !is_undefined(value));
    }
    let base = match spec["of"].as_str() {
        Some("page") => written(view.page),
        Some("count") => json!(view.pages.len()),
        _ => written(view.param),
    };
    let step = spec["add"].as_i64().unwrap_or(0);
    let next = base.as_i64()? + step;
    let beyond = spec["until"]
        .as_i64()
        .is_some_and(|until| if step >= 0 { next > until } else { next < until });
    (!beyond).then(|| json!(next))
}

/// What is shown instead of data: the spec of a placeholder function, applied.
pub fn placeholder(
    spec: &Value,
    before: Option<&Data>,
    view: Option<&QueryView<'_>>,
) -> Option<Placeheld> {
    let placeholder = &spec["placeholder"];
    match placeholder.as_str() {
        Some("keepPrevious") => before.cloned().map(Placeheld::Same),
        Some("prevKey") => view.map(|view| Placeheld::Value(view.key.to_json())),
        _ => match placeholder.get("wrapPrev").and_then(Value::as_str) {
            Some(name) => before.map(|before| Placeheld::Value(json!({ name: written(before) }))),
            None => placeholder.get("const").cloned().map(Placeheld::Value),
        },
    }
}

/// What a placeholder function gave.
pub enum Placeheld {
    /// A value that there was.
    Same(Data),
    /// A new one.
    Value(Value),
}
