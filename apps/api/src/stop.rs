//! Tells when the server is asked to stop.

use anyhow::{Context, Result};
use tokio::signal;

/// Waits for SIGINT or SIGTERM.
///
/// # Errors
/// When signals cannot be listened to.
pub async fn asked() -> Result<()> {
    #[cfg(unix)]
    {
        use signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).context("cannot listen to SIGTERM")?;
        tokio::select! {
            interrupted = signal::ctrl_c() => interrupted.context("cannot listen to SIGINT"),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    signal::ctrl_c().await.context("cannot listen to Ctrl-C")
}
