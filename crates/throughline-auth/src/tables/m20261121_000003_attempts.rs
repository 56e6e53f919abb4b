//! Makes the table `attempts`. Frozen: what is wrong here is put right by a later migration.

use sea_orm_migration::{async_trait, prelude::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("attempts")
            .col(ColumnDef::new("bucket").string_len(40).not_null().primary_key())
            .col(ColumnDef::new("forgotten_at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("blocked_until").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("version").big_integer().not_null())
            .take();
        manager.create_table(table).await?;
        let forgotten = Index::create()
            .name("attempts_forgotten_at")
            .table("attempts")
            .col("forgotten_at")
            .take();
        manager.create_index(forgotten).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("attempts").take()).await
    }
}
