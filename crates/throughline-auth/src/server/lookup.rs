//! Who sent a request: one joined query from the session's id to the person.

use std::{sync::PoisonError, time::Duration};

use http::request::Parts;
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QuerySelect, sea_query::Expr,
};
use throughline::{Fault, Identify, Timestamp};

use super::{
    Accounts,
    credential::{Credential, stored},
    store::lasts,
};
use crate::{Email, PersonName, Principal, UserId, sessions, users};

/// How old the last use of a session may be before it is written anew.
const TOUCH_AFTER: Duration = Duration::from_secs(60);

#[derive(FromQueryResult)]
struct Found {
    id: UserId,
    email: Email,
    name: PersonName,
    last_seen_at: Timestamp,
    expires_at: Timestamp,
}

impl Accounts {
    /// Who sent this request: the owner of the session that its bearer token or its cookie names,
    /// if that session lasts.
    ///
    /// # Errors
    /// 503 when the database is away.
    pub async fn identify(&self, request: &Parts) -> Result<Option<Principal>, Fault> {
        let Some(credential) = Credential::of(&request.headers) else { return Ok(None) };
        let (id, now) = (stored(&credential.id), Timestamp::now());
        let same_epoch = sessions::Column::Epoch.into_expr().eq(users::Column::Epoch.into_expr());
        let found = sessions::Entity::find_by_id(id.clone())
            .inner_join(users::Entity)
            .filter(same_epoch.and(lasts(now)))
            .select_only()
            .columns([users::Column::Id, users::Column::Email, users::Column::Name])
            .columns([sessions::Column::LastSeenAt, sessions::Column::ExpiresAt])
            .into_model::<Found>()
            .one(&self.0.reader)
            .await?;
        let Some(Found { id: user, email, name, last_seen_at, expires_at }) = found else {
            return Ok(None);
        };
        if now.since(last_seen_at) >= TOUCH_AFTER {
            self.touch(id, now, expires_at);
        }
        Ok(Some(Principal { id: user, email, name }))
    }

    /// Writes that the session is in use, once for all requests at this time, without making any of
    /// them wait.
    fn touch(&self, id: Vec<u8>, now: Timestamp, expires_at: Timestamp) {
        let touching = || self.0.touching.lock().unwrap_or_else(PoisonError::into_inner);
        if !touching().insert(id.clone()) {
            return;
        }
        let accounts = self.clone();
        tokio::spawn(async move {
            let update = sessions::Entity::update_many()
                .filter(
                    sessions::Column::Id.eq(id.clone()).and(sessions::Column::LastSeenAt.lt(now)),
                )
                .col_expr(sessions::Column::LastSeenAt, Expr::val(now))
                .col_expr(
                    sessions::Column::IdleExpiresAt,
                    Expr::val(accounts.0.sessions.idle_end(now, expires_at)),
                );
            if let Err(error) = update.exec(&accounts.0.writer).await {
                tracing::warn!(%error, "the last use of a session was not written");
            }
            accounts.0.touching.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        });
    }
}

impl Identify<Principal> for Accounts {
    async fn identify(&self, request: &Parts) -> Result<Option<Principal>, Fault> {
        Accounts::identify(self, request).await
    }
}
