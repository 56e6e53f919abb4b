//! A cache that outlives its process: what changed is written down, and read before the first fetch.
//!
//! A [`Persister`] keeps entries and knows nothing of queries; a [`Saver`] makes entries of what
//! changed in a [`Machine`](crate::Machine), and queries of entries. The persister blocks on its disk,
//! so it belongs on a thread that may; the saver does not, and belongs wherever the machine is.
//!
//! ```
//! use throughline_query::persist::{FileOptions, FilePersister, Persister, SaveOptions, Saver};
//! use throughline_query::{Abilities, Config, Data, Key, Machine, QueryOptions};
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("cache.log");
//! # let typed = || QueryOptions {
//! #     abilities: std::sync::Arc::new(Abilities::json::<u32>()).into(),
//! #     ..QueryOptions::default()
//! # };
//!
//! let key = Key::from("n");
//! {
//!     let mut persister = FilePersister::open(&path, FileOptions::default())?;
//!     let mut machine = Machine::new(Config::default(), 1_000);
//!     machine.set_query_defaults(&Key::default(), typed());
//!     let mut saver = Saver::new(SaveOptions::default());
//!     saver.restore(&mut machine, persister.restore()?);
//!     machine.set(&key, Data::new(7_u32), None);
//!     persister.append(&saver.collect(&mut machine).entries)?;
//! }
//! let mut persister = FilePersister::open(&path, FileOptions::default())?;
//! let mut machine = Machine::new(Config::default(), 2_000);
//! let report = Saver::new(SaveOptions::default()).restore(&mut machine, persister.restore()?);
//! assert_eq!(report.queries, 1);
//! let seven = machine.claim(&key, &Abilities::json::<u32>())?.unwrap();
//! assert_eq!(seven.downcast_ref::<u32>(), Some(&7));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod file;
mod frame;
mod gathered;
pub(crate) mod log;
mod memory;
mod options;
mod save;

pub use self::error::{Damage, PersistError};
pub use self::file::{FileOptions, FilePersister, Sync};
pub use self::memory::MemoryPersister;
pub use self::options::PersistOptions;
pub use self::save::{RestoreReport, Save, SaveOptions, Saver};

pub(crate) use self::frame::put as put_frame;
pub(crate) use self::gathered::Gathered;

use crate::time::Millis;

/// What an entry is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A query; its id is its `queryHash`.
    Query,
    /// A mutation; its id is made up when it is first written.
    Mutation,
}

/// One query or mutation as it is kept, or that it is not kept any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is of.
    pub kind: Kind,
    /// What it is known by; a later entry with the same kind and id takes its place.
    pub id: String,
    /// When it was written.
    pub saved_at: Millis,
    /// When its data was fetched or set, or the mutation submitted.
    pub updated_at: Millis,
    /// The query or mutation as it stands in TanStack Query's JSON; `None` if it is to be forgotten.
    pub json: Option<String>,
}

/// What a persister has kept.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// The entries, in the order in which they were last written.
    pub entries: Vec<Entry>,
    /// Whether there was something for another `buster`, which is gone now.
    pub busted: bool,
    /// What was damaged.
    pub damage: Option<Damage>,
}

/// Keeps entries. What [`Persister::append`] has taken is given back by [`Persister::restore`].
///
/// All of it blocks, as disks do: call it on a thread that may be blocked, one call at a time.
pub trait Persister: Send {
    /// All that is kept.
    ///
    /// # Errors
    ///
    /// When it cannot be read. Damage is no error; it is put aside and reported.
    fn restore(&mut self) -> Result<Stored, PersistError>;

    /// Keeps these, and forgets those without content. After an error none of them is kept.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    fn append(&mut self, entries: &[Entry]) -> Result<(), PersistError>;

    /// Whether more is kept than needs to be, so that it is time to [compact](Self::compact).
    fn wants_compaction(&self) -> bool {
        false
    }

    /// Throws out what later entries have replaced.
    ///
    /// # Errors
    ///
    /// When it cannot be written; everything is as it was then.
    fn compact(&mut self) -> Result<(), PersistError> {
        Ok(())
    }

    /// Forgets everything.
    ///
    /// # Errors
    ///
    /// When that cannot be written.
    fn remove(&mut self) -> Result<(), PersistError>;
}

impl<P: Persister + ?Sized> Persister for Box<P> {
    fn restore(&mut self) -> Result<Stored, PersistError> {
        (**self).restore()
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), PersistError> {
        (**self).append(entries)
    }

    fn wants_compaction(&self) -> bool {
        (**self).wants_compaction()
    }

    fn compact(&mut self) -> Result<(), PersistError> {
        (**self).compact()
    }

    fn remove(&mut self) -> Result<(), PersistError> {
        (**self).remove()
    }
}
