//! A test database's schema, and what in it is not as declared.

use std::collections::BTreeSet;

use sea_orm::DbErr;

use crate::TestDatabase;

/// In what `db`'s schema differs from the declared one, a sentence each; nothing when they agree.
pub async fn drift(db: &TestDatabase) -> Vec<String> {
    migrations::drift(db).await.expect("a schema can be compared")
}

/// What stands in a database: its columns, indexes and foreign keys, a sentence each.
///
/// # Errors
/// When a statement fails.
pub async fn facts(db: &TestDatabase) -> Result<BTreeSet<String>, DbErr> {
    migrations::facts(db.reader()).await
}
