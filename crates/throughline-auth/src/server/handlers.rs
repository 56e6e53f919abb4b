//! The handlers of the contract `auth`.

use std::net::IpAddr;

use axum_login::AuthSession;
use http::header::USER_AGENT;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr,
};
use throughline::{Created, Cx, Failure, Fault, Level, NoContent, Page, Result, faults};
use uuid::Uuid;

use super::{
    Accounts, Credentials,
    audit::{self, Actor, acts},
    credential::{Carrier, Credential, stored},
    lookup::banned,
    own_sessions,
    own_tokens::{self, Wanted},
    passwords::Verdict,
    store::{ORIGIN, Origin, session_fault},
    throttle::{self, Bucket, Counted},
};
use crate::{
    Account, Admin, AtTheDoor, AuditEntry, Auth, AuthError, ChangePassword, CreateToken, Email,
    InPerson, ListAudit, ListSessions, ListTokens, NewToken, PasswordError, Session, SessionById,
    SessionError, SignIn, SignUp, SignedIn, TargetId, ThrottleError, Token, TokenById, TokenError,
    UserId, Via, procedures, sessions, users,
};

impl Auth for Accounts {
    async fn sign_up(&self, cx: Cx<AtTheDoor>, input: SignUp) -> Result<Account, AuthError> {
        let session = session(&cx)?;
        if let Some(address) = cx.client_address() {
            let pace = &self.0.options.throttle.sign_up;
            let bucket = Bucket::sign_up(address);
            let counted = throttle::attempt(&self.0.writer, pace, &bucket, cx.now()).await;
            counted.map_err(|refused| refused.map(AuthError::from))?;
        }
        let actor = Actor::stranger(&cx);
        let user = self.insert(&actor, input.email, input.password, input.name).await?;
        begin_session(session, &cx, &user).await?;
        Ok(user.into())
    }

    async fn sign_in(&self, cx: Cx<AtTheDoor>, input: SignIn) -> Result<Account, AuthError> {
        let session = session(&cx)?;
        let attempt = self.attempt(&cx, &input.email).await?;
        let email = input.email.clone();
        let credentials = Credentials { email: input.email, password: input.password };
        let found = match session.authenticate(credentials).await {
            Ok(found) => found,
            Err(error) => {
                // Nobody has looked at the password.
                attempt.undo(self).await?;
                return Err(fault(error).into());
            }
        };
        match found {
            Some(user) if user.is_banned(cx.now()) => {
                self.refused(&cx, &email).await?;
                Err(banned(user.ban_reason.as_ref(), user.ban_expires_at).into())
            }
            Some(user) => {
                attempt.succeeded(self).await?;
                begin_session(session, &cx, &user).await?;
                Ok(user.into())
            }
            None => {
                self.refused(&cx, &email).await?;
                Err(AuthError::WrongCredentials.into())
            }
        }
    }

    async fn sign_out(&self, cx: Cx<InPerson>) -> Result<NoContent> {
        let Some((id, carrier)) = current(&cx) else { return Ok(NoContent) };
        let (actor, target) = (Actor::user(&cx, cx.user.id), target(cx.user.via));
        let ended: Result<()> = cx
            .transact(&self.0.transactions, async |tx| {
                let deleted = sessions::Entity::delete_by_id(id.clone()).exec(tx).await;
                deleted.map_err(Fault::from)?;
                note(tx, &actor, acts::SIGNED_OUT, target, None).await
            })
            .await;
        ended?;
        if carrier == Carrier::Cookie {
            // Takes the cookie back.
            session(&cx)?.logout().await.map_err(fault)?;
        }
        Ok(NoContent)
    }

    async fn me(&self, cx: Cx<SignedIn>) -> Result<Account> {
        let user = cx.user.clone();
        Ok(Account { id: user.id, email: user.email, name: user.name, role: user.role })
    }

    async fn change_password(
        &self,
        cx: Cx<InPerson>,
        input: ChangePassword,
    ) -> Result<NoContent, PasswordError> {
        let (user, db) = (cx.user.id, &self.0.writer);
        let pace = &self.0.options.throttle.account;
        let attempt = throttle::attempt(db, pace, &Bucket::password(user), cx.now()).await;
        let attempt = attempt.map_err(|refused| refused.map(PasswordError::from))?;
        let row = users::Entity::find_by_id(user).one(&self.0.reader).await.map_err(Fault::from)?;
        let before = row.ok_or_else(nobody)?;
        let actor = Actor::user(&cx, user);
        let target = Some(TargetId::from(user.uuid()));
        match self.0.passwords.verify(input.current, Some(before.password_hash.clone())).await {
            Err(fault) => {
                attempt.undo(db).await.map_err(Fault::from)?;
                return Err(fault.into());
            }
            Ok(Verdict::Wrong) => {
                let noted = audit::write(db, &actor, acts::PASSWORD_REFUSED, target, None).await;
                noted.map_err(Fault::from)?;
                return Err(PasswordError::WrongPassword.into());
            }
            Ok(Verdict::Right { .. }) => {}
        }
        let (hash, epoch) = (self.0.passwords.hash(input.new).await?, Uuid::new_v4());
        let id = current(&cx).map(|(id, _)| id).unwrap_or_default();
        let changed: Result<(), PasswordError> = cx
            .transact(&self.0.transactions, async |tx| {
                // Locked, so that nothing is decided by what another transaction is about to change.
                let row = users::Entity::find_by_id(user).lock_exclusive().one(tx).await;
                let row = row.map_err(Fault::from)?.ok_or_else(nobody)?;
                if row.password_hash != before.password_hash {
                    return Err(Failure::Declared(PasswordError::WrongPassword));
                }
                // A session that was revoked meanwhile, or that a ban has ended, changes nothing and does not come back.
                let goes_on = row.epoch == before.epoch
                    && own_sessions::carry_on(tx, &id, before.epoch, epoch)
                        .await
                        .map_err(Fault::from)?;
                if !goes_on {
                    return Err(nobody().into());
                }
                let update = users::Entity::update_many()
                    .filter(users::Column::Id.eq(user))
                    .col_expr(users::Column::PasswordHash, Expr::val(hash.clone()))
                    .col_expr(users::Column::Epoch, Expr::val(epoch))
                    .col_expr(users::Column::UpdatedAt, Expr::val(actor.at));
                update.exec(tx).await.map_err(Fault::from)?;
                own_sessions::delete_others(tx, user, &id).await.map_err(Fault::from)?;
                note(tx, &actor, acts::PASSWORD_CHANGED, target, None).await
            })
            .await;
        changed?;
        attempt.forget(db).await.map_err(Fault::from)?;
        Ok(NoContent)
    }

    async fn list_sessions(&self, cx: Cx<InPerson>, input: ListSessions) -> Result<Page<Session>> {
        let current = match cx.user.via {
            Via::Session(id) => Some(id),
            Via::Token(_) => None,
        };
        let (limit, cursor) = (input.limit.get(), input.cursor.as_ref());
        let page = own_sessions::page(&self.0.reader, cx.user.id, current, limit, cursor).await?;
        Ok(page)
    }

    async fn revoke_session(
        &self,
        cx: Cx<InPerson>,
        input: SessionById,
    ) -> Result<NoContent, SessionError> {
        let (id, actor) = (input.id, Actor::user(&cx, cx.user.id));
        cx.transact(&self.0.transactions, async |tx| {
            if !own_sessions::delete(tx, cx.user.id, id).await.map_err(Fault::from)? {
                return Err(Failure::Declared(SessionError::NotFound { id }));
            }
            let target = Some(TargetId::from(id.uuid()));
            note(tx, &actor, acts::SESSION_REVOKED, target, None).await?;
            Ok(NoContent)
        })
        .await
    }

    async fn revoke_other_sessions(&self, cx: Cx<InPerson>) -> Result<NoContent> {
        let actor = Actor::user(&cx, cx.user.id);
        let id = current(&cx).map(|(id, _)| id).unwrap_or_default();
        cx.transact(&self.0.transactions, async |tx| {
            let ended = own_sessions::delete_others(tx, cx.user.id, &id).await;
            let detail = format!("{} sessions", ended.map_err(Fault::from)?);
            note(tx, &actor, acts::OTHERS_REVOKED, target(cx.user.via), Some(&detail)).await?;
            Ok(NoContent)
        })
        .await
    }

    async fn list_tokens(&self, cx: Cx<InPerson>, input: ListTokens) -> Result<Page<Token>> {
        let (limit, cursor) = (input.limit.get(), input.cursor.as_ref());
        Ok(own_tokens::page(&self.0.reader, cx.user.id, limit, cursor).await?)
    }

    async fn get_token(&self, cx: Cx<InPerson>, input: TokenById) -> Result<Token, TokenError> {
        let found = own_tokens::find(&self.0.reader, cx.user.id, input.id).await;
        let found = found.map_err(Fault::from)?;
        Ok(found.ok_or(TokenError::NotFound { id: input.id })?)
    }

    async fn create_token(
        &self,
        cx: Cx<InPerson>,
        input: CreateToken,
    ) -> Result<Created<NewToken>, TokenError> {
        const DAY: u64 = 24 * 60 * 60;
        let options = &self.0.options;
        let days = input.days.map(|days| std::time::Duration::from_secs(u64::from(days) * DAY));
        let actor = Actor::user(&cx, cx.user.id);
        cx.transact(&self.0.transactions, async |tx| {
            let wanted = Wanted {
                name: input.name.clone(),
                scopes: own_tokens::scopes(&input.scopes),
                lifetime: days.unwrap_or(options.token_lifetime),
                most: options.most_tokens,
            };
            let made = own_tokens::insert(tx, cx.user.id, wanted, cx.now()).await?;
            let target = Some(TargetId::from(made.id.uuid()));
            note(tx, &actor, acts::TOKEN_CREATED, target, Some(made.name.as_str())).await?;
            Ok(Created::at::<procedures::GetToken>(&TokenById { id: made.id }, made))
        })
        .await
    }

    async fn revoke_token(
        &self,
        cx: Cx<InPerson>,
        input: TokenById,
    ) -> Result<NoContent, TokenError> {
        let (id, actor) = (input.id, Actor::user(&cx, cx.user.id));
        cx.transact(&self.0.transactions, async |tx| {
            let revoked = own_tokens::revoke(tx, cx.user.id, id, cx.now()).await;
            if !revoked.map_err(Fault::from)? {
                return Err(Failure::Declared(TokenError::NotFound { id }));
            }
            let target = Some(TargetId::from(id.uuid()));
            note(tx, &actor, acts::TOKEN_REVOKED, target, None).await?;
            Ok(NoContent)
        })
        .await
    }

    async fn list_audit(&self, _: Cx<Admin>, input: ListAudit) -> Result<Page<AuditEntry>> {
        Ok(audit::page(&self.0.reader, &input).await?)
    }
}

/// An attempt to sign in, where it was counted.
struct Attempt {
    address: Option<Counted>,
    account: Option<Counted>,
    bucket: Bucket,
}

impl Attempt {
    /// Nothing came of it.
    async fn undo(self, accounts: &Accounts) -> std::result::Result<(), Fault> {
        for counted in self.address.into_iter().chain(self.account) {
            counted.undo(&accounts.0.writer).await?;
        }
        Ok(())
    }

    /// It was the person: for the account all is forgotten, for the address only this attempt, so that nobody clears an
    /// address by signing in to an account of their own.
    async fn succeeded(self, accounts: &Accounts) -> std::result::Result<(), Fault> {
        if let Some(address) = self.address {
            address.undo(&accounts.0.writer).await?;
        }
        if self.account.is_some() {
            throttle::forget(&accounts.0.writer, &self.bucket).await?;
        }
        Ok(())
    }
}

impl Accounts {
    /// Counts an attempt to sign in, for the client's address and for the account.
    ///
    /// Where the account is at home, one of the two suffices: neither what others do elsewhere with this account nor what
    /// others do here with theirs keeps the person out.
    async fn attempt(&self, cx: &Cx<AtTheDoor>, email: &Email) -> Result<Attempt, AuthError> {
        let (db, pace) = (&self.0.writer, &self.0.options.throttle);
        let bucket = Bucket::account(email);
        let address = match cx.client_address() {
            None => Ok(None),
            Some(address) => {
                let bucket = Bucket::address(address);
                throttle::attempt(db, &pace.address, &bucket, cx.now()).await.map(Some)
            }
        };
        let address = match address {
            Err(Failure::Declared(_)) if self.is_known(email, cx.client_address()).await? => None,
            other => other.map_err(|refused| refused.map(AuthError::from))?,
        };
        match throttle::attempt(db, &pace.account, &bucket, cx.now()).await {
            Ok(account) => Ok(Attempt { address, account: Some(account), bucket }),
            Err(Failure::Declared(_))
                if address.is_some() && self.is_known(email, cx.client_address()).await? =>
            {
                Ok(Attempt { address, account: None, bucket })
            }
            Err(refused) => {
                if let Some(address) = address {
                    address.undo(db).await.map_err(Fault::from)?;
                }
                Err(refused.map(|error: ThrottleError| error.into()))
            }
        }
    }

    async fn is_known(
        &self,
        email: &Email,
        address: Option<IpAddr>,
    ) -> std::result::Result<bool, Fault> {
        let Some(address) = address else { return Ok(false) };
        Ok(own_sessions::is_known(&self.0.reader, email, address).await?)
    }

    /// Writes that somebody was not let in. Known and unknown addresses take the same work.
    async fn refused(&self, cx: &Cx<AtTheDoor>, email: &Email) -> std::result::Result<(), Fault> {
        let user: Option<UserId> = users::Entity::find()
            .filter(users::Column::CanonicalEmail.eq(email.canonical()))
            .select_only()
            .column(users::Column::Id)
            .into_tuple()
            .one(&self.0.reader)
            .await?;
        let target = user.map(|user| TargetId::from(user.uuid()));
        let actor = Actor::stranger(cx);
        let noted = audit::write(&self.0.writer, &actor, acts::SIGN_IN_REFUSED, target, None);
        noted.await.map_err(|error: DbErr| error.into())
    }
}

/// What the database keeps of the session's id that the request shows, and where it stood.
fn current(cx: &Cx<InPerson>) -> Option<(Vec<u8>, Carrier)> {
    match Credential::of(&cx.request().headers)? {
        Credential::Session { id, carrier } => Some((stored(&id), carrier)),
        Credential::Token(_) => None,
    }
}

/// Who was deleted, signed out or banned while they asked is nobody.
fn nobody() -> Fault {
    Fault::new(&faults::UNAUTHENTICATED)
}

fn target(via: Via) -> Option<TargetId> {
    Some(TargetId::from(match via {
        Via::Session(id) => id.uuid(),
        Via::Token(id) => id.uuid(),
    }))
}

async fn note<E>(
    tx: &DatabaseTransaction,
    actor: &Actor,
    act: &'static str,
    target: Option<TargetId>,
    detail: Option<&str>,
) -> Result<(), E> {
    Ok(audit::write(tx, actor, act, target, detail).await.map_err(Fault::from)?)
}

/// The request's session, which [`Accounts::layer`] has put there.
fn session<L: Level>(cx: &Cx<L>) -> std::result::Result<AuthSession<Accounts>, Fault> {
    let session = cx.request().extensions.get::<AuthSession<Accounts>>().cloned();
    session.ok_or_else(|| {
        Fault::internal(
            "no session layer: mount `AuthContract` with `Accounts::layer` around its routes",
        )
    })
}

/// Begins a session of `user` under an id that nobody has seen, also for somebody who was signed
/// in.
async fn begin_session<L: Level>(
    mut session: AuthSession<Accounts>,
    cx: &Cx<L>,
    user: &users::Model,
) -> std::result::Result<(), Fault> {
    let agent = cx.request().headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let origin = Origin {
        user_agent: agent.map(str::to_owned),
        address: cx.client_address(),
        request_id: Some(cx.request_id().to_owned()),
    };
    session.session.insert(ORIGIN, origin).await.map_err(session_fault)?;
    session.login(user).await.map_err(fault)?;
    // `login` gives a new id to those only who were not signed in.
    if session.session.id().is_some() {
        session.session.cycle_id().await.map_err(session_fault)?;
    }
    // The layer would save it after the answer, too late to say what went wrong.
    session.session.save().await.map_err(session_fault)
}

fn fault(error: axum_login::Error<Accounts>) -> Fault {
    match error {
        axum_login::Error::Session(error) => session_fault(error),
        axum_login::Error::Backend(fault) => fault,
    }
}
