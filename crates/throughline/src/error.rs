//! Declared errors, internal ones, and the `Result` of a handler that keeps them apart.

use std::error::Error;

use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};

use crate::{Fault, Problem, Schemas};

/// What a procedure returns: `T`, or a failure that is either the declared error `E` or a fault.
pub type Result<T, E = Never> = std::result::Result<T, Failure<E>>;

/// Why a handler did not succeed.
#[derive(Debug)]
pub enum Failure<E> {
    /// An error that the contract declares; the caller gets its status, code and fields.
    Declared(E),
    /// A fault of the framework; a 500 tells the caller nothing but the request's id.
    Fault(Fault),
}

impl<E> Failure<E> {
    /// The same failure with the declared error put into another one, as when a handler calls another contract's.
    pub fn map<F>(self, wrap: impl FnOnce(E) -> F) -> Failure<F> {
        match self {
            Self::Declared(error) => Failure::Declared(wrap(error)),
            Self::Fault(fault) => Failure::Fault(fault),
        }
    }
}

impl<E: ApiError> From<E> for Failure<E> {
    fn from(error: E) -> Self {
        Self::Declared(error)
    }
}

impl<E> From<Fault> for Failure<E> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<E> From<Internal> for Failure<E> {
    fn from(error: Internal) -> Self {
        Self::Fault(Fault::internal(error.0))
    }
}

/// An error that only the log shall see; the caller gets an opaque 500. Made by [`InternalExt::internal`].
#[derive(Debug)]
pub struct Internal(Box<dyn Error + Send + Sync>);

/// `.internal()?`: turns any library's error into an opaque 500, said aloud where it happens.
pub trait InternalExt<T> {
    /// Makes the error internal.
    ///
    /// # Errors
    /// The same error, as [`Internal`].
    fn internal(self) -> std::result::Result<T, Internal>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> InternalExt<T> for std::result::Result<T, E> {
    fn internal(self) -> std::result::Result<T, Internal> {
        self.map_err(|error| Internal(error.into()))
    }
}

/// One declared error: a variant of an [`ApiError`].
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The status, from 400 to 599.
    pub status: u16,
    /// The stable code: `task.not_found`.
    pub code: &'static str,
    /// The first line of the variant's doc comment.
    pub title: &'static str,
    /// The schema of the variant's fields; pushes the schemas that it refers to.
    pub fields: fn(&mut Schemas) -> RefOr<Schema>,
}

/// The codes of an error and of the errors it wraps, for the check that no two are the same.
#[derive(Clone, Copy, Debug)]
pub struct Codes {
    /// The codes of the error's own variants.
    pub own: &'static [&'static str],
    /// The codes of the errors that it wraps.
    pub wrapped: &'static [&'static Codes],
}

/// The declared errors of a procedure. Derive it: [`derive(ApiError)`](derive@crate::ApiError).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a declared error",
    label = "not a declared error",
    note = "derive it: `#[derive(Debug, thiserror::Error, ApiError)]` with `#[problem(404, \"task.not_found\")]` on each variant"
)]
pub trait ApiError: Error + Send + Sync + Sized + 'static {
    /// The codes, own and wrapped.
    const CODES: &'static Codes;
    /// The variants, those of wrapped errors too.
    fn cases() -> Vec<Case>;
    /// This error's status.
    fn status(&self) -> u16;
    /// This error's code.
    fn code(&self) -> &'static str;
    /// This error's title.
    fn title(&self) -> &'static str;
    /// This error's fields, as members of the envelope.
    ///
    /// # Errors
    /// What serde reports.
    fn members(&self) -> serde_json::Result<Map<String, Value>>;
    /// Reads the error with this code out of the envelope's members; `None` when the code is none of this error's.
    fn from_members(code: &str, members: &Map<String, Value>) -> Option<serde_json::Result<Self>>;

    /// The envelope that the caller gets.
    ///
    /// # Errors
    /// What serde reports of the fields.
    fn to_problem(&self, request_id: &str) -> serde_json::Result<Problem> {
        Ok(Problem {
            kind: Problem::type_of(self.code()),
            title: self.title().to_owned(),
            status: self.status(),
            detail: Some(self.to_string()),
            code: self.code().to_owned(),
            request_id: Some(request_id.to_owned()),
            errors: Vec::new(),
            members: self.members()?,
        })
    }
}

/// No error is declared: what `Result<T>` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Never {}

impl std::fmt::Display for Never {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}

impl Error for Never {}

impl ApiError for Never {
    const CODES: &'static Codes = &Codes { own: &[], wrapped: &[] };
    fn cases() -> Vec<Case> {
        Vec::new()
    }
    fn status(&self) -> u16 {
        match *self {}
    }
    fn code(&self) -> &'static str {
        match *self {}
    }
    fn title(&self) -> &'static str {
        match *self {}
    }
    fn members(&self) -> serde_json::Result<Map<String, Value>> {
        match *self {}
    }
    fn from_members(_: &str, _: &Map<String, Value>) -> Option<serde_json::Result<Self>> {
        None
    }
}

/// Reads output and declared error out of a procedure's return type.
#[diagnostic::on_unimplemented(
    message = "a procedure returns `throughline::Result<T>` or `throughline::Result<T, E>`, found `{Self}`",
    label = "not a `throughline::Result`"
)]
pub trait Outcome {
    /// The output.
    type Ok;
    /// The declared error.
    type Declared;
}

impl<T, E> Outcome for Result<T, E> {
    type Ok = T;
    type Declared = E;
}
