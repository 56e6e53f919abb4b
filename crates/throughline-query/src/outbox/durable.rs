//! What keeps a durable mutation from being sent.

use std::sync::Arc;

use super::journal::OutboxError;

/// What keeps a [durable](crate::Mutation::durable) mutation from being sent. It is behind
/// [`QueryError::Other`](crate::QueryError::Other), and no reason to send again.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum DurableError {
    /// The client has no outbox: it gets one with [`QueryClient::outbox`](crate::QueryClient::outbox),
    /// or by [switching](crate::QueryClient::switch) to a partition.
    #[error(
        "the mutation is durable, and the client has no outbox to write it down in, or none any more: \
             give it one with `outbox` or `switch`"
    )]
    NoOutbox,
    /// The variables cannot be made into JSON.
    #[error("the variables cannot be written as JSON")]
    Variables,
    /// It could not be written down, or may not be sent any more.
    #[error(transparent)]
    Outbox(#[from] Arc<OutboxError>),
}

impl From<OutboxError> for DurableError {
    fn from(error: OutboxError) -> Self {
        Self::Outbox(Arc::new(error))
    }
}
