//! Makes the table `users`. Frozen: what is wrong here is put right by a later migration.

use sea_orm_migration::{async_trait, prelude::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("users")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("email").string_len(254).not_null())
            .col(ColumnDef::new("canonical_email").text().not_null())
            .col(ColumnDef::new("name").string_len(100).not_null())
            .col(ColumnDef::new("password_hash").text().not_null())
            .col(ColumnDef::new("epoch").uuid().not_null())
            .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("updated_at").timestamp_with_time_zone().not_null())
            .take();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("users_canonical_email")
            .table("users")
            .col("canonical_email")
            .unique()
            .take();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("users").take()).await
    }
}
