//! The table `tasks` and its indexes.

use sea_orm::entity::prelude::*;
use throughline::{Timestamp, database::Index};
use throughline_auth::UserId;

use super::{Description, TaskId, Title};

/// A row of `tasks`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tasks")]
pub struct Model {
    /// The task's id, which its owner's client may have chosen.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TaskId,
    /// What has to be done.
    pub title: Title,
    /// More about it.
    pub description: Option<Description>,
    /// Whether it is done.
    pub completed: bool,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Whose list it is on.
    pub created_by: UserId,
    /// Whose list it is on.
    #[sea_orm(belongs_to, from = "created_by", to = "id", on_delete = "Cascade")]
    pub owner: BelongsTo<throughline_auth::users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// No two tasks have one id, whoever owns them.
pub const PRIMARY_KEY: Index =
    Index { name: "tasks_pkey", table: "tasks", columns: &["id"], unique: true };

/// The table's indexes beside its primary key.
pub const INDEXES: &[Index] = &[
    // The foreign key's index, and the order of each owner's list.
    Index {
        name: "tasks_created_by_created_at_id",
        table: "tasks",
        columns: &["created_by", "created_at", "id"],
        unique: false,
    },
];

/// A row of a list: without the description, which is long and not shown there.
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Summary {
    /// The task's id.
    pub id: TaskId,
    /// What has to be done.
    pub title: Title,
    /// Whether it is done.
    pub completed: bool,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}
