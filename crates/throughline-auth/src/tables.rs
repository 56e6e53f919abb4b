//! The tables of accounts, their indexes and their history, for an application to list beside its
//! own.

use sea_orm_migration::MigrationTrait;
use throughline::database::Index;

pub mod sessions;
pub mod users;

mod m20261120_000001_users;
mod m20261120_000002_sessions;

/// The indexes of these tables.
pub const INDEXES: &[&[Index]] = &[users::INDEXES, sessions::INDEXES];

/// The history of these tables, oldest first: an application's `Migrator` lists it before its own.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![
        Box::new(m20261120_000001_users::Migration),
        Box::new(m20261120_000002_sessions::Migration),
    ]
}
