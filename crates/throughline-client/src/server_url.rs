//! The address of a server, parsed once at the edge.

use std::{fmt, net::IpAddr, str::FromStr};

use http::Uri;
use reqwest::Url;

use crate::ConnectError;

/// The address of a server: `http` or `https`, a host, perhaps a port and a path; without a
/// trailing slash.
///
/// ```
/// use throughline_client::ServerUrl;
/// let url: ServerUrl = "HTTPS://Tasks.Example.org:443/app/".parse()?;
/// assert_eq!(url.as_str(), "https://tasks.example.org/app");
/// assert!("localhost:3000".parse::<ServerUrl>().is_err());
/// # Ok::<_, throughline_client::ConnectError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ServerUrl {
    text: String,
    host: String,
    https: bool,
}

impl ServerUrl {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether calls travel encrypted.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Whether the server is on this machine, so that no network hears the calls.
    pub fn is_loopback(&self) -> bool {
        let address = self.host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match address {
            Ok(address) => address.is_loopback(),
            Err(_) => self.host == "localhost" || self.host.ends_with(".localhost"),
        }
    }

    /// The host, in lower case.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The address with `prefix` at its end.
    pub(crate) fn join(&self, prefix: &str) -> Result<String, ConnectError> {
        let path = prefix.trim_matches('/');
        if path.is_empty() {
            return Ok(self.text.clone());
        }
        let joined = format!("{}/{path}", self.text);
        // What the parser would change, it would change on each call: then it is no plain path.
        let same = Url::parse(&joined).is_ok_and(|url| {
            url.as_str() == joined && url.query().is_none() && url.fragment().is_none()
        });
        if same { Ok(joined) } else { Err(ConnectError::Prefix(prefix.to_owned())) }
    }
}

impl FromStr for ServerUrl {
    type Err = ConnectError;

    fn from_str(text: &str) -> Result<Self, ConnectError> {
        let refused = |address: &str, reason: &str| {
            Err(ConnectError::Address { address: address.to_owned(), reason: reason.to_owned() })
        };
        let text = text.trim();
        let Ok(mut url) = Url::parse(text) else {
            return refused(text, "write it as http://localhost:3000");
        };
        if !url.username().is_empty() || url.password().is_some() {
            // The message must not repeat the password; a URL that has one can also lose it.
            let _ = (url.set_username(""), url.set_password(None));
            return refused(url.as_str(), "user and password do not belong there, sign in instead");
        }
        let https = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return refused(text, "it begins with http:// or https://"),
        };
        if url.query().is_some() || url.fragment().is_some() {
            return refused(text, "it ends before `?` and `#`");
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        let plain = url.as_str().trim_end_matches('/').to_owned();
        match plain.parse::<Uri>() {
            Ok(_) if !host.is_empty() => Ok(Self { text: plain, host, https }),
            _ => refused(text, "write it as http://localhost:3000"),
        }
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerUrl({})", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_only_addresses_of_servers() {
        for (text, reason) in [
            ("localhost:3000", "begins with http"),
            ("127.0.0.1:3000", "write it as"),
            ("", "write it as"),
            ("http://", "write it as"),
            ("ftp://example.org", "begins with http"),
            ("http://example.org/?a=1", "ends before"),
            ("http://example.org/#a", "ends before"),
            ("http://exa mple.org", "write it as"),
        ] {
            let error = text.parse::<ServerUrl>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn an_error_never_repeats_a_password() {
        let error = "https://ada:secret@example.org".parse::<ServerUrl>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    }

    #[test]
    fn knows_this_machine() {
        let loopback = |text: &str| text.parse::<ServerUrl>().unwrap().is_loopback();
        assert!(loopback("http://localhost:3000") && loopback("http://[::1]:3000"));
        assert!(loopback("http://127.1.2.3") && loopback("http://app.localhost"));
        assert!(!loopback("http://localhost.example.org") && !loopback("http://10.0.0.1"));
    }

    #[test]
    fn joins_a_prefix_however_it_is_written() {
        let url: ServerUrl = "http://example.org/app/".parse().unwrap();
        assert_eq!(url.join("/api").unwrap(), "http://example.org/app/api");
        assert_eq!(url.join("api/v1/").unwrap(), "http://example.org/app/api/v1");
        assert_eq!(url.join("").unwrap(), "http://example.org/app");
        for prefix in ["/a?b", "/a#b", "/../a", "/a b", "/%2e%2e/a"] {
            assert!(matches!(url.join(prefix), Err(ConnectError::Prefix(_))), "{prefix}");
        }
    }
}
