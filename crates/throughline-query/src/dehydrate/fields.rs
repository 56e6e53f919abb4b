//! Queries and mutations as JSON objects, field by field as TanStack Query names them.

use serde::Serialize;
use serde_json::json;

use super::raw::RawJson;
use super::write::ErrorsAs;
use crate::data::{Abilities, Data};
use crate::machine::QueryRef;
use crate::mutation::{MutationState, MutationStatus};
use crate::options::{MutationOptions, guarded};
use crate::state::{Direction, FetchStatus, Status};
use crate::time::Millis;

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
    if let Some(data) = query.data
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
