//! The table `api_tokens`: which services may call in whose name.

use sea_orm::entity::prelude::*;
use throughline::{Timestamp, database::Index};

use crate::{TokenId, TokenName, UserId};

/// A row of `api_tokens`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_tokens")]
pub struct Model {
    /// The token's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TokenId,
    /// In whose name it calls.
    pub user_id: UserId,
    /// What it is for.
    pub name: TokenName,
    /// The part of the token by which it is found; no secret.
    #[sea_orm(column_type = "String(StringLen::N(16))")]
    pub prefix: String,
    /// SHA-256 of the whole token: who reads the table cannot use what is in it.
    #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
    pub hash: Vec<u8>,
    /// Whether it may call procedures that change nothing.
    pub can_read: bool,
    /// Whether it may call procedures that change something.
    pub can_write: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When its owner revoked it.
    pub revoked_at: Option<Timestamp>,
    /// In whose name it calls.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<super::users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// No two tokens are found by the same prefix.
pub const PREFIX: Index =
    Index { name: "api_tokens_prefix", table: "api_tokens", columns: &["prefix"], unique: true };

/// The table's indexes beside its primary key: the lookup, and a person's tokens in the order of their list.
pub const INDEXES: &[Index] = &[
    PREFIX,
    Index {
        name: "api_tokens_user_id_created_at_id",
        table: "api_tokens",
        columns: &["user_id", "created_at", "id"],
        unique: false,
    },
];
