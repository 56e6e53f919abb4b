//! The table `users`: who has an account.

use std::fmt;

use sea_orm::entity::prelude::*;
use throughline::{Timestamp, database::Index};

use crate::{Account, BanReason, Email, PersonName, Role, UserId};

/// A row of `users`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The person's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// The address as the person wrote it.
    pub email: Email,
    /// The address as it is compared: [`Email::canonical`]. Lower case may be longer than what it
    /// is made from.
    #[sea_orm(column_type = "Text")]
    pub canonical_email: String,
    /// What the person is called.
    pub name: PersonName,
    /// The password under Argon2id.
    #[sea_orm(column_type = "Text")]
    pub password_hash: PasswordHash,
    /// A random value that each session of this person carries: a new one ends them all.
    pub epoch: Uuid,
    /// What the person may do beside what everybody may.
    pub role: Role,
    /// When the person was banned; `None` for somebody who never was, or whose ban was lifted.
    pub banned_at: Option<Timestamp>,
    /// Why.
    pub ban_reason: Option<BanReason>,
    /// Until when; `None` for a ban without end.
    pub ban_expires_at: Option<Timestamp>,
    /// When the account was opened.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}

/// No two accounts have addresses that differ in letter case alone.
pub const CANONICAL_EMAIL: Index = Index {
    name: "users_canonical_email",
    table: "users",
    columns: &["canonical_email"],
    unique: true,
};

/// The order in which people are listed: newest first.
const CREATED_AT: Index = Index {
    name: "users_created_at_id",
    table: "users",
    columns: &["created_at", "id"],
    unique: false,
};

/// The same order among those of one role. Who the admins are is also asked by each change of a right.
const ROLE: Index = Index {
    name: "users_role_created_at_id",
    table: "users",
    columns: &["role", "created_at", "id"],
    unique: false,
};

/// The table's indexes beside its primary key.
pub const INDEXES: &[Index] = &[CANONICAL_EMAIL, CREATED_AT, ROLE];

/// A password's hash as a PHC string, which says its own algorithm and parameters. No log ever
/// shows it.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// Whether a ban with these times holds at `now`.
pub fn is_banned(
    now: Timestamp,
    banned_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
) -> bool {
    banned_at.is_some() && expires_at.is_none_or(|end| now < end)
}

impl Model {
    /// Whether the person is banned at `now`.
    pub fn is_banned(&self, now: Timestamp) -> bool {
        is_banned(now, self.banned_at, self.ban_expires_at)
    }
}

impl From<Model> for Account {
    fn from(row: Model) -> Self {
        Self { id: row.id, email: row.email, name: row.name, role: row.role }
    }
}
