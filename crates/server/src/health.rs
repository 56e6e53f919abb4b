//! Whether the server lives, and whether it is ready for work.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, http::StatusCode, routing::get};
use db::Database;

/// How long the database may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the server takes work: ready until it is told to stop.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    stopping: Arc<AtomicBool>,
}

impl Readiness {
    /// From now on `/readyz` says no, so that a load balancer sends nothing more.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

/// `/livez`: the process runs; asks nobody else, so that a database that is away restarts no server. `/readyz`: the
/// database answers and the server is not stopping.
pub(crate) fn routes(db: Database, readiness: Readiness) -> Router {
    let ready = async move || {
        if readiness.stopping.load(Ordering::Relaxed) {
            return (StatusCode::SERVICE_UNAVAILABLE, "stopping");
        }
        match db.ping(PATIENCE).await {
            Ok(()) => (StatusCode::OK, "ready"),
            Err(error) => {
                tracing::warn!(%error, "not ready: the database does not answer");
                (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
            }
        }
    };
    Router::new().route("/livez", get(async || "alive")).route("/readyz", get(ready))
}
