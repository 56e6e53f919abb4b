//! Refuses writes that a browser sends from another site's page.

use axum::http::{HeaderMap, header, request::Parts};
use throughline::{Fault, faults};

/// Refuses a write from another site: first by `Sec-Fetch-Site`, which browsers send on HTTPS and localhost and pages
/// cannot forge, then by `Origin`. A request with neither comes from no browser (Go's `http.CrossOriginProtection`).
///
/// # Errors
/// `request.cross_site` (403).
pub(crate) fn check(request: &Parts, trusted: &[String]) -> Result<(), Fault> {
    let headers = &request.headers;
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    // Without cookies nothing is sent in the caller's name that the page itself did not know.
    if headers.contains_key(header::AUTHORIZATION) && !headers.contains_key(header::COOKIE) {
        return Ok(());
    }
    let origin = text(header::ORIGIN);
    if origin.is_some_and(|origin| trusted.iter().any(|trusted| trusted == origin)) {
        return Ok(());
    }
    let refused = |detail: String| Err(Fault::new(&faults::CROSS_SITE).detail(detail));
    if headers.contains_key("sec-fetch-site") {
        return match text(header::HeaderName::from_static("sec-fetch-site")) {
            Some("same-origin" | "none") => Ok(()),
            Some(site) => refused(format!("the browser says that this write is `{site}`")),
            None => refused("`Sec-Fetch-Site` is unreadable".to_owned()),
        };
    }
    match origin {
        None if headers.contains_key(header::ORIGIN) => {
            refused("`Origin` is unreadable".to_owned())
        }
        None => Ok(()),
        Some(origin) if same_host(origin, host(headers, request)) => Ok(()),
        Some(origin) => refused(format!("the write comes from {origin}")),
    }
}

/// The host that the request was sent to: `Host`, or the URI's authority in HTTP/2.
fn host<'a>(headers: &'a HeaderMap, request: &'a Parts) -> Option<&'a str> {
    let authority = request.uri.authority().map(|authority| authority.as_str());
    authority.or_else(|| headers.get(header::HOST).and_then(|host| host.to_str().ok()))
}

/// Whether an origin is of this host and port. The scheme is not compared: behind a proxy the server does not know its own.
fn same_host(origin: &str, host: Option<&str>) -> bool {
    let of_origin = origin.split_once("://").map(|(_, host)| host);
    matches!((of_origin, host), (Some(a), Some(b)) if a.eq_ignore_ascii_case(b))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn judge(headers: &[(&str, &str)]) -> bool {
        let request =
            headers.iter().fold(Request::builder().uri("/x"), |request, (name, value)| {
                request.header(*name, *value)
            });
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        check(&parts, &["https://app.example".to_owned()]).is_ok()
    }

    #[test]
    fn follows_sec_fetch_site_then_origin() {
        assert!(judge(&[("host", "a.example")]));
        assert!(judge(&[("sec-fetch-site", "same-origin"), ("cookie", "session=1")]));
        assert!(judge(&[("sec-fetch-site", "none")]));
        assert!(!judge(&[("sec-fetch-site", "same-site")]));
        assert!(!judge(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://a.example"),
            ("host", "a.example")
        ]));
        assert!(judge(&[("origin", "http://localhost:3000"), ("host", "localhost:3000")]));
        assert!(!judge(&[("origin", "http://localhost:5173"), ("host", "localhost:3000")]));
        assert!(!judge(&[("origin", "null"), ("host", "localhost:3000")]));
        assert!(!judge(&[("origin", "https://evil.example")]));
        assert!(judge(&[("origin", "https://app.example"), ("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn a_bearer_alone_is_no_browser_cookie() {
        assert!(judge(&[("authorization", "Bearer x"), ("sec-fetch-site", "cross-site")]));
        assert!(!judge(&[
            ("authorization", "Bearer x"),
            ("cookie", "session=1"),
            ("sec-fetch-site", "cross-site")
        ]));
    }
}
