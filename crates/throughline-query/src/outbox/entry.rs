//! What an outbox holds, and what is told of its sending.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::partition::Lease;
use crate::time::Millis;
use crate::{Key, RawJson};

/// An entry's number: its place in the order of the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(pub(crate) u64);

/// What is to be queued.
///
/// ```
/// use throughline_query::outbox::NewEntry;
///
/// let entry = NewEntry::of("todo.add", "Bread")?.scope("todos").idempotency_key("a-1");
/// assert_eq!(entry.variables.get(), r#""Bread""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// The operation.
    pub op: String,
    /// What it is done with.
    pub variables: RawJson,
    /// The key of the mutation, if it has one.
    pub key: Option<Key>,
    /// Entries of one scope are sent one after the other.
    pub scope: Option<String>,
    /// What the server knows the entry by; made up (a random UUID) if it is not given. While an entry
    /// with the same one is in the outbox, queueing gives that one.
    pub idempotency_key: Option<String>,
}

impl NewEntry {
    /// An operation with these variables.
    ///
    /// # Errors
    ///
    /// What keeps the variables from being serialised.
    pub fn of(
        op: impl Into<String>,
        variables: &(impl Serialize + ?Sized),
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            op: op.into(),
            variables: RawJson::of(variables)?,
            key: None,
            scope: None,
            idempotency_key: None,
        })
    }

    /// With this scope.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// With this idempotency key.
    #[must_use]
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// With this mutation key.
    #[must_use]
    pub fn key(mut self, key: impl Into<Key>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// How far an entry has come. What is done is not in the outbox any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OutboxState {
    /// It is to be sent.
    #[default]
    Queued,
    /// It is being sent, or was when the process ended.
    Sending,
    /// It failed for good, and lies aside: it holds nothing up, and stays until it is
    /// [queued again](super::Outbox::requeue) or [discarded](super::Outbox::discard).
    Failed,
}

/// An entry of an outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboxEntry {
    /// Its number.
    pub id: EntryId,
    /// The operation.
    pub op: String,
    /// What it is done with.
    pub variables: RawJson,
    /// The key of the mutation, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// Entries of one scope are sent one after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// What the server knows it by; the same for each attempt.
    pub idempotency_key: String,
    /// Whose it is.
    #[serde(default)]
    pub partition: String,
    /// When it was queued.
    pub submitted_at: Millis,
    /// How often it was sent.
    #[serde(default)]
    pub attempts: u32,
    /// How far it has come.
    #[serde(default)]
    pub state: OutboxState,
    /// When it may be sent again.
    #[serde(default)]
    pub not_before: Millis,
    /// Why it failed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// An entry that is to be sent now. Its outcome goes to [`Outbox::finish`](super::Outbox::finish) of
/// the outbox that it is from.
#[derive(Debug, Clone)]
pub struct Sending {
    /// The entry's number.
    pub id: EntryId,
    /// The operation.
    pub op: String,
    /// What it is done with.
    pub variables: RawJson,
    /// The key of the mutation, if it has one.
    pub key: Option<Key>,
    /// What the server knows it by; the same for each attempt.
    pub idempotency_key: String,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// Whose it is. Send it as that principal or not at all.
    pub partition: String,
    /// Which opened outbox it is from.
    pub(crate) outbox: u64,
    pub(crate) lease: Option<Lease>,
}

impl Sending {
    /// Whether it may still be sent: its partition is the present one. A driver asks right before it
    /// sends, and otherwise [abandons](super::Outbox::abandon) it.
    pub fn may_be_sent(&self) -> bool {
        self.lease.as_ref().is_none_or(Lease::is_current)
    }
}

/// What became of sending an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server has done it, now or at an earlier attempt.
    Done,
    /// It is not known whether the server has done it, or the server could not: it is sent again.
    Retry {
        /// Why.
        error: String,
        /// After how long. Without it, after a second, then two, up to thirty.
        after: Option<Duration>,
    },
    /// The server will never do it: it is put aside.
    Failed {
        /// Why.
        error: String,
    },
}
