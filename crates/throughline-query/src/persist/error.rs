//! What can be wrong with files.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why something was not written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PersistError {
    /// The files are in use, in this process or in another.
    #[error("{} is open already, in this process or another", .0.display())]
    Locked(PathBuf),
    /// What lies there is something else, and stays as it is.
    #[error("{} is {is}, and not a {wanted}: give each a file of its own", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is.
        is: String,
        /// What it should have been.
        wanted: String,
    },
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Values that JSON cannot hold, for instance a map whose keys are no text. The others are kept.
    #[error("what JSON cannot hold is not kept: {}", .0.join(", "))]
    Unwritable(Vec<String>),
    /// An entry of more than 4 GiB.
    #[error("an entry is too large for the file")]
    TooLarge,
    /// The persister panicked, with this message.
    #[error("the persister panicked: {0}")]
    Panicked(String),
    /// It is not kept any more: the client is gone, or keeps its cache elsewhere.
    #[error("the cache is not kept here any more")]
    Closed,
}

impl PersistError {
    pub(crate) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { doing, path: path.to_owned(), source }
    }
}

/// What was damaged in a file, and where it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The file; it is good again.
    pub file: PathBuf,
    /// Where the damaged bytes are now.
    pub quarantine: PathBuf,
    /// Where the damage began.
    pub offset: u64,
    /// How many bytes were taken out.
    pub bytes: u64,
    /// What is wrong with them.
    pub why: &'static str,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, quarantine, offset, bytes, why } = self;
        let (file, quarantine) = (file.display(), quarantine.display());
        write!(f, "{file}: {bytes} bytes from byte {offset} on are now in {quarantine}: {why}")
    }
}
