//! Writes problems as responses.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::Value;
use throughline::Problem;

use crate::MountOptions;

/// Writes a problem as a response. An application with another envelope gives its own in
/// [`MountOptions::encode_problem`].
pub type EncodeProblem = Arc<dyn Fn(&Problem) -> Response + Send + Sync>;

/// RFC 9457: the problem as `application/problem+json`, with its status.
pub fn encode_problem(problem: &Problem) -> Response {
    // A problem is plain data with string keys; if serde refused it, the status alone would still be true.
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(Problem::MEDIA_TYPE));
    response
}

/// The problem as the application writes it, with the headers that HTTP asks for.
pub(crate) fn problem_response(options: &MountOptions, problem: &Problem) -> Response {
    let mut response = (options.encode_problem)(problem);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match problem.status {
        // RFC 9110, section 15.5.2: a 401 names a scheme.
        401 => drop(headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
        // How long to wait stands in the problem, for those who read no headers.
        429 => {
            if let Some(seconds) = problem.members.get("retry_after").and_then(Value::as_u64) {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
        }
        503 => drop(headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"))),
        _ => {}
    }
    response
}
