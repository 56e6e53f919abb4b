//! The id of a session as a client shows it, and as the database keeps it.

use axum_login::tower_sessions::session::Id;
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};

use super::token::TokenText;
use crate::SessionId;

/// The cookie's name.
pub(super) const COOKIE: &str = "session";

/// What a request shows.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Credential {
    /// A session's id.
    Session {
        /// The id.
        id: Id,
        /// Where it stood.
        carrier: Carrier,
    },
    /// An API token.
    Token(TokenText),
}

/// Where a session's id stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// `Authorization: Bearer`.
    Bearer,
    /// The cookie `session`.
    Cookie,
}

impl Credential {
    /// What the request shows, if it has the form of a credential. What stands in `Authorization: Bearer` decides alone,
    /// also when it is malformed: a client that sends one does not mean the cookie.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        match bearer(headers) {
            Some(token) if TokenText::is_meant(token) => TokenText::parse(token).map(Self::Token),
            Some(token) => {
                Some(Self::Session { id: token.parse().ok()?, carrier: Carrier::Bearer })
            }
            None => {
                Some(Self::Session { id: cookie(headers)?.parse().ok()?, carrier: Carrier::Cookie })
            }
        }
    }
}

/// What stands for the id in the database. An id has 128 random bits, so it needs neither salt nor
/// a slow hash.
pub(super) fn stored(id: &Id) -> Vec<u8> {
    Sha256::digest(id.0.to_le_bytes()).to_vec()
}

/// The id under which a session's owner sees it, made from what the database keeps.
pub(super) fn shown(stored: &[u8]) -> SessionId {
    let mut bytes = [0; 16];
    for (byte, from) in bytes.iter_mut().zip(stored) {
        *byte = *from;
    }
    // Version 8: a UUID of the application's own making (RFC 9562, section 5.8).
    SessionId::from(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// The bearer token, if there is one; empty when it is no text.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.as_bytes().split_at_checked(7)?;
    scheme
        .eq_ignore_ascii_case(b"bearer ")
        .then(|| str::from_utf8(token).unwrap_or_default().trim())
}

/// The last cookie of that name, as the session layer takes it too.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.filter(|(name, _)| name.trim() == COOKIE).map(|(_, value)| value.trim()).next_back()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(pairs: &[(header::HeaderName, &str)]) -> Option<Credential> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, HeaderValue::from_str(value).expect("a header"));
        }
        Credential::of(&headers)
    }

    #[test]
    fn reads_bearer_and_cookie() {
        let (one, two) = (Id::default(), Id::default());
        let cookie = format!("theme=dark; session={one}; x=y");
        let bearer = format!("bearer {two}");
        let found = of(&[(header::COOKIE, &cookie)]);
        assert_eq!(found, Some(Credential::Session { id: one, carrier: Carrier::Cookie }));
        let found = of(&[(header::COOKIE, &cookie), (header::AUTHORIZATION, &bearer)]);
        assert_eq!(found, Some(Credential::Session { id: two, carrier: Carrier::Bearer }));
        let found = of(&[(header::COOKIE, &cookie), (header::AUTHORIZATION, "Basic QQ==")]);
        assert_eq!(found, Some(Credential::Session { id: one, carrier: Carrier::Cookie }));
    }

    #[test]
    fn a_token_is_told_from_a_session() {
        let (session, token) = (Id::default(), TokenText::generate());
        let cookie = format!("session={session}");
        let bearer = format!("Bearer {}", token.clone().into_string());
        let found = of(&[(header::COOKIE, &cookie), (header::AUTHORIZATION, &bearer)]);
        assert_eq!(found, Some(Credential::Token(token)));
        let broken = &bearer[..bearer.len() - 1];
        assert_eq!(of(&[(header::COOKIE, &cookie), (header::AUTHORIZATION, broken)]), None);
        // In a cookie it is nothing.
        assert_eq!(of(&[(header::COOKIE, &bearer.replace("Bearer ", "session="))]), None);
    }

    #[test]
    fn what_a_sessions_owner_sees_is_no_credential() {
        let id = Id::default();
        let shown = shown(&stored(&id));
        assert_ne!(shown.uuid().as_bytes(), &id.0.to_le_bytes());
        assert_ne!(shown.uuid().as_bytes(), &id.0.to_be_bytes());
        assert_eq!(shown.uuid().get_version_num(), 8);
    }

    #[test]
    fn what_has_not_the_form_of_an_id_is_nothing() {
        let (good, long) = (Id::default().to_string(), "A".repeat(5000));
        for bad in [
            "",
            "x",
            &good[1..],
            &format!("{good}A"),
            &format!("{good}=="),
            "é",
            &long,
            "AAAAAAAAAAAAAAAAAAAAA!",
        ] {
            assert_eq!(of(&[(header::COOKIE, &format!("session={bad}"))]), None, "{bad}");
            let both = [
                (header::AUTHORIZATION, format!("Bearer {bad}")),
                (header::COOKIE, format!("session={good}")),
            ];
            assert_eq!(
                of(&both.each_ref().map(|(name, value)| (name.clone(), value.as_str()))),
                None,
                "{bad}"
            );
        }
    }

    #[test]
    fn the_database_keeps_no_id() {
        let id = Id(1);
        let hash = stored(&id);
        assert_eq!(hash.len(), 32);
        assert_ne!(&hash[..16], id.0.to_le_bytes());
    }
}
