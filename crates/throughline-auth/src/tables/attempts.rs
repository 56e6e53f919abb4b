//! The table `attempts`: who has tried to get in how often, so that the next attempts wait on every server alike.

use sea_orm::entity::prelude::*;
use throughline::{Timestamp, database::Index};

/// A row of `attempts`.
///
/// Its key names no person and no address but a bucket that many share, so that no one can make the table grow beyond
/// the number of buckets.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attempts")]
pub struct Model {
    /// What was tried, and the bucket.
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(40))")]
    pub bucket: String,
    /// When the last attempt that counts will be forgotten: so long after now, so many count.
    pub forgotten_at: Timestamp,
    /// Until when the next one has to wait.
    pub blocked_until: Timestamp,
    /// Counts the changes, so that of two at a time one sees the other.
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// The table's indexes beside its primary key: those that are forgotten.
pub const INDEXES: &[Index] = &[Index {
    name: "attempts_forgotten_at",
    table: "attempts",
    columns: &["forgotten_at"],
    unique: false,
}];
