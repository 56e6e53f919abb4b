//! What admins do with other people's accounts, and what people do with their own, for an application's handlers to call in
//! their transactions.

use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, SimpleExpr},
};
use throughline::{Failure, Fault, Patch, Result, Timestamp, database::OnUnique, faults};
use uuid::Uuid;

use super::{
    Accounts,
    audit::{self, Actor, acts},
};
use crate::{
    Account, AccountError, BanReason, Email, ManageError, PersonName, Role, TargetId, UserId, users,
};

/// What changes of somebody's own account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountChanges {
    /// The address under which they sign in.
    pub email: Patch<Email>,
    /// What they are called.
    pub name: Patch<PersonName>,
}

/// Gives somebody a role, from their next request on.
///
/// # Errors
/// [`ManageError`]; 403 when the actor is no admin any more.
pub async fn set_role(
    tx: &DatabaseTransaction,
    actor: &Actor,
    id: UserId,
    role: Role,
) -> Result<users::Model, ManageError> {
    let managed = Managed::find(tx, actor, id).await?;
    if managed.row.role == role {
        return Ok(managed.row);
    }
    managed.may_lose_rights(role != Role::Admin)?;
    let before = managed.row.role;
    let changes = [(users::Column::Role, Expr::val(role))];
    let row = managed.update(tx, actor.at, changes).await?;
    let detail = format!("{before} to {role}");
    note(tx, actor, acts::ROLE_SET, id, Some(&detail)).await?;
    Ok(row)
}

/// Bans somebody: their sessions end and their tokens are no good, from their next request on. A ban that is there is
/// replaced.
///
/// # Errors
/// [`ManageError`]; 403 when the actor is no admin any more.
pub async fn ban(
    tx: &DatabaseTransaction,
    actor: &Actor,
    id: UserId,
    reason: BanReason,
    until: Option<Timestamp>,
) -> Result<users::Model, ManageError> {
    let managed = Managed::find(tx, actor, id).await?;
    managed.may_lose_rights(true)?;
    let changes = [
        (users::Column::BannedAt, Expr::val(actor.at)),
        (users::Column::BanReason, Expr::val(reason.clone())),
        (users::Column::BanExpiresAt, Expr::val(until)),
        // Ends all sessions for good, also after the ban. Their rows stay, so that their owner is told why.
        (users::Column::Epoch, Expr::val(Uuid::new_v4())),
    ];
    let row = managed.update(tx, actor.at, changes).await?;
    let until = until.map_or_else(|| "for good".to_owned(), |until| format!("until {until}"));
    note(tx, actor, acts::BANNED, id, Some(&format!("{until}: {reason}"))).await?;
    Ok(row)
}

/// Lifts somebody's ban. Sessions that it ended stay ended; tokens are good again.
///
/// # Errors
/// [`ManageError::NotFound`]; 403 when the actor is no admin any more.
pub async fn unban(
    tx: &DatabaseTransaction,
    actor: &Actor,
    id: UserId,
) -> Result<users::Model, ManageError> {
    let managed = Managed::find(tx, actor, id).await?;
    if managed.row.banned_at.is_none() {
        return Ok(managed.row);
    }
    let changes = [
        (users::Column::BannedAt, Expr::val(None::<Timestamp>)),
        (users::Column::BanReason, Expr::val(None::<BanReason>)),
        (users::Column::BanExpiresAt, Expr::val(None::<Timestamp>)),
    ];
    let row = managed.update(tx, actor.at, changes).await?;
    note(tx, actor, acts::UNBANNED, id, None).await?;
    Ok(row)
}

/// Changes somebody's own account.
///
/// # Errors
/// [`AccountError::EmailTaken`].
pub async fn change(
    tx: &DatabaseTransaction,
    actor: &Actor,
    id: UserId,
    changes: AccountChanges,
) -> Result<users::Model, AccountError> {
    let mut update = users::Entity::update_many()
        .filter(users::Column::Id.eq(id))
        .col_expr(users::Column::UpdatedAt, Expr::val(actor.at));
    // What was changed, not to what: the audit outlives the account.
    let mut said = Vec::new();
    if let Patch::Set(email) = changes.email {
        said.push("address");
        update = update
            .col_expr(users::Column::CanonicalEmail, Expr::val(email.canonical()))
            .col_expr(users::Column::Email, Expr::val(email));
    }
    if let Patch::Set(name) = changes.name {
        said.push("name");
        update = update.col_expr(users::Column::Name, Expr::val(name));
    }
    if said.is_empty() {
        let row = users::Entity::find_by_id(id).one(tx).await.map_err(Fault::from)?;
        return row.ok_or_else(|| Fault::new(&faults::UNAUTHENTICATED).into());
    }
    let rows = update.exec_with_returning(tx).await;
    let rows = rows.on_unique(&users::CANONICAL_EMAIL, || AccountError::EmailTaken)?;
    // Somebody who was deleted while they asked is nobody.
    let row = rows.into_iter().next().ok_or_else(|| Fault::new(&faults::UNAUTHENTICATED))?;
    note(tx, actor, acts::ACCOUNT_CHANGED, id, Some(&said.join(", "))).await?;
    Ok(row)
}

impl Accounts {
    /// Makes the person under this address an admin: how the first one comes to be. For whoever runs the server; the
    /// audit names nobody.
    ///
    /// # Errors
    /// `None` when there is no account under this address; a fault when the database is away.
    pub async fn grant_admin(&self, email: &Email) -> std::result::Result<Option<Account>, Fault> {
        let same_address = users::Column::CanonicalEmail.eq(email.canonical());
        let found = users::Entity::find().filter(same_address).one(&self.0.reader).await?;
        let Some(user) = found else { return Ok(None) };
        let granted = self
            .0
            .transactions
            .transact(async |tx| set_role(tx, &Actor::operator(), user.id, Role::Admin).await)
            .await;
        match granted {
            Ok(row) => Ok(Some(row.into())),
            Err(Failure::Fault(fault)) => Err(fault),
            // Deleted meanwhile; nobody loses rights by becoming an admin.
            Err(Failure::Declared(_)) => Ok(None),
        }
    }
}

/// Somebody who is managed, and what of it depends on others.
struct Managed {
    row: users::Model,
    /// Whether it is the actor.
    is_actor: bool,
    /// Whether there is an admin beside this one who is not banned.
    others: bool,
}

impl Managed {
    /// Finds the person. All admins are locked until the transaction ends, so that two who demote each other at a time
    /// cannot leave none.
    async fn find(
        tx: &DatabaseTransaction,
        actor: &Actor,
        id: UserId,
    ) -> Result<Self, ManageError> {
        let admins = users::Entity::find()
            .filter(users::Column::Role.eq(Role::Admin))
            .order_by_asc(users::Column::Id)
            .lock_exclusive()
            .all(tx)
            .await
            .map_err(Fault::from)?;
        let able = |row: &users::Model| !row.is_banned(actor.at);
        // The actor may have lost the right since the request was admitted.
        if let Some(user) = actor.user
            && !admins.iter().any(|row| row.id == user && able(row))
        {
            return Err(Fault::new(&faults::FORBIDDEN).into());
        }
        let others = admins.iter().any(|row| row.id != id && able(row));
        let row = users::Entity::find_by_id(id).lock_exclusive().one(tx).await;
        let row = row.map_err(Fault::from)?.ok_or(ManageError::NotFound { id })?;
        Ok(Self { row, is_actor: actor.user == Some(id), others })
    }

    /// Refuses what would take rights from the actor, or from the last admin.
    fn may_lose_rights(&self, loses: bool) -> Result<(), ManageError> {
        match loses {
            true if self.is_actor => Err(ManageError::Yourself.into()),
            true if self.row.role == Role::Admin && !self.others => {
                Err(ManageError::LastAdmin.into())
            }
            _ => Ok(()),
        }
    }

    async fn update(
        self,
        tx: &DatabaseTransaction,
        now: Timestamp,
        changes: impl IntoIterator<Item = (users::Column, SimpleExpr)>,
    ) -> Result<users::Model, ManageError> {
        let id = self.row.id;
        let mut update = users::Entity::update_many()
            .filter(users::Column::Id.eq(id))
            .col_expr(users::Column::UpdatedAt, Expr::val(now));
        for (column, value) in changes {
            update = update.col_expr(column, value);
        }
        let rows = update.exec_with_returning(tx).await.map_err(Fault::from)?;
        rows.into_iter().next().ok_or_else(|| ManageError::NotFound { id }.into())
    }
}

async fn note<E>(
    tx: &DatabaseTransaction,
    actor: &Actor,
    act: &'static str,
    target: UserId,
    detail: Option<&str>,
) -> Result<(), E> {
    let target = Some(TargetId::from(target.uuid()));
    Ok(audit::write(tx, actor, act, target, detail).await.map_err(Fault::from)?)
}
