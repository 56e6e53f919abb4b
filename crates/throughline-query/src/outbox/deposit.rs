//! Entries from processes that do not have the outbox open: one file each, for whoever has it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::entry::{EntryId, NewEntry, OutboxEntry, OutboxState};
use super::journal::OutboxError;
use crate::persist::PersistError;
use crate::persist::log::{beside, private_dir, write_whole};
use crate::time::Millis;

/// Leaves an entry for the process that has the outbox open, or that opens it next. When this returns,
/// the entry is on the disk. Gives its idempotency key.
///
/// Entries of one process keep their order if its clock does not go backwards.
///
/// # Errors
///
/// When it cannot be written; it is not queued then.
///
/// ```
/// use throughline_query::outbox::{NewEntry, Outbox, OutboxOptions, deposit};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("outbox.log");
///
/// let (mut outbox, _) = Outbox::open(&path, OutboxOptions::default())?;
/// deposit(&path, NewEntry::of("ping", &())?, 1_000)?;
/// assert_eq!(outbox.take_deposits()?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn deposit(
    outbox: impl AsRef<Path>,
    new: NewEntry,
    now: Millis,
) -> Result<String, OutboxError> {
    let folder = beside(outbox.as_ref(), "deposits");
    private_dir(&folder)?;
    let entry = entry(new, EntryId(0), String::new(), now);
    let content = serde_json::to_vec(&entry).map_err(|_| PersistError::TooLarge)?;
    // Names in the order of time; a version 7 UUID keeps it within a millisecond.
    let name = format!("{}.json", uuid::Uuid::now_v7());
    write_whole(&folder.join(name), &[&content])?;
    Ok(entry.idempotency_key)
}

/// An entry as it is when it is queued.
pub(super) fn entry(new: NewEntry, id: EntryId, partition: String, now: Millis) -> OutboxEntry {
    let NewEntry { op, variables, key, scope, idempotency_key } = new;
    OutboxEntry {
        id,
        op,
        variables,
        key,
        scope,
        idempotency_key: idempotency_key.unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
        partition,
        submitted_at: now,
        attempts: 0,
        state: OutboxState::Queued,
        not_before: 0,
        error: None,
    }
}

/// What was left, in order.
pub(super) fn files(outbox: &Path) -> Result<Vec<PathBuf>, PersistError> {
    let folder = beside(outbox, "deposits");
    let listed = match fs::read_dir(&folder) {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(PersistError::io("list", &folder, error)),
    };
    let mut files = Vec::new();
    for file in listed {
        let path = file.map_err(|error| PersistError::io("list", &folder, error))?.path();
        // What is still being written has another ending.
        if path.extension().is_some_and(|ending| ending == "json") {
            files.push(path);
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// What a file holds. One that makes no sense gets another ending, and is left alone from then on.
pub(super) fn read(file: &Path) -> Result<Option<OutboxEntry>, PersistError> {
    let content = fs::read(file).map_err(|error| PersistError::io("read", file, error))?;
    if let Ok(entry) = serde_json::from_slice::<OutboxEntry>(&content) {
        let fresh = OutboxEntry { attempts: 0, state: OutboxState::Queued, ..entry };
        return Ok(Some(fresh));
    }
    let aside = beside(file, "unreadable");
    fs::rename(file, &aside).map_err(|error| PersistError::io("rename", file, error))?;
    Ok(None)
}

pub(super) fn remove(file: &Path) -> Result<(), PersistError> {
    fs::remove_file(file).map_err(|error| PersistError::io("remove", file, error))
}
