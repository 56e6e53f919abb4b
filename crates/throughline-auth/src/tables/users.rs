//! The table `users`: who has an account.

use std::fmt;

use sea_orm::entity::prelude::*;
use throughline::{Timestamp, database::Index};

use crate::{Account, Email, PersonName, Principal, UserId};

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

/// The table's indexes beside its primary key.
pub const INDEXES: &[Index] = &[CANONICAL_EMAIL];

/// A password's hash as a PHC string, which says its own algorithm and parameters. No log ever
/// shows it.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

impl From<Model> for Principal {
    fn from(row: Model) -> Self {
        Self { id: row.id, email: row.email, name: row.name }
    }
}

impl From<Model> for Account {
    fn from(row: Model) -> Self {
        Self { id: row.id, email: row.email, name: row.name }
    }
}
