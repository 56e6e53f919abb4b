//! What is asked of `flows`, each question by the owner of the list.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict, SimpleExpr},
};
use serde::Serialize;
use throughline::{Cursor, Fault, Page, Patch, Timestamp};
use throughline_auth::UserId;

use super::{
    ActiveModel, Column, Entity, FlowContent, FlowId, FlowSearch, FlowTitle, Model, Summary,
};
use crate::{Error, Transaction, search::contains};

/// Which flows a list shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Filter {
    /// Only those whose title or content has this text in it; case does not count.
    pub text: Option<FlowSearch>,
}

/// What a flow says: all that its owner writes.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// What it is called.
    pub title: FlowTitle,
    /// What it is, in its own words.
    pub content: FlowContent,
}

/// What changes of a flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// What it is called.
    pub title: Patch<FlowTitle>,
    /// What it is, in its own words.
    pub content: Patch<FlowContent>,
}

/// The owner's flow with this id.
///
/// # Errors
/// When the statement fails.
pub async fn find(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: FlowId,
) -> Result<Option<Model>, Error> {
    Ok(Entity::find().filter(is(owner, id)).one(db).await?)
}

/// One page of the owner's flows, newest first, of at most `limit` rows, from the row after the
/// cursor's.
///
/// # Errors
/// `request.malformed_cursor` when the cursor is none of this filter, or when the statement fails.
pub async fn page(
    db: &impl ConnectionTrait,
    owner: UserId,
    filter: &Filter,
    limit: u64,
    cursor: Option<&Cursor>,
) -> Result<Page<Summary>, Fault> {
    let mut rows = Entity::find().filter(Column::CreatedBy.eq(owner));
    if let Some(text) = &filter.text {
        let text = text.as_str();
        rows = rows.filter(contains(Column::Title, text).or(contains(Column::Content, text)));
    }
    if let Some(cursor) = cursor {
        let (created_at, id): (Timestamp, FlowId) = cursor.open(filter)?;
        // As one row value, which both databases look up in the index of the list's order.
        let last = Expr::tuple([Expr::val(created_at), Expr::val(id)]);
        rows = rows
            .filter(Expr::tuple([Column::CreatedAt.into_expr(), Column::Id.into_expr()]).lt(last));
    }
    let rows = rows
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(limit + 1)
        .into_partial_model::<Summary>()
        .all(db)
        .await
        .map_err(Error::from)?;
    Page::from_rows(rows, limit, filter, |row| (row.created_at, row.id)).map_err(Fault::internal)
}

/// Puts a new flow on the owner's list; `None` when the id is in use, on whosever list.
///
/// It waits for another transaction that inserts the same id, so that [`find`] sees that row
/// afterwards.
///
/// # Errors
/// When the statement fails.
pub async fn insert(
    tx: &Transaction,
    owner: UserId,
    id: FlowId,
    content: Content,
    now: Timestamp,
) -> Result<Option<Model>, Error> {
    let row = ActiveModel {
        id: Set(id),
        title: Set(content.title),
        content: Set(content.content),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
        created_by: Set(owner),
    };
    let unless_taken = OnConflict::column(Column::Id).do_nothing().to_owned();
    // As one of many: only then is no row an answer.
    let rows = Entity::insert_many([row]).on_conflict(unless_taken).exec_with_returning(tx).await?;
    Ok(rows.into_iter().next())
}

/// Changes the flow and counts its version up; `None` when the owner has none with this id.
///
/// # Errors
/// When the statement fails.
pub async fn update(
    tx: &Transaction,
    owner: UserId,
    id: FlowId,
    changes: Changes,
    now: Timestamp,
) -> Result<Option<Model>, Error> {
    let mut update = Entity::update_many()
        .filter(is(owner, id))
        // In SQL, so that two changes at a time count as two.
        .col_expr(Column::Version, Column::Version.into_expr().add(1))
        .col_expr(Column::UpdatedAt, Expr::val(now));
    if let Patch::Set(title) = changes.title {
        update = update.col_expr(Column::Title, Expr::val(title));
    }
    if let Patch::Set(content) = changes.content {
        update = update.col_expr(Column::Content, Expr::val(content));
    }
    Ok(update.exec_with_returning(tx).await?.pop())
}

/// Deletes the flow; says whether the owner had one with this id.
///
/// # Errors
/// When the statement fails.
pub async fn delete(tx: &Transaction, owner: UserId, id: FlowId) -> Result<bool, Error> {
    Ok(Entity::delete_many().filter(is(owner, id)).exec(tx).await?.rows_affected > 0)
}

/// The one row with this id, if it is the owner's.
fn is(owner: UserId, id: FlowId) -> SimpleExpr {
    Column::Id.eq(id).and(Column::CreatedBy.eq(owner))
}
