//! The caller's side without a transport: a call as a request, an answer as a typed result.

use std::error::Error;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{
    ApiError, Codec, DecodeError, Output, Problem, Procedure, Reply, RequestWriter, Validator,
    Violation, url,
};

/// Anything that turns a procedure and its input into a call value: a transport, or a test's stand-in.
///
/// The clients that `#[contract]` emits are generic over it, so the same calls run over HTTP or in process.
pub trait Caller: Clone {
    /// A call not yet made.
    type Call<P: Procedure>;
    /// Makes the value; nothing is sent yet.
    fn call<P: Procedure>(&self, input: P::Input) -> Self::Call<P>;
}

/// A caller that can be made from a server's address alone.
pub trait Connect: Sized {
    /// Why the address is no good.
    type Error;
    /// A caller of the server at `base`.
    ///
    /// # Errors
    /// When the address is not one.
    fn connect(base: &str) -> Result<Self, Self::Error>;
}

/// Joins the clients of an application's contracts into one struct with a method for each.
///
/// ```
/// # use throughline::*;
/// # /// Pings.
/// # #[contract(path = "/pings")] pub trait Pings {
/// #     /// Ping.
/// #     #[get] async fn list(&self, cx: Cx<Public>) -> Result<String>;
/// # }
/// throughline::api! {
///     /// The whole application.
///     pub struct Api { pings: PingsClient }
/// }
/// ```
#[macro_export]
macro_rules! api {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$about:meta])* $field:ident: $($client:ident)::+),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        $vis struct $name<Via>(Via);

        impl<Via: $crate::Caller> $name<Via> {
            /// The application behind this caller.
            pub fn over(caller: Via) -> Self {
                Self(caller)
            }

            /// The caller.
            pub fn caller(&self) -> &Via {
                &self.0
            }

            /// A call by its procedure's type: the same as the method, without the sugar.
            pub fn call<P: $crate::Procedure>(&self, input: impl ::core::convert::Into<P::Input>) -> Via::Call<P> {
                self.0.call::<P>(input.into())
            }

            $($(#[$about])* #[doc = concat!("The calls of `", stringify!($field), "`.")]
            pub fn $field(&self) -> $($client)::+<Via> {
                ::core::convert::From::from(self.0.clone())
            })*
        }

        impl<Via: $crate::Caller + $crate::Connect> $name<Via> {
            /// Calls the server at `base`.
            ///
            /// # Errors
            /// When the address is not one.
            pub fn connect(base: &str) -> ::core::result::Result<Self, <Via as $crate::Connect>::Error> {
                <Via as $crate::Connect>::connect(base).map(Self)
            }
        }
    };
}

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CallError<E> {
    /// The server refused with an error that the contract declares.
    #[error("{0}")]
    Declared(E),
    /// The server refused otherwise: a fault of the framework, or a code that this client does not know.
    #[error("{0}")]
    Fault(Box<Problem>),
    /// The input breaks its limits; nothing was sent.
    #[error("the input does not fit: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Violation>),
    /// The request did not reach the server, or no answer that the contract declares came back.
    #[error("{0}")]
    Transport(#[source] TransportError),
}

impl<E> CallError<E> {
    /// The declared error, if it is one.
    pub fn into_declared(self) -> Result<E, Self> {
        match self {
            Self::Declared(error) => Ok(error),
            other => Err(other),
        }
    }

    /// The fault, if it is one.
    pub fn as_fault(&self) -> Option<&Problem> {
        match self {
            Self::Fault(problem) => Some(problem),
            _ => None,
        }
    }
}

/// What went wrong between the client and the server.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The server could not be reached, or the connection broke.
    #[error("cannot reach {url}: {source}")]
    Unreachable {
        /// What was called.
        url: String,
        /// What the network said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// No answer came in time.
    #[error("no answer from {url} within {seconds} s")]
    Timeout {
        /// What was called.
        url: String,
        /// How long the client waited, in seconds.
        seconds: f64,
    },
    /// The answer is larger than the client takes.
    #[error("the answer from {url} is larger than {limit} bytes")]
    TooLarge {
        /// What was called.
        url: String,
        /// The largest answer that is taken, in bytes.
        limit: usize,
    },
    /// A success that is not what the contract declares: another version of it, or no Throughline server.
    #[error("an answer of status {status} that the contract does not declare: {source}")]
    Undeclared {
        /// The status.
        status: StatusCode,
        /// What does not fit.
        source: DecodeError,
    },
    /// A refusal without the envelope, as a proxy in between sends it.
    #[error("status {status} without a problem: {}", excerpt(body))]
    Foreign {
        /// The status.
        status: StatusCode,
        /// The body, as far as it is text.
        body: String,
    },
    /// The input could not be written as a request.
    #[error("the input cannot be written: {0}")]
    Encode(Box<dyn Error + Send + Sync>),
}

/// The beginning of a body, for a message.
fn excerpt(body: &str) -> &str {
    let end = body.char_indices().nth(200).map_or(body.len(), |(index, _)| index);
    if body.is_empty() { "an empty body" } else { &body[..end] }
}

/// A call as a request, without scheme and host.
#[derive(Clone, Debug)]
pub struct WireRequest {
    /// The method.
    pub method: http::Method,
    /// The path below the server's prefix, with the query.
    pub path_and_query: String,
    /// The headers.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The JSON body, if there is one.
    pub body: Option<Vec<u8>>,
}

/// The path of `P` with the values of `request` in its placeholders.
pub(crate) fn path_of<P: Procedure>(request: &RequestWriter) -> String {
    let mut path = String::with_capacity(P::PATH.len());
    for (index, piece) in P::PATH.split('{').enumerate() {
        match piece.split_once('}') {
            Some((name, rest)) if index > 0 => {
                for (_, value) in request.path.iter().filter(|(n, _)| *n == name) {
                    path.push_str(&url::encode(value).to_string());
                }
                path.push_str(rest);
            }
            _ => path.push_str(piece),
        }
    }
    path
}

/// Writes a call of `P`, once its input is checked against its limits.
///
/// # Errors
/// [`CallError::Invalid`] when the input breaks its limits or cannot stand where it must.
pub fn encode_request<P: Procedure>(input: &P::Input) -> Result<WireRequest, CallError<P::Error>> {
    let mut violations = Validator::check(<P::Codec as Codec<P::Input>>::REST, input);
    let mut request = RequestWriter::default();
    <P::Codec as Codec<P::Input>>::write(input, &mut request)
        .map_err(|error| CallError::Transport(TransportError::Encode(error.into())))?;
    violations.append(&mut request.violations);
    if !violations.is_empty() {
        return Err(CallError::Invalid(violations));
    }
    let mut path_and_query = path_of::<P>(&request);
    for (index, (key, value)) in request.query.iter().enumerate() {
        path_and_query.push(if index == 0 { '?' } else { '&' });
        path_and_query.push_str(&format!("{}={}", url::encode(key), url::encode(value)));
    }
    let mut headers = request.headers;
    headers.push((
        header::ACCEPT,
        HeaderValue::from_static("application/json, application/problem+json"),
    ));
    if request.body.is_some() {
        headers.push((header::CONTENT_TYPE, HeaderValue::from_static("application/json")));
    }
    let method = match P::METHOD {
        crate::Method::Get => http::Method::GET,
        crate::Method::Post => http::Method::POST,
        crate::Method::Put => http::Method::PUT,
        crate::Method::Patch => http::Method::PATCH,
        crate::Method::Delete => http::Method::DELETE,
    };
    Ok(WireRequest { method, path_and_query, headers, body: request.body })
}

/// Reads the answer to a call of `P`.
///
/// # Errors
/// The declared error, a fault with its problem, or a transport error for what no Throughline server says.
pub fn decode_reply<P: Procedure>(
    status: StatusCode,
    headers: &HeaderMap,
    body: Vec<u8>,
) -> Result<P::Output, CallError<P::Error>> {
    if status.is_success() {
        // A proxy's page of status 200 must not pass for `NoContent`, which reads no body.
        if !P::Output::STATUSES.contains(&status.as_u16()) {
            let source = DecodeError::Status(status);
            return Err(CallError::Transport(TransportError::Undeclared { status, source }));
        }
        let location =
            headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        return P::Output::decode(Reply { status, location, body: Some(body) })
            .map_err(|source| CallError::Transport(TransportError::Undeclared { status, source }));
    }
    let foreign = |body: &[u8]| {
        CallError::Transport(TransportError::Foreign {
            status,
            body: String::from_utf8_lossy(body).into_owned(),
        })
    };
    let Ok(problem) = serde_json::from_slice::<Problem>(&body) else { return Err(foreign(&body)) };
    if problem.code.is_empty() {
        return Err(foreign(&body));
    }
    // A declared code whose fields do not fit is a newer server's: the caller still gets the whole problem.
    match P::Error::from_members(&problem.code, &problem.members) {
        Some(Ok(declared)) => Err(CallError::Declared(declared)),
        Some(Err(_)) | None => Err(CallError::Fault(Box::new(problem))),
    }
}
