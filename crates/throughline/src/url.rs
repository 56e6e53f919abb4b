//! Reads and writes the URL's parts strictly: a broken percent-encoding is refused, never taken literally.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{Fault, faults};

/// What may stand bare in a path segment or a query value: RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes one path segment, query key or query value.
pub(crate) fn encode(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, ENCODED)
}

/// Percent-decodes `text`; `+` is a space when `form` (WHATWG URL, section 5.1).
pub(crate) fn decode(text: &str, form: bool) -> Result<String, Fault> {
    if !text.bytes().any(|byte| byte == b'%' || (form && byte == b'+')) {
        return Ok(text.to_owned());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => match (bytes.next().and_then(hex), bytes.next().and_then(hex)) {
                (Some(high), Some(low)) => out.push(high << 4 | low),
                _ => {
                    return Err(broken(format!(
                        "`{text}` holds a `%` that two hexadecimal digits do not follow"
                    )));
                }
            },
            b'+' if form => out.push(b' '),
            other => out.push(other),
        }
    }
    String::from_utf8(out).map_err(|_| broken(format!("`{text}` does not decode to UTF-8")))
}

/// Parses a query string into its pairs, in order.
pub(crate) fn parse_query(query: &str) -> Result<Vec<(String, String)>, Fault> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(key, true)?, decode(value, true)?))
        })
        .collect()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

fn broken(detail: String) -> Fault {
    Fault::new(&faults::MALFORMED_URL).detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_form_query() {
        let pairs = parse_query("a=1&b=x+y&b=%C3%BC&c&&=z").expect("well formed");
        let expected = [("a", "1"), ("b", "x y"), ("b", "ü"), ("c", ""), ("", "z")];
        assert_eq!(pairs, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }

    #[test]
    fn refuses_broken_encodings() {
        for broken in ["a=%", "a=%1", "a=%zz", "a=%C3", "%=1", "a=%+1"] {
            assert!(parse_query(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn writes_what_it_reads() {
        let text = "a/b?c&d=e+f %25 ü\0~._-";
        assert_eq!(decode(&encode(text).to_string(), true).expect("own encoding"), text);
    }
}
