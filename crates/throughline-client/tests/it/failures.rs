//! What can go wrong between the client and the server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use throughline::{CallError, Never, TransportError};
use throughline_client::{ConnectError, Http, HttpOptions};
use tokio::{io::AsyncWriteExt, net::TcpListener, time};

use crate::{
    contract::{ListNotes, NotesClient, id},
    server::{Server, json, read},
};

/// Lists the notes of a server that takes answers of up to 64 KiB and waits up to 300 ms.
async fn list(url: &str) -> TransportError {
    let options = HttpOptions {
        timeout: Duration::from_millis(300),
        max_answer: 64 * 1024,
        ..HttpOptions::default()
    };
    let notes = NotesClient::new(Http::new(url.parse().unwrap(), options).unwrap());
    match notes.list(ListNotes::default()).await {
        Err(CallError::<Never>::Transport(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = list(&url).await;
    assert!(matches!(error, TransportError::Unreachable { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.starts_with(&format!("cannot reach {url}/api/notes: ")), "{text}");
    assert!(text.contains("refused"), "{text}");
}

#[tokio::test]
async fn a_name_that_nobody_has() {
    let error = list("http://nobody.invalid").await;
    // Where there is no network, asking for the name may also take too long.
    assert!(
        matches!(error, TransportError::Unreachable { .. } | TransportError::Timeout { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_that_never_answers() {
    let server = Server::connections(|stream| async move {
        time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    });
    let server = server.await;
    let begin = Instant::now();
    let error = list(&server.url()).await;
    assert!(
        matches!(&error, TransportError::Timeout { seconds, .. } if *seconds == 0.3),
        "{error:?}"
    );
    assert!(begin.elapsed() < Duration::from_secs(30));
    assert_eq!(
        error.to_string(),
        format!("no answer from {}/api/notes within 0.3 s", server.url())
    );
}

#[tokio::test]
async fn a_server_that_never_ends() {
    let server = Server::connections(|mut stream| async move {
        read(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n").await.unwrap();
        while stream.write_all(b" ").await.is_ok() {
            time::sleep(Duration::from_millis(20)).await;
        }
    });
    let error = list(&server.await.url()).await;
    assert!(matches!(error, TransportError::Timeout { .. }), "{error:?}");
}

#[tokio::test]
async fn a_call_may_have_a_limit_of_its_own() {
    let server = Server::connections(|mut stream| async move {
        read(&mut stream).await;
        time::sleep(Duration::from_secs(60)).await;
    });
    let notes = server.await.notes();
    let error = notes.get(id()).timeout(Duration::from_millis(20)).await.unwrap_err();
    assert!(error.to_string().ends_with("within 0.02 s"), "{error}");
}

#[tokio::test]
async fn an_answer_that_says_it_is_too_large_is_not_read() {
    let server = Server::connections(|mut stream| async move {
        read(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n{").await;
        time::sleep(Duration::from_secs(60)).await;
    });
    let error = list(&server.await.url()).await;
    assert!(matches!(error, TransportError::TooLarge { limit: 65536, .. }), "{error:?}");
}

#[tokio::test]
async fn a_gigabyte_is_not_taken_in() {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let server = Server::connections(move |mut stream| {
        let count = count.clone();
        async move {
            read(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await.unwrap();
            let megabyte = vec![b' '; 1 << 20];
            while count.load(Ordering::Relaxed) < 1 << 30
                && stream.write_all(&megabyte).await.is_ok()
            {
                count.fetch_add(megabyte.len(), Ordering::Relaxed);
            }
        }
    });
    let error = list(&server.await.url()).await;
    assert!(matches!(error, TransportError::TooLarge { limit: 65536, .. }), "{error:?}");
    // What the sockets' buffers hold may have left the server.
    assert!(sent.load(Ordering::Relaxed) < 64 << 20, "{sent:?} bytes were sent");
}

#[tokio::test]
async fn the_largest_answer_is_still_taken() {
    let page = r#"{"items":[]}"#;
    let server = Server::always(json("200 OK", page)).await;
    let notes = |max_answer| {
        NotesClient::new(server.http(HttpOptions { max_answer, ..HttpOptions::default() }))
    };
    assert!(notes(page.len()).list(ListNotes::default()).await.is_ok());
    assert!(notes(page.len() - 1).list(ListNotes::default()).await.is_err());
}

#[tokio::test]
async fn a_connection_that_breaks() {
    for text in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", "SSH-2.0-OpenSSH_9.2\r\n"] {
        let error = list(&Server::always(text).await.url()).await;
        assert!(matches!(error, TransportError::Unreachable { .. }), "{text}: {error:?}");
    }
}

#[test]
fn an_address_or_a_prefix_that_is_none_is_refused_before_the_first_call() {
    let api = |url: &str, prefix: &str| {
        Http::new(url.parse()?, HttpOptions { prefix: prefix.to_owned(), ..HttpOptions::default() })
    };
    assert!(matches!(api("localhost:3000", "/api"), Err(ConnectError::Address { .. })));
    assert!(matches!(api("http://localhost:3000", "/a?b"), Err(ConnectError::Prefix(_))));
    let error = <Http as throughline::Connect>::connect("nonsense").unwrap_err();
    assert!(error.to_string().contains("write it as http://localhost:3000"), "{error}");
}
