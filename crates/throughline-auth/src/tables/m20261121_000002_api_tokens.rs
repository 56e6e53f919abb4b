//! Makes the table `api_tokens`. Frozen: what is wrong here is put right by a later migration.

use sea_orm_migration::{async_trait, prelude::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut user = ForeignKey::create()
            .name("api_tokens_user_id_fkey")
            .from("api_tokens", "user_id")
            .to("users", "id")
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table("api_tokens")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("user_id").uuid().not_null())
            .col(ColumnDef::new("name").string_len(100).not_null())
            .col(ColumnDef::new("prefix").string_len(16).not_null())
            .col(ColumnDef::new("hash").var_binary(32).not_null())
            .col(ColumnDef::new("can_read").boolean().not_null())
            .col(ColumnDef::new("can_write").boolean().not_null())
            .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("expires_at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("last_used_at").timestamp_with_time_zone().null())
            .col(ColumnDef::new("revoked_at").timestamp_with_time_zone().null())
            .foreign_key(&mut user)
            .take();
        manager.create_table(table).await?;
        let prefix = Index::create()
            .name("api_tokens_prefix")
            .table("api_tokens")
            .col("prefix")
            .unique()
            .take();
        manager.create_index(prefix).await?;
        let list = Index::create()
            .name("api_tokens_user_id_created_at_id")
            .table("api_tokens")
            .col("user_id")
            .col("created_at")
            .col("id")
            .take();
        manager.create_index(list).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("api_tokens").take()).await
    }
}
