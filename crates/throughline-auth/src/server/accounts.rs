//! The handle to all accounts.

use std::{collections::HashSet, num::NonZero, sync::Arc, sync::Mutex, thread, time::Duration};

use axum_login::{
    AuthManagerLayer, AuthManagerLayerBuilder,
    tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite},
};
use sea_orm::{
    ActiveValue::Set, DatabaseConnection, DatabaseTransaction, EntityTrait, QuerySelect,
};
use throughline::{Fault, Result, Timestamp, database::OnUnique};
use uuid::Uuid;

use super::{
    HashingCost,
    audit::{self, Actor, acts},
    credential::COOKIE,
    own_tokens,
    passwords::Passwords,
    store::{ACCOUNT, Sessions},
    throttle::{self, Throttle},
    transaction::Writer,
};
use crate::{Account, AuthError, Email, Password, PersonName, Role, TargetId, UserId, users};

/// How accounts are kept.
#[derive(Clone, Debug)]
pub struct AccountsOptions {
    /// What hashing a password costs. Default: 19 MiB, two passes, one lane (OWASP's minimum). A
    /// password that was hashed at another cost is hashed anew when its owner signs in.
    pub hashing: HashingCost,
    /// How many passwords are hashed at a time. Default: one for each core.
    pub hashers: usize,
    /// How many more may wait for that; beyond them sign-in answers 503. Default: 32 for each
    /// hasher, about a second.
    pub waiting: usize,
    /// How long a session lasts unused. Default: 14 days.
    pub idle: Duration,
    /// How long it lasts at all. Default: 90 days.
    pub lifetime: Duration,
    /// How attempts to get in are made to wait.
    pub throttle: Throttle,
    /// How long an API token lasts when its owner does not say. Default: 90 days.
    pub token_lifetime: Duration,
    /// How many API tokens that have not ended one person may have. Default: 50.
    pub most_tokens: u32,
    /// How long API tokens are kept after they have ended, for their owner to look at. Default: 30 days.
    pub keep_ended_tokens: Duration,
    /// How long the audit is kept. Default: 365 days.
    pub keep_audit: Duration,
    /// Whether browsers send the cookie over HTTPS only. Default: yes; development over plain HTTP
    /// turns it off.
    pub secure_cookie: bool,
}

impl Default for AccountsOptions {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        let hashers = thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            hashing: HashingCost::DEFAULT,
            hashers,
            waiting: 32 * hashers,
            idle: Duration::from_secs(14 * DAY),
            lifetime: Duration::from_secs(90 * DAY),
            throttle: Throttle::default(),
            token_lifetime: Duration::from_secs(90 * DAY),
            most_tokens: 50,
            keep_ended_tokens: Duration::from_secs(30 * DAY),
            keep_audit: Duration::from_secs(365 * DAY),
            secure_cookie: true,
        }
    }
}

/// All accounts: the contract [`Auth`](crate::Auth), and who sent a request. A clone is the same.
#[derive(Clone, Debug)]
pub struct Accounts(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) reader: DatabaseConnection,
    pub(super) writer: DatabaseConnection,
    pub(super) passwords: Passwords,
    pub(super) sessions: Sessions,
    /// The connections that write, for transactions.
    pub(super) transactions: Writer,
    pub(super) options: AccountsOptions,
    /// The sessions and tokens whose last use is being written.
    pub(super) touching: Mutex<HashSet<Vec<u8>>>,
}

/// The layer that keeps the cookie and the session of a request together.
pub type SessionLayer = AuthManagerLayer<Accounts, Sessions>;

impl Accounts {
    /// Accounts in this database, which has the tables of [`migrations`](crate::migrations).
    ///
    /// `reader` and `writer` may be the same.
    pub fn new(
        reader: DatabaseConnection,
        writer: DatabaseConnection,
        options: AccountsOptions,
    ) -> Self {
        let sessions =
            Sessions::new(reader.clone(), writer.clone(), options.idle, options.lifetime);
        let passwords = Passwords::new(options.hashing.clone(), options.hashers, options.waiting);
        Self(Arc::new(Inner {
            reader,
            transactions: Writer(writer.clone()),
            writer,
            passwords,
            sessions,
            options,
            touching: Mutex::default(),
        }))
    }

    /// The layer that goes around the routes of the contract [`Auth`](crate::Auth), and only those:
    /// other routes need no session, only [`Accounts::identify`].
    pub fn layer(&self) -> SessionLayer {
        // The cookie lives as long as a session can; how long the session was not used, only the
        // server knows.
        let lifetime =
            time::Duration::try_from(self.0.sessions.lifetime()).unwrap_or(time::Duration::MAX);
        let sessions = SessionManagerLayer::new(self.0.sessions.clone())
            .with_name(COOKIE)
            .with_secure(self.0.options.secure_cookie)
            // Not `Strict`, which would sign people out who follow a link from an e-mail. Writes
            // from other sites are refused by their origin.
            .with_same_site(SameSite::Lax)
            .with_expiry(Expiry::OnInactivity(lifetime));
        AuthManagerLayerBuilder::new(self.clone(), sessions).with_data_key(ACCOUNT).build()
    }

    /// Where the sessions are.
    pub fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// Opens an account.
    ///
    /// # Errors
    /// [`AuthError::EmailTaken`]; 503 when too many passwords are being hashed or the database is
    /// away.
    pub async fn create(
        &self,
        email: Email,
        password: Password,
        name: PersonName,
    ) -> Result<Account, AuthError> {
        self.insert(&Actor::operator(), email, password, name).await.map(Account::from)
    }

    /// Whether there is any account: a fresh database has none.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn any(&self) -> std::result::Result<bool, Fault> {
        let first =
            users::Entity::find().select_only().column(users::Column::Id).into_tuple::<UserId>();
        Ok(first.one(&self.0.reader).await?.is_some())
    }

    /// Deletes what decides nothing any more: sessions and tokens that have ended, attempts that are forgotten, the audit
    /// beyond its time. Says how many rows that were.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn sweep(&self) -> std::result::Result<u64, Fault> {
        let (options, db) = (&self.0.options, &self.0.writer);
        let now = Timestamp::now();
        let sessions = self.0.sessions.sweep().await?;
        let tokens = own_tokens::sweep(db, before(now, options.keep_ended_tokens)).await?;
        let attempts = throttle::sweep(db, now).await?;
        let audit = audit::sweep(db, before(now, options.keep_audit)).await?;
        Ok(sessions + tokens + attempts + audit)
    }

    /// Sweeps again and again, for ever; what fails is logged and tried again after the next
    /// `period`.
    pub async fn sweep_every(self, period: Duration) {
        let mut interval = tokio::time::interval(period);
        loop {
            interval.tick().await;
            match self.sweep().await {
                Ok(rows) => tracing::debug!(rows, "swept accounts"),
                Err(fault) => tracing::warn!(%fault, "what has ended stays for now"),
            }
        }
    }

    pub(super) async fn insert(
        &self,
        actor: &Actor,
        email: Email,
        password: Password,
        name: PersonName,
    ) -> Result<users::Model, AuthError> {
        let password_hash = self.0.passwords.hash(password).await?;
        let row = users::ActiveModel {
            id: Set(UserId::new()),
            canonical_email: Set(email.canonical()),
            email: Set(email),
            name: Set(name),
            password_hash: Set(password_hash),
            epoch: Set(Uuid::new_v4()),
            role: Set(Role::User),
            banned_at: Set(None),
            ban_reason: Set(None),
            ban_expires_at: Set(None),
            created_at: Set(actor.at),
            updated_at: Set(actor.at),
        };
        let opened = async |tx: &DatabaseTransaction| {
            let inserted = users::Entity::insert(row.clone()).exec_with_returning(tx).await;
            let user = inserted.on_unique(&users::CANONICAL_EMAIL, || AuthError::EmailTaken)?;
            // Who opens an account is its first actor.
            let actor = Actor { user: Some(user.id), ..actor.clone() };
            let target = Some(TargetId::from(user.id.uuid()));
            let noted = audit::write(tx, &actor, acts::SIGNED_UP, target, None).await;
            noted.map_err(Fault::from)?;
            Ok(user)
        };
        self.0.transactions.transact(opened).await
    }
}

/// So long before `now`.
fn before(now: Timestamp, age: Duration) -> Timestamp {
    let micros = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_unix_micros(now.unix_micros().saturating_sub(micros)).unwrap_or(now)
}
