//! Up, anew, and how far a database is.

use std::collections::HashSet;

use db::{ConnectError, Database};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QueryOrder, TransactionTrait};
use sea_orm_migration::{
    IntoSchemaManagerConnection, MigratorTrait, SchemaManager, seaql_migrations,
};

use crate::{Migrator, Rollback, lock::exclusively};

/// Why a database could not be migrated, as a sentence for whoever started it.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A newer program has been here.
    #[error(
        "the database is newer than this program, which does not know {}: start the newer \
         version, or restore a backup from before it",
        unknown.join(", ")
    )]
    Newer {
        /// The migrations that the database has and this program does not know.
        unknown: Vec<String>,
    },
    /// Rows would refer to rows that are not there.
    #[error(
        "the migrations would leave {rows} rows of `{table}` that refer to nothing: nothing has \
         been changed"
    )]
    Dangling {
        /// The first table with such rows.
        table: String,
        /// How many it has.
        rows: u64,
    },
    /// A table would refer to a table that is not there.
    #[error(
        "the migrations would leave `{table}` without `{parent}`, which it refers to: nothing has \
         been changed"
    )]
    Orphaned {
        /// The table that stays.
        table: String,
        /// The table that goes.
        parent: String,
    },
    /// There is less to undo than was asked for.
    #[error(
        "{asked} migrations cannot be undone, the database has {applied}: nothing has been changed"
    )]
    TooFew {
        /// How many migrations the database has.
        applied: usize,
        /// How many were to be undone.
        asked: usize,
    },
    /// Data would be lost, and nobody has agreed to it; nothing has been changed.
    #[error(
        "undoing {} loses {}: nothing has been changed",
        .0.undone.join(", "),
        list(&.0.lost)
    )]
    WouldLose(Rollback),
    /// The database to compare with could not be opened.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A statement failed; nothing has been changed.
    #[error("the database could not be migrated: {0}")]
    Database(#[from] db::Error),
}

fn list(items: &[impl ToString]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl From<DbErr> for MigrateError {
    fn from(error: DbErr) -> Self {
        Self::Database(error.into())
    }
}

/// How far a database is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The migrations that it has, oldest first.
    pub applied: Vec<String>,
    /// Those that it lacks, in the order in which they will run.
    pub pending: Vec<String>,
    /// Those that it has and this program does not know: the database is newer.
    pub unknown: Vec<String>,
}

impl Status {
    /// Whether the database is as this program needs it.
    pub fn is_current(&self) -> bool {
        self.pending.is_empty() && self.unknown.is_empty()
    }
}

/// How far the database is. Writes nothing.
///
/// # Errors
/// When a statement fails.
pub async fn status(db: &Database) -> Result<Status, MigrateError> {
    status_of(db.reader()).await
}

/// Runs the migrations that the database lacks, all or none, and says which. Several programs may
/// do so at a time.
///
/// # Errors
/// When the database is newer than this program, or a statement fails; nothing is changed then.
pub async fn up(db: &Database) -> Result<Vec<String>, MigrateError> {
    exclusively(db, async |tx| {
        let before = refuse_newer(status_of(tx).await?)?;
        Migrator::up(tx, None).await?;
        Ok(before.pending)
    })
    .await
}

/// Drops everything, also what a newer program made, and migrates anew. All data is lost.
///
/// # Errors
/// When a statement fails; nothing is changed then.
pub async fn reset(db: &Database) -> Result<Vec<String>, MigrateError> {
    exclusively(db, async |tx| {
        Migrator::fresh(tx).await?;
        Ok(status_of(tx).await?.applied)
    })
    .await
}

pub(crate) fn refuse_newer(status: Status) -> Result<Status, MigrateError> {
    if status.unknown.is_empty() {
        Ok(status)
    } else {
        Err(MigrateError::Newer { unknown: status.unknown })
    }
}

pub(crate) async fn status_of<'c, C>(connection: &'c C) -> Result<Status, MigrateError>
where
    C: ConnectionTrait + TransactionTrait,
    &'c C: IntoSchemaManagerConnection<'c>,
{
    let known: Vec<String> =
        Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    if !SchemaManager::new(connection).has_table("seaql_migrations").await? {
        return Ok(Status { pending: known, ..Status::default() });
    }
    let rows = seaql_migrations::Entity::find()
        .order_by_asc(seaql_migrations::Column::Version)
        .all(connection)
        .await?;
    let found: HashSet<String> = rows.iter().map(|row| row.version.clone()).collect();
    let unknown =
        rows.into_iter().map(|row| row.version).filter(|name| !known.contains(name)).collect();
    let (applied, pending) = known.into_iter().partition(|name| found.contains(name));
    Ok(Status { applied, pending, unknown })
}
