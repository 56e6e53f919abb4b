//! The table `profiles`, which extends the accounts' table `users`.

use sea_orm::entity::prelude::*;
use throughline::{Timestamp, database::Index};
use throughline_auth::UserId;

use super::Bio;

/// A row of `profiles`: there is one for each person who has said something.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "profiles")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// What the person says of themselves.
    pub bio: Option<Bio>,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// Whose it is.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<throughline_auth::users::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The table's indexes beside its primary key.
pub const INDEXES: &[Index] = &[];
