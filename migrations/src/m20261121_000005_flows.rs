//! Makes the table `flows`. Frozen: what is wrong here is put right by a later migration.

use sea_orm_migration::{async_trait, prelude::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut owner = ForeignKey::create()
            .name("flows_created_by_fkey")
            .from("flows", "created_by")
            .to("users", "id")
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table("flows")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("title").string_len(256).not_null())
            .col(ColumnDef::new("content").string_len(512).not_null())
            .col(ColumnDef::new("version").big_integer().not_null())
            .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("updated_at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("created_by").uuid().not_null())
            .foreign_key(&mut owner)
            .take();
        manager.create_table(table).await?;
        let list = Index::create()
            .name("flows_created_by_created_at_id")
            .table("flows")
            .col("created_by")
            .col("created_at")
            .col("id")
            .take();
        manager.create_index(list).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("flows").take()).await
    }
}
