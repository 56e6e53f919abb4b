//! What is asked of `tasks`, each question by the owner of the list.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict, SimpleExpr},
};
use serde::Serialize;
use throughline::{Cursor, Fault, Page, Patch, Timestamp};
use throughline_auth::UserId;

use super::{ActiveModel, Column, Description, Entity, Model, SearchText, Summary, TaskId, Title};
use crate::{Error, Transaction, search::contains};

/// Which tasks a list shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Filter {
    /// Only those that are done, or only those that are not.
    pub completed: Option<bool>,
    /// Only those whose title has this text in it. Case does not count: on SQLite for ASCII
    /// letters, on PostgreSQL for those of the database's locale.
    pub text: Option<SearchText>,
}

/// What a task says: all that its owner writes.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// What has to be done.
    pub title: Title,
    /// More about it.
    pub description: Option<Description>,
    /// Whether it is done.
    pub completed: bool,
}

/// What changes of a task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// What has to be done.
    pub title: Patch<Title>,
    /// More about it.
    pub description: Patch<Option<Description>>,
    /// Whether it is done.
    pub completed: Patch<bool>,
}

/// The owner's task with this id.
///
/// # Errors
/// When the statement fails.
pub async fn find(
    db: &impl ConnectionTrait,
    owner: UserId,
    id: TaskId,
) -> Result<Option<Model>, Error> {
    Ok(Entity::find().filter(is(owner, id)).one(db).await?)
}

/// One page of the owner's tasks, newest first, of at most `limit` rows, from the row after the
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
    if let Some(completed) = filter.completed {
        rows = rows.filter(Column::Completed.eq(completed));
    }
    if let Some(text) = &filter.text {
        rows = rows.filter(contains(Column::Title, text.as_str()));
    }
    if let Some(cursor) = cursor {
        let (created_at, id): (Timestamp, TaskId) = cursor.open(filter)?;
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

/// Puts a new task on the owner's list; `None` when the id is in use, on whosever list.
///
/// It waits for another transaction that inserts the same id, so that [`find`] sees that row
/// afterwards.
///
/// # Errors
/// When the statement fails.
pub async fn insert(
    tx: &Transaction,
    owner: UserId,
    id: TaskId,
    content: Content,
    now: Timestamp,
) -> Result<Option<Model>, Error> {
    let row = ActiveModel {
        id: Set(id),
        title: Set(content.title),
        description: Set(content.description),
        completed: Set(content.completed),
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

/// Writes the whole task anew; `None` when the owner has none with this id.
///
/// # Errors
/// When the statement fails.
pub async fn replace(
    tx: &Transaction,
    owner: UserId,
    id: TaskId,
    content: Content,
    now: Timestamp,
) -> Result<Option<Model>, Error> {
    let Content { title, description, completed } = content;
    let changes = Changes {
        title: title.into(),
        description: description.into(),
        completed: completed.into(),
    };
    update(tx, owner, id, changes, now).await
}

/// Changes the task and counts its version up; `None` when the owner has none with this id.
///
/// # Errors
/// When the statement fails.
pub async fn update(
    tx: &Transaction,
    owner: UserId,
    id: TaskId,
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
    if let Patch::Set(description) = changes.description {
        update = update.col_expr(Column::Description, Expr::val(description));
    }
    if let Patch::Set(completed) = changes.completed {
        update = update.col_expr(Column::Completed, Expr::val(completed));
    }
    Ok(update.exec_with_returning(tx).await?.pop())
}

/// Deletes the task; says whether the owner had one with this id.
///
/// # Errors
/// When the statement fails.
pub async fn delete(tx: &Transaction, owner: UserId, id: TaskId) -> Result<bool, Error> {
    Ok(Entity::delete_many().filter(is(owner, id)).exec(tx).await?.rows_affected > 0)
}

/// The one row with this id, if it is the owner's.
fn is(owner: UserId, id: TaskId) -> SimpleExpr {
    Column::Id.eq(id).and(Column::CreatedBy.eq(owner))
}
