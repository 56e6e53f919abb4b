//! A cache, its files and its outbox belong to somebody; whoever comes next sees and sends nothing of it.
//!
//! A partition is a directory for one principal: a user, a tenant, a user within a tenant. Exactly one
//! is the present one. [`Partitions::switch`] ends it, and from then on everything that holds its
//! [`Lease`] knows: its outbox queues and sends nothing more, and its cache is forgotten. What was on
//! its way to a server cannot be called back; its outcome is written into the outbox that it is from.
//!
//! ```
//! use throughline_query::partition::{PartitionOptions, Partitions};
//! use throughline_query::persist::{Persister, SaveOptions, Saver};
//! use throughline_query::{Config, Machine};
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path();
//!
//! let mut machine = Machine::new(Config::default(), 0);
//! let partitions = Partitions::open(folder)?;
//! let ada = partitions.switch(&mut machine, "ada@example.org", PartitionOptions::default())?;
//! assert!(ada.lease().is_current());
//!
//! let mut bob = partitions.switch(&mut machine, "../bob", PartitionOptions::default())?;
//! assert!(!ada.lease().is_current());
//! Saver::new(SaveOptions::default()).restore(&mut machine, bob.persister.restore()?);
//! machine.look_again();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod lease;

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use sha2::{Digest, Sha256};

pub use self::lease::Lease;

use crate::machine::Machine;
use crate::outbox::{self, Outbox, OutboxError, OutboxOptions};
use crate::persist::log::{private_dir, write_whole};
use crate::persist::{FileOptions, FilePersister, PersistError, PersistOptions};

/// The file in a partition's directory that says whose it is.
const PRINCIPAL: &str = "principal";

/// How to open a partition.
#[derive(Debug, Clone, Default)]
pub struct PartitionOptions {
    /// How its cache is kept.
    pub cache: FileOptions,
    /// How a client keeps it there.
    pub persist: PersistOptions,
    /// How often an entry of its outbox is sent before it is put aside. Default: until it is done.
    pub max_attempts: Option<u32>,
}

/// Why a partition cannot be opened. No partition is the present one then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PartitionError {
    /// The files cannot be opened; in particular, another process has them.
    #[error(transparent)]
    Persist(#[from] PersistError),
    /// The outbox cannot be opened.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// The directory belongs to another principal.
    #[error("{} belongs to another principal", .0.display())]
    NotTheirs(PathBuf),
    /// The client was switched once more before this was done, or is gone.
    #[error("another switch came first, or the client is gone")]
    Superseded,
}

/// The partitions below a directory. Clones are of the same: of all of them one partition is the present
/// one.
#[derive(Debug, Clone)]
pub struct Partitions {
    root: PathBuf,
    epoch: Arc<AtomicU64>,
}

/// A principal's files, opened.
#[derive(Debug)]
pub struct Partition {
    id: String,
    directory: PathBuf,
    lease: Lease,
    /// The principal's cache.
    pub persister: FilePersister,
    /// The principal's outbox.
    pub outbox: Outbox,
    /// What opening the outbox found.
    pub opened: outbox::Opened,
}

impl Partitions {
    /// The partitions below this directory, which is made if there is none, for the owner alone.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, PersistError> {
        let root = root.into();
        private_dir(&root)?;
        Ok(Self { root, epoch: Arc::default() })
    }

    /// Where the files of a principal are. The name is a hash: an id may be anything, also a path, and
    /// a directory listing need not tell who was here.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// let partitions = throughline_query::partition::Partitions::open(folder.path())?;
    /// let directory = partitions.directory("../../etc/passwd");
    /// assert_eq!(directory.parent(), Some(folder.path()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn directory(&self, id: &str) -> PathBuf {
        let mut name = String::with_capacity(64);
        for byte in Sha256::digest(id.as_bytes()) {
            // Writing to a string does not fail.
            let _ = write!(name, "{byte:02x}");
        }
        self.root.join(name)
    }

    /// Makes another partition the present one. At once, nothing is queued or sent for the old one any
    /// more, and the machine [forgets](Machine::forget) what is the old one's. Then the new one's
    /// files are opened; restore them, and let everybody [look again](Machine::look_again).
    ///
    /// Save the old one's changes before ([`Saver::collect`](crate::persist::Saver::collect)), with a
    /// saver of its own: the next one gets a new saver. Keep its outbox until what is being sent has
    /// come back, and then drop it; until then it cannot be opened again.
    ///
    /// # Errors
    ///
    /// When the files cannot be opened. The machine is empty then, and no partition is the present
    /// one.
    pub fn switch(
        &self,
        machine: &mut Machine,
        to: &str,
        options: PartitionOptions,
    ) -> Result<Partition, PartitionError> {
        self.leave(machine);
        self.enter(to, options)
    }

    /// Ends the present partition, as signing out does.
    pub fn leave(&self, machine: &mut Machine) {
        self.end_lease();
        machine.forget();
    }

    /// No partition is the present one any more.
    pub(crate) fn end_lease(&self) {
        Lease::end(&self.epoch);
    }

    pub(crate) fn enter(
        &self,
        id: &str,
        options: PartitionOptions,
    ) -> Result<Partition, PartitionError> {
        let directory = self.directory(id);
        private_dir(&directory)?;
        claim(&directory, id)?;
        let persister = FilePersister::open(directory.join("cache.log"), options.cache)?;
        let lease = Lease::begin(&self.epoch);
        let outbox = OutboxOptions {
            partition: id.to_owned(),
            max_attempts: options.max_attempts,
            lease: Some(lease.clone()),
        };
        match Outbox::open(directory.join("outbox.log"), outbox) {
            Ok((outbox, opened)) => {
                Ok(Partition { id: id.to_owned(), directory, lease, persister, outbox, opened })
            }
            Err(error) => {
                Lease::end(&self.epoch);
                Err(error.into())
            }
        }
    }

    /// Removes all that is kept for a principal who is not the present one.
    ///
    /// # Errors
    ///
    /// [`PersistError::Locked`] while somebody uses it, or when it cannot be removed.
    pub fn erase(&self, id: &str) -> Result<(), PartitionError> {
        let directory = self.directory(id);
        if !directory.is_dir() {
            return Ok(());
        }
        let cache = FilePersister::open(directory.join("cache.log"), FileOptions::default())?;
        let outbox = Outbox::open(directory.join("outbox.log"), OutboxOptions::default())?;
        let removed = fs::remove_dir_all(&directory);
        drop((cache, outbox));
        removed.map_err(|error| PersistError::io("remove", &directory, error).into())
    }
}

/// Makes sure that a directory is a principal's.
fn claim(directory: &Path, id: &str) -> Result<(), PartitionError> {
    let file = directory.join(PRINCIPAL);
    match fs::read(&file) {
        Ok(owner) if owner == id.as_bytes() => Ok(()),
        Ok(_) => Err(PartitionError::NotTheirs(directory.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            write_whole(&file, &[id.as_bytes()])?;
            Ok(())
        }
        Err(error) => Err(PersistError::io("read", &file, error).into()),
    }
}

impl Partition {
    /// Whose it is.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where its files are.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Tells whether it is the present one.
    pub fn lease(&self) -> &Lease {
        &self.lease
    }
}
