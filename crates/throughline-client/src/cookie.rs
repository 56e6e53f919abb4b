//! A cookie as a program keeps it between two runs.

use std::fmt;

use crate::ConnectError;

/// A cookie's name and value. The value is a secret: `Debug` hides it.
///
/// ```
/// use throughline_client::{Cookie, Credentials, HttpOptions};
///
/// let kept = Cookie::new("session", "c2VjcmV0")?;
/// assert_eq!(format!("{kept:?}"), "Cookie(session=..)");
/// let options = HttpOptions { credentials: Credentials::Cookies(vec![kept]), ..HttpOptions::default() };
/// # let _ = options;
/// # Ok::<_, throughline_client::ConnectError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Cookie {
    name: String,
    value: String,
}

impl Cookie {
    /// Checks that both can stand in a `Cookie` header (RFC 6265, section 4.1.1).
    ///
    /// # Errors
    /// [`ConnectError::Cookie`] when they cannot.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Result<Self, ConnectError> {
        let (name, value) = (name.into(), value.into());
        if !name.is_empty() && name.bytes().all(in_name) && value.bytes().all(in_value) {
            Ok(Self { name, value })
        } else {
            Err(ConnectError::Cookie(name))
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value, a secret.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// A character of an HTTP token.
fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// RFC 6265 also forbids space, quote, comma and backslash, but servers send them, and browsers
/// send them back.
fn in_value(byte: u8) -> bool {
    (byte.is_ascii_graphic() || byte == b' ') && byte != b';'
}

/// Hides the value.
impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cookie({}=..)", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_the_header() {
        for (name, value) in
            [("", "a"), ("a b", "c"), ("a", "b; c=d"), ("a", "b\r\nx: y"), ("a=b", "c")]
        {
            assert!(Cookie::new(name, value).is_err(), "{name}={value}");
        }
        assert!(Cookie::new("__Host-session", "a=b, \"c\"").is_ok());
    }
}
