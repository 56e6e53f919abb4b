//! Makes the table `profiles`. Frozen: what is wrong here is put right by a later migration.

use sea_orm_migration::{async_trait, prelude::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut user = ForeignKey::create()
            .name("profiles_user_id_fkey")
            .from("profiles", "user_id")
            .to("users", "id")
            .on_delete(ForeignKeyAction::Cascade)
            .take();
        let table = Table::create()
            .table("profiles")
            .col(ColumnDef::new("user_id").uuid().not_null().primary_key())
            .col(ColumnDef::new("bio").string_len(500).null())
            .col(ColumnDef::new("updated_at").timestamp_with_time_zone().not_null())
            .foreign_key(&mut user)
            .take();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("profiles").take()).await
    }
}
