//! Where the session layer keeps sessions: the table `sessions`.

use std::{net::IpAddr, time::Duration};

use async_trait::async_trait;
use axum_login::tower_sessions::{
    ExpiredDeletion, SessionStore,
    session::{self, Id, Record},
    session_store::{Error, Result},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, ExprTrait, QueryFilter,
    TransactionSession, TransactionTrait, TryInsertResult,
    sea_query::{Expr, SimpleExpr},
};
use serde::{Deserialize, Serialize};
use throughline::{
    Fault, Timestamp,
    database::{is_away, is_contended},
    faults,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    audit::{self, Actor, acts},
    credential::{shown, stored},
};
use crate::{TargetId, UserId, sessions, users};

/// The entry of a session's data where axum-login keeps who is signed in.
pub(super) const ACCOUNT: &str = "account";
/// The entry for where a new session comes from: an [`Origin`].
pub(super) const ORIGIN: &str = "origin";
/// The longest name of a client that is kept, in characters.
const LONGEST_AGENT: usize = 200;
/// The entry that keeps a session of nobody from looking empty.
const UNREAD: &str = "unread";
/// How the text of an error begins whose cause passes: the session layer hands on nothing but text.
const PASSING: &str = "the database is away or busy: ";

/// Where a new session comes from.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Origin {
    /// What the client calls itself.
    pub(super) user_agent: Option<String>,
    /// The address that the request came from.
    pub(super) address: Option<IpAddr>,
    /// The id under which the request is logged.
    pub(super) request_id: Option<String>,
}

/// The sessions in the database. Only those of signed-in people are kept.
#[derive(Clone, Debug)]
pub struct Sessions {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    idle: Duration,
    lifetime: Duration,
}

/// What axum-login keeps under [`ACCOUNT`].
#[derive(Serialize, Deserialize)]
struct SignedInAs {
    user_id: Option<UserId>,
    auth_hash: Option<Vec<u8>>,
}

impl Sessions {
    pub(super) fn new(
        reader: DatabaseConnection,
        writer: DatabaseConnection,
        idle: Duration,
        lifetime: Duration,
    ) -> Self {
        Self { reader, writer, idle, lifetime }
    }

    /// How long a session lasts at all.
    pub(super) fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// When a session ends that is used now and not again.
    pub(super) fn idle_end(&self, now: Timestamp, expires_at: Timestamp) -> Timestamp {
        std::cmp::min(now.plus(self.idle), expires_at)
    }

    /// Deletes the sessions that have ended; says how many.
    pub(super) async fn sweep(&self) -> std::result::Result<u64, DbErr> {
        // An idle session's end is never after its last one, so one column and its index suffice.
        let ended = sessions::Column::IdleExpiresAt.lte(Timestamp::now());
        Ok(sessions::Entity::delete_many().filter(ended).exec(&self.writer).await?.rows_affected)
    }

    /// Writes a new session and that it began, or nothing when there is one under this id; says whether it did.
    async fn insert(
        &self,
        row: sessions::ActiveModel,
        actor: &Actor,
    ) -> std::result::Result<bool, DbErr> {
        let shown = row.id.try_as_ref().map(|id| TargetId::from(shown(id).uuid()));
        let tx = self.writer.begin().await?;
        let insert =
            sessions::Entity::insert(row).on_conflict_do_nothing_on([sessions::Column::Id]);
        match insert.exec_without_returning(&tx).await? {
            TryInsertResult::Inserted(1..) => {
                audit::write(&tx, actor, acts::SIGNED_IN, shown, None).await?;
                TransactionSession::commit(tx).await?;
                Ok(true)
            }
            TryInsertResult::Inserted(0) | TryInsertResult::Conflicted | TryInsertResult::Empty => {
                TransactionSession::rollback(tx).await?;
                Ok(false)
            }
        }
    }

    /// The session that lasts, and whether it is under its owner's epoch.
    async fn find(&self, id: &Id) -> std::result::Result<Option<(sessions::Model, bool)>, DbErr> {
        let found = sessions::Entity::find_by_id(stored(id))
            .filter(lasts(Timestamp::now()))
            .find_also_related(users::Entity)
            .one(&self.reader)
            .await?;
        Ok(found.map(|(session, owner)| {
            let counts = owner.is_some_and(|owner| owner.epoch == session.epoch);
            (session, counts)
        }))
    }
}

/// Neither unused for too long nor too old.
pub(super) fn lasts(now: Timestamp) -> SimpleExpr {
    sessions::Column::IdleExpiresAt.gt(now).and(sessions::Column::ExpiresAt.gt(now))
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let Some((user_id, epoch)) = signed_in_as(record)? else { return Ok(()) };
        let origin = match record.data.get(ORIGIN) {
            None => Origin::default(),
            Some(entry) => {
                Origin::deserialize(entry).map_err(|error| Error::Decode(error.to_string()))?
            }
        };
        let agent = origin.user_agent.as_deref();
        let agent: Option<String> = agent.map(|agent| agent.chars().take(LONGEST_AGENT).collect());
        let now = Timestamp::now();
        let actor = Actor {
            user: Some(user_id),
            at: now,
            address: origin.address,
            request_id: origin.request_id,
        };
        let expires_at = now.plus(self.lifetime);
        loop {
            let row = sessions::ActiveModel {
                id: Set(stored(&record.id)),
                user_id: Set(user_id),
                epoch: Set(epoch),
                created_at: Set(now),
                last_seen_at: Set(now),
                idle_expires_at: Set(self.idle_end(now, expires_at)),
                expires_at: Set(expires_at),
                user_agent: Set(agent.clone()),
                address: Set(actor.address.map(|address| address.to_string())),
            };
            if self.insert(row, &actor).await.map_err(backend)? {
                return Ok(());
            }
            // A session that is there already is somebody's: never take it over.
            record.id = Id::default();
        }
    }

    /// Only changes a session that is there: one that was revoked meanwhile does not come back.
    async fn save(&self, record: &Record) -> Result<()> {
        let Some((user_id, epoch)) = signed_in_as(record)? else {
            return self.delete(&record.id).await;
        };
        let save = sessions::Entity::update_many()
            .filter(sessions::Column::Id.eq(stored(&record.id)))
            .col_expr(sessions::Column::UserId, Expr::val(user_id))
            .col_expr(sessions::Column::Epoch, Expr::val(epoch));
        save.exec(&self.writer).await.map_err(backend)?;
        Ok(())
    }

    /// The session as axum-login knows it. When the database cannot be asked, a session of nobody:
    /// the layer would answer an empty 500, whereas the handler finds the database away by itself
    /// and says so. Of nobody is also one that a ban has ended: the layer would delete it, and its
    /// owner would not be told why.
    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        match self.find(id).await {
            Ok(None) => Ok(None),
            Ok(Some((row, true))) => record(*id, &row).map(Some),
            Ok(Some((_, false))) => Ok(Some(of_nobody(*id))),
            Err(error) => {
                tracing::warn!(%error, "a session could not be read");
                Ok(Some(of_nobody(*id)))
            }
        }
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        sessions::Entity::delete_by_id(stored(id)).exec(&self.writer).await.map_err(backend)?;
        Ok(())
    }
}

#[async_trait]
impl ExpiredDeletion for Sessions {
    async fn delete_expired(&self) -> Result<()> {
        self.sweep().await.map(drop).map_err(backend)
    }
}

/// Whose session this is; `None` for an anonymous one.
fn signed_in_as(record: &Record) -> Result<Option<(UserId, Uuid)>> {
    let Some(entry) = record.data.get(ACCOUNT) else { return Ok(None) };
    let entry = SignedInAs::deserialize(entry).map_err(|error| Error::Decode(error.to_string()))?;
    match (entry.user_id, entry.auth_hash) {
        (Some(user), Some(epoch)) => {
            let epoch =
                Uuid::from_slice(&epoch).map_err(|error| Error::Decode(error.to_string()))?;
            Ok(Some((user, epoch)))
        }
        _ => Ok(None),
    }
}

fn record(id: Id, row: &sessions::Model) -> Result<Record> {
    let entry =
        SignedInAs { user_id: Some(row.user_id), auth_hash: Some(row.epoch.as_bytes().to_vec()) };
    let entry = serde_json::to_value(entry).map_err(|error| Error::Encode(error.to_string()))?;
    let nanos = i128::from(row.expires_at.unix_micros()) * 1000;
    let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .map_err(|error| Error::Decode(error.to_string()))?;
    Ok(Record { id, data: [(ACCOUNT.to_owned(), entry)].into(), expiry_date })
}

/// A session that is there, though nobody is signed in by it.
fn of_nobody(id: Id) -> Record {
    let data = [(UNREAD.to_owned(), true.into())].into();
    Record { id, data, expiry_date: OffsetDateTime::now_utc() }
}

fn backend(error: DbErr) -> Error {
    let prefix = if is_away(&error) || is_contended(&error) { PASSING } else { "" };
    Error::Backend(format!("{prefix}{error}"))
}

/// What a caller is told when the session layer fails.
pub(super) fn session_fault(error: session::Error) -> Fault {
    match &error {
        session::Error::Store(Error::Backend(text)) if text.starts_with(PASSING) => {
            Fault::new(&faults::UNAVAILABLE).source(error)
        }
        _ => Fault::internal(error),
    }
}
