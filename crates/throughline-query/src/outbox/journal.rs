//! An outbox on disk: every change is written down before it counts.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::deposit;
use super::entry::{EntryId, NewEntry, OutboxEntry, OutboxState, Outcome, Sending};
use super::queue::{Change, Queue, Step};
use crate::partition::Lease;
use crate::persist::log::{self, Head, Headless, Lock, Log, beside};
use crate::persist::{Damage, PersistError};
use crate::time::{Millis, millis};

const MAGIC: &str = "throughline-query outbox";

/// Below this many bytes a file is not worth writing anew.
const SMALL: u64 = 256 << 10;

/// How to open an outbox.
#[derive(Debug, Clone, Default)]
pub struct OutboxOptions {
    /// Whose it is. Each entry and each [`Sending`] carries it.
    pub partition: String,
    /// How often an entry is sent before it is put aside. Default: until it is done.
    pub max_attempts: Option<u32>,
    /// Without it, nothing is queued or sent any more (see [`Lease`]).
    pub lease: Option<Lease>,
}

/// Why an outbox did not do what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutboxError {
    /// The file could not be written or read. Nothing has changed.
    #[error(transparent)]
    Persist(#[from] PersistError),
    /// The outbox belongs to a partition that was switched away from. Nothing has changed.
    #[error("the outbox is of a partition that is not the present one")]
    NotCurrent,
    /// There is no such entry, or it is not in the state that this is about.
    #[error("there is no such entry, or its state is another")]
    NoSuchEntry,
    /// What was sent is from another outbox, or was sent in another run of the program.
    #[error("what was sent is from another outbox")]
    OtherOutbox,
    /// It was sent as often as the options allow.
    #[error("given up after {0} attempts")]
    GivenUp(u32),
    /// The outbox is not the client's any more, or the client is gone.
    #[error("the outbox is closed")]
    Closed,
}

/// What opening an outbox found.
#[derive(Debug, Clone, Default)]
pub struct Opened {
    /// How many entries there are.
    pub entries: usize,
    /// How many of them were being sent when the last process ended; they are sent again.
    pub interrupted: usize,
    /// How many records were whole and made no sense, as those of a later version would not.
    pub unreadable: usize,
    /// What was damaged.
    pub damage: Option<Damage>,
}

/// Mutations that wait to be sent, on disk; see the [module](super).
#[derive(Debug)]
pub struct Outbox {
    path: PathBuf,
    options: OutboxOptions,
    queue: Queue,
    log: Log,
    /// Which opened outbox this is, in this process.
    number: u64,
    _lock: Lock,
}

impl Outbox {
    /// Opens an outbox, or makes it, and becomes its one sender.
    ///
    /// # Errors
    ///
    /// [`PersistError::Locked`] while another process has it; when that ends, trying again succeeds.
    pub fn open(
        path: impl AsRef<Path>,
        options: OutboxOptions,
    ) -> Result<(Self, Opened), OutboxError> {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let path = log::ready(path.as_ref())?;
        let lock = Lock::take(&beside(&path, "lock"))?;
        let log::Opened { log, bytes, records, damage, .. } =
            Log::open(&path, Head::new(MAGIC, ""), Headless::Keep)?;
        let mut queue = Queue::default();
        let mut unreadable = 0;
        for record in records {
            match Change::read(record.kind, &bytes[record.content]) {
                Some(change) => queue.apply(change),
                None => unreadable += 1,
            }
        }
        let sending = |entry: &&OutboxEntry| entry.state == OutboxState::Sending;
        let interrupted = queue.entries.values().filter(sending).count();
        queue.recover();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut this = Self { path, options, queue, log, number, _lock: lock };
        this.take_deposits()?;
        let entries = this.queue.entries.len();
        Ok((this, Opened { entries, interrupted, unreadable, damage }))
    }

    fn is_current(&self) -> bool {
        self.options.lease.as_ref().is_none_or(Lease::is_current)
    }

    /// Writes a change down, then lets it count.
    fn change(&mut self, change: Change, sync: bool) -> Result<(), OutboxError> {
        let mut frame = Vec::new();
        change.write(&mut frame)?;
        self.log.append(&frame, sync)?;
        self.queue.apply(change);
        Ok(())
    }

    /// Queues an entry. When this returns, it is on the disk.
    ///
    /// If an entry with the same idempotency key is in the outbox, gives that one and adds nothing.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or the partition is not the present one; it is not queued then.
    pub fn enqueue(&mut self, new: NewEntry, now: Millis) -> Result<EntryId, OutboxError> {
        if !self.is_current() {
            return Err(OutboxError::NotCurrent);
        }
        let idempotency_key = new.idempotency_key.clone();
        let known = idempotency_key.as_deref().and_then(|key| self.by_idempotency_key(key));
        if let Some(entry) = known {
            return Ok(entry.id);
        }
        let id = self.queue.next_id();
        let entry = deposit::entry(new, id, self.options.partition.clone(), now);
        self.change(Change::Entry(Box::new(entry)), true)?;
        Ok(id)
    }

    fn by_idempotency_key(&self, key: &str) -> Option<&OutboxEntry> {
        self.queue.entries.values().find(|entry| entry.idempotency_key == key)
    }

    /// Takes in what other processes have [deposited](deposit()). [`Outbox::open`] and
    /// [`Outbox::drain`] do so themselves; other drivers call it now and then. Gives how many there
    /// were.
    ///
    /// # Errors
    ///
    /// When the files cannot be read or written. What was taken in until then is.
    pub fn take_deposits(&mut self) -> Result<usize, OutboxError> {
        if !self.is_current() {
            return Ok(0);
        }
        let mut taken = 0;
        for file in deposit::files(&self.path)? {
            // One that cannot be read is put aside beside the others.
            let Some(entry) = deposit::read(&file)? else { continue };
            // It may have been taken in by a process that ended before it removed the file.
            if self.by_idempotency_key(&entry.idempotency_key).is_none() {
                let (id, partition) = (self.queue.next_id(), self.options.partition.clone());
                self.change(Change::Entry(Box::new(OutboxEntry { id, partition, ..entry })), true)?;
                taken += 1;
            }
            deposit::remove(&file)?;
        }
        Ok(taken)
    }

    /// The next entry to be sent, if it is the turn of one whose operation is known. Call it until it
    /// gives none: what it gives may be sent at the same time.
    ///
    /// # Errors
    ///
    /// When it cannot be written down that the entry is sent; it is not, then.
    pub fn next(
        &mut self,
        now: Millis,
        knows: impl Fn(&str) -> bool,
    ) -> Result<Option<Sending>, OutboxError> {
        if !self.is_current() {
            return Ok(None);
        }
        let Some(entry) = self.queue.turns(now, knows).next() else { return Ok(None) };
        let id = entry.id;
        self.send(id, now).map(Some)
    }

    /// This entry is sent now, also if it was sent before and the outcome is open; `None` if it is not
    /// its turn in its scope.
    ///
    /// # Errors
    ///
    /// As [`Outbox::next`]; and if the partition is not the present one, or the entry is not there, put
    /// aside, or was sent as often as it may be.
    pub(crate) fn begin(
        &mut self,
        id: EntryId,
        now: Millis,
    ) -> Result<Option<Sending>, OutboxError> {
        if !self.is_current() {
            return Err(OutboxError::NotCurrent);
        }
        let entry = self.get(id).filter(|entry| entry.state != OutboxState::Failed);
        let entry = entry.ok_or(OutboxError::NoSuchEntry)?;
        if self.options.max_attempts.is_some_and(|max| entry.attempts >= max) {
            return Err(OutboxError::GivenUp(entry.attempts));
        }
        let before = self.queue.entries.range(..id).map(|(_, entry)| entry);
        let waits = entry.scope.is_some()
            && before
                .filter(|other| other.state != OutboxState::Failed)
                .any(|other| other.scope == entry.scope);
        if waits { Ok(None) } else { self.send(id, now).map(Some) }
    }

    fn send(&mut self, id: EntryId, now: Millis) -> Result<Sending, OutboxError> {
        let entry = self.get(id).ok_or(OutboxError::NoSuchEntry)?;
        let sending = Sending {
            id: entry.id,
            op: entry.op.clone(),
            variables: entry.variables.clone(),
            key: entry.key.clone(),
            idempotency_key: entry.idempotency_key.clone(),
            attempt: entry.attempts.saturating_add(1),
            partition: entry.partition.clone(),
            outbox: self.number,
            lease: self.options.lease.clone(),
        };
        // Not on the disk yet: what is lost in a power cut is the number of the attempt alone.
        self.change(Change::Sending(Step { id: sending.id, error: None, at: now }), false)?;
        Ok(sending)
    }

    /// Puts an entry aside that was not sent yet.
    pub(crate) fn reject(
        &mut self,
        id: EntryId,
        error: String,
        now: Millis,
    ) -> Result<(), OutboxError> {
        self.queued(id)?;
        self.change(Change::Failed(Step { id, error: Some(error), at: now }), true)
    }

    /// Forgets an entry that was not sent yet.
    pub(crate) fn withdraw(&mut self, id: EntryId, now: Millis) -> Result<(), OutboxError> {
        self.queued(id)?;
        self.change(Change::Gone(Step { id, error: None, at: now }), true)
    }

    fn queued(&self, id: EntryId) -> Result<(), OutboxError> {
        let entry = self.get(id).filter(|entry| entry.state == OutboxState::Queued);
        entry.map(|_| ()).ok_or(OutboxError::NoSuchEntry)
    }

    /// When [`Outbox::next`] has something again, if only time is needed for that.
    pub fn next_at(&self, knows: impl Fn(&str) -> bool) -> Option<Millis> {
        self.queue.turns(Millis::MAX, knows).map(|entry| entry.not_before).min()
    }

    /// Takes in what became of sending an entry; also after the partition was switched away from, as
    /// the outcome belongs to this outbox and to no other.
    ///
    /// # Errors
    ///
    /// When it cannot be written down. The entry counts as being sent then; try again, or it is sent
    /// again by the next process.
    pub fn finish(
        &mut self,
        sending: &Sending,
        outcome: Outcome,
        now: Millis,
    ) -> Result<(), OutboxError> {
        if sending.outbox != self.number {
            return Err(OutboxError::OtherOutbox);
        }
        let id = sending.id;
        let entry = self.queue.entries.get(&id).ok_or(OutboxError::NoSuchEntry)?;
        // An outcome that comes twice, or after the next attempt has begun, says nothing new.
        if entry.state != OutboxState::Sending || entry.attempts != sending.attempt {
            return Err(OutboxError::NoSuchEntry);
        }
        let is_last = self.options.max_attempts.is_some_and(|max| entry.attempts >= max);
        let change = match outcome {
            Outcome::Done => Change::Gone(Step { id, error: None, at: now }),
            Outcome::Retry { error, .. } if is_last => {
                let error = Some(format!("given up after {} attempts: {error}", entry.attempts));
                Change::Failed(Step { id, error, at: now })
            }
            Outcome::Retry { error, after } => {
                let after = after.map_or_else(|| backoff(entry.attempts), millis);
                let at = now.saturating_add(after);
                Change::Retry(Step { id, error: Some(error), at })
            }
            Outcome::Failed { error } => Change::Failed(Step { id, error: Some(error), at: now }),
        };
        self.change(change, true)?;
        self.tidy();
        Ok(())
    }

    /// Takes back what was not sent after all, or whose outcome nobody will hear of: it is to be sent
    /// again at once.
    ///
    /// # Errors
    ///
    /// As [`Outbox::finish`].
    pub fn abandon(&mut self, sending: &Sending, now: Millis) -> Result<(), OutboxError> {
        let outcome = Outcome::Retry { error: "abandoned".to_owned(), after: Some(Duration::ZERO) };
        self.finish(sending, outcome, now)
    }

    /// All entries, in order.
    pub fn entries(&self) -> impl Iterator<Item = &OutboxEntry> {
        self.queue.entries.values()
    }

    /// The entry with this number.
    pub fn get(&self, id: EntryId) -> Option<&OutboxEntry> {
        self.queue.entries.get(&id)
    }

    /// The entries that stay because nobody knows their operation. They hold up their scopes.
    pub fn unknown(&self, knows: impl Fn(&str) -> bool) -> impl Iterator<Item = &OutboxEntry> {
        let waits = |entry: &&OutboxEntry| entry.state == OutboxState::Queued;
        self.entries().filter(waits).filter(move |entry| !knows(&entry.op))
    }

    /// Sends an entry again that was put aside; in its scope it has its old place.
    ///
    /// # Errors
    ///
    /// [`OutboxError::NoSuchEntry`] if it was not put aside, or when it cannot be written down.
    pub fn requeue(&mut self, id: EntryId, now: Millis) -> Result<(), OutboxError> {
        self.aside(id)?;
        self.change(Change::Requeued(Step { id, error: None, at: now }), true)
    }

    /// Forgets an entry that was put aside.
    ///
    /// # Errors
    ///
    /// [`OutboxError::NoSuchEntry`] if it was not put aside, or when it cannot be written down.
    pub fn discard(&mut self, id: EntryId, now: Millis) -> Result<(), OutboxError> {
        self.aside(id)?;
        self.change(Change::Gone(Step { id, error: None, at: now }), true)
    }

    fn aside(&self, id: EntryId) -> Result<(), OutboxError> {
        let entry = self.get(id).filter(|entry| entry.state == OutboxState::Failed);
        entry.map(|_| ()).ok_or(OutboxError::NoSuchEntry)
    }

    /// Writes the file anew if most of it is of entries that are done.
    fn tidy(&mut self) {
        if self.log.len() < SMALL {
            return;
        }
        let mut frames = Vec::new();
        let mut entries = self.queue.entries.values();
        let written =
            entries.try_for_each(|entry| Change::Entry(Box::new(entry.clone())).write(&mut frames));
        if written.is_ok() && (frames.len() as u64) < self.log.len() / 2 {
            // If this fails the file stays as it is, which is good too.
            let _ = self.log.rewrite(&frames);
        }
    }
}

/// A second, then two, then four, up to half a minute.
fn backoff(attempts: u32) -> Millis {
    let doubled = 1_i64.checked_shl(attempts.saturating_sub(1).min(16)).unwrap_or(i64::MAX);
    doubled.saturating_mul(1000).min(30_000)
}
