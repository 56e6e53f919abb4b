//! The transport over the network: HTTP/1.1 through reqwest, with or without TLS.

use std::{error::Error, fmt, mem};

use bytes::Bytes;
use http::{Request, Response, Uri};
use throughline::TransportError;

use crate::{
    Answering, ConnectError, HttpOptions, ServerUrl, Transport, tls,
    transport::{called, too_large},
};

/// Requests over the network, on connections that are kept and used again.
pub(crate) struct Network {
    client: reqwest::Client,
    max_answer: usize,
}

impl Network {
    /// # Errors
    /// [`ConnectError::Certificates`] when a certificate could not be checked.
    pub(crate) fn new(server: &ServerUrl, options: &HttpOptions) -> Result<Self, ConnectError> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(server, &options.root_certificates)?)
            // A contract has no redirects, and one that is followed carries credentials along.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(options.connect_timeout);
        if server.is_loopback() {
            // Browsers do the same: a proxy's `localhost` is another machine.
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| ConnectError::Network(error.into()))?;
        Ok(Self { client, max_answer: options.max_answer })
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let uri = request.uri().clone();
        let request = reqwest::Request::try_from(request)
            .map_err(|error| TransportError::Encode(error.into()))?;
        let mut answer = self.client.execute(request).await.map_err(|e| unreachable(&uri, e))?;
        let limit = self.max_answer;
        if answer.content_length().is_some_and(|length| length > limit as u64) {
            return Err(too_large(&uri, limit));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|e| unreachable(&uri, e))? {
            if body.len() + chunk.len() > limit {
                return Err(too_large(&uri, limit));
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = Response::new(Bytes::from(body));
        *whole.status_mut() = answer.status();
        *whole.headers_mut() = mem::take(answer.headers_mut());
        Ok(whole)
    }
}

impl Transport for Network {
    fn send(&self, request: Request<Bytes>) -> Answering<'_> {
        Box::pin(self.exchange(request))
    }
}

fn unreachable(uri: &Uri, error: reqwest::Error) -> TransportError {
    let error = NetworkError(error.without_url());
    TransportError::Unreachable { url: called(uri), source: Box::new(error) }
}

/// What the network said, in full: reqwest alone says "error sending request" and hides why in its
/// sources.
#[derive(Debug)]
struct NetworkError(reqwest::Error);

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_connect() && self.0.is_timeout() {
            return f.write_str("it did not take the connection in time");
        }
        // The last cause is the one that a person can act on: "connection refused", "certificate
        // expired".
        let mut last: &dyn Error = &self.0;
        while let Some(source) = last.source() {
            last = source;
        }
        write!(f, "{last}")
    }
}

impl Error for NetworkError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}
