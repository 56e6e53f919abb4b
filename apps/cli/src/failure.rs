//! Why a command failed: what happened, where, and what to do next.

use std::fmt;

use client::{ApiError, CallError, Problem, ServerUrl, TransportError};
use serde_json::{Value, json};

use crate::{escape, report::Report, table::Style};

/// What to do when the server does not let one in, which depends on what one showed it.
#[derive(Clone, Debug)]
pub struct Hints {
    /// The command that signs in to this server.
    pub sign_in: String,
    /// Whether the call was made with an API token.
    pub by_token: bool,
}

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

    /// What became of a call to `server`.
    pub fn of_call<E: ApiError>(error: CallError<E>, server: &ServerUrl, hints: &Hints) -> Self {
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
                let failure = Self::of_fault(&problem, text, server, hints);
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

    fn of_fault(problem: &Problem, text: String, server: &ServerUrl, hints: &Hints) -> Self {
        let because = |text: String, hint: &str| Self::new("client.call", text).hint(hint);
        match problem.code.as_str() {
            "request.unauthenticated" if hints.by_token => because(
                format!("{server} does not know the token in THROUGHLINE_TOKEN"),
                "it may have ended, be revoked, be cut off, or be another server's; unset it to use the session that is kept",
            ),
            "request.unauthenticated" => because(
                format!("nobody is signed in to {server}"),
                &format!("run `{}`", hints.sign_in),
            ),
            "auth.scope" => because(
                text,
                "`throughline tokens create NAME --scope read --scope write` makes a token that may do both",
            ),
            "auth.session_only" => {
                because(text, "unset THROUGHLINE_TOKEN to use the session that is kept")
            }
            "request.forbidden" => because(text, "this takes another role: ask an admin for it"),
            _ => Self::new("client.call", text),
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
        called(error, false)
    }

    fn called<E: ApiError>(error: CallError<E>, by_token: bool) -> Failure {
        let hints = Hints { sign_in: "throughline sign-in".to_owned(), by_token };
        Failure::of_call(error, &"http://a".parse().unwrap(), &hints)
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
    fn who_calls_with_a_token_learns_what_may_be_wrong_with_it() {
        for (code, said) in [
            ("request.unauthenticated", "does not know the token in THROUGHLINE_TOKEN"),
            ("auth.scope", "--scope write"),
            ("auth.session_only", "unset THROUGHLINE_TOKEN"),
            ("request.forbidden", "ask an admin"),
        ] {
            let fault = CallError::<Never>::Fault(Box::new(problem(code, "No.")));
            let text = called(fault, true).text(Style::default());
            assert!(text.contains(said) && text.contains("hint: "), "{code}: {text}");
        }
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
