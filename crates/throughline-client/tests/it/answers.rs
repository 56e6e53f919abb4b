//! What is sent, and what is made of a success.

use throughline::{CallError, DecodeError, TransportError};

use crate::{
    contract::{ListNotes, NOTE, id, milk},
    server::{Server, json, reply},
};

#[tokio::test]
async fn a_read_is_a_get_below_the_prefix_without_a_body() {
    let server = Server::always(json("200 OK", NOTE)).await;
    let note = server.notes().get(id()).await.unwrap();
    assert_eq!(note.body, "Milk");
    let request = server.only_request();
    assert_eq!(request.line(), "GET /api/notes/019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b12");
    assert_eq!(
        request.header("accept").as_deref(),
        Some("application/json, application/problem+json")
    );
    assert_eq!(request.header("user-agent").as_deref(), Some("throughline-client/0.1.0"));
    assert_eq!((request.header("content-length"), request.header("content-type")), (None, None));
    assert_eq!(request.header("host"), Some(server.address.to_string()));
}

#[tokio::test]
async fn a_query_is_escaped_and_a_list_repeats_its_key() {
    let server =
        Server::always(json("200 OK", &format!(r#"{{"items":[{NOTE}],"next":"AQ"}}"#))).await;
    let input = ListNotes {
        text: Some("a&b=c d/é?#%".to_owned()),
        tag: vec!["x".to_owned(), "y z".to_owned()],
        limit: 5.into(),
        ..ListNotes::default()
    };
    let page = server.notes().list(input).await.unwrap();
    assert_eq!((page.items.len(), page.next.unwrap().as_str()), (1, "AQ"));
    assert_eq!(
        server.only_request().line(),
        "GET /api/notes?text=a%26b%3Dc%20d%2F%C3%A9%3F%23%25&tag=x&tag=y%20z&limit=5"
    );
}

#[tokio::test]
async fn a_write_carries_json_and_the_contracts_headers() {
    let server = Server::always(json("201 Created", NOTE)).await;
    let mut input = milk();
    input.priority = Some(3);
    server.notes().create(input).await.unwrap();
    let request = server.only_request();
    assert_eq!((request.line(), request.body.as_str()), ("POST /api/notes", r#"{"body":"Milk"}"#));
    assert_eq!(request.header("content-type").as_deref(), Some("application/json"));
    assert_eq!(request.header("priority").as_deref(), Some("3"));
}

#[tokio::test]
async fn a_create_knows_its_location_and_whether_it_came_again() {
    let created =
        reply("201 Created", &["location: /api/notes/7", "content-type: application/json"], NOTE);
    let made = Server::always(created).await.notes().create(milk()).await.unwrap();
    assert_eq!((made.location(), made.is_again()), (Some("/api/notes/7"), false));
    let again = Server::always(json("200 OK", NOTE)).await.notes().create(milk()).await.unwrap();
    assert!(again.is_again() && again.body == "Milk");
}

#[tokio::test]
async fn nothing_to_say_is_204() {
    let server = Server::always(reply("204 No Content", &[], "")).await;
    server.notes().delete(id()).await.unwrap();
    assert_eq!(
        server.only_request().line(),
        "DELETE /api/notes/019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b12"
    );
}

/// Checks that `answer` to a `get` is none that the contract declares.
async fn check_undeclared(answer: String, status: u16, says: &str) {
    let error = Server::always(answer).await.notes().get(id()).await.unwrap_err();
    let CallError::Transport(TransportError::Undeclared { status: found, source }) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(*found, status);
    assert!(source.to_string().contains(says), "{source}");
}

#[tokio::test]
async fn a_success_that_the_contract_does_not_declare_is_told_apart() {
    check_undeclared(json("200 OK", r#"{"id":"#), 200, "EOF").await;
    check_undeclared(json("200 OK", r#"{"id":1,"body":"Milk"}"#), 200, "UUID").await;
    check_undeclared(json("200 OK", ""), 200, "EOF").await;
    check_undeclared(
        reply("200 OK", &["content-type: text/html"], "<html>"),
        200,
        "expected value",
    )
    .await;
    check_undeclared(reply("204 No Content", &[], ""), 204, "204").await;
    check_undeclared(json("202 Accepted", NOTE), 202, "202").await;
}

#[tokio::test]
async fn a_page_of_html_does_not_pass_for_a_delete() {
    let server = Server::always(reply("200 OK", &["content-type: text/html"], "<html>")).await;
    let error = server.notes().delete(id()).await.unwrap_err();
    let undeclared = TransportError::Undeclared {
        status: http::StatusCode::OK,
        source: DecodeError::Status(http::StatusCode::OK),
    };
    assert_eq!(error.to_string(), undeclared.to_string());
}
