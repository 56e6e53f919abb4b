//! What tells the server who calls, and where it never goes.

use http::{HeaderMap, HeaderValue, header};
use throughline_client::{BearerToken, Cookie, Credentials, Http, HttpOptions};

use crate::{
    contract::{NOTE, NotesClient, id, milk},
    server::{Request, Server, json, reply},
};

/// Signs in with `create`, out with `delete`.
fn sessions(request: &Request) -> String {
    match request.line().split(' ').next() {
        Some("POST") => {
            reply("201 Created", &["set-cookie: session=s1; Path=/; HttpOnly; SameSite=Lax"], NOTE)
        }
        Some("DELETE") => reply("204 No Content", &["set-cookie: session=; Path=/; Max-Age=0"], ""),
        _ => json("200 OK", NOTE),
    }
}

fn notes(server: &Server, credentials: Credentials) -> NotesClient<Http> {
    NotesClient::new(server.http(HttpOptions { credentials, ..HttpOptions::default() }))
}

#[tokio::test]
async fn a_cookie_is_kept_until_the_server_takes_it_back() {
    let server = Server::answering(sessions).await;
    let http = server.http(HttpOptions::default());
    let notes = NotesClient::new(http.clone());
    notes.get(id()).await.unwrap();
    notes.create(milk()).await.unwrap();
    assert_eq!(http.cookies(), [Cookie::new("session", "s1").unwrap()]);
    notes.get(id()).await.unwrap();
    notes.delete(id()).await.unwrap();
    assert_eq!(http.cookies(), []);
    notes.get(id()).await.unwrap();
    let sent: Vec<_> = server.requests().iter().map(|request| request.header("cookie")).collect();
    let session = Some("session=s1".to_owned());
    assert_eq!(sent, [None, None, session.clone(), session, None]);
}

#[tokio::test]
async fn a_program_stays_signed_in_with_the_cookies_that_it_kept() {
    let server = Server::answering(sessions).await;
    let first = server.http(HttpOptions::default());
    NotesClient::new(first.clone()).create(milk()).await.unwrap();
    let later = notes(&server, Credentials::Cookies(first.cookies()));
    later.get(id()).await.unwrap();
    assert_eq!(server.requests()[1].header("cookie").as_deref(), Some("session=s1"));
}

#[tokio::test]
async fn cookies_of_one_server_are_not_sent_to_another() {
    let (one, other) = (Server::answering(sessions).await, Server::answering(sessions).await);
    one.notes().create(milk()).await.unwrap();
    other.notes().get(id()).await.unwrap();
    assert_eq!(other.only_request().header("cookie"), None);
}

#[tokio::test]
async fn a_bearer_token_stands_in_each_call_and_cookies_in_none() {
    let server = Server::answering(sessions).await;
    let notes = notes(&server, Credentials::Bearer(BearerToken::new("tl_secret").unwrap()));
    notes.create(milk()).await.unwrap();
    notes.get(id()).header(header::AUTHORIZATION, "Bearer other".parse().unwrap()).await.unwrap();
    for request in server.requests() {
        assert_eq!(request.header("authorization").as_deref(), Some("Bearer tl_secret"));
        assert_eq!(request.header("cookie"), None);
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_sent_or_kept() {
    let server = Server::answering(sessions).await;
    let options = HttpOptions { credentials: Credentials::None, ..HttpOptions::default() };
    let http = server.http(options);
    let notes = NotesClient::new(http.clone());
    notes.create(milk()).await.unwrap();
    notes.get(id()).await.unwrap();
    let sent = &server.requests()[1];
    assert_eq!((sent.header("cookie"), sent.header("authorization")), (None, None));
    assert_eq!(http.cookies(), []);
}

#[tokio::test]
async fn no_debug_output_shows_a_secret() {
    let server = Server::answering(sessions).await;
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, HeaderValue::from_static("secret"));
    for credentials in [
        Credentials::Bearer(BearerToken::new("secret").unwrap()),
        Credentials::Cookies(vec![Cookie::new("session", "secret").unwrap()]),
    ] {
        let options =
            HttpOptions { credentials, headers: headers.clone(), ..HttpOptions::default() };
        let shown = format!("{options:#?}");
        let http = server.http(options);
        let shown = format!(
            "{shown} {http:#?} {:#?} {:#?}",
            http.cookies(),
            NotesClient::new(http.clone()).get(id())
        );
        assert!(!shown.contains("secret"), "{shown}");
    }
}
