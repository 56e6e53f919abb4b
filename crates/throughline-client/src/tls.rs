//! Which servers are trusted: those that the system trusts, and those that the options name.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::{CryptoProvider, ring},
    pki_types::CertificateDer,
};
use rustls_platform_verifier::Verifier;

use crate::{ConnectError, ServerUrl};

/// How the certificate of `server` is checked.
///
/// Cryptography is what the application installed for the process, else ring. Nothing is installed
/// here: a library that did would decide for everybody else in the process.
///
/// # Errors
/// [`ConnectError::Certificates`] when the address is `https` and neither the system nor `roots`
/// trusts anybody, or one of `roots` is no certificate.
pub(crate) fn config(
    server: &ServerUrl,
    roots: &[CertificateDer<'static>],
) -> Result<ClientConfig, ConnectError> {
    let provider = match CryptoProvider::get_default() {
        Some(installed) => installed.clone(),
        None => Arc::new(ring::default_provider()),
    };
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| ConnectError::Certificates(error.into()))?;
    if !server.is_https() {
        // Without TLS a machine without certificates has to do, as a fresh container is one.
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let verifier = Verifier::new_with_extra_roots(roots.iter().cloned(), provider)
        .map_err(|error| ConnectError::Certificates(error.into()))?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}
