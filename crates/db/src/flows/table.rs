//! The table `flows` and its indexes.

use sea_orm::entity::prelude::*;
use throughline::{Timestamp, database::Index};
use throughline_auth::UserId;

use super::{FlowContent, FlowId, FlowTitle};

/// A row of `flows`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "flows")]
pub struct Model {
    /// The flow's id, which its owner's client may have chosen.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FlowId,
    /// What it is called.
    pub title: FlowTitle,
    /// What it is, in its own words.
    pub content: FlowContent,
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

/// No two flows have one id, whoever owns them.
pub const PRIMARY_KEY: Index =
    Index { name: "flows_pkey", table: "flows", columns: &["id"], unique: true };

/// The table's indexes beside its primary key.
pub const INDEXES: &[Index] = &[
    // The foreign key's index, and the order of each owner's list.
    Index {
        name: "flows_created_by_created_at_id",
        table: "flows",
        columns: &["created_by", "created_at", "id"],
        unique: false,
    },
];

/// A row of a list: without the content, which is long and not shown there.
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Summary {
    /// The flow's id.
    pub id: FlowId,
    /// What it is called.
    pub title: FlowTitle,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}
