//! A persister that keeps entries in memory: for tests, and for caches that are handed on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Entry, PersistError, Persister, Stored};

/// Keeps entries in memory. Clones share what they keep, so one may outlive the cache that wrote it.
///
/// ```
/// use throughline_query::persist::{Entry, Kind, MemoryPersister, Persister};
///
/// let mut memory = MemoryPersister::default();
/// let entry = Entry {
///     kind: Kind::Query,
///     id: "[]".to_owned(),
///     saved_at: 1,
///     updated_at: 1,
///     json: Some("{}".to_owned()),
/// };
/// memory.append(std::slice::from_ref(&entry))?;
/// assert_eq!(memory.clone().restore()?.entries, [entry]);
/// # Ok::<(), throughline_query::persist::PersistError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryPersister(Arc<Mutex<Vec<Entry>>>);

impl MemoryPersister {
    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        // Nothing that is done under the lock can leave the list half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Persister for MemoryPersister {
    fn restore(&mut self) -> Result<Stored, PersistError> {
        Ok(Stored { entries: self.entries().clone(), ..Stored::default() })
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), PersistError> {
        let mut kept = self.entries();
        let replaced: std::collections::HashSet<_> =
            entries.iter().map(|entry| (entry.kind, entry.id.as_str())).collect();
        kept.retain(|entry| !replaced.contains(&(entry.kind, entry.id.as_str())));
        // Of entries with one id the last counts.
        let mut last = std::collections::HashMap::new();
        for (at, entry) in entries.iter().enumerate() {
            last.insert((entry.kind, entry.id.as_str()), at);
        }
        for (at, entry) in entries.iter().enumerate() {
            if entry.json.is_some() && last.get(&(entry.kind, entry.id.as_str())) == Some(&at) {
                kept.push(entry.clone());
            }
        }
        Ok(())
    }

    fn remove(&mut self) -> Result<(), PersistError> {
        self.entries().clear();
        Ok(())
    }
}
