//! What a database's refusals mean to a caller, and indexes as data beside the entity that needs
//! them.

use sea_orm::{
    DbErr, RuntimeErr, SqlxError,
    sea_query::{Alias, Index as IndexStatement, IndexCreateStatement},
};

use crate::{ApiError, Failure, Fault, faults};

/// An index or a primary key, declared beside its entity: what the migrated schema has to have, and
/// the name under which a violation is recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name, which is also the constraint's name on PostgreSQL.
    pub name: &'static str,
    /// The table.
    pub table: &'static str,
    /// The columns, in order.
    pub columns: &'static [&'static str],
    /// Whether no two rows may have the same values in these columns.
    pub unique: bool,
}

impl Index {
    /// The statement that makes it.
    pub fn statement(&self) -> IndexCreateStatement {
        let mut statement = IndexStatement::create();
        statement.name(self.name).table(Alias::new(self.table));
        for column in self.columns {
            statement.col(Alias::new(*column));
        }
        if self.unique {
            statement.unique();
        }
        statement
    }

    /// Whether `error` says that a row would have violated this unique index or primary key.
    ///
    /// PostgreSQL names the constraint; SQLite names the columns: `UNIQUE constraint failed:
    /// users.email`.
    pub fn is_violated_by(&self, error: &DbErr) -> bool {
        let Some(refusal) = refusal(error) else { return false };
        match refusal.constraint() {
            Some(name) => refusal.is_unique_violation() && name == self.name,
            None => refusal.message().strip_prefix("UNIQUE constraint failed: ").is_some_and(
                |columns| {
                    let declared =
                        self.columns.iter().map(|column| format!("{}.{column}", self.table));
                    columns.split(", ").eq(declared)
                },
            ),
        }
    }
}

/// Whether the database cannot be reached, closed the connection or has none to spare: trying again
/// later may help.
pub fn is_away(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            match &**error {
                SqlxError::Io(_)
                | SqlxError::PoolTimedOut
                | SqlxError::PoolClosed
                | SqlxError::WorkerCrashed => true,
                // Connection exceptions, too many connections, a server that shuts down or starts
                // up (PostgreSQL, appendix A).
                SqlxError::Database(refusal) => refusal.code().is_some_and(|code| {
                    (code.len() == 5 && code.starts_with("08"))
                        || matches!(&*code, "53300" | "57P01" | "57P02" | "57P03")
                }),
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether another transaction was in the way: the same work tried again may succeed.
pub fn is_contended(error: &DbErr) -> bool {
    refusal(error).and_then(|refusal| refusal.code()).is_some_and(|code| match code.len() {
        // Serialization failure, deadlock, lock not available.
        5 => matches!(&*code, "40001" | "40P01" | "55P03"),
        // The low byte of SQLite's extended code: BUSY, LOCKED.
        _ => code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6)),
    })
}

/// What the database's server said, if it was the server that refused.
fn refusal(error: &DbErr) -> Option<&dyn sea_orm::sqlx::error::DatabaseError> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            error.as_database_error()
        }
        _ => None,
    }
}

/// 503 when the database is away or busy, else an opaque 500; the cause is for the log.
impl From<DbErr> for Fault {
    fn from(error: DbErr) -> Self {
        let kind = if is_away(&error) || is_contended(&error) {
            &faults::UNAVAILABLE
        } else {
            &faults::INTERNAL
        };
        Self::new(kind).source(error)
    }
}

/// An error of a database statement: SeaORM's own, or an application's around it.
pub trait StatementError: Into<Fault> {
    /// What SeaORM said, if it was SeaORM.
    fn db_err(&self) -> Option<&DbErr>;
}

impl StatementError for DbErr {
    fn db_err(&self) -> Option<&DbErr> {
        Some(self)
    }
}

/// `.on_unique(..)`: turns a violated constraint into a declared error where the statement runs.
pub trait OnUnique<T> {
    /// Declares the error that a row refused by `index` stands for; any other failure becomes a
    /// fault.
    ///
    /// # Errors
    /// The declared error, or the fault.
    fn on_unique<E: ApiError>(
        self,
        index: &Index,
        declare: impl FnOnce() -> E,
    ) -> crate::Result<T, E>;
}

impl<T, X: StatementError> OnUnique<T> for Result<T, X> {
    fn on_unique<E: ApiError>(
        self,
        index: &Index,
        declare: impl FnOnce() -> E,
    ) -> crate::Result<T, E> {
        self.map_err(|error| match error.db_err() {
            Some(refused) if index.is_violated_by(refused) => Failure::Declared(declare()),
            _ => Failure::Fault(error.into()),
        })
    }
}
