//! Makes the table `sessions`. Frozen: what is wrong here is put right by a later migration.

use sea_orm_migration::{async_trait, prelude::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut user = ForeignKey::create()
            .name("sessions_user_id_fkey")
            .from("sessions", "user_id")
            .to("users", "id")
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table("sessions")
            .col(ColumnDef::new("id").var_binary(32).not_null().primary_key())
            .col(ColumnDef::new("user_id").uuid().not_null())
            .col(ColumnDef::new("epoch").uuid().not_null())
            .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("last_seen_at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("idle_expires_at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("expires_at").timestamp_with_time_zone().not_null())
            .col(ColumnDef::new("user_agent").string_len(200).null())
            .foreign_key(&mut user)
            .take();
        manager.create_table(table).await?;
        let of_user =
            Index::create().name("sessions_user_id").table("sessions").col("user_id").take();
        manager.create_index(of_user).await?;
        let ended = Index::create()
            .name("sessions_idle_expires_at")
            .table("sessions")
            .col("idle_expires_at")
            .take();
        manager.create_index(ended).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("sessions").take()).await
    }
}
