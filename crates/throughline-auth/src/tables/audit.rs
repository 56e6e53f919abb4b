//! The table `audit`: what was done to accounts, by whom and from where.

use sea_orm::entity::prelude::*;
use throughline::{Timestamp, database::Index};

use crate::{ActName, AuditId, TargetId, UserId};

/// A row of `audit`. It outlives those whom it names, so it has no foreign keys.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    /// The entry's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who; `None` for a stranger, and for whoever runs the server.
    pub actor: Option<UserId>,
    /// What.
    pub act: ActName,
    /// To what.
    pub target: Option<TargetId>,
    /// More about it.
    #[sea_orm(column_type = "String(StringLen::N(500))", nullable)]
    pub detail: Option<String>,
    /// The address that the request came from.
    #[sea_orm(column_type = "String(StringLen::N(45))", nullable)]
    pub address: Option<String>,
    /// The id under which the request was logged.
    #[sea_orm(column_type = "String(StringLen::N(64))", nullable)]
    pub request_id: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The table's indexes beside its primary key: the order of the list, which is also that of sweeping, and the same order
/// among what one person did, and among what was done to one thing.
pub const INDEXES: &[Index] = &[
    list("audit_at_id", &["at", "id"]),
    list("audit_actor_at_id", &["actor", "at", "id"]),
    list("audit_target_at_id", &["target", "at", "id"]),
];

const fn list(name: &'static str, columns: &'static [&'static str]) -> Index {
    Index { name, table: "audit", columns, unique: false }
}
