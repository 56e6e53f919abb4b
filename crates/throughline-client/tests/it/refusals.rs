//! What the server refuses, and what is refused before it is sent.

use throughline::{CallError, Place, TransportError};

use crate::{
    contract::{Body, CreateNote, ListNotes, NoteError, NoteId, id, milk},
    server::{Server, problem, reply},
};

#[tokio::test]
async fn a_declared_error_comes_back_as_its_variant() {
    let members = format!(r#","id":"{}""#, id());
    let server = Server::always(problem("404 Not Found", "note.not_found", &members)).await;
    let error = server.notes().get(id()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("no note {}", id()));
    assert_eq!(error.into_declared().unwrap(), NoteError::NotFound { id: id() });
}

#[tokio::test]
async fn a_code_that_this_client_does_not_know_keeps_its_whole_problem() {
    let members = r#","detail":"locked by ada","by":"ada""#;
    let server = Server::always(problem("423 Locked", "note.locked", members)).await;
    let error = server.notes().get(id()).await.unwrap_err();
    assert_eq!(error.to_string(), "locked by ada (note.locked)");
    let problem = error.as_fault().unwrap();
    assert_eq!((problem.status, problem.code.as_str()), (423, "note.locked"));
    assert_eq!(problem.members["by"], "ada");
}

#[tokio::test]
async fn a_declared_code_with_other_fields_is_kept_as_well() {
    let server = Server::always(problem("404 Not Found", "note.not_found", r#","id":7"#)).await;
    let error = server.notes().get(id()).await.unwrap_err();
    assert_eq!(error.as_fault().unwrap().members["id"], 7);
}

#[tokio::test]
async fn a_422_lists_what_is_wrong() {
    let members = r#","errors":[{"in":"body","pointer":"/body","code":"too_long","detail":"has 11 of at most 10 characters"}]"#;
    let server =
        Server::always(problem("422 Unprocessable Content", "request.invalid", members)).await;
    let error = server.notes().create(milk()).await.unwrap_err();
    let violation = &error.as_fault().unwrap().errors[0];
    assert_eq!((violation.place, violation.pointer.as_str()), (Place::Body, "/body"));
    assert!(error.to_string().contains("body has 11 of at most 10 characters"), "{error}");
}

#[tokio::test]
async fn an_input_beyond_its_limits_is_never_sent() {
    let server = Server::always(problem("500 Internal Server Error", "request.internal", "")).await;
    let body: Body = serde_json::from_str(r#""far too much text""#).unwrap();
    let error = server.notes().create(CreateNote { priority: None, body }).await.unwrap_err();
    let CallError::Invalid(violations) = error else { panic!("{error:?}") };
    assert_eq!((violations.len(), violations[0].pointer.as_str()), (1, "/body"));
    let input = ListNotes { limit: 0.into(), ..ListNotes::default() };
    assert!(matches!(server.notes().list(input).await, Err(CallError::Invalid(_))));
    assert!(server.requests().is_empty());
}

/// Checks that `answer` to a `get` is a refusal by somebody who does not speak our envelope.
async fn check_foreign(answer: String, status: u16, says: &str) {
    let error = Server::always(answer).await.notes().get(NoteId::new()).await.unwrap_err();
    let CallError::Transport(TransportError::Foreign { status: found, body }) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(*found, status);
    assert!(body.contains(says), "{body}");
}

#[tokio::test]
async fn a_refusal_by_somebody_in_between_is_told_apart() {
    let html = "<html><h1>502 Bad Gateway</h1></html>";
    check_foreign(reply("502 Bad Gateway", &["content-type: text/html"], html), 502, "Gateway")
        .await;
    check_foreign(reply("503 Service Unavailable", &[], ""), 503, "").await;
    check_foreign(reply("404 Not Found", &[], r#"{"error":"no such bucket"}"#), 404, "bucket")
        .await;
    check_foreign(reply("500 Internal Server Error", &[], "\u{fffd}"), 500, "\u{fffd}").await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::always(reply("200 OK", &[], "{}")).await;
    let location = format!("location: {}/api/notes", elsewhere.url());
    for status in
        ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        let answer = reply(status, &[&location], "");
        check_foreign(answer, status[..3].parse().unwrap(), "").await;
    }
    assert!(elsewhere.requests().is_empty());
}
