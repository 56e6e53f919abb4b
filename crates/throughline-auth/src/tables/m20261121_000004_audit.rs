//! Makes the table `audit`. Frozen: what is wrong here is put right by a later migration.

use sea_orm_migration::{async_trait, prelude::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("audit")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("actor").uuid().null())
            .col(ColumnDef::new("act").string_len(64).not_null())
            .col(ColumnDef::new("target").uuid().null())
            .col(ColumnDef::new("detail").string_len(500).null())
            .col(ColumnDef::new("address").string_len(45).null())
            .col(ColumnDef::new("request_id").string_len(64).null())
            .take();
        manager.create_table(table).await?;
        let list = Index::create().name("audit_at_id").table("audit").col("at").col("id").take();
        manager.create_index(list).await?;
        for (name, column) in [("audit_actor_at_id", "actor"), ("audit_target_at_id", "target")] {
            let among =
                Index::create().name(name).table("audit").col(column).col("at").col("id").take();
            manager.create_index(among).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("audit").take()).await
    }
}
