//! What a person asks of their own sessions.

use std::net::IpAddr;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};
use throughline::{Cursor, Fault, Page, Timestamp};
use uuid::Uuid;

use super::{credential::shown, store::lasts, throttle::network};
use crate::{Email, Session, SessionId, UserId, sessions, users};

/// One page of the owner's sessions that last, newest first. `current` is the one that asks.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    owner: UserId,
    current: Option<SessionId>,
    limit: u64,
    cursor: Option<&Cursor>,
) -> Result<Page<Session>, Fault> {
    let same_epoch = sessions::Column::Epoch.into_expr().eq(users::Column::Epoch.into_expr());
    let mut rows = sessions::Entity::find()
        .inner_join(users::Entity)
        .filter(sessions::Column::UserId.eq(owner).and(same_epoch).and(lasts(Timestamp::now())));
    if let Some(cursor) = cursor {
        let (created_at, id): (Timestamp, Vec<u8>) = cursor.open(&())?;
        let columns = Expr::tuple([
            sessions::Column::CreatedAt.into_expr(),
            sessions::Column::Id.into_expr(),
        ]);
        rows = rows.filter(columns.lt(Expr::tuple([Expr::val(created_at), Expr::val(id)])));
    }
    let rows = rows
        .order_by_desc(sessions::Column::CreatedAt)
        .order_by_desc(sessions::Column::Id)
        .limit(limit + 1)
        .all(db)
        .await?;
    // The hash of one's own session's id in one's own cursor: it leads to no id.
    let page = Page::from_rows(rows, limit, &(), |row| (row.created_at, row.id.clone()));
    Ok(page.map_err(Fault::internal)?.map(|row| session(row, current)))
}

/// Deletes the owner's session with this id; says whether there was one.
pub(super) async fn delete(
    tx: &impl ConnectionTrait,
    owner: UserId,
    id: SessionId,
) -> Result<bool, DbErr> {
    let all: Vec<Vec<u8>> = sessions::Entity::find()
        .filter(sessions::Column::UserId.eq(owner))
        .select_only()
        .column(sessions::Column::Id)
        .into_tuple()
        .all(tx)
        .await?;
    match all.into_iter().find(|stored| shown(stored) == id) {
        Some(stored) => {
            Ok(sessions::Entity::delete_by_id(stored).exec(tx).await?.rows_affected > 0)
        }
        None => Ok(false),
    }
}

/// Deletes all of the owner's sessions but the one with this stored id; says how many.
pub(super) async fn delete_others(
    tx: &impl ConnectionTrait,
    owner: UserId,
    current: &[u8],
) -> Result<u64, DbErr> {
    let others = sessions::Column::UserId.eq(owner).and(sessions::Column::Id.ne(current.to_vec()));
    Ok(sessions::Entity::delete_many().filter(others).exec(tx).await?.rows_affected)
}

/// Lets the session with this stored id go on under the person's new epoch, if it was under the one before; says whether
/// it was.
pub(super) async fn carry_on(
    tx: &impl ConnectionTrait,
    current: &[u8],
    before: Uuid,
    epoch: Uuid,
) -> Result<bool, DbErr> {
    let lasting = sessions::Column::Id.eq(current.to_vec()).and(sessions::Column::Epoch.eq(before));
    let update = sessions::Entity::update_many()
        .filter(lasting)
        .col_expr(sessions::Column::Epoch, Expr::val(epoch));
    Ok(update.exec(tx).await?.rows_affected > 0)
}

/// Whether the account under this e-mail address has a session that lasts and began in the network of this address.
pub(super) async fn is_known(
    db: &impl ConnectionTrait,
    email: &Email,
    address: IpAddr,
) -> Result<bool, DbErr> {
    let same_epoch = sessions::Column::Epoch.into_expr().eq(users::Column::Epoch.into_expr());
    let addresses: Vec<Option<String>> = sessions::Entity::find()
        .inner_join(users::Entity)
        .filter(users::Column::CanonicalEmail.eq(email.canonical()))
        .filter(same_epoch.and(lasts(Timestamp::now())))
        .select_only()
        .column(sessions::Column::Address)
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    let home = network(address);
    let of = |text: Option<String>| text.and_then(|text| text.parse().ok()).map(network);
    Ok(addresses.into_iter().any(|text| of(text).as_ref() == Some(&home)))
}

fn session(row: sessions::Model, current: Option<SessionId>) -> Session {
    let id = shown(&row.id);
    Session {
        id,
        current: current == Some(id),
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        ends_at: row.idle_expires_at,
        user_agent: row.user_agent,
        address: row.address,
    }
}
