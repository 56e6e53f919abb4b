//! Results and states as expectations write them: what differs from a base.

use serde_json::{Map, Value, json};
use throughline_query::{MutationState, ObserverResult, QuerySnapshot, QueryState, Span};

use crate::function::{fetch_status, mutation_status, status};
use crate::options::direction_name;
use crate::value::{undefined, written_failure_or_null, written_or_undefined};

/// One field of a result, by TanStack's name.
pub fn field(result: &ObserverResult, name: &str) -> Value {
    match name {
        "status" => json!(status(result.status)),
        "fetchStatus" => json!(fetch_status(result.fetch_status)),
        "isPending" => json!(result.is_pending()),
        "isSuccess" => json!(result.is_success()),
        "isError" => json!(result.is_error()),
        "isLoading" | "isInitialLoading" => json!(result.is_loading()),
        "data" => written_or_undefined(result.data.as_ref()),
        "dataUpdatedAt" => json!(result.data_updated_at),
        "error" => written_failure_or_null(result.error.as_ref()),
        "errorUpdatedAt" => json!(result.error_updated_at),
        "failureCount" => json!(result.failure_count),
        "failureReason" => written_failure_or_null(result.failure_reason.as_ref()),
        "errorUpdateCount" => json!(result.error_update_count),
        "isFetched" => json!(result.is_fetched),
        "isFetchedAfterMount" => json!(result.is_fetched_after_mount),
        "isFetching" => json!(result.is_fetching()),
        "isRefetching" => json!(result.is_refetching()),
        "isLoadingError" => json!(result.is_loading_error()),
        "isRefetchError" => json!(result.is_refetch_error()),
        "isPaused" => json!(result.is_paused()),
        "isPlaceholderData" => json!(result.is_placeholder_data),
        "isStale" => json!(result.is_stale),
        "isEnabled" => json!(result.is_enabled),
        "hasNextPage" => result.pages.map_or_else(undefined, |pages| json!(pages.has_next)),
        "hasPreviousPage" => result.pages.map_or_else(undefined, |pages| json!(pages.has_previous)),
        "isFetchingNextPage" => json!(result.is_fetching_next_page()),
        "isFetchingPreviousPage" => json!(result.is_fetching_previous_page()),
        "isFetchNextPageError" => json!(result.is_fetch_next_page_error()),
        "isFetchPreviousPageError" => json!(result.is_fetch_previous_page_error()),
        _ => undefined(),
    }
}

const FIELDS: [&str; 24] = [
    "data",
    "dataUpdatedAt",
    "error",
    "errorUpdateCount",
    "errorUpdatedAt",
    "failureCount",
    "failureReason",
    "fetchStatus",
    "isEnabled",
    "isError",
    "isFetched",
    "isFetchedAfterMount",
    "isFetching",
    "isInitialLoading",
    "isLoading",
    "isLoadingError",
    "isPaused",
    "isPending",
    "isPlaceholderData",
    "isRefetchError",
    "isRefetching",
    "isStale",
    "isSuccess",
    "status",
];

const PAGE_FIELDS: [&str; 6] = [
    "hasNextPage",
    "hasPreviousPage",
    "isFetchNextPageError",
    "isFetchPreviousPageError",
    "isFetchingNextPage",
    "isFetchingPreviousPage",
];

fn base(name: &str) -> Value {
    match name {
        "data" | "context" | "variables" => undefined(),
        "error" | "failureReason" | "fetchFailureReason" | "fetchMeta" => Value::Null,
        "dataUpdatedAt" | "errorUpdateCount" | "errorUpdatedAt" | "failureCount"
        | "dataUpdateCount" | "fetchFailureCount" | "observers" | "submittedAt" => json!(0),
        "fetchStatus" => json!("idle"),
        "isEnabled" | "isPending" | "isStale" | "isDisabled" => json!(true),
        "gcTime" => json!(300_000),
        "status" => json!("pending"),
        _ => json!(false),
    }
}

fn difference<'a>(fields: impl Iterator<Item = (&'a str, Value)>) -> Value {
    let differs = fields.filter(|(name, value)| *value != base(name));
    Value::Object(differs.map(|(name, value)| (name.to_owned(), value)).collect())
}

/// What an observer sees.
pub fn result(result: &ObserverResult) -> Value {
    let more: &[&str] = if result.pages.is_some() { &PAGE_FIELDS } else { &[] };
    let names = FIELDS.iter().chain(more);
    difference(names.map(|name| (*name, field(result, name))))
}

/// Of what an observer sees, what its refetch gives.
pub fn brief_result(result: &ObserverResult) -> Value {
    let names = ["status", "data", "error"];
    difference(names.into_iter().map(|name| (name, field(result, name))))
}

fn state_fields(state: &QueryState) -> Vec<(&'static str, Value)> {
    vec![
        ("data", written_or_undefined(state.data.as_ref())),
        ("dataUpdateCount", json!(state.data_update_count)),
        ("dataUpdatedAt", json!(state.data_updated_at)),
        ("error", written_failure_or_null(state.error.as_ref())),
        ("errorUpdateCount", json!(state.error_update_count)),
        ("errorUpdatedAt", json!(state.error_updated_at)),
        ("fetchFailureCount", json!(state.fetch_failure_count)),
        ("fetchFailureReason", written_failure_or_null(state.fetch_failure_reason.as_ref())),
        ("fetchMeta", state.fetch_more.map_or(Value::Null, |way| json!(direction_name(way)))),
        ("isInvalidated", json!(state.is_invalidated)),
        ("status", json!(status(state.status))),
        ("fetchStatus", json!(fetch_status(state.fetch_status))),
    ]
}

/// The state of a query.
pub fn state(state: &QueryState) -> Value {
    difference(state_fields(state).into_iter())
}

fn gc_time(span: Span) -> Value {
    match span {
        Span::For(time) => json!(time),
        Span::Forever => json!({"$num": "Infinity"}),
    }
}

/// A query as it stands.
pub fn snapshot(shown: &QuerySnapshot) -> Value {
    let mut fields = state_fields(&shown.state);
    fields.extend([
        ("observers", json!(shown.observers)),
        ("isActive", json!(shown.is_active)),
        ("isStale", json!(shown.is_stale)),
        ("isDisabled", json!(shown.is_disabled)),
        ("gcTime", gc_time(shown.gc_time)),
    ]);
    difference(fields.into_iter())
}

fn mutation_fields(state: &MutationState) -> Vec<(&'static str, Value)> {
    vec![
        ("context", written_or_undefined(state.context.as_ref())),
        ("data", written_or_undefined(state.data.as_ref())),
        ("error", written_failure_or_null(state.error.as_ref())),
        ("failureCount", json!(state.failure_count)),
        ("failureReason", written_failure_or_null(state.failure_reason.as_ref())),
        ("isPaused", json!(state.is_paused)),
        ("status", json!(mutation_status(state.status))),
        ("submittedAt", json!(state.submitted_at)),
        ("variables", written_or_undefined(state.variables.as_ref())),
    ]
}

fn mutation_difference(fields: Vec<(&'static str, Value)>) -> Value {
    let mut object = Map::new();
    for (name, value) in fields {
        let base = match name {
            "status" => json!("idle"),
            "isIdle" => json!(true),
            "isPending" => json!(false),
            name => base(name),
        };
        if value != base {
            object.insert(name.to_owned(), value);
        }
    }
    Value::Object(object)
}

/// The state of a mutation.
pub fn mutation_state(state: &MutationState) -> Value {
    mutation_difference(mutation_fields(state))
}

/// A mutation as it stands.
pub fn mutation_snapshot(state: &MutationState, span: Span) -> Value {
    let mut fields = mutation_fields(state);
    fields.push(("gcTime", gc_time(span)));
    mutation_difference(fields)
}

/// What an observer of mutations sees.
pub fn mutation_result(state: &MutationState) -> Value {
    let mut fields = mutation_fields(state);
    let is = |name: &str| json!(mutation_status(state.status) == name);
    fields.extend([
        ("isError", is("error")),
        ("isIdle", is("idle")),
        ("isPending", is("pending")),
        ("isSuccess", is("success")),
    ]);
    mutation_difference(fields)
}
