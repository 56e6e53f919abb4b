//! The comparison of a schema with the entities and indexes that are declared for it.

use std::collections::BTreeSet;

use db::{Database, DatabaseOptions, Location, Transaction, schema::tables};
use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use throughline::Transactional;

use crate::{MigrateError, facts::facts};

/// In what `db`'s schema differs from the declared one, a sentence each; nothing when they agree. Changes nothing.
///
/// The declared schema is made where nobody sees it, so that the database itself says what each declaration means: on
/// SQLite in memory, on PostgreSQL as temporary tables in a transaction that is not committed.
///
/// # Errors
/// When a statement fails, for example because this user may make no temporary tables.
pub async fn drift(db: &Database) -> Result<Vec<String>, MigrateError> {
    let declared = match db.backend() {
        DbBackend::Sqlite => {
            let memory = Database::connect(&DatabaseOptions::new(Location::Memory)).await?;
            declared(&memory).await?
        }
        _ => declared(db).await?,
    };
    let migrated = facts(db.reader()).await?;
    let lacks = declared
        .difference(&migrated)
        .map(|fact| format!("declared, but no migration makes it: {fact}"));
    let adds = migrated
        .difference(&declared)
        .map(|fact| format!("migrated, but nothing declares it: {fact}"));
    Ok(lacks.chain(adds).collect())
}

/// What the entities declare, as this database says it.
async fn declared(db: &Database) -> Result<BTreeSet<String>, MigrateError> {
    let tx = db.begin().await?;
    let declared = declare(&tx, db.backend()).await;
    // Whatever came of it: nothing of this is to stay.
    db.rollback(tx).await?;
    Ok(declared?)
}

async fn declare(tx: &Transaction, backend: DbBackend) -> Result<BTreeSet<String>, DbErr> {
    if backend == DbBackend::Postgres {
        tx.execute_unprepared("SET LOCAL search_path TO pg_temp").await?;
    }
    for table in tables() {
        tx.execute(&(table.create)(backend)).await?;
        for index in table.indexes {
            tx.execute(&index.statement()).await?;
        }
    }
    facts(tx).await
}
