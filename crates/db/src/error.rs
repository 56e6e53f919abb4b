//! What goes wrong with the database, and what a caller is told of it.

use std::path::PathBuf;

use sea_orm::DbErr;
use throughline::{
    Failure, Fault,
    database::{StatementError, is_away, is_contended},
};

/// A statement failed.
///
/// In a handler `?` makes it a 503 when the database is away or busy, else an opaque 500. A
/// violated constraint becomes a declared error where the statement runs:
/// [`OnUnique::on_unique`](throughline::database::OnUnique::on_unique).
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] DbErr);

impl Error {
    /// Whether the database cannot be reached, closed the connection or has none to spare.
    pub fn is_unavailable(&self) -> bool {
        is_away(&self.0)
    }

    /// Whether another transaction was in the way, so that the same work tried again may succeed.
    pub fn is_contended(&self) -> bool {
        is_contended(&self.0)
    }
}

impl StatementError for Error {
    fn db_err(&self) -> Option<&DbErr> {
        Some(&self.0)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        error.0.into()
    }
}

impl<E> From<Error> for Failure<E> {
    fn from(error: Error) -> Self {
        Self::Fault(error.into())
    }
}

/// Why there is no connection to the database, as a sentence for whoever starts the program.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL is of no database that this program knows, or is malformed.
    #[error(
        "`{url}` is no database URL ({reason}): write `sqlite:path/to/file.db`, `sqlite::memory:` \
         or `postgres://user:password@host:5432/name`"
    )]
    Url {
        /// The URL, without its password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder of the database's file cannot be made.
    #[error("cannot make the folder `{}` for the database: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Nobody answers, or not this program.
    #[error("cannot open the database {location}: {reason}")]
    Unreachable {
        /// Where it should be, without its password.
        location: String,
        /// What the driver says.
        reason: String,
    },
}
