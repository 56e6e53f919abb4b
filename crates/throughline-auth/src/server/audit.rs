//! The audit: what was done to accounts, written in the transaction of the act.

use std::net::IpAddr;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait,
    ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use serde::Serialize;
use throughline::{Cx, Fault, Level, Page, Timestamp};

use crate::{ActName, AuditEntry, AuditId, ListAudit, TargetId, UserId, audit};

/// The names of this library's acts; an application gives its own other names.
pub mod acts {
    /// Somebody opened an account.
    pub const SIGNED_UP: &str = "account.opened";
    /// Somebody changed their address or name.
    pub const ACCOUNT_CHANGED: &str = "account.changed";
    /// Somebody began a session.
    pub const SIGNED_IN: &str = "session.began";
    /// An address and a password did not belong together, or the account is banned.
    pub const SIGN_IN_REFUSED: &str = "session.refused";
    /// Somebody ended their session.
    pub const SIGNED_OUT: &str = "session.ended";
    /// Somebody ended another session of theirs.
    pub const SESSION_REVOKED: &str = "session.revoked";
    /// Somebody ended all their other sessions.
    pub const OTHERS_REVOKED: &str = "session.others_revoked";
    /// Somebody changed their password.
    pub const PASSWORD_CHANGED: &str = "password.changed";
    /// Somebody did not know the password that they wanted to change.
    pub const PASSWORD_REFUSED: &str = "password.refused";
    /// Somebody made an API token.
    pub const TOKEN_CREATED: &str = "token.created";
    /// Somebody revoked an API token.
    pub const TOKEN_REVOKED: &str = "token.revoked";
    /// An admin gave somebody a role.
    pub const ROLE_SET: &str = "user.role_set";
    /// An admin banned somebody.
    pub const BANNED: &str = "user.banned";
    /// An admin lifted somebody's ban.
    pub const UNBANNED: &str = "user.unbanned";
}

/// The longest detail that is kept, in characters.
const LONGEST_DETAIL: usize = 500;

/// Who does something, when, and through which request.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Who; `None` for a stranger, and for whoever runs the server.
    pub user: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// The address that the request came from.
    pub address: Option<IpAddr>,
    /// The id under which the request is logged.
    pub request_id: Option<String>,
}

impl Actor {
    /// `user`, in this request.
    pub fn user<L: Level>(cx: &Cx<L>, user: UserId) -> Self {
        Self { user: Some(user), ..Self::stranger(cx) }
    }

    /// Somebody who is not signed in, in this request.
    pub fn stranger<L: Level>(cx: &Cx<L>) -> Self {
        let request_id = Some(cx.request_id().to_owned());
        Self { user: None, at: cx.now(), address: cx.client_address(), request_id }
    }

    /// Whoever runs the server, now: what is done from a command line.
    pub fn operator() -> Self {
        Self { user: None, at: Timestamp::now(), address: None, request_id: None }
    }
}

/// Writes that `actor` did `act` to `target`: call it in the transaction of the act.
///
/// # Errors
/// When the statement fails, or the act's name is none.
pub async fn write(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    act: &'static str,
    target: Option<TargetId>,
    detail: Option<&str>,
) -> Result<(), DbErr> {
    let act =
        ActName::new(act).map_err(|error| DbErr::Custom(format!("the act {act}: {error}")))?;
    let row = audit::ActiveModel {
        id: Set(AuditId::new()),
        at: Set(actor.at),
        actor: Set(actor.user),
        act: Set(act),
        target: Set(target),
        detail: Set(detail.map(|detail| detail.chars().take(LONGEST_DETAIL).collect())),
        address: Set(actor.address.map(|address| address.to_string())),
        request_id: Set(actor.request_id.clone()),
    };
    audit::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// What decides which entries a list shows.
#[derive(Serialize)]
struct Filter<'a> {
    actor: Option<UserId>,
    target: Option<TargetId>,
    act: Option<&'a ActName>,
}

/// One page of the audit, newest first.
pub(super) async fn page(
    db: &DatabaseConnection,
    input: &ListAudit,
) -> Result<Page<AuditEntry>, Fault> {
    let filter = Filter { actor: input.actor, target: input.target, act: input.act.as_ref() };
    let mut rows = audit::Entity::find();
    if let Some(actor) = filter.actor {
        rows = rows.filter(audit::Column::Actor.eq(actor));
    }
    if let Some(target) = filter.target {
        rows = rows.filter(audit::Column::Target.eq(target));
    }
    if let Some(act) = filter.act {
        rows = rows.filter(audit::Column::Act.eq(act.clone()));
    }
    if let Some(cursor) = &input.cursor {
        let (at, id): (Timestamp, AuditId) = cursor.open(&filter)?;
        let columns = Expr::tuple([audit::Column::At.into_expr(), audit::Column::Id.into_expr()]);
        rows = rows.filter(columns.lt(Expr::tuple([Expr::val(at), Expr::val(id)])));
    }
    let limit = input.limit.get();
    let rows = rows
        .order_by_desc(audit::Column::At)
        .order_by_desc(audit::Column::Id)
        .limit(limit + 1)
        .all(db)
        .await?;
    let page = Page::from_rows(rows, limit, &filter, |row| (row.at, row.id));
    Ok(page.map_err(Fault::internal)?.map(entry))
}

/// Deletes the entries from before `time`; says how many.
pub(super) async fn sweep(db: &DatabaseConnection, time: Timestamp) -> Result<u64, DbErr> {
    let old = audit::Entity::delete_many().filter(audit::Column::At.lt(time));
    Ok(old.exec(db).await?.rows_affected)
}

fn entry(row: audit::Model) -> AuditEntry {
    AuditEntry {
        id: row.id,
        at: row.at,
        actor: row.actor,
        act: row.act,
        target: row.target,
        detail: row.detail,
        address: row.address,
        request_id: row.request_id,
    }
}
