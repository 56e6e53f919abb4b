//! What can go wrong before or beside a handler: the framework's own refusals, one code each.

use std::{borrow::Cow, error::Error};

use crate::{Problem, Violation};

/// One kind of fault: its code, status and title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultKind {
    /// The stable code, `request.*`.
    pub code: &'static str,
    /// The status.
    pub status: u16,
    /// The title, the same for each occurrence.
    pub title: &'static str,
}

/// The framework's own kinds of fault.
pub mod faults {
    use super::FaultKind;

    macro_rules! kinds {
        ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal $title:literal;)*) => {
            $($(#[$doc])* pub const $name: FaultKind = FaultKind { code: $code, status: $status, title: $title };)*
            /// All of them.
            pub const ALL: &[&FaultKind] = &[$(&$name),*];
        };
    }

    kinds! {
        /// The URL holds a broken percent-encoding or does not decode to UTF-8.
        MALFORMED_URL = 400 "request.malformed_url" "The URL is malformed.";
        /// The body is not JSON, or an object in it holds a name twice.
        MALFORMED_JSON = 400 "request.malformed_json" "The body is not well-formed JSON.";
        /// A page's cursor is malformed, or was made for another query.
        MALFORMED_CURSOR = 400 "request.malformed_cursor" "The cursor is not one of this list.";
        /// Nobody is signed in.
        UNAUTHENTICATED = 401 "request.unauthenticated" "Sign in first.";
        /// The caller may not do this.
        FORBIDDEN = 403 "request.forbidden" "This is not allowed.";
        /// A browser sent a write from another site.
        CROSS_SITE = 403 "request.cross_site" "Writes from other sites are refused.";
        /// There is no such route.
        NOT_FOUND = 404 "request.not_found" "There is no such route.";
        /// The route exists for other methods, which `Allow` lists.
        METHOD_NOT_ALLOWED = 405 "request.method_not_allowed" "The route has no such method.";
        /// The request did not arrive in time.
        TIMEOUT = 408 "request.timeout" "The request did not arrive in time.";
        /// The body is larger than the server takes.
        TOO_LARGE = 413 "request.too_large" "The body is too large.";
        /// The body is not declared to be JSON.
        UNSUPPORTED_MEDIA_TYPE = 415 "request.unsupported_media_type" "The body must be JSON.";
        /// The request does not fit the contract; `errors` lists where.
        INVALID = 422 "request.invalid" "The request does not fit the contract.";
        /// Something broke on the server; the answer says no more than the request's id.
        INTERNAL = 500 "request.internal" "Something went wrong on the server.";
        /// The server cannot answer now, for example because its database is away.
        UNAVAILABLE = 503 "request.unavailable" "The server cannot answer now.";
    }
}

/// A fault: its kind, what was the matter this time, and for the log its cause.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}", kind.code, detail.as_deref().unwrap_or(kind.title))]
pub struct Fault {
    kind: FaultKind,
    detail: Option<Cow<'static, str>>,
    errors: Vec<Violation>,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Fault {
    /// A fault of this kind.
    pub const fn new(kind: &FaultKind) -> Self {
        Self { kind: *kind, detail: None, errors: Vec::new(), source: None }
    }

    /// A 422 that lists what is wrong.
    pub fn invalid(mut errors: Vec<Violation>) -> Self {
        // Two checks may find the same: the walk over the body and the limits of a text both refuse NUL.
        let mut seen = std::collections::HashSet::new();
        errors.retain(|e| seen.insert((e.place, e.pointer.clone(), e.code.clone())));
        errors.sort_by_key(|e| e.place);
        Self { errors, ..Self::new(&faults::INVALID) }
    }

    /// A 500 with its cause, which only the log sees.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(&faults::INTERNAL).source(source)
    }

    /// The same with a sentence about this occurrence, for the caller.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The same with its cause, for the log.
    #[must_use]
    pub fn source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Its kind.
    pub fn kind(&self) -> &FaultKind {
        &self.kind
    }

    /// What is wrong with the request, for a 422.
    pub fn errors(&self) -> &[Violation] {
        &self.errors
    }

    /// The cause, for the log.
    pub fn cause(&self) -> Option<&(dyn Error + Send + Sync)> {
        self.source.as_deref()
    }

    /// The envelope that the caller gets.
    pub fn into_problem(self, request_id: &str) -> Problem {
        Problem {
            kind: Problem::type_of(self.kind.code),
            title: self.kind.title.to_owned(),
            status: self.kind.status,
            detail: self.detail.map(Cow::into_owned),
            code: self.kind.code.to_owned(),
            request_id: Some(request_id.to_owned()),
            errors: self.errors,
            members: serde_json::Map::new(),
        }
    }
}
