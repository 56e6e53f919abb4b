//! The handlers as somebody writes them with axum, serde and garde alone.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Body,
    extract::{MatchedPath, Path, State},
    http::{Request, StatusCode},
    routing::{get, post},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    trace::{DefaultOnResponse, TraceLayer},
};
use tracing::{Level, Span, info_span};
use uuid::Uuid;

/// A task.
#[derive(Clone, Serialize)]
struct Task {
    id: Uuid,
    title: String,
    completed: bool,
}

/// A new task.
#[derive(Deserialize, Validate)]
struct CreateTask {
    #[garde(length(chars, min = 1, max = 256))]
    title: String,
    #[garde(inner(length(chars, max = 1000)))]
    description: Option<String>,
    #[garde(range(min = 1, max = 5))]
    priority: u8,
}

/// What handlers share.
struct App {
    task: Task,
}

async fn empty() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn get_task(State(app): State<Arc<App>>, Path(id): Path<Uuid>) -> Json<Task> {
    Json(Task { id, ..app.task.clone() })
}

async fn create_task(Json(input): Json<CreateTask>) -> Result<StatusCode, (StatusCode, String)> {
    input.validate().map_err(|report| (StatusCode::UNPROCESSABLE_ENTITY, report.to_string()))?;
    std::hint::black_box((input.title, input.description, input.priority));
    Ok(StatusCode::NO_CONTENT)
}

/// The three routes and nothing else.
pub fn bare() -> Router {
    let task = Task { id: Uuid::nil(), title: "Buy milk".to_owned(), completed: false };
    Router::new()
        .route("/api/empty", get(empty))
        .route("/api/tasks", post(create_task))
        .route("/api/tasks/{id}", get(get_task))
        .with_state(Arc::new(App { task }))
}

/// The same under layers for a request id, panics and one line in the log for each request.
pub fn layered() -> Router {
    let log = TraceLayer::new_for_http()
        .make_span_with(span)
        .on_request(())
        .on_body_chunk(())
        .on_eos(())
        .on_response(DefaultOnResponse::new().level(Level::INFO));
    bare()
        .layer(CatchPanicLayer::new())
        .layer(log)
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
}

/// The span that the mount makes, too: id, method and the route's template.
fn span(request: &Request<Body>) -> Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    info_span!("request", id, method = %request.method(), route)
}
