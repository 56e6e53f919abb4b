//! What is in an outbox, and whose turn it is; no file, no clock.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::entry::{EntryId, OutboxEntry, OutboxState};
use crate::persist::{PersistError, put_frame};
use crate::time::Millis;

/// What happens to an entry, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// It came, or stands so after the file was written anew.
    Entry(Box<OutboxEntry>),
    /// It is sent.
    Sending(Step),
    /// It is to be sent again.
    Retry(Step),
    /// It is done, or discarded.
    Gone(Step),
    /// It is put aside.
    Failed(Step),
    /// It was put aside and is to be sent all the same.
    Requeued(Step),
}

/// Which entry a change is of, and what it brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    pub id: EntryId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(default)]
    pub at: Millis,
}

impl Change {
    /// Adds the change to the bytes of a file.
    pub fn write(&self, frames: &mut Vec<u8>) -> Result<(), PersistError> {
        let (kind, content) = match self {
            Self::Entry(entry) => (1, serde_json::to_vec(entry)),
            Self::Sending(step) => (2, serde_json::to_vec(step)),
            Self::Retry(step) => (3, serde_json::to_vec(step)),
            Self::Gone(step) => (4, serde_json::to_vec(step)),
            Self::Failed(step) => (5, serde_json::to_vec(step)),
            Self::Requeued(step) => (6, serde_json::to_vec(step)),
        };
        let content = content.map_err(|_| PersistError::TooLarge)?;
        put_frame(frames, kind, &content).map_err(|_| PersistError::TooLarge)
    }

    /// The change that a record holds, if it is one.
    pub fn read(kind: u8, content: &[u8]) -> Option<Self> {
        let make = match kind {
            1 => return serde_json::from_slice(content).ok().map(Self::Entry),
            2 => Self::Sending,
            3 => Self::Retry,
            4 => Self::Gone,
            5 => Self::Failed,
            6 => Self::Requeued,
            _ => return None,
        };
        serde_json::from_slice(content).ok().map(make)
    }
}

/// What is in an outbox.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    pub entries: BTreeMap<EntryId, OutboxEntry>,
    last: u64,
}

impl Queue {
    /// The number of the next entry.
    pub fn next_id(&self) -> EntryId {
        EntryId(self.last.saturating_add(1))
    }

    /// Takes in a change. One of an entry that is not there is of one that is done.
    pub fn apply(&mut self, change: Change) {
        let (step, state) = match change {
            Change::Entry(entry) => {
                self.last = self.last.max(entry.id.0);
                self.entries.insert(entry.id, *entry);
                return;
            }
            Change::Gone(step) => {
                self.entries.remove(&step.id);
                return;
            }
            Change::Sending(step) => (step, OutboxState::Sending),
            Change::Retry(step) | Change::Requeued(step) => (step, OutboxState::Queued),
            Change::Failed(step) => (step, OutboxState::Failed),
        };
        let Some(entry) = self.entries.get_mut(&step.id) else { return };
        match state {
            OutboxState::Sending => entry.attempts = entry.attempts.saturating_add(1),
            OutboxState::Queued => {
                entry.not_before = step.at;
                entry.error = step.error.or(entry.error.take());
            }
            OutboxState::Failed => entry.error = step.error,
        }
        entry.state = state;
    }

    /// What was being sent is to be sent again: nobody knows how it ended.
    pub fn recover(&mut self) {
        for entry in self.entries.values_mut() {
            if entry.state == OutboxState::Sending {
                entry.state = OutboxState::Queued;
            }
        }
    }

    /// The entries whose turn it is, in order: of each scope the first that is not put aside, unless
    /// it is being sent, or has to wait, or nobody knows its operation.
    pub fn turns<'a>(
        &'a self,
        now: Millis,
        knows: impl Fn(&str) -> bool + 'a,
    ) -> impl Iterator<Item = &'a OutboxEntry> {
        let mut scopes = HashSet::new();
        self.entries.values().filter(move |entry| {
            if entry.state == OutboxState::Failed {
                return false;
            }
            let first = entry.scope.as_deref().is_none_or(|scope| scopes.insert(scope));
            first
                && entry.state == OutboxState::Queued
                && entry.not_before <= now
                && knows(&entry.op)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RawJson;
    use proptest::prelude::*;

    fn entry(id: u64, scope: Option<&str>) -> Change {
        Change::Entry(Box::new(OutboxEntry {
            id: EntryId(id),
            op: "op".to_owned(),
            variables: RawJson::of(&id).unwrap(),
            key: None,
            scope: scope.map(str::to_owned),
            idempotency_key: id.to_string(),
            partition: String::new(),
            submitted_at: 0,
            attempts: 0,
            state: OutboxState::Queued,
            not_before: 0,
            error: None,
        }))
    }

    fn step(id: u64) -> Step {
        Step { id: EntryId(id), error: Some("no".to_owned()), at: 10 }
    }

    fn turns(queue: &Queue, now: Millis) -> Vec<u64> {
        queue.turns(now, |_| true).map(|entry| entry.id.0).collect()
    }

    #[test]
    fn the_first_of_each_scope_has_its_turn() {
        let mut queue = Queue::default();
        for (id, scope) in [(1, Some("a")), (2, None), (3, Some("a")), (4, Some("b")), (5, None)] {
            queue.apply(entry(id, scope));
        }
        assert_eq!(turns(&queue, 0), [1, 2, 4, 5]);
        queue.apply(Change::Sending(step(1)));
        assert_eq!(turns(&queue, 0), [2, 4, 5], "the scope waits for what is being sent");
        queue.apply(Change::Retry(step(1)));
        assert_eq!(turns(&queue, 9), [2, 4, 5], "and for what has to wait");
        assert_eq!(turns(&queue, 10), [1, 2, 4, 5]);
        queue.apply(Change::Failed(step(1)));
        assert_eq!(turns(&queue, 10), [2, 3, 4, 5], "but not for what was put aside");
        queue.apply(Change::Gone(step(2)));
        queue.apply(Change::Requeued(step(1)));
        assert_eq!(turns(&queue, 10), [1, 4, 5]);
        assert_eq!(queue.turns(10, |_| false).count(), 0);
    }

    proptest! {
        #[test]
        fn a_change_is_read_as_it_was_written(
            id: u64, kind in 0..6, error: Option<String>, at: i64, scope: Option<String>,
        ) {
            let step = Step { id: EntryId(id), error, at };
            let change = match kind {
                0 => entry(id, scope.as_deref()),
                1 => Change::Sending(step),
                2 => Change::Retry(step),
                3 => Change::Gone(step),
                4 => Change::Failed(step),
                _ => Change::Requeued(step),
            };
            let mut frames = Vec::new();
            change.write(&mut frames).unwrap();
            let (kind, content) = (frames[2], &frames[11..]);
            prop_assert_eq!(Change::read(kind, content), Some(change));
        }
    }
}
