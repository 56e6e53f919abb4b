//! The caller over HTTP: joins an address, options and a transport, and makes calls.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, Uri, header};
use throughline::{Caller, Connect, Procedure, TransportError, WireRequest};
use tokio::time;

use crate::{
    Call, ConnectError, Cookie, Credentials, HttpOptions, ServerUrl, Transport,
    jar::Jar,
    network::Network,
    transport::{called, too_large},
};

/// Calls the procedures of one server over HTTP.
///
/// Clones share connections and cookies. Cookies are kept for this server alone and redirects are
/// not followed, because a contract has none: what is secret never reaches another host.
///
/// ```
/// use std::time::Duration;
/// use throughline_client::{BearerToken, Credentials, Http, HttpOptions};
///
/// let options = HttpOptions {
///     timeout: Duration::from_secs(5),
///     credentials: Credentials::Bearer(BearerToken::new("tl_0193")?),
///     ..HttpOptions::default()
/// };
/// let http = Http::new("https://tasks.example.org".parse()?, options)?;
/// assert_eq!(http.server().to_string(), "https://tasks.example.org");
/// # Ok::<_, throughline_client::ConnectError>(())
/// ```
#[derive(Clone)]
pub struct Http(Arc<Shared>);

/// What the clones of an [`Http`] share.
struct Shared {
    server: ServerUrl,
    /// The address with the prefix, without a trailing slash.
    base: String,
    timeout: Duration,
    max_answer: usize,
    headers: HeaderMap,
    /// A bearer token, when credentials are one.
    authorization: Option<HeaderValue>,
    /// Cookies, when credentials are those.
    jar: Option<Jar>,
    transport: Box<dyn Transport>,
}

impl Http {
    /// Calls `server` over the network. Connects with the first call.
    ///
    /// # Errors
    /// [`ConnectError::Prefix`] when the prefix is no path, [`ConnectError::Certificates`] when the
    /// server's address is `https` and there is nothing to check its certificate against.
    pub fn new(server: ServerUrl, options: HttpOptions) -> Result<Self, ConnectError> {
        let network = Network::new(&server, &options)?;
        Self::over(network, server, options)
    }

    /// Calls `server` over a transport of one's own: in process, recorded, or through a layer.
    ///
    /// # Errors
    /// [`ConnectError::Prefix`] when the prefix is no path.
    pub fn over(
        transport: impl Transport,
        server: ServerUrl,
        options: HttpOptions,
    ) -> Result<Self, ConnectError> {
        let base = server.join(&options.prefix)?;
        let mut headers = options.headers;
        headers.insert(header::USER_AGENT, options.user_agent);
        let (authorization, jar) = match options.credentials {
            Credentials::None => (None, None),
            Credentials::Cookies(cookies) => (None, Some(Jar::new(&server, cookies))),
            Credentials::Bearer(token) => (Some(token.into_header()), None),
        };
        Ok(Self(Arc::new(Shared {
            server,
            base,
            timeout: options.timeout,
            max_answer: options.max_answer,
            headers,
            authorization,
            jar,
            transport: Box::new(transport),
        })))
    }

    /// The server that is called.
    pub fn server(&self) -> &ServerUrl {
        &self.0.server
    }

    /// The cookies as they are now, for a program that wants to stay signed in: give them to the
    /// next [`Credentials::Cookies`]. Empty with other credentials.
    pub fn cookies(&self) -> Vec<Cookie> {
        self.0.jar.as_ref().map(Jar::cookies).unwrap_or_default()
    }

    /// Sends one request and reads its answer.
    ///
    /// # Errors
    /// When there is no answer that fits the limits.
    pub(crate) async fn exchange(
        &self,
        wire: WireRequest,
        headers: &HeaderMap,
        timeout: Option<Duration>,
    ) -> Result<Response<Bytes>, TransportError> {
        let shared = &*self.0;
        let request = shared.request(wire, headers)?;
        let uri = request.uri().clone();
        let timeout = timeout.unwrap_or(shared.timeout);
        // The clock is here, not in the transport, so that it runs over each of them, and until the
        // last byte.
        let Ok(answer) = time::timeout(timeout, shared.transport.send(request)).await else {
            return Err(TransportError::Timeout {
                url: called(&uri),
                seconds: timeout.as_secs_f64(),
            });
        };
        let answer = answer?;
        if answer.body().len() > shared.max_answer {
            return Err(too_large(&uri, shared.max_answer));
        }
        if let Some(jar) = &shared.jar {
            jar.take(uri.path(), answer.headers());
        }
        Ok(answer)
    }
}

impl Shared {
    fn request(
        &self,
        wire: WireRequest,
        extra: &HeaderMap,
    ) -> Result<Request<Bytes>, TransportError> {
        let url = format!("{}{}", self.base, wire.path_and_query);
        let uri = Uri::try_from(url).map_err(|error| TransportError::Encode(error.into()))?;
        let mut headers = self.headers.clone();
        // A map replaces headers of the same name. The contract's and the credentials' come last,
        // so that nothing else can change what they mean.
        headers.extend(extra.clone());
        headers.extend(HeaderMap::from_iter(wire.headers));
        if let Some(token) = &self.authorization {
            headers.insert(header::AUTHORIZATION, token.clone());
        }
        if let Some(cookies) = self.jar.as_ref().and_then(|jar| jar.header(uri.path())) {
            headers.insert(header::COOKIE, cookies);
        }
        let mut request = Request::new(Bytes::from(wire.body.unwrap_or_default()));
        *request.method_mut() = wire.method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

impl Caller for Http {
    type Call<P: Procedure> = Call<P>;

    fn call<P: Procedure>(&self, input: P::Input) -> Call<P> {
        Call::new(self.clone(), input)
    }
}

impl Connect for Http {
    type Error = ConnectError;

    /// A caller of the server at `base` with the default [`HttpOptions`].
    fn connect(base: &str) -> Result<Self, ConnectError> {
        Self::new(base.parse()?, HttpOptions::default())
    }
}

/// Shows the address and nothing secret.
impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("base", &self.0.base).finish_non_exhaustive()
    }
}
