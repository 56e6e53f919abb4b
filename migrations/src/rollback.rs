//! Back to a state that was there before.

use std::{cmp::Reverse, collections::HashMap};

use db::{Database, Transaction};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use sea_orm_migration::{MigratorTrait, SchemaManager, seaql_migrations};

use crate::{
    MigrateError, Migrator,
    lock::exclusively,
    loss::{self, Loss},
    run::{refuse_newer, status_of},
};

/// What a rollback undoes, and what is lost with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollback {
    /// The migrations, in the order in which they are undone.
    pub undone: Vec<String>,
    /// What is lost.
    pub lost: Vec<Loss>,
}

/// Undoes the last `steps` migrations, all or none of them, and says which, newest first. Without `consent` it does so only
/// when nothing is lost with them.
///
/// The last one is the one that was applied last, not the last of the list: an upgrade of the accounts adds to the middle
/// of the list, and to undo it is not to undo the application's own tables. Migrations that were applied together go in the
/// reverse order of the list.
///
/// # Errors
/// [`MigrateError::WouldLose`] without `consent`; when the database is newer than this program, has fewer migrations, or a
/// statement fails. Nothing is changed then.
pub async fn rollback(
    db: &Database,
    steps: u32,
    consent: bool,
) -> Result<Vec<String>, MigrateError> {
    exclusively(db, async |tx| {
        let mut names = undo_order(tx).await?;
        let (applied, asked) = (names.len(), usize::try_from(steps).unwrap_or(usize::MAX));
        if applied < asked {
            return Err(MigrateError::TooFew { applied, asked });
        }
        names.truncate(asked);
        if !consent {
            let lost = loss::of(tx, async |tx| undo(tx, &names).await).await?;
            if !lost.is_empty() {
                return Err(MigrateError::WouldLose(Rollback { undone: names, lost }));
            }
        }
        undo(tx, &names).await?;
        Ok(names)
    })
    .await
}

/// Undoes the last `steps` migrations, or all, and says which, newest first. What was in their
/// tables is lost.
///
/// # Errors
/// When the database is newer than this program, or a statement fails; nothing is changed then.
pub async fn down(db: &Database, steps: Option<u32>) -> Result<Vec<String>, MigrateError> {
    exclusively(db, async |tx| {
        let mut names = undo_order(tx).await?;
        if let Some(steps) = steps {
            names.truncate(usize::try_from(steps).unwrap_or(usize::MAX));
        }
        undo(tx, &names).await?;
        Ok(names)
    })
    .await
}

/// The migrations that the database has, the one to undo first before the others.
async fn undo_order(tx: &Transaction) -> Result<Vec<String>, MigrateError> {
    let applied = refuse_newer(status_of(tx).await?)?.applied;
    if applied.is_empty() {
        return Ok(applied);
    }
    let rows = seaql_migrations::Entity::find().all(tx).await?;
    let times: HashMap<String, i64> =
        rows.into_iter().map(|row| (row.version, row.applied_at)).collect();
    // The sort is stable: what was applied in the same second stays in the list's reverse order.
    let mut names: Vec<String> = applied.into_iter().rev().collect();
    names.sort_by_key(|name| Reverse(times.get(name).copied()));
    Ok(names)
}

async fn undo(tx: &Transaction, names: &[String]) -> Result<(), MigrateError> {
    let all = Migrator::migrations();
    let manager = SchemaManager::new(tx);
    for name in names {
        let migration = all.iter().find(|migration| migration.name() == name);
        let migration =
            migration.ok_or_else(|| MigrateError::Newer { unknown: vec![name.clone()] })?;
        migration.down(&manager).await?;
        seaql_migrations::Entity::delete_many()
            .filter(seaql_migrations::Column::Version.eq(name))
            .exec(tx)
            .await?;
    }
    Ok(())
}
