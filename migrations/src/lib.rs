//! The schema's history, for SQLite and PostgreSQL, and how a database is brought up to date with
//! it.
//!
//! A migration is a file that never changes once it is released: it spells out names and lengths
//! instead of using today's constants. A new one is listed at the end of [`Migrator`]'s list.

mod m20261120_000003_tasks;
mod m20261121_000005_flows;
mod m20261121_000006_profiles;

mod check;
mod drift;
mod facts;
mod lock;
mod loss;
mod references;
mod rollback;
mod run;

use sea_orm_migration::{MigrationTrait, MigratorTrait};

pub use self::{
    check::{Findings, check},
    drift::drift,
    facts::facts,
    loss::Loss,
    references::Dangling,
    rollback::{Rollback, down, rollback},
    run::{MigrateError, Status, reset, status, up},
};

/// All migrations, oldest first: those of the accounts, then the application's.
#[derive(Clone, Copy, Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations = throughline_auth::migrations();
        migrations.push(Box::new(m20261120_000003_tasks::Migration));
        migrations.push(Box::new(m20261121_000005_flows::Migration));
        migrations.push(Box::new(m20261121_000006_profiles::Migration));
        migrations
    }
}
