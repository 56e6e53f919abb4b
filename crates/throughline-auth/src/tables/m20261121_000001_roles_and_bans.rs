//! Gives people roles and bans, and sessions the address that they began at. Frozen: what is wrong here is put right by a
//! later migration.

use sea_orm_migration::{async_trait, prelude::*};

/// The migration.
#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One statement for each column: SQLite adds one at a time. Whoever has an account is a user.
        let columns = [
            ("users", ColumnDef::new("role").string_len(16).not_null().default("user").take()),
            ("users", ColumnDef::new("banned_at").timestamp_with_time_zone().null().take()),
            ("users", ColumnDef::new("ban_reason").string_len(500).null().take()),
            ("users", ColumnDef::new("ban_expires_at").timestamp_with_time_zone().null().take()),
            ("sessions", ColumnDef::new("address").string_len(45).null().take()),
        ];
        for (table, column) in columns {
            manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
        }
        let list = Index::create()
            .name("users_created_at_id")
            .table("users")
            .col("created_at")
            .col("id")
            .take();
        manager.create_index(list).await?;
        let of_role = Index::create()
            .name("users_role_created_at_id")
            .table("users")
            .col("role")
            .col("created_at")
            .col("id")
            .take();
        manager.create_index(of_role).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["users_role_created_at_id", "users_created_at_id"] {
            let mut index = Index::drop();
            index.name(name).table("users");
            manager.drop_index(index).await?;
        }
        let columns = [
            ("sessions", "address"),
            ("users", "ban_expires_at"),
            ("users", "ban_reason"),
            ("users", "banned_at"),
            ("users", "role"),
        ];
        for (table, column) in columns {
            manager.alter_table(Table::alter().table(table).drop_column(column).take()).await?;
        }
        Ok(())
    }
}
