//! Why a command failed: what happened, where, and what to do next.

use std::fmt;

use client::{ApiError, CallError, Problem, ServerUrl, TransportError};
use serde_json::{Value, json};

use crate::{escape, report::Report, table::Style};

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    text: String,
    hint: Option<String>,
    /// For programs: the server's problem as it came, or one of our own.
    document: Value,
    done: Option<Box<Report>>,
}

impl Failure {
    /// A failure on this side; `code` begins with `client.`.
    pub fn new(code: &str, text: impl Into<String>) -> Self {
        let text = text.into();
        let document = json!({ "type": Problem::type_of(code), "code": code, "detail": text });
        Self { text, hint: None, document, done: None }
    }

    /// The same with what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with what was done before it.
    pub fn after(mut self, report: Report) -> Self {
        self.done = Some(Box::new(report));
        self
    }

    /// What was done before the failure, once.
    pub fn take_done(&mut self) -> Option<Report> {
        self.done.take().map(|report| *report)
    }

    /// The document for programs.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The lines for people.
    pub fn text(&self, style: Style) -> String {
        let mut text = format!("{} {}\n", style.red("error:"), escape::lines(&self.text));
        if let Some(hint) = &self.hint {
            text.push_str(&format!("{} {}\n", style.bold("hint:"), escape::lines(hint)));
        }
        text
    }

    /// What became of a call to `server`; `sign_in` is the command that signs in there.
    pub fn of_call<E: ApiError>(error: CallError<E>, server: &ServerUrl, sign_in: &str) -> Self {
        let text = error.to_string();
        match error {
            CallError::Declared(error) => {
                // The envelope came with a request's id, which is of no use once the error is
                // known.
                let problem =
                    error.to_problem("").map(|problem| Problem { request_id: None, ..problem });
                Self { document: document(problem.ok()), ..Self::new("client.call", text) }
            }
            CallError::Fault(problem) => {
                let failure = match problem.code.as_str() {
                    "request.unauthenticated" => {
                        Self::new("client.call", format!("nobody is signed in to {server}"))
                            .hint(format!("run `{sign_in}`"))
                    }
                    _ => Self::new("client.call", text),
                };
                Self { document: document(Some(*problem)), ..failure }
            }
            CallError::Invalid(errors) => {
                let problem = json!({
                    "type": Problem::type_of("request.invalid"),
                    "title": "The request does not fit the contract.",
                    "status": 422,
                    "code": "request.invalid",
                    "errors": errors,
                });
                Self { document: problem, ..Self::new("client.call", text) }
            }
            CallError::Transport(error) => Self::of_transport(&error, server),
        }
    }

    fn of_transport(error: &TransportError, server: &ServerUrl) -> Self {
        let another = "--server or THROUGHLINE_SERVER names another one";
        let (code, hint) = match error {
            TransportError::Unreachable { .. } => (
                "client.unreachable",
                format!("is the server running, and is {server} its address? {another}"),
            ),
            TransportError::Timeout { .. } => (
                "client.timeout",
                "look what was done before you try again: the server may have gone on".to_owned(),
            ),
            TransportError::TooLarge { .. } => {
                ("client.too_large", format!("is {server} the address of this server? {another}"))
            }
            TransportError::Foreign { status, .. } if status.is_redirection() => (
                "client.redirected",
                format!(
                    "redirects are not followed: is {server} the whole address, https perhaps?"
                ),
            ),
            TransportError::Foreign { .. } => (
                "client.foreign",
                format!("something else answers at {server}, perhaps a proxy: {another}"),
            ),
            TransportError::Undeclared { .. } => (
                "client.undeclared",
                format!(
                    "is {server} a server of this application, in a version that fits? {another}"
                ),
            ),
            TransportError::Encode(_) => ("client.encode", "shorten what you gave".to_owned()),
        };
        Self::new(code, error.to_string()).hint(hint)
    }
}

fn document(problem: Option<Problem>) -> Value {
    problem.and_then(|problem| serde_json::to_value(problem).ok()).unwrap_or_default()
}

/// What happened and what to do next, in one line.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use client::{
        Never,
        tasks::{TaskError, TaskId},
    };

    use super::*;

    fn of_call<E: ApiError>(error: CallError<E>) -> Failure {
        Failure::of_call(error, &"http://a".parse().unwrap(), "throughline sign-in")
    }

    fn problem(code: &str, detail: &str) -> Problem {
        serde_json::from_value(
            json!({ "status": 401, "code": code, "detail": detail, "request_id": "r1" }),
        )
        .unwrap()
    }

    #[test]
    fn who_is_not_signed_in_learns_how_to() {
        let fault = CallError::<Never>::Fault(Box::new(problem(
            "request.unauthenticated",
            "Sign in first.",
        )));
        let failure = of_call(fault);
        assert_eq!(
            failure.text(Style::default()),
            "error: nobody is signed in to http://a\nhint: run `throughline sign-in`\n"
        );
        assert_eq!(failure.document()["request_id"], "r1");
    }

    #[test]
    fn a_declared_error_is_its_problem() {
        let id = TaskId::new();
        let failure = of_call(CallError::Declared(TaskError::NotFound { id }));
        assert_eq!(failure.to_string(), format!("no task {id}"));
        let document = failure.document();
        assert_eq!(
            (&document["code"], &document["status"]),
            (&json!("task.not_found"), &json!(404))
        );
        assert_eq!((&document["id"], document.get("request_id")), (&json!(id), None));
    }

    #[test]
    fn a_server_that_is_not_there_is_named_with_what_to_check() {
        let error = TransportError::Unreachable {
            url: "http://a/api".to_owned(),
            source: "refused".into(),
        };
        let failure = of_call(CallError::<Never>::Transport(error));
        let text = failure.text(Style::default());
        assert!(
            text.contains("cannot reach http://a/api: refused\nhint: is the server running"),
            "{text}"
        );
        assert_eq!(failure.document()["code"], "client.unreachable");
    }

    #[test]
    fn a_server_cannot_write_on_the_terminal() {
        let fault = problem("x\u{1b}]0;y", "\u{1b}[2J\ncleared\u{9b}2J");
        let text = of_call(CallError::<Never>::Fault(Box::new(fault))).text(Style::default());
        assert!(!text.contains('\u{1b}') && !text.contains('\u{9b}'), "{text:?}");
    }
}
