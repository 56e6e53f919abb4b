//! All tables with their declared indexes, as data: what the migrations have to arrive at.

use sea_orm::{DbBackend, EntityTrait, Schema, sea_query::TableCreateStatement};
use throughline::database::Index;

use crate::{flows, tasks, users};

/// A table as its entity declares it.
#[derive(Clone, Copy)]
pub struct Table {
    /// The statement that would make it on this database, its foreign keys included.
    pub create: fn(DbBackend) -> TableCreateStatement,
    /// The indexes declared beside the entity.
    pub indexes: &'static [Index],
}

/// The application's own tables, each after those that it refers to.
pub const TABLES: &[Table] = &[
    table::<tasks::Entity>(tasks::INDEXES),
    table::<flows::Entity>(flows::INDEXES),
    table::<users::Entity>(users::INDEXES),
];

/// All tables: those of the accounts, which their library lists, and after them the application's own.
pub fn tables() -> Vec<Table> {
    let accounts = throughline_auth::TABLES.iter();
    let accounts = accounts.map(|(create, indexes)| Table { create: *create, indexes });
    accounts.chain(TABLES.iter().copied()).collect()
}

const fn table<E: EntityTrait>(indexes: &'static [Index]) -> Table {
    Table { create: |backend| Schema::new(backend).create_table_from_entity(E::default()), indexes }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("indexes", &self.indexes).finish_non_exhaustive()
    }
}
