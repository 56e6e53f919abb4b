//! The outbox of a client, and which of its entries are mutations of the client.

use std::collections::HashSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::RawJson;
use crate::data::Data;
use crate::options::{MutationOptions, guarded};
use crate::outbox::{
    DurableError, EntryId, NewEntry, Outbox, OutboxEntry, OutboxError, OutboxState, Outcome,
    Sending,
};
use crate::time::Millis;

/// An entry, and its idempotency key.
pub(super) type Address = (EntryId, Arc<str>);

/// The outbox, and what is known of its entries.
pub(crate) struct Desk {
    outbox: Outbox,
    /// The entries that are mutations of the client now.
    in_hand: HashSet<EntryId>,
    /// What became of entries, and could not be written down yet.
    unwritten: Vec<(Sending, Outcome)>,
}

/// A letter from an outbox that is to be a mutation again.
pub(crate) struct Found {
    entry: OutboxEntry,
    variables: Data,
    options: Arc<MutationOptions>,
}

impl Found {
    pub(crate) fn options(&self) -> &MutationOptions {
        &self.options
    }

    pub(crate) fn variables(&self) -> &Data {
        &self.variables
    }

    pub(super) fn address(&self) -> Address {
        (self.entry.id, Arc::from(self.entry.idempotency_key.as_str()))
    }

    pub(crate) fn submitted_at(&self) -> Millis {
        self.entry.submitted_at
    }
}

/// The entry of a letter.
pub(super) fn entry(
    options: &MutationOptions,
    op: &str,
    scope: Option<&str>,
    variables: &Data,
) -> Result<NewEntry, DurableError> {
    let write = options.abilities.get().and_then(|abilities| abilities.to_json);
    let json = write.and_then(|write| guarded(None, || write(variables)));
    let json = json.and_then(|json| RawJson::of(&json).ok()).ok_or(DurableError::Variables)?;
    let scope = scope.map(str::to_owned);
    Ok(NewEntry {
        op: op.to_owned(),
        variables: json,
        key: options.key.get().cloned(),
        scope,
        idempotency_key: None,
    })
}

impl Desk {
    pub(super) fn new(outbox: Outbox) -> Self {
        Self { outbox, in_hand: HashSet::new(), unwritten: Vec::new() }
    }

    pub(crate) fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    pub(super) fn write(&mut self, new: NewEntry, now: Millis) -> Result<Address, DurableError> {
        let id = self.outbox.enqueue(new, now)?;
        self.in_hand.insert(id);
        let key = self.outbox.get(id).map(|entry| Arc::from(entry.idempotency_key.as_str()));
        Ok((id, key.unwrap_or_default()))
    }

    /// Forgets an entry that was not sent.
    pub(super) fn withdraw(&mut self, id: EntryId, now: Millis) -> Result<(), OutboxError> {
        self.in_hand.remove(&id);
        self.outbox.withdraw(id, now)
    }

    /// Writes down what became of an entry, or keeps it to be written later.
    pub(super) fn finish(
        &mut self,
        sending: Sending,
        outcome: Outcome,
        now: Millis,
    ) -> Result<(), OutboxError> {
        self.in_hand.remove(&sending.id);
        self.unwritten.push((sending, outcome));
        self.retry(now)
    }

    /// Writes down what could not be written before.
    pub(super) fn retry(&mut self, now: Millis) -> Result<(), OutboxError> {
        while let Some((sending, outcome)) = self.unwritten.first().cloned() {
            match self.outbox.finish(&sending, outcome, now) {
                Err(error @ OutboxError::Persist(_)) => return Err(error),
                // It says nothing new.
                Ok(()) | Err(_) => drop(self.unwritten.remove(0)),
            }
        }
        Ok(())
    }

    pub(super) fn find(
        &mut self,
        known: &FxHashMap<Arc<str>, Arc<MutationOptions>>,
        now: Millis,
        troubles: &mut Vec<Result<(), OutboxError>>,
    ) -> Vec<Found> {
        let waits = |entry: &&OutboxEntry| {
            entry.state == OutboxState::Queued && !self.in_hand.contains(&entry.id)
        };
        let entries: Vec<_> = self.outbox.entries().filter(waits).cloned().collect();
        let mut found = Vec::new();
        for entry in entries {
            let Some(options) = known.get(entry.op.as_str()) else { continue };
            let read = options.abilities.get().and_then(|abilities| abilities.from_json);
            let value = entry.variables.to().ok();
            let variables = value.zip(read).and_then(|(value, read)| guarded(None, || read(value)));
            match variables {
                Some(variables) => {
                    self.in_hand.insert(entry.id);
                    found.push(Found { entry, variables, options: Arc::clone(options) });
                }
                None => {
                    let why = "the variables cannot be read".to_owned();
                    troubles.push(self.outbox.reject(entry.id, why, now));
                }
            }
        }
        found
    }
}
