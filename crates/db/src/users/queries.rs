//! What is asked of people: by admins of all, by everybody of one's own.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
    sea_query::{Expr, OnConflict, SimpleExpr},
};
use serde::Serialize;
use throughline::{Cursor, Fault, Page, Timestamp};
use throughline_auth::{
    Email, Role, UserId,
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
    /// Only the one with this e-mail address.
    pub email: Option<Email>,
    /// Only those of this role.
    pub role: Option<Role>,
    /// Only those who are banned, or only those who are not.
    pub banned: Option<bool>,
}

/// How many people one page looks at, at most, for a text or for bans, which no index finds. A search through millions is
/// many short questions, not one that takes a database's time for as long as it likes.
const LOOKED_AT: u64 = 50_000;

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
/// With a text, or with bans in question, it looks at 50 000 people at most, so the page may be short, or empty, and have
/// a next one all the same.
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
    let mut listed = Accounts::find();
    if let Some(email) = &filter.email {
        listed = listed.filter(Column::CanonicalEmail.eq(email.canonical()));
    }
    if let Some(role) = filter.role {
        listed = listed.filter(Column::Role.eq(role));
    }
    if let Some(cursor) = cursor {
        let last: (Timestamp, UserId) = cursor.open(filter)?;
        listed = listed.filter(place().lt(at(last)));
    }
    let listed = listed.order_by_desc(Column::CreatedAt).order_by_desc(Column::Id);
    let looked_for = looked_for(filter, now);
    let (mut rows, mut end) = (listed.clone(), None);
    if !looked_for.is_empty() {
        end = row_at(db, listed, LOOKED_AT - 1).await?;
        rows = looked_for.into_iter().fold(rows, QueryFilter::filter);
    }
    if let Some(end) = end {
        rows = rows.filter(place().gte(at(end)));
    }
    let rows = rows.limit(limit + 1).all(db).await.map_err(Error::from)?;
    let mut page = Page::from_rows(rows, limit, filter, |row| (row.created_at, row.id))
        .map_err(Fault::internal)?;
    if let (None, Some(end)) = (&page.next, end) {
        page.next = Some(Cursor::new(filter, &end).map_err(Fault::internal)?);
    }
    Ok(page)
}

/// What each row has to be asked, because no index knows it.
fn looked_for(filter: &Filter, now: Timestamp) -> Vec<SimpleExpr> {
    let banned = filter.banned.map(|banned| {
        let holds = Column::BanExpiresAt.is_null().or(Column::BanExpiresAt.gt(now));
        let is_banned = Column::BannedAt.is_not_null().and(holds);
        if banned { is_banned } else { is_banned.not() }
    });
    let text = filter.text.as_ref().map(|text| {
        let text = text.as_str();
        contains(Column::Name, text).or(contains(Column::Email, text))
    });
    banned.into_iter().chain(text).collect()
}

/// The place of the row with this number, from 0, in the order of the list; `None` when there are fewer.
async fn row_at(
    db: &impl ConnectionTrait,
    listed: Select<Accounts>,
    number: u64,
) -> Result<Option<(Timestamp, UserId)>, Error> {
    let places = listed.select_only().columns([Column::CreatedAt, Column::Id]);
    Ok(places.offset(number).limit(1).into_tuple().one(db).await?)
}

/// A row's place in the order of the list, as one row value, which both databases look up in the index of that order.
fn place() -> SimpleExpr {
    Expr::tuple([Column::CreatedAt.into_expr(), Column::Id.into_expr()])
}

fn at((created_at, id): (Timestamp, UserId)) -> SimpleExpr {
    Expr::tuple([Expr::val(created_at), Expr::val(id)])
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
