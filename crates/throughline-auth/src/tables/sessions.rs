//! The table `sessions`: who is signed in, where and until when.

use sea_orm::entity::prelude::*;
use throughline::{Timestamp, database::Index};

use crate::UserId;

/// A row of `sessions`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// SHA-256 of the id in the cookie: who reads the table cannot use what is in it.
    #[sea_orm(primary_key, auto_increment = false, column_type = "VarBinary(StringLen::N(32))")]
    pub id: Vec<u8>,
    /// Who is signed in.
    pub user_id: UserId,
    /// The person's epoch when the session began: the session counts only while it is still theirs.
    pub epoch: Uuid,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When the session was used last, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends unless it is used; never later than `expires_at`.
    pub idle_expires_at: Timestamp,
    /// When it ends however much it is used.
    pub expires_at: Timestamp,
    /// What the client called itself when the person signed in, cut to 200 characters.
    #[sea_orm(column_type = "String(StringLen::N(200))", nullable)]
    pub user_agent: Option<String>,
    /// The address from which the person signed in.
    #[sea_orm(column_type = "String(StringLen::N(45))", nullable)]
    pub address: Option<String>,
    /// Who is signed in.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<super::users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The table's indexes beside its primary key: a person's sessions, and those that have ended.
pub const INDEXES: &[Index] = &[
    Index { name: "sessions_user_id", table: "sessions", columns: &["user_id"], unique: false },
    Index {
        name: "sessions_idle_expires_at",
        table: "sessions",
        columns: &["idle_expires_at"],
        unique: false,
    },
];
