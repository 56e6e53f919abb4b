//! How a server is called: limits, credentials and headers, each with its default.

use std::{fmt, time::Duration};

use http::{HeaderMap, HeaderValue};
use rustls::pki_types::CertificateDer;

use crate::{ConnectError, Cookie};

/// How a server is called.
#[derive(Clone)]
pub struct HttpOptions {
    /// The path below which the server mounts its contracts. Default: `/api`.
    pub prefix: String,
    /// How long one call may take, from connecting to the last byte of the answer. Default: 30 s.
    pub timeout: Duration,
    /// How long connecting may take, TLS included. Default: 10 s. Only for
    /// [`Http::new`](crate::Http::new).
    pub connect_timeout: Duration,
    /// The largest answer that is taken, in bytes. Default: 16 MiB.
    pub max_answer: usize,
    /// What tells the server who calls. Default: cookies, none yet.
    pub credentials: Credentials,
    /// The `User-Agent`. Default: `throughline-client/` and its version.
    pub user_agent: HeaderValue,
    /// Headers that each call carries. Default: none. For one call there is
    /// [`Call::header`](crate::Call::header).
    pub headers: HeaderMap,
    /// Authorities or self-signed certificates that are trusted beside those of the system.
    /// Default: none. Only for [`Http::new`](crate::Http::new).
    pub root_certificates: Vec<CertificateDer<'static>>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            prefix: "/api".to_owned(),
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            max_answer: 16 * 1024 * 1024,
            credentials: Credentials::default(),
            user_agent: HeaderValue::from_static(concat!(
                "throughline-client/",
                env!("CARGO_PKG_VERSION")
            )),
            headers: HeaderMap::new(),
            root_certificates: Vec::new(),
        }
    }
}

/// Shows the names of headers, not their values: somebody may have put a secret there.
impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("prefix", &self.prefix)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("max_answer", &self.max_answer)
            .field("credentials", &self.credentials)
            .field("user_agent", &self.user_agent)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("root_certificates", &self.root_certificates.len())
            .finish()
    }
}

/// What tells the server who calls.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// Nothing.
    None,
    /// Cookies, as a browser keeps them: beginning with these, changed by each answer. Sign-in
    /// leaves one here, sign-out takes it away.
    Cookies(Vec<Cookie>),
    /// A token in each call.
    Bearer(BearerToken),
}

impl Default for Credentials {
    fn default() -> Self {
        Self::Cookies(Vec::new())
    }
}

/// A secret that stands in `Authorization: Bearer`.
///
/// ```
/// use throughline_client::BearerToken;
/// assert_eq!(format!("{:?}", BearerToken::new("tl_0193")?), "BearerToken(..)");
/// assert!(BearerToken::new("two words").is_err());
/// # Ok::<_, throughline_client::ConnectError>(())
/// ```
#[derive(Clone)]
pub struct BearerToken(HeaderValue);

impl BearerToken {
    /// Takes a token of visible ASCII characters.
    ///
    /// # Errors
    /// [`ConnectError::Token`] when it is empty or has others in it.
    pub fn new(token: &str) -> Result<Self, ConnectError> {
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ConnectError::Token);
        }
        let mut value =
            HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| ConnectError::Token)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    pub(crate) fn into_header(self) -> HeaderValue {
        self.0
    }
}

/// Hides the token.
impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(..)")
    }
}
