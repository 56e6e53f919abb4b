//! The one envelope of all refusals: RFC 9457 `application/problem+json`.

use serde::{Deserialize, Serialize};

use crate::Violation;

/// A refusal as it stands on the wire.
///
/// Declared errors add their fields as members of their own; a client that does not know a `code` still has all of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// A stable URI, made from the code.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// What it is, the same for each occurrence.
    #[serde(default)]
    pub title: String,
    /// The status, again.
    #[serde(default)]
    pub status: u16,
    /// What was the matter this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The stable code: `task.not_found`; the framework's own are `request.*`.
    #[serde(default)]
    pub code: String,
    /// The id under which the server logged the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What is wrong with the request, all at once: only in a 422.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Violation>,
    /// The fields of a declared error.
    #[serde(flatten)]
    pub members: serde_json::Map<String, serde_json::Value>,
}

impl Problem {
    /// The media type of a problem.
    pub const MEDIA_TYPE: &'static str = "application/problem+json";
    /// The members that each problem may have, which the fields of a declared error may not be named after.
    pub const MEMBERS: &'static [&'static str] =
        &["type", "title", "status", "detail", "instance", "code", "request_id", "errors"];

    /// The `type` of problems with this code.
    pub fn type_of(code: &str) -> String {
        format!("urn:problem-type:{code}")
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.detail.as_deref().unwrap_or(&self.title), self.code)?;
        for error in &self.errors {
            write!(f, "\n  {error}")?;
        }
        if let (500.., Some(id)) = (self.status, &self.request_id) {
            write!(f, "\n  request {id}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
