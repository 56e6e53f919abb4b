//! A call is a value: it can be cloned, sent elsewhere, looked at, and made over any transport.

use std::{
    future::IntoFuture,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use throughline::{Effect, EffectKind, Procedure, TransportError};
use throughline_client::{Answering, Call, Http, HttpOptions, Transport};

use crate::{
    contract::{ListNotes, NOTE, NotesClient, id, milk, procedures},
    server::{Server, json, reply},
};

fn is_value<T: Clone + Send + Sync + 'static>(_: &T) {}

#[tokio::test]
async fn a_call_is_a_value() {
    let server = Server::always(json("200 OK", NOTE)).await;
    let call: Call<procedures::Get> = server.notes().get(id());
    is_value(&call);
    assert_eq!(call.input().id, id());
    let shown = format!("{call:?}");
    assert!(shown.contains("notes.get") && shown.contains(&server.url()), "{shown}");
    let again = tokio::spawn(call.clone().into_future());
    let sent = tokio::spawn(call.clone().send());
    assert_eq!(call.await.unwrap(), again.await.unwrap().unwrap());
    assert!(sent.await.unwrap().is_ok());
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_call_that_is_not_awaited_is_not_made() {
    let server = Server::always(json("200 OK", NOTE)).await;
    let call = server.notes().get(id());
    drop(call.clone().send());
    drop(call.into_future());
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_write_tells_its_effects_after_success() {
    let server = Server::always(json("201 Created", NOTE)).await;
    let (made, effects) = server.notes().create(milk()).send_with_effects().await.unwrap();
    let effect = |kind, read, matches| Effect { kind, read, matches };
    let this = vec![("id", serde_json::json!(made.id))];
    let expected = [
        effect(EffectKind::Invalidates, procedures::List::ID, Vec::new()),
        effect(EffectKind::Sets, procedures::Get::ID, this),
    ];
    assert_eq!(effects, expected);
    let server = Server::always(reply("502 Bad Gateway", &[], "")).await;
    assert!(server.notes().delete(id()).send_with_effects().await.is_err());
}

#[tokio::test]
async fn headers_are_added_but_never_replace_the_contracts() {
    let server = Server::always(json("201 Created", NOTE)).await;
    let mut headers = HeaderMap::new();
    headers.insert("x-app", HeaderValue::from_static("notes"));
    headers.insert("content-type", HeaderValue::from_static("text/plain"));
    let options = HttpOptions {
        user_agent: HeaderValue::from_static("test/1"),
        headers,
        ..HttpOptions::default()
    };
    let call = NotesClient::new(server.http(options)).create(milk());
    call.header(HeaderName::from_static("x-request-id"), HeaderValue::from_static("r7"))
        .header(HeaderName::from_static("accept"), HeaderValue::from_static("text/html"))
        .await
        .unwrap();
    let request = server.only_request();
    let header = |name| request.header(name).unwrap();
    assert_eq!((header("x-app"), header("x-request-id")), ("notes".into(), "r7".into()));
    assert_eq!(
        (header("content-type"), header("user-agent")),
        ("application/json".into(), "test/1".into())
    );
    assert_eq!(header("accept"), "application/json, application/problem+json");
}

#[tokio::test]
async fn the_prefix_is_the_servers_choice() {
    let server = Server::always(json("200 OK", r#"{"items":[]}"#)).await;
    for (base, prefix) in [("", ""), ("", "v1"), ("/app/", "/api/v1/")] {
        let options = HttpOptions { prefix: prefix.to_owned(), ..HttpOptions::default() };
        let http = Http::new(format!("{}{base}", server.url()).parse().unwrap(), options).unwrap();
        NotesClient::new(http).list(ListNotes::default()).await.unwrap();
    }
    let lines: Vec<_> = server.requests().iter().map(|request| request.line().to_owned()).collect();
    assert_eq!(
        lines,
        ["GET /notes?limit=20", "GET /v1/notes?limit=20", "GET /app/api/v1/notes?limit=20"]
    );
}

/// Counts requests and lets a second one through to nobody.
struct Counting(Arc<AtomicUsize>);

impl Transport for Counting {
    fn send(&self, request: Request<Bytes>) -> Answering<'_> {
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            assert_eq!(request.uri().path(), format!("/api/notes/{}", id()));
            if before > 0 {
                let url = request.uri().to_string();
                return Err(TransportError::Unreachable { url, source: "gone".into() });
            }
            Ok(Response::new(Bytes::from_static(NOTE.as_bytes())))
        })
    }
}

#[tokio::test]
async fn any_transport_carries_calls_within_the_same_limits() {
    let count = Arc::new(AtomicUsize::new(0));
    let over = |max_answer| {
        let options = HttpOptions { max_answer, ..HttpOptions::default() };
        let url = "http://in.process".parse().unwrap();
        NotesClient::new(Http::over(Counting(count.clone()), url, options).unwrap())
    };
    let error = over(NOTE.len() - 1).get(id()).await.unwrap_err();
    assert!(error.to_string().contains("larger than"), "{error}");
    count.store(0, Ordering::Relaxed);
    let notes = over(NOTE.len());
    assert_eq!(notes.get(id()).await.unwrap().id, id());
    assert!(notes.get(id()).await.unwrap_err().to_string().ends_with("gone"));
}
