//! The tables of accounts, their indexes and their history, for an application to list beside its
//! own.
//!
//! An application's tables refer to [`users`] by its id. What an application knows of people beyond this library, it keeps
//! in a table of its own with the person's id as its key, so that an upgrade never touches it.

use sea_orm::{DbBackend, EntityTrait, Schema, sea_query::TableCreateStatement};
use sea_orm_migration::MigrationTrait;
use throughline::database::Index;

pub mod api_tokens;
pub mod attempts;
pub mod audit;
pub mod sessions;
pub mod users;

mod m20261120_000001_users;
mod m20261120_000002_sessions;
mod m20261121_000001_roles_and_bans;
mod m20261121_000002_api_tokens;
mod m20261121_000003_attempts;
mod m20261121_000004_audit;
mod m20261127_000001_addresses;

/// A table as its entity declares it: the statement that would make it, and its indexes.
pub type Declared = (fn(DbBackend) -> TableCreateStatement, &'static [Index]);

/// All tables of this library, each after those that it refers to: what its migrations arrive at.
pub const TABLES: &[Declared] = &[
    (create::<users::Entity>, users::INDEXES),
    (create::<sessions::Entity>, sessions::INDEXES),
    (create::<api_tokens::Entity>, api_tokens::INDEXES),
    (create::<attempts::Entity>, attempts::INDEXES),
    (create::<audit::Entity>, audit::INDEXES),
];

fn create<E: EntityTrait>(backend: DbBackend) -> TableCreateStatement {
    Schema::new(backend).create_table_from_entity(E::default())
}

/// The history of these tables, oldest first: an application's `Migrator` lists it before its own, and an upgrade of this
/// library adds to its end.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m20261120_000001_users::Migration),
        Box::new(m20261120_000002_sessions::Migration),
        Box::new(m20261121_000001_roles_and_bans::Migration),
        Box::new(m20261121_000002_api_tokens::Migration),
        Box::new(m20261121_000003_attempts::Migration),
        Box::new(m20261121_000004_audit::Migration),
        Box::new(m20261127_000001_addresses::Migration),
    ]
}
