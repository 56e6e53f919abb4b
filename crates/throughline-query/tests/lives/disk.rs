//! Where a cache is kept, on bad days.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use throughline_query::persist::{Entry, MemoryPersister, PersistError, Persister, Stored};

/// Keeps the cache in memory, unless it fails or panics.
#[derive(Clone)]
pub struct Disk(pub MemoryPersister, pub Arc<AtomicU8>);

impl Persister for Disk {
    fn restore(&mut self) -> Result<Stored, PersistError> {
        match self.1.load(Ordering::SeqCst) {
            1 | 3 => Err(PersistError::Closed),
            2 => panic!("a disk that panics"),
            _ => self.0.restore(),
        }
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), PersistError> {
        match self.1.load(Ordering::SeqCst) {
            1 | 3 => Err(PersistError::Closed),
            2 => panic!("a disk that panics"),
            _ => self.0.append(entries),
        }
    }

    fn remove(&mut self) -> Result<(), PersistError> {
        self.0.remove()
    }
}
