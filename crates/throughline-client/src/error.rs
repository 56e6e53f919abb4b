//! Why a server cannot be called at all, known before the first call.

use std::error::Error;

/// Why the address or the options of a server are no good.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address is not one.
    #[error("`{address}` is not the address of a server: {reason}")]
    Address {
        /// What was given, without user and password.
        address: String,
        /// What is wrong with it, and what it should be.
        reason: String,
    },
    /// The prefix is not a path.
    #[error(
        "`{0}` is not a path below which a server could mount its contracts: write it as `/api`"
    )]
    Prefix(String),
    /// The bearer token is not one.
    #[error("the token is empty, or has something other than visible ASCII characters in it")]
    Token,
    /// A cookie that cannot be sent.
    #[error("the cookie {0:?} has characters in its name or value that no cookie may have")]
    Cookie(String),
    /// There is nothing to check the server's certificate against.
    #[error("cannot check the certificates of servers: {0}")]
    Certificates(#[source] Box<dyn Error + Send + Sync>),
    /// The network cannot be used at all.
    #[error("cannot use the network: {0}")]
    Network(#[source] Box<dyn Error + Send + Sync>),
}
