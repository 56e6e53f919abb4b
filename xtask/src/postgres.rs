//! PostgreSQL for the tests: the server that `TEST_POSTGRES_URL` names, else a throwaway cluster of
//! our own.
//!
//! A throwaway cluster lives in a folder of the temporary directory, listens on a free port of the
//! loopback and on a socket in its folder, writes without waiting for the disk, and goes away with
//! its [`Cluster`]: at the end, after a failure, a panic or a signal. One whose owner was killed
//! outright is swept when the next one starts.

mod account;
mod binaries;
mod cluster;

use std::path::PathBuf;

use anyhow::Result;

use crate::terminal::{self, Missing};

use self::cluster::Cluster;

/// Names the server that tests use. It must let its user create databases.
pub const URL: &str = "TEST_POSTGRES_URL";

/// PostgreSQL as the tests find it.
pub enum Postgres {
    /// A server that somebody else runs.
    Theirs,
    /// A cluster of our own, gone when this value is.
    Ours(Cluster),
    /// There is none.
    Missing(Missing),
}

impl Postgres {
    /// Finds a server or starts one. An error means that PostgreSQL is installed and would not
    /// start.
    pub fn provide() -> Result<Self> {
        if std::env::var_os(URL).is_some_and(|url| !url.is_empty()) {
            terminal::line(&format!("PostgreSQL: the server of {URL}"));
            return Ok(Self::Theirs);
        }
        let Some(binaries) = binaries::find() else {
            return Ok(Self::Missing(Missing::new(
                "tests on PostgreSQL: it is not installed",
                format!(
                    "apt install postgresql, brew install postgresql@17, or set \
                     {URL}=postgres://user:password@host/database"
                ),
            )));
        };
        let cluster = Cluster::start(&binaries)?;
        terminal::line(&format!(
            "PostgreSQL: a throwaway cluster of {} on port {}",
            binaries.display(),
            cluster.port()
        ));
        Ok(Self::Ours(cluster))
    }

    /// The URL to hand to the tests, where they do not have it already.
    pub fn url(&self) -> Option<String> {
        match self {
            Self::Ours(cluster) => Some(cluster.url()),
            Self::Theirs | Self::Missing(_) => None,
        }
    }
}

/// The folder of the installed server programs, if there is one. Starts nothing.
///
/// # Errors
/// When they are installed and nobody may run them.
pub fn installed() -> Result<Option<PathBuf>> {
    let Some(folder) = binaries::find() else { return Ok(None) };
    account::Account::for_server()?;
    Ok(Some(folder))
}
