//! Who sent a request: one joined query from the session's id or the token to the person.

use std::{sync::PoisonError, time::Duration};

use http::{Method, request::Parts};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, FromQueryResult, QueryFilter, QuerySelect, sea_query::Expr,
};
use throughline::{Asked, Fault, Identify, Timestamp};
use uuid::Uuid;

use super::{
    Accounts,
    credential::{Credential, shown, stored},
    store::lasts,
    token::TokenText,
};
use crate::{
    BanReason, Email, PersonName, Principal, Role, SESSION_OR_TOKEN, Scopes, Standing, TokenId,
    UserId, Via, api_tokens, faults, sessions,
    users::{self, is_banned},
};

/// How old the last use of a session or a token may be before it is written anew.
const TOUCH_AFTER: Duration = Duration::from_secs(60);

/// The columns of the person that each lookup asks for.
const PERSON: [users::Column; 7] = [
    users::Column::Id,
    users::Column::Email,
    users::Column::Name,
    users::Column::Role,
    users::Column::BannedAt,
    users::Column::BanReason,
    users::Column::BanExpiresAt,
];

#[derive(FromQueryResult)]
struct Person {
    id: UserId,
    email: Email,
    name: PersonName,
    role: Role,
    banned_at: Option<Timestamp>,
    ban_reason: Option<BanReason>,
    ban_expires_at: Option<Timestamp>,
}

#[derive(FromQueryResult)]
struct OfSession {
    #[sea_orm(nested)]
    person: Person,
    last_seen_at: Timestamp,
    expires_at: Timestamp,
    of_session: Uuid,
    of_person: Uuid,
}

#[derive(FromQueryResult)]
struct OfToken {
    #[sea_orm(nested)]
    person: Person,
    token: TokenId,
    hash: Vec<u8>,
    can_read: bool,
    can_write: bool,
    last_used_at: Option<Timestamp>,
}

/// What is in use, so that its last use is written.
pub(super) enum Used {
    /// A session, which may last longer for it.
    Session { id: Vec<u8>, expires_at: Timestamp },
    /// A token.
    Token { id: TokenId },
}

impl Accounts {
    /// Who sent this request: the owner of the session or the token that it shows, if that is good for what is asked.
    ///
    /// Each request asks the database, so that a right that is lost is lost at the next request on every server.
    ///
    /// # Errors
    /// 503 when the database is away; 403 for somebody who is banned, and for a token where it is no good, when the
    /// procedure's level declares that (else the request counts as a stranger's).
    pub async fn identify(&self, request: &Parts) -> Result<Option<Principal>, Fault> {
        let now = Timestamp::now();
        match Credential::of(&request.headers) {
            None => Ok(None),
            Some(Credential::Session { id, .. }) => {
                self.session(stored(&id), &asked(request), now).await
            }
            Some(Credential::Token(token)) => self.token(&token, &asked(request), now).await,
        }
    }

    async fn session(
        &self,
        id: Vec<u8>,
        asked: &Asked,
        now: Timestamp,
    ) -> Result<Option<Principal>, Fault> {
        let found = sessions::Entity::find_by_id(id.clone())
            .inner_join(users::Entity)
            .filter(lasts(now))
            .select_only()
            .columns(PERSON)
            .columns([sessions::Column::LastSeenAt, sessions::Column::ExpiresAt])
            .column_as(sessions::Column::Epoch, "of_session")
            .column_as(users::Column::Epoch, "of_person")
            .into_model::<OfSession>()
            .one(&self.0.reader)
            .await?;
        let Some(found) = found else { return Ok(None) };
        let banned = found.person.is_banned(now);
        // A ban ends sessions by a new epoch; while it lasts, their owner is told why they have ended.
        if !banned && found.of_session != found.of_person {
            return Ok(None);
        }
        let standing = Standing { banned, scopes: None };
        let via = Via::Session(shown(&id));
        let who = found.person.admitted(standing, asked, via)?;
        if who.is_some() && now.since(found.last_seen_at) >= TOUCH_AFTER {
            self.touch(Used::Session { id, expires_at: found.expires_at }, now);
        }
        Ok(who)
    }

    async fn token(
        &self,
        token: &TokenText,
        asked: &Asked,
        now: Timestamp,
    ) -> Result<Option<Principal>, Fault> {
        let good = api_tokens::Column::RevokedAt
            .is_null()
            .and(api_tokens::Column::ExpiresAt.gt(now))
            .and(api_tokens::Column::Prefix.eq(token.prefix()));
        let found = api_tokens::Entity::find()
            .inner_join(users::Entity)
            .filter(good)
            .select_only()
            .columns(PERSON)
            .column_as(api_tokens::Column::Id, "token")
            .columns([
                api_tokens::Column::Hash,
                api_tokens::Column::CanRead,
                api_tokens::Column::CanWrite,
                api_tokens::Column::LastUsedAt,
            ])
            .into_model::<OfToken>()
            .one(&self.0.reader)
            .await?;
        let Some(found) = found.filter(|found| token.is_of(&found.hash)) else { return Ok(None) };
        let scopes = Scopes { read: found.can_read, write: found.can_write };
        let standing = Standing { banned: found.person.is_banned(now), scopes: Some(scopes) };
        let who = found.person.admitted(standing, asked, Via::Token(found.token))?;
        let stale = found.last_used_at.is_none_or(|last| now.since(last) >= TOUCH_AFTER);
        if who.is_some() && stale {
            self.touch(Used::Token { id: found.token }, now);
        }
        Ok(who)
    }

    /// Writes that something is in use, once for all requests at this time, without making any of them wait.
    fn touch(&self, used: Used, now: Timestamp) {
        let key = match &used {
            Used::Session { id, .. } => id.clone(),
            Used::Token { id } => id.uuid().as_bytes().to_vec(),
        };
        let touching = || self.0.touching.lock().unwrap_or_else(PoisonError::into_inner);
        if !touching().insert(key.clone()) {
            return;
        }
        let accounts = self.clone();
        tokio::spawn(async move {
            if let Err(error) = accounts.write_use(used, now).await {
                tracing::warn!(%error, "the last use of a session or a token was not written");
            }
            accounts.0.touching.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        });
    }

    async fn write_use(&self, used: Used, now: Timestamp) -> Result<(), sea_orm::DbErr> {
        let db = &self.0.writer;
        match used {
            Used::Session { id, expires_at } => {
                let unseen = sessions::Column::LastSeenAt.lt(now);
                let ends = self.0.sessions.idle_end(now, expires_at);
                let update = sessions::Entity::update_many()
                    .filter(sessions::Column::Id.eq(id).and(unseen))
                    .col_expr(sessions::Column::LastSeenAt, Expr::val(now))
                    .col_expr(sessions::Column::IdleExpiresAt, Expr::val(ends));
                update.exec(db).await?;
            }
            Used::Token { id } => {
                let last = api_tokens::Column::LastUsedAt;
                let update = api_tokens::Entity::update_many()
                    .filter(api_tokens::Column::Id.eq(id).and(last.is_null().or(last.lt(now))))
                    .col_expr(last, Expr::val(now));
                update.exec(db).await?;
            }
        }
        Ok(())
    }
}

impl Person {
    fn is_banned(&self, now: Timestamp) -> bool {
        is_banned(now, self.banned_at, self.ban_expires_at)
    }

    /// The person, if credentials of this standing are good for what is asked.
    fn admitted(
        self,
        standing: Standing,
        asked: &Asked,
        via: Via,
    ) -> Result<Option<Principal>, Fault> {
        match standing.refusal(asked) {
            None => Ok(Some(Principal::new(self.id, self.email, self.name, self.role, via))),
            // No answer that the document does not declare: then these are the credentials of nobody.
            Some(kind) if !asked.security.refusals.contains(&kind) => Ok(None),
            Some(kind) if *kind == faults::BANNED => {
                Err(banned(self.ban_reason.as_ref(), self.ban_expires_at))
            }
            Some(kind) => Err(Fault::new(kind)),
        }
    }
}

/// What somebody is told who is banned.
pub(super) fn banned(reason: Option<&BanReason>, until: Option<Timestamp>) -> Fault {
    let until = until.map_or_else(|| "for good".to_owned(), |until| format!("until {until}"));
    let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    Fault::new(&faults::BANNED).detail(format!("this account is banned {until}{reason}"))
}

/// What the request asks for. Outside of a contract the method says whether it writes, and a token is as good as a session.
fn asked(request: &Parts) -> Asked {
    let outside = || {
        let read = matches!(request.method, Method::GET | Method::HEAD);
        Asked { procedure: "", read, security: SESSION_OR_TOKEN }
    };
    request.extensions.get::<Asked>().copied().unwrap_or_else(outside)
}

impl Identify<Principal> for Accounts {
    async fn identify(&self, request: &Parts) -> Result<Option<Principal>, Fault> {
        Accounts::identify(self, request).await
    }
}
