//! The cookies of one server, kept as RFC 6265 says a browser keeps them.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use http::{HeaderMap, HeaderValue, header};

use crate::{Cookie, ServerUrl};

/// The most cookies that are kept, and the longest, in bytes (RFC 6265, section 6.1).
const MOST: usize = 50;
const LONGEST: usize = 4096;

/// The cookies of one server.
pub(crate) struct Jar {
    host: String,
    /// Whether cookies marked `Secure` may be kept: over TLS, and on this machine as in browsers.
    trusted: bool,
    kept: Mutex<Vec<Kept>>,
}

struct Kept {
    cookie: Cookie,
    path: String,
    expires: Option<SystemTime>,
}

impl Kept {
    fn is_fresh(&self) -> bool {
        self.expires.is_none_or(|end| end > SystemTime::now())
    }
}

impl Jar {
    /// A jar with these cookies in it, which are sent to each path.
    pub(crate) fn new(server: &ServerUrl, cookies: Vec<Cookie>) -> Self {
        let keep = |cookie| Kept { cookie, path: "/".to_owned(), expires: None };
        Self {
            host: server.host().to_owned(),
            trusted: server.is_https() || server.is_loopback(),
            kept: Mutex::new(cookies.into_iter().map(keep).collect()),
        }
    }

    /// The cookies that are valid now.
    pub(crate) fn cookies(&self) -> Vec<Cookie> {
        self.lock().iter().filter(|kept| kept.is_fresh()).map(|kept| kept.cookie.clone()).collect()
    }

    /// The `Cookie` header of a request to `path`, if there is anything to say.
    pub(crate) fn header(&self, path: &str) -> Option<HeaderValue> {
        let kept = self.lock();
        let sent = kept.iter().filter(|kept| kept.is_fresh() && covers(&kept.path, path));
        let pairs: Vec<_> =
            sent.map(|kept| format!("{}={}", kept.cookie.name(), kept.cookie.value())).collect();
        // Nothing that a header could not hold got into the jar, so only the empty one is left out
        // here.
        let mut value =
            HeaderValue::try_from(pairs.join("; ")).ok().filter(|value| !value.is_empty())?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Keeps, replaces and removes cookies as the answer to a request to `path` says.
    pub(crate) fn take(&self, path: &str, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            if let Some(new) = line.to_str().ok().and_then(|line| self.parse(line, path)) {
                let mut kept = self.lock();
                kept.retain(|old| {
                    old.is_fresh()
                        && !(old.cookie.name() == new.cookie.name() && old.path == new.path)
                });
                if new.is_fresh() && kept.len() < MOST {
                    kept.push(new);
                }
            }
        }
    }

    /// Reads one `Set-Cookie`; `None` when this server may not set it.
    fn parse(&self, line: &str, path: &str) -> Option<Kept> {
        let read = cookie::Cookie::parse(line).ok()?;
        let foreign = read.domain().is_some_and(|domain| !self.is_within(domain));
        if foreign || line.len() > LONGEST || (read.secure() == Some(true) && !self.trusted) {
            return None;
        }
        let expires = match (read.max_age(), read.expires_datetime()) {
            (Some(age), _) => {
                let age = Duration::try_from(age).unwrap_or_default();
                // An end beyond the clock's range is no end.
                SystemTime::now().checked_add(age)
            }
            (None, end) => end.map(SystemTime::from),
        };
        let path = match read.path() {
            Some(path) if path.starts_with('/') => path.to_owned(),
            _ => default_path(path).to_owned(),
        };
        Some(Kept { cookie: Cookie::new(read.name(), read.value()).ok()?, path, expires })
    }

    /// Whether this host is `domain` or below it. Either way the cookie is sent to this host alone.
    fn is_within(&self, domain: &str) -> bool {
        let domain = domain.trim_start_matches('.').to_ascii_lowercase();
        self.host == domain
            || self.host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Kept>> {
        // Each change is whole before the lock is given back, so a panic elsewhere leaves nothing
        // half done.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The directory of a request's path (RFC 6265, section 5.1.4).
fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        Some(end) if end > 0 => &path[..end],
        _ => "/",
    }
}

/// Whether a cookie for `cookie_path` is sent to `path` (RFC 6265, section 5.1.4).
fn covers(cookie_path: &str, path: &str) -> bool {
    match path.strip_prefix(cookie_path) {
        Some(rest) => rest.is_empty() || cookie_path.ends_with('/') || rest.starts_with('/'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jar(server: &str) -> Jar {
        Jar::new(&server.parse().unwrap(), Vec::new())
    }

    /// What is sent to `/api/auth/me` once `/api/auth/sign-in` has answered with each of `lines`.
    #[track_caller]
    fn check(server: &str, lines: &[&str], expected: &str) {
        let jar = jar(server);
        for line in lines {
            let headers = [(header::SET_COOKIE, HeaderValue::from_str(line).unwrap())];
            jar.take("/api/auth/sign-in", &headers.into_iter().collect());
        }
        let sent = jar.header("/api/auth/me");
        assert_eq!(sent.as_ref().map_or("", |value| value.to_str().unwrap()), expected);
    }

    const PLAIN: &str = "http://tasks.example.org";

    #[test]
    fn keeps_replaces_and_removes() {
        check(PLAIN, &["s=1; Path=/; HttpOnly; SameSite=Lax"], "s=1");
        check(PLAIN, &["s=1; Path=/", "s=2; Path=/", "t=3; Path=/"], "s=2; t=3");
        check(PLAIN, &["s=1; Path=/", "s=; Path=/; Max-Age=0"], "");
        check(PLAIN, &["s=1; Path=/", "s=; Path=/; Max-Age=-1"], "");
        check(PLAIN, &["s=1; Path=/", "s=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "");
        check(PLAIN, &["s=1; Path=/; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "s=1");
        check(PLAIN, &["s=1; Path=/; Max-Age=99999999999999999"], "s=1");
    }

    #[test]
    fn minds_the_path() {
        check(PLAIN, &["s=1"], "s=1");
        check(PLAIN, &["s=1; Path=/api"], "s=1");
        check(PLAIN, &["s=1; Path=/ap"], "");
        check(PLAIN, &["s=1; Path=/other"], "");
        check(PLAIN, &["s=1; Path=/api", "s=; Path=/; Max-Age=0"], "s=1");
    }

    #[test]
    fn takes_no_cookie_for_somebody_else() {
        check(PLAIN, &["s=1; Domain=example.org"], "s=1");
        check(PLAIN, &["s=1; Domain=.Tasks.Example.org"], "s=1");
        check(PLAIN, &["s=1; Domain=other.org", "t=1; Domain=ks.example.org"], "");
    }

    #[test]
    fn a_secure_cookie_stays_off_an_open_line() {
        check(PLAIN, &["s=1; Secure; Path=/"], "");
        check("https://tasks.example.org", &["s=1; Secure; Path=/"], "s=1");
        check("http://localhost:3000", &["s=1; Secure; Path=/"], "s=1");
    }

    #[test]
    fn stays_small_and_takes_no_nonsense() {
        check(PLAIN, &["", "=", ";", "=v", "a b=c", &format!("s={}", "x".repeat(5000))], "");
        let jar = jar(PLAIN);
        for number in 0..100 {
            let line = HeaderValue::try_from(format!("c{number}=1; Path=/")).unwrap();
            jar.take("/", &[(header::SET_COOKIE, line)].into_iter().collect());
        }
        assert_eq!(jar.cookies().len(), MOST);
    }
}
