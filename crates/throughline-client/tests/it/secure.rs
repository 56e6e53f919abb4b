//! Calls over TLS: a certificate is checked, and one that is not trusted stops the call.

use std::{sync::Arc, time::Duration};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
};
use throughline::{CallError, TransportError};
use throughline_client::{ConnectError, Http, HttpOptions};
use tokio::time;
use tokio_rustls::TlsAcceptor;

use crate::{
    contract::{NOTE, NotesClient, id},
    server::{Server, answer, json},
};

/// A server for `name` with a certificate of its own making.
async fn server(name: &str) -> (Server, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([name.to_owned()]).unwrap();
    let certificate = cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = Server::connections(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            // A client that does not trust the certificate leaves here.
            if let Ok(stream) = acceptor.accept(stream).await {
                answer(stream, &json("200 OK", NOTE)).await;
            }
        }
    });
    (server.await, certificate)
}

fn notes(
    server: &Server,
    roots: Vec<CertificateDer<'static>>,
) -> Result<NotesClient<Http>, ConnectError> {
    let options = HttpOptions { root_certificates: roots, ..HttpOptions::default() };
    let url = format!("https://localhost:{}", server.address.port());
    Http::new(url.parse()?, options).map(NotesClient::new)
}

#[tokio::test]
async fn a_certificate_that_the_options_name_is_trusted() {
    let (server, certificate) = server("localhost").await;
    let note = notes(&server, vec![certificate]).unwrap().get(id()).await.unwrap();
    assert_eq!(note.id, id());
}

/// Checks that the call ends before anything is sent, with a message about the certificate.
async fn check_refused(
    name: &str,
    trusted: impl FnOnce(CertificateDer<'static>) -> CertificateDer<'static>,
) {
    let (server, certificate) = server(name).await;
    let error = notes(&server, vec![trusted(certificate)]).unwrap().get(id()).await.unwrap_err();
    assert!(matches!(error, CallError::Transport(TransportError::Unreachable { .. })), "{error:?}");
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn a_certificate_of_somebody_else_is_refused() {
    let other = generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.der().clone();
    check_refused("localhost", |_| other).await;
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    check_refused("example.org", |certificate| certificate).await;
}

#[tokio::test]
async fn a_root_that_is_no_certificate_is_refused_before_the_first_call() {
    let (server, _) = server("localhost").await;
    let error = notes(&server, vec![CertificateDer::from(vec![1, 2, 3])]).unwrap_err();
    assert!(matches!(error, ConnectError::Certificates(_)), "{error:?}");
}

#[tokio::test]
async fn a_server_that_never_shakes_hands_is_given_up() {
    let server = Server::connections(|stream| async move {
        time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    });
    let server = server.await;
    let certificate = generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert;
    let options = HttpOptions {
        connect_timeout: Duration::from_millis(50),
        root_certificates: vec![certificate.der().clone()],
        ..HttpOptions::default()
    };
    let url = format!("https://localhost:{}", server.address.port());
    let notes = NotesClient::new(Http::new(url.parse().unwrap(), options).unwrap());
    let error = notes.get(id()).await.unwrap_err().to_string();
    assert!(error.ends_with("it did not take the connection in time"), "{error}");
}
