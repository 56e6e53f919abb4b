//! What is asked of people: by admins of all, by everybody of one's own.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use serde::Serialize;
use throughline::{Cursor, Fault, Page, Timestamp};
use throughline_auth::{
    Role, UserId,
    users::{Column, Entity as Accounts},
};

use super::{ActiveModel, Bio, Entity, Model, UserSearch, table::Column as ProfileColumn};
use crate::{Error, Transaction, search::contains};

/// A row of the accounts' table.
pub type User = throughline_auth::users::Model;

/// Which people a list shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Filter {
    /// Only those whose name or e-mail address has this text in it; case does not count.
    pub text: Option<UserSearch>,
    /// Only those of this role.
    pub role: Option<Role>,
    /// Only those who are banned, or only those who are not.
    pub banned: Option<bool>,
}

/// A person with what they say of themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct WithProfile {
    /// The account.
    pub user: User,
    /// What the person says of themselves.
    pub bio: Option<Bio>,
}

/// The person with this id: a question of admins.
///
/// # Errors
/// When the statement fails.
pub async fn find(db: &impl ConnectionTrait, id: UserId) -> Result<Option<User>, Error> {
    Ok(Accounts::find_by_id(id).one(db).await?)
}

/// The person with this id and what they say of themselves: a question of everybody, so what is private of it is not for
/// everybody's eyes.
///
/// # Errors
/// When the statement fails.
pub async fn with_profile(
    db: &impl ConnectionTrait,
    id: UserId,
) -> Result<Option<WithProfile>, Error> {
    let Some(user) = Accounts::find_by_id(id).one(db).await? else { return Ok(None) };
    let profile = Entity::find_by_id(id).one(db).await?;
    Ok(Some(WithProfile { user, bio: profile.and_then(|profile: Model| profile.bio) }))
}

/// One page of all people, newest first, of at most `limit` rows, from the row after the cursor's: a question of admins.
///
/// # Errors
/// `request.malformed_cursor` when the cursor is none of this filter, or when the statement fails.
pub async fn page(
    db: &impl ConnectionTrait,
    filter: &Filter,
    limit: u64,
    cursor: Option<&Cursor>,
    now: Timestamp,
) -> Result<Page<User>, Fault> {
    let mut rows = Accounts::find();
    if let Some(role) = filter.role {
        rows = rows.filter(Column::Role.eq(role));
    }
    if let Some(banned) = filter.banned {
        let holds = Column::BanExpiresAt.is_null().or(Column::BanExpiresAt.gt(now));
        let is_banned = Column::BannedAt.is_not_null().and(holds);
        rows = rows.filter(if banned { is_banned } else { is_banned.not() });
    }
    if let Some(text) = &filter.text {
        let text = text.as_str();
        rows = rows.filter(contains(Column::Name, text).or(contains(Column::Email, text)));
    }
    if let Some(cursor) = cursor {
        let (created_at, id): (Timestamp, UserId) = cursor.open(filter)?;
        let last = Expr::tuple([Expr::val(created_at), Expr::val(id)]);
        rows = rows
            .filter(Expr::tuple([Column::CreatedAt.into_expr(), Column::Id.into_expr()]).lt(last));
    }
    let rows = rows
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(limit + 1)
        .all(db)
        .await
        .map_err(Error::from)?;
    Page::from_rows(rows, limit, filter, |row| (row.created_at, row.id)).map_err(Fault::internal)
}

/// Writes what the owner says of themselves.
///
/// # Errors
/// When the statement fails.
pub async fn put_bio(
    tx: &Transaction,
    owner: UserId,
    bio: Option<Bio>,
    now: Timestamp,
) -> Result<(), Error> {
    let row = ActiveModel { user_id: Set(owner), bio: Set(bio), updated_at: Set(now) };
    let or_replace = OnConflict::column(ProfileColumn::UserId)
        .update_columns([ProfileColumn::Bio, ProfileColumn::UpdatedAt])
        .to_owned();
    Entity::insert(row).on_conflict(or_replace).exec_without_returning(tx).await?;
    Ok(())
}
