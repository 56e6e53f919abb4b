//! The same ten routes as plain axum handlers, bare or with validation and an OpenAPI document.

use super::generate::Thing;

/// The handlers. `annotated` adds garde's checks, schemas and `utoipa::path`.
pub fn handlers(thing: &Thing, annotated: bool) -> String {
    let mut text = String::new();
    for line in HANDLERS.lines() {
        match line.trim_start().strip_prefix("@+ ") {
            // What only the annotated handlers have, in its place.
            Some(extra) if annotated => {
                let indent = line.len() - line.trim_start().len();
                text.push_str(&" ".repeat(indent));
                text.push_str(extra);
                text.push('\n');
            }
            Some(_) => {}
            None => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    let choose = |annotated_text: &'static str, bare: &'static str| {
        if annotated { annotated_text } else { bare }
    };
    let text = text
        .replace(
            "@[body derives]",
            choose("Deserialize, garde::Validate, utoipa::ToSchema", "Deserialize"),
        )
        .replace(
            "@[query derives]",
            choose("Deserialize, garde::Validate, utoipa::IntoParams", "Deserialize"),
        )
        .replace("@[output derives]", choose("Serialize, utoipa::ToSchema", "Serialize"));
    thing.fill(&text)
}

/// What all modules share.
pub const SHARED: &str = r#"
use axum::{Json, http::StatusCode, response::{IntoResponse, Response}};
use serde::Serialize;

/// The application.
pub struct App;

/// One page of a list.
#[derive(Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

/// A refusal as JSON.
pub fn problem(status: StatusCode, code: &str, detail: String) -> Response {
    (status, Json(serde_json::json!({ "status": status.as_u16(), "code": code, "detail": detail }))).into_response()
}
"#;

/// The document of the annotated handlers.
pub const DOCUMENT: &str = r#"
use utoipa::OpenApi;

/// Checks a value against its limits.
pub fn check(value: &impl garde::Validate<Context = ()>) -> Result<(), Response> {
    value.validate().map_err(|report| problem(StatusCode::UNPROCESSABLE_ENTITY, "request.invalid", report.to_string()))
}

#[derive(OpenApi)]
#[openapi(info(title = "Scale", version = "0"))]
struct Document;

/// The document of all routes.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
@merges    document
}
"#;

const HANDLERS: &str = r#"//! Ten plain handlers.

use std::sync::Arc;

use axum::{Json, Router, extract::{Path, Query, State}, http::StatusCode, response::{IntoResponse, Response}, routing::{get, post}};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{App, Page, problem};
@+ use crate::check;

/// A thing.
#[derive(Clone, Debug, @[output derives])]
pub struct @N {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// More about it.
    pub note: Option<String>,
    /// How many there are.
    pub amount: u32,
    /// Whether it is done.
    pub done: bool,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Why a thing is refused.
#[derive(Debug, thiserror::Error)]
pub enum @NError {
    /// There is no such thing.
    #[error("no thing {id}")]
    NotFound { id: Uuid },
    /// The name belongs to another thing.
    #[error("{name} is taken")]
    NameTaken { name: String },
}

impl IntoResponse for @NError {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound { .. } => problem(StatusCode::NOT_FOUND, "@m.not_found", self.to_string()),
            Self::NameTaken { .. } => problem(StatusCode::CONFLICT, "@m.name_taken", self.to_string()),
        }
    }
}

/// Which things.
#[derive(Clone, Debug, @[query derives])]
@+ #[into_params(parameter_in = Query)]
pub struct List@N {
    /// Only those with this text.
    @+ #[garde(length(chars, min = 1, max = 120))]
    @+ #[param(min_length = 1, max_length = 120)]
    pub text: Option<String>,
    /// Only those that are done, or are not.
    @+ #[garde(skip)]
    pub done: Option<bool>,
    /// Only those of which there are so many.
    @+ #[garde(range(min = 1, max = 9999))]
    @+ #[param(minimum = 1, maximum = 9999)]
    pub at_least: Option<u32>,
    /// How many at most.
    @+ #[garde(range(max = 100))]
    @+ #[param(maximum = 100)]
    pub limit: Option<u32>,
    /// The `next` of the page before.
    @+ #[garde(skip)]
    pub cursor: Option<String>,
}

/// Which part of a thing's history.
#[derive(Clone, Debug, @[query derives])]
@+ #[into_params(parameter_in = Query)]
pub struct HistoryOf@N {
    /// Only what came later.
    @+ #[garde(skip)]
    pub since: Option<DateTime<Utc>>,
    /// How many at most.
    @+ #[garde(range(max = 100))]
    @+ #[param(maximum = 100)]
    pub limit: Option<u32>,
}

/// Which things are counted.
#[derive(Clone, Debug, @[query derives])]
@+ #[into_params(parameter_in = Query)]
pub struct Count@N {
    /// Only those that are done, or are not.
    @+ #[garde(skip)]
    pub done: Option<bool>,
    /// Only those with this text.
    @+ #[garde(length(chars, min = 1, max = 120))]
    @+ #[param(min_length = 1, max_length = 120)]
    pub text: Option<String>,
}

/// A new thing.
#[derive(Clone, Debug, @[body derives])]
@+ #[garde(allow_unvalidated)]
pub struct Create@N {
    /// What it is called.
    @+ #[garde(length(chars, min = 1, max = 120))]
    @+ #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// More about it.
    @+ #[garde(length(chars, max = 1000))]
    @+ #[schema(max_length = 1000)]
    pub note: Option<String>,
    /// How many there are.
    @+ #[garde(range(max = 9999))]
    @+ #[schema(maximum = 9999)]
    pub amount: u32,
    /// Whether it is done.
    @+ #[garde(skip)]
    pub done: bool,
    /// Words to find it by.
    @+ #[garde(length(simple, max = 20))]
    @+ #[schema(max_items = 20)]
    pub tags: Vec<String>,
    // an input's line
}

/// A whole thing.
#[derive(Clone, Debug, @[body derives])]
pub struct Put@N {
    /// What it is called.
    @+ #[garde(length(chars, min = 1, max = 120))]
    @+ #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// More about it.
    @+ #[garde(length(chars, max = 1000))]
    @+ #[schema(max_length = 1000)]
    pub note: Option<String>,
    /// How many there are.
    @+ #[garde(range(max = 9999))]
    @+ #[schema(maximum = 9999)]
    pub amount: u32,
    /// Whether it is done.
    @+ #[garde(skip)]
    pub done: bool,
    /// Words to find it by.
    @+ #[garde(length(simple, max = 20))]
    @+ #[schema(max_items = 20)]
    pub tags: Vec<String>,
}

/// What changes of a thing.
#[derive(Clone, Debug, @[body derives])]
pub struct Update@N {
    /// What it is called.
    @+ #[garde(length(chars, min = 1, max = 120))]
    @+ #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    /// More about it.
    @+ #[garde(length(chars, max = 1000))]
    @+ #[schema(max_length = 1000)]
    pub note: Option<String>,
    /// How many there are.
    @+ #[garde(range(max = 9999))]
    @+ #[schema(maximum = 9999)]
    pub amount: Option<u32>,
    /// Whether it is done.
    @+ #[garde(skip)]
    pub done: Option<bool>,
}

/// A search too long for a URL.
#[derive(Clone, Debug, @[body derives])]
pub struct Search@N {
    /// Any of these names.
    @+ #[garde(length(simple, max = 50))]
    @+ #[schema(max_items = 50)]
    pub names: Vec<String>,
    /// Not fewer than this.
    @+ #[garde(skip)]
    pub from: Option<u32>,
    /// Not more than this.
    @+ #[garde(skip)]
    pub to: Option<u32>,
}

/// Whether a thing is moved.
#[derive(Clone, Debug, @[query derives])]
@+ #[into_params(parameter_in = Query)]
pub struct Dry@N {
    /// Whether to only try.
    @+ #[garde(skip)]
    pub dry_run: Option<bool>,
}

/// Where a thing goes.
#[derive(Clone, Debug, @[body derives])]
pub struct Move@N {
    /// Beside which thing.
    @+ #[garde(skip)]
    pub beside: Uuid,
    /// How far from it.
    @+ #[garde(range(min = 1, max = 100))]
    @+ #[schema(minimum = 1, maximum = 100)]
    pub distance: u32,
}

@+ /// The document of these routes.
@+ #[derive(utoipa::OpenApi)]
@+ #[openapi(paths(list, get_one, history, count, create, put, update, delete, search, relocate))]
@+ pub struct Document;

/// These routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/@m", get(list).post(create))
        .route("/api/@m/count", get(count))
        .route("/api/@m/search", post(search))
        .route("/api/@m/{id}", get(get_one).put(put).patch(update).delete(delete))
        .route("/api/@m/{id}/history", get(history))
        .route("/api/@m/{id}/move", post(relocate))
}

fn thing(id: Uuid, name: String) -> @N {
    @N { id, name, note: None, amount: 1, done: false, tags: Vec::new(), created_at: Utc::now() }
}

fn found(id: Uuid) -> Result<@N, @NError> {
    if id.is_nil() { Err(@NError::NotFound { id }) } else { Ok(thing(id, "found".to_owned())) }
}

/// List things.
@+ #[utoipa::path(get, path = "/api/@m", tag = "@m", params(List@N), responses((status = 200, body = Vec<@N>), (status = 422)))]
async fn list(State(_): State<Arc<App>>, Query(input): Query<List@N>) -> Result<Json<Page<@N>>, Response> {
    @+ check(&input)?;
    let named = thing(Uuid::now_v7(), input.text.unwrap_or_default());
    let rows = [named].into_iter().filter(|thing| input.done.is_none_or(|done| thing.done == done));
    let items = rows.take(input.limit.unwrap_or(20).min(100) as usize).collect();
    Ok(Json(Page { items, next: None }))
}

/// Get a thing.
@+ #[utoipa::path(get, path = "/api/@m/{id}", tag = "@m", params(("id" = Uuid, Path)), responses((status = 200, body = @N), (status = 404)))]
async fn get_one(State(_): State<Arc<App>>, Path(id): Path<Uuid>) -> Result<Json<@N>, @NError> {
    Ok(Json(found(id)?))
}

/// Get a thing's history.
@+ #[utoipa::path(get, path = "/api/@m/{id}/history", tag = "@m", params(("id" = Uuid, Path), HistoryOf@N), responses((status = 200, body = Vec<@N>), (status = 404), (status = 422)))]
async fn history(State(_): State<Arc<App>>, Path(id): Path<Uuid>, Query(input): Query<HistoryOf@N>) -> Result<Json<Vec<@N>>, Response> {
    @+ check(&input)?;
    let now = found(id).map_err(IntoResponse::into_response)?;
    Ok(Json([now].into_iter().filter(|thing| input.since.is_none_or(|since| thing.created_at > since)).collect()))
}

/// Count things.
@+ #[utoipa::path(get, path = "/api/@m/count", tag = "@m", params(Count@N), responses((status = 200, body = u32), (status = 422)))]
async fn count(State(_): State<Arc<App>>, Query(input): Query<Count@N>) -> Result<Json<u32>, Response> {
    @+ check(&input)?;
    Ok(Json(u32::from(input.done.unwrap_or_default())))
}

/// Create a thing.
@+ #[utoipa::path(post, path = "/api/@m", tag = "@m", request_body = Create@N, responses((status = 201, body = @N), (status = 409), (status = 422)))]
async fn create(State(_): State<Arc<App>>, Json(input): Json<Create@N>) -> Result<Response, Response> {
        // a handler's line
    @+ check(&input)?;
    if input.name == "taken" {
        return Err(@NError::NameTaken { name: input.name }.into_response());
    }
    let made = thing(Uuid::now_v7(), input.name);
    let made = @N { note: input.note, amount: input.amount, done: input.done, tags: input.tags, ..made };
    let location = format!("/api/@m/{}", made.id);
    Ok((StatusCode::CREATED, [("location", location)], Json(made)).into_response())
}

/// Put a thing.
@+ #[utoipa::path(put, path = "/api/@m/{id}", tag = "@m", params(("id" = Uuid, Path)), request_body = Put@N, responses((status = 200, body = @N), (status = 422)))]
async fn put(State(_): State<Arc<App>>, Path(id): Path<Uuid>, Json(input): Json<Put@N>) -> Result<Json<@N>, Response> {
    @+ check(&input)?;
    let made = thing(id, input.name);
    Ok(Json(@N { note: input.note, amount: input.amount, done: input.done, tags: input.tags, ..made }))
}

/// Change a thing.
@+ #[utoipa::path(patch, path = "/api/@m/{id}", tag = "@m", params(("id" = Uuid, Path)), request_body = Update@N, responses((status = 200, body = @N), (status = 404), (status = 422)))]
async fn update(State(_): State<Arc<App>>, Path(id): Path<Uuid>, Json(input): Json<Update@N>) -> Result<Json<@N>, Response> {
    @+ check(&input)?;
    let old = found(id).map_err(IntoResponse::into_response)?;
    Ok(Json(@N {
        name: input.name.unwrap_or(old.name),
        note: input.note.or(old.note),
        amount: input.amount.unwrap_or(old.amount),
        done: input.done.unwrap_or(old.done),
        ..old
    }))
}

/// Delete a thing.
@+ #[utoipa::path(delete, path = "/api/@m/{id}", tag = "@m", params(("id" = Uuid, Path)), responses((status = 204), (status = 404)))]
async fn delete(State(_): State<Arc<App>>, Path(id): Path<Uuid>) -> Result<StatusCode, @NError> {
    found(id)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Search things.
@+ #[utoipa::path(post, path = "/api/@m/search", tag = "@m", request_body = Search@N, responses((status = 200, body = Vec<@N>), (status = 422)))]
async fn search(State(_): State<Arc<App>>, Json(input): Json<Search@N>) -> Result<Json<Vec<@N>>, Response> {
    @+ check(&input)?;
    let named = input.names.into_iter().map(|name| thing(Uuid::now_v7(), name));
    Ok(Json(named.filter(|thing| input.from.is_none_or(|from| thing.amount >= from)).collect()))
}

/// Move a thing.
@+ #[utoipa::path(post, path = "/api/@m/{id}/move", tag = "@m", params(("id" = Uuid, Path), Dry@N), request_body = Move@N, responses((status = 200, body = @N), (status = 404), (status = 422)))]
async fn relocate(State(_): State<Arc<App>>, Path(id): Path<Uuid>, Query(dry): Query<Dry@N>, Json(input): Json<Move@N>) -> Result<Json<@N>, Response> {
    @+ check(&input)?;
    let moved = found(id).map_err(IntoResponse::into_response)?;
    found(input.beside).map_err(IntoResponse::into_response)?;
    Ok(Json(@N { note: Some(format!("{} {:?}", input.distance, dry.dry_run)), ..moved }))
}
"#;
