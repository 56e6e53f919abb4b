//! What a person asks of their own API tokens.

use std::time::Duration;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, SimpleExpr},
};
use throughline::{Cursor, Failure, Fault, Page, Timestamp};

use super::token::TokenText;
use crate::{
    NewToken, Scope, Scopes, Token, TokenError, TokenId, TokenName, UserId, api_tokens, users,
};

/// A token to be made.
pub(super) struct Wanted {
    pub(super) name: TokenName,
    pub(super) scopes: Scopes,
    pub(super) lifetime: Duration,
    /// How many tokens that have not ended one may have.
    pub(super) most: u32,
}

/// Makes a token of the owner's.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    owner: UserId,
    wanted: Wanted,
    now: Timestamp,
) -> throughline::Result<NewToken, TokenError> {
    // Of two at a time the second waits here, and then counts the first one's token too.
    let lock = users::Entity::find_by_id(owner).lock_exclusive().select_only();
    lock.column(users::Column::Id).into_tuple::<UserId>().one(tx).await.map_err(Fault::from)?;
    let good = api_tokens::Entity::find().filter(
        api_tokens::Column::UserId
            .eq(owner)
            .and(api_tokens::Column::RevokedAt.is_null())
            .and(api_tokens::Column::ExpiresAt.gt(now)),
    );
    let count = good.count(tx).await.map_err(Fault::from)?;
    if count >= u64::from(wanted.most) {
        return Err(Failure::Declared(TokenError::TooMany { most: wanted.most }));
    }
    let (id, text) = (TokenId::new(), TokenText::generate());
    let expires_at = now.plus(wanted.lifetime);
    let row = api_tokens::ActiveModel {
        id: Set(id),
        user_id: Set(owner),
        name: Set(wanted.name.clone()),
        prefix: Set(text.prefix().to_owned()),
        hash: Set(text.hash()),
        can_read: Set(wanted.scopes.read),
        can_write: Set(wanted.scopes.write),
        created_at: Set(now),
        expires_at: Set(expires_at),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    api_tokens::Entity::insert(row).exec_without_returning(tx).await.map_err(Fault::from)?;
    let scopes = list(wanted.scopes);
    Ok(NewToken { id, secret: text.into_string(), name: wanted.name, scopes, expires_at })
}

/// One page of the owner's tokens, newest first.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    owner: UserId,
    limit: u64,
    cursor: Option<&Cursor>,
) -> Result<Page<Token>, Fault> {
    let mut rows = api_tokens::Entity::find().filter(api_tokens::Column::UserId.eq(owner));
    if let Some(cursor) = cursor {
        let (created_at, id): (Timestamp, TokenId) = cursor.open(&())?;
        let columns = Expr::tuple([
            api_tokens::Column::CreatedAt.into_expr(),
            api_tokens::Column::Id.into_expr(),
        ]);
        rows = rows.filter(columns.lt(Expr::tuple([Expr::val(created_at), Expr::val(id)])));
    }
    let rows = rows
        .order_by_desc(api_tokens::Column::CreatedAt)
        .order_by_desc(api_tokens::Column::Id)
        .limit(limit + 1)
        .all(db)
        .await?;
    let page = Page::from_rows(rows, limit, &(), |row| (row.created_at, row.id));
    Ok(page.map_err(Fault::internal)?.map(token))
}

/// The owner's token with this id.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: TokenId,
) -> Result<Option<Token>, DbErr> {
    Ok(api_tokens::Entity::find().filter(is(owner, id)).one(db).await?.map(token))
}

/// Revokes the owner's token; says whether there is one with this id. One that was revoked before keeps its time.
pub(super) async fn revoke(
    tx: &impl ConnectionTrait,
    owner: UserId,
    id: TokenId,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let first = api_tokens::Column::RevokedAt.if_null(now);
    let update = api_tokens::Entity::update_many()
        .filter(is(owner, id))
        .col_expr(api_tokens::Column::RevokedAt, first);
    Ok(update.exec(tx).await?.rows_affected > 0)
}

/// Deletes the tokens that ended before `time`; says how many.
pub(super) async fn sweep(db: &impl ConnectionTrait, time: Timestamp) -> Result<u64, DbErr> {
    let ended = api_tokens::Column::ExpiresAt.lt(time).or(api_tokens::Column::RevokedAt.lt(time));
    Ok(api_tokens::Entity::delete_many().filter(ended).exec(db).await?.rows_affected)
}

/// The scopes as they are written in the database.
pub(super) fn scopes(list: &[Scope]) -> Scopes {
    Scopes { read: list.contains(&Scope::Read), write: list.contains(&Scope::Write) }
}

fn list(scopes: Scopes) -> Vec<Scope> {
    let read = scopes.read.then_some(Scope::Read);
    read.into_iter().chain(scopes.write.then_some(Scope::Write)).collect()
}

/// The one row with this id, if it is the owner's.
fn is(owner: UserId, id: TokenId) -> SimpleExpr {
    api_tokens::Column::Id.eq(id).and(api_tokens::Column::UserId.eq(owner))
}

fn token(row: api_tokens::Model) -> Token {
    Token {
        id: row.id,
        name: row.name,
        prefix: row.prefix,
        scopes: list(Scopes { read: row.can_read, write: row.can_write }),
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
        revoked_at: row.revoked_at,
    }
}
