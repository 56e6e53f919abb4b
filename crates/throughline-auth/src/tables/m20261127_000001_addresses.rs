//! Brings the addresses by which accounts are found into the form in which they are compared now. Frozen: what is wrong
//! here is put right by a later migration.

use sea_orm_migration::{
    async_trait,
    prelude::*,
    sea_orm::{DbBackend, Statement},
};
use uuid::Uuid;

use crate::address::canonical;

/// The migration.
#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// Until here an address was compared in lower case alone, which is the same for nearly all. Of two accounts whose
    /// addresses turn out to be one, the older one is found by it; the other one keeps its row.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let beyond_ascii = match db.get_database_backend() {
            DbBackend::Postgres => "canonical_email ~ '[^ -~]'",
            _ => "canonical_email GLOB '*[^ -~]*'",
        };
        let others = format!(
            "SELECT id, canonical_email FROM users \
             WHERE {beyond_ascii} OR canonical_email LIKE '%.' ORDER BY created_at, id"
        );
        let others = Statement::from_string(db.get_database_backend(), others);
        for row in db.query_all_raw(others).await? {
            let (id, before): (Uuid, String) =
                (row.try_get("", "id")?, row.try_get("", "canonical_email")?);
            let after = canonical(&before);
            if after == before {
                continue;
            }
            let update = "UPDATE users SET canonical_email = $1 WHERE id = $2 \
                          AND NOT EXISTS (SELECT 1 FROM users WHERE canonical_email = $1)";
            let values = [after.into(), id.into()];
            db.execute_raw(Statement::from_sql_and_values(
                db.get_database_backend(),
                update,
                values,
            ))
            .await?;
        }
        Ok(())
    }

    /// The form before cannot be told from the one after, and need not be: it is the same for nearly all.
    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}
