//! The application: what its handlers need, and who calls them.

use std::time::Duration;

use db::Database;
use http::request::Parts;
use throughline::{Fault, Identify};
use throughline_auth::{Accounts, AccountsOptions, Principal};
use throughline_axum::Network;

/// How the application is set up.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Development: cookies are sent over plain HTTP too. Default: no.
    pub development: bool,
    /// Origins whose pages may send writes, beside the server's own. Default: none.
    pub trusted_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed. Default: none, so that a client's address is its connection's.
    pub trusted_proxies: Vec<Network>,
    /// The largest request body, in bytes. Default: 1 MiB.
    pub body_limit: usize,
    /// How long the audit is kept. Default: 365 days.
    pub keep_audit: Duration,
    /// How many passwords are hashed at once. Default: one for each core.
    pub hashers: Option<usize>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            development: false,
            trusted_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            body_limit: 1 << 20,
            keep_audit: AccountsOptions::default().keep_audit,
            hashers: None,
        }
    }
}

/// The application. It implements each contract, in the file of the feature's name.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) db: Database,
    pub(crate) accounts: Accounts,
}

impl App {
    /// The application over this database, which is migrated.
    pub fn new(db: Database, options: &ServerOptions) -> Self {
        let defaults = AccountsOptions::default();
        let accounts = AccountsOptions {
            secure_cookie: !options.development,
            keep_audit: options.keep_audit,
            hashers: options.hashers.unwrap_or(defaults.hashers),
            ..defaults
        };
        Self { accounts: Accounts::new(db.reader().clone(), db.writer().clone(), accounts), db }
    }

    /// The accounts.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }
}

/// Who calls is who has the session, for each contract alike.
impl Identify<Principal> for App {
    async fn identify(&self, request: &Parts) -> Result<Option<Principal>, Fault> {
        self.accounts.identify(request).await
    }
}
