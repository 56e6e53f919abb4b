//! One migrator at a time, in one transaction.

use db::{Database, Transaction};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use throughline::Transactional;

use crate::{Dangling, MigrateError, references};

/// The advisory lock that migrators of one PostgreSQL database hold: the letters `thrghln` as a
/// number.
const LOCK: i64 = 0x74_68_72_67_68_6c_6e;

/// Runs `work` in a transaction that no other migrator's overlaps; commits when it is `Ok`.
pub(crate) async fn exclusively<T>(
    db: &Database,
    work: impl AsyncFnOnce(&Transaction) -> Result<T, MigrateError>,
) -> Result<T, MigrateError> {
    match db.backend() {
        DbBackend::Sqlite => {
            // Changing a table on SQLite means to make it anew and drop the old one, which deletes
            // its rows and with them those that refer to them. So nothing is enforced meanwhile,
            // and all of it is checked before the commit. The setting cannot change inside of a
            // transaction; the writer is one connection.
            db.writer().execute_unprepared("PRAGMA foreign_keys = OFF").await?;
            let done = in_transaction(db, async |tx| {
                let done = work(tx).await?;
                check_references(tx).await?;
                Ok(done)
            })
            .await;
            db.writer().execute_unprepared("PRAGMA foreign_keys = ON").await?;
            done
        }
        _ => {
            in_transaction(db, async |tx| {
                let lock = Statement::from_sql_and_values(
                    tx.get_database_backend(),
                    "SELECT pg_advisory_xact_lock($1)",
                    [LOCK.into()],
                );
                tx.execute_raw(lock).await?;
                work(tx).await
            })
            .await
        }
    }
}

async fn in_transaction<T>(
    db: &Database,
    work: impl AsyncFnOnce(&Transaction) -> Result<T, MigrateError>,
) -> Result<T, MigrateError> {
    let tx = db.begin().await?;
    match work(&tx).await {
        Ok(done) => {
            db.commit(tx).await?;
            Ok(done)
        }
        Err(error) => {
            // The first failure is the answer; a connection that cannot roll back is not used
            // again.
            drop(db.rollback(tx).await);
            Err(error)
        }
    }
}

/// Refuses rows that refer to rows that are not there, and tables that refer to tables that are not.
async fn check_references(tx: &Transaction) -> Result<(), MigrateError> {
    if let Some((table, parent)) = references::orphans(tx).await?.into_iter().next() {
        return Err(MigrateError::Orphaned { table, parent });
    }
    match references::dangling(tx).await?.into_iter().next() {
        None => Ok(()),
        Some(Dangling { table, rows, .. }) => Err(MigrateError::Dangling { table, rows }),
    }
}
