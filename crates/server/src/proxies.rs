//! Tells whoever runs the server of a proxy in front of it that nobody has named.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::Response,
};
use throughline_axum::Network;

/// The proxies that are named, and whether one that is not was told of.
#[derive(Clone, Debug)]
pub(crate) struct Proxies {
    trusted: Arc<[Network]>,
    told: Arc<AtomicBool>,
}

impl Proxies {
    pub(crate) fn new(trusted: &[Network]) -> Self {
        Self { trusted: trusted.into(), told: Arc::default() }
    }
}

/// Logs, once, that requests come through a proxy which is not trusted. Then all of its clients have one address, and
/// what one of them tries makes the others wait.
pub(crate) async fn tell(State(proxies): State<Proxies>, request: Request, next: Next) -> Response {
    if request.headers().contains_key("x-forwarded-for")
        && let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>()
        && !proxies.trusted.iter().any(|proxy| proxy.contains(peer.ip()))
        && !proxies.told.swap(true, Ordering::Relaxed)
    {
        tracing::warn!(
            peer = %peer.ip(),
            "a request has `X-Forwarded-For` and comes from no trusted proxy: if that is yours, name it with \
             --trusted-proxies, or all of its clients count as one"
        );
    }
    next.run(request).await
}
