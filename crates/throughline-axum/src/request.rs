//! Around each request: an id, one line in the log, and an answer also when a handler panics.

use std::{convert::Infallible, panic::AssertUnwindSafe, sync::Arc, time::Instant};

use axum::{
    extract::{FromRequestParts, MatchedPath, Request},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    middleware::Next,
    response::Response,
};
use futures_util::FutureExt;
use throughline::{ClientAddress, Fault, faults};
use tracing::Instrument;
use uuid::Uuid;

use crate::{MountOptions, client_address::client_address, reply::problem_response};

/// The header that carries the id, both ways.
const HEADER: &str = "x-request-id";

/// The id under which a request is logged and answered: the caller's `x-request-id` when it is a plain one, else a new
/// UUID. Any axum handler may extract it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(headers: &HeaderMap) -> Self {
        let plain = |text: &&str| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        let given = headers.get(HEADER).and_then(|value| value.to_str().ok()).filter(plain);
        Self(given.map_or_else(|| Uuid::now_v7().to_string().into(), Arc::from))
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self::of(&parts.headers)))
    }
}

/// Gives the request its id, runs it, and logs what came of it.
pub(crate) async fn identify_request(
    options: Arc<MountOptions>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    if let Some(address) = client_address(&request, &options.trusted_proxies) {
        request.extensions_mut().insert(ClientAddress(address));
    }
    let (method, started) = (request.method().clone(), Instant::now());
    // The template, never the path: paths hold ids, and a log is read by more people than a database.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("", MatchedPath::as_str);
    let span = tracing::info_span!("request", id = id.as_str(), %method, route);

    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    let mut response = match run.instrument(span.clone()).await {
        Ok(response) => response,
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            tracing::error!(parent: &span, panic = text, "a handler panicked");
            problem_response(&options, &Fault::new(&faults::INTERNAL).into_problem(id.as_str()))
        }
    };
    let status = response.status().as_u16();
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    tracing::info!(parent: &span, status, milliseconds, "answered");

    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(id.as_str()) {
        headers.insert(HEADER, id);
    }
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    response
}
