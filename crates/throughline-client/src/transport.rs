//! What carries a request to a server and its answer back.

use std::{future::Future, pin::Pin};

use bytes::Bytes;
use http::{Request, Response, Uri};
use throughline::TransportError;

/// An answer that is awaited.
pub type Answering<'a> =
    Pin<Box<dyn Future<Output = Result<Response<Bytes>, TransportError>> + Send + 'a>>;

/// Carries requests to a server: the network, a router in the same process, a recording, or a layer
/// around another one.
///
/// The request is complete, with credentials; its URI has scheme and host. [`Http`](crate::Http)
/// keeps the time and reads the cookies, and dropping the future must give the request up.
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use throughline_client::{Answering, Http, HttpOptions, Transport};
///
/// /// Answers everything with an empty 204.
/// struct Silent;
///
/// impl Transport for Silent {
///     fn send(&self, _: Request<Bytes>) -> Answering<'_> {
///         Box::pin(async {
///             let mut answer = Response::new(Bytes::new());
///             *answer.status_mut() = http::StatusCode::NO_CONTENT;
///             Ok(answer)
///         })
///     }
/// }
///
/// let http = Http::over(Silent, "http://in.process".parse()?, HttpOptions::default())?;
/// # let _ = http;
/// # Ok::<_, throughline_client::ConnectError>(())
/// ```
pub trait Transport: Send + Sync + 'static {
    /// Sends the request and reads the whole answer, whatever its status.
    fn send(&self, request: Request<Bytes>) -> Answering<'_>;
}

/// What was called, for a message: without the query, which may hold what somebody searched for.
pub(crate) fn called(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    format!("{scheme}://{authority}{}", uri.path())
}

/// The error for an answer above `limit` bytes.
pub(crate) fn too_large(uri: &Uri, limit: usize) -> TransportError {
    TransportError::TooLarge { url: called(uri), limit }
}
