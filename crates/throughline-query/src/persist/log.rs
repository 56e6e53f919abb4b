//! A file that is only added to, by one process at a time, and replaced as a whole when it is rewritten.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{Damage, PersistError};
use super::frame::{self, Found};

/// The kind of the record that every file begins with.
pub(crate) const HEAD: u8 = 0;

const VERSION: u32 = 1;

/// How many quarantine files are kept beside a log.
const QUARANTINED: usize = 8;

/// What the first record says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// What kind of log it is.
    pub magic: String,
    version: u32,
    /// Counts how often the file was written anew.
    pub generation: u64,
    /// What the file's entries are for; of others nothing is read.
    pub buster: String,
}

impl Head {
    pub fn new(magic: &str, buster: &str) -> Self {
        Self { magic: magic.to_owned(), version: VERSION, generation: 1, buster: buster.to_owned() }
    }

    fn frame(&self) -> Result<Vec<u8>, PersistError> {
        let mut bytes = Vec::new();
        let content = serde_json::to_vec(self).map_err(|_| PersistError::TooLarge)?;
        frame::put(&mut bytes, HEAD, &content).map_err(|_| PersistError::TooLarge)?;
        Ok(bytes)
    }
}

/// What to do with records behind a first record that is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Headless {
    /// Nothing can be said of them: the file is put aside.
    Discard,
    /// They are read all the same, because losing them is worse.
    Keep,
}

/// An open log.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    head: Head,
    /// How much of the file is good.
    len: u64,
    /// Whether there may be more than that, because a write failed in the middle.
    torn: bool,
}

/// A record that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub kind: u8,
    pub whole: Range<usize>,
    pub content: Range<usize>,
}

/// What opening a log gives.
#[derive(Debug)]
pub(crate) struct Opened {
    pub log: Log,
    /// The head that was there; `None` if the file is new, or was put aside.
    pub found: Option<Head>,
    pub bytes: Vec<u8>,
    /// The records behind the head.
    pub records: Vec<Record>,
    pub damage: Option<Damage>,
}

/// The right to be the only process that uses some files. It goes with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Lock {
    /// Takes the lock, if no other process has it. The file stays; only the lock on it counts.
    pub fn take(path: &Path) -> Result<Self, PersistError> {
        let file = private().create(true).truncate(false).open(path);
        let file = file.map_err(|error| PersistError::io("open", path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(PersistError::Locked(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(PersistError::io("lock", path, error)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file is not enough while a child that is just being started has it, too.
        let _ = self.0.unlock();
    }
}

/// How files are opened: for nobody else to read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a directory, and those above it, for nobody else to read.
pub(crate) fn private_dir(path: &Path) -> Result<(), PersistError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| PersistError::io("make", path, error))
}

/// The path of a file that is about to be opened or made, with the directories above it. What a link leads to is
/// meant, and not the link, which writing the file anew would put an end to.
pub(crate) fn ready(path: &Path) -> Result<PathBuf, PersistError> {
    if path.file_name().is_none() {
        let why = io::Error::new(io::ErrorKind::InvalidInput, "the path has no name of a file");
        return Err(PersistError::io("open", path, why));
    }
    if let Some(parent) = path.parent() {
        private_dir(parent)?;
    }
    Ok(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
}

/// Writes a whole file so that after a crash there is either the old one or the new one.
pub(crate) fn write_whole(path: &Path, parts: &[&[u8]]) -> Result<File, PersistError> {
    let temporary = beside(path, "new");
    let written = (|| {
        let mut file = private().create(true).truncate(true).open(&temporary)?;
        for part in parts {
            file.write_all(part)?;
        }
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        sync_dir(path)?;
        Ok(file)
    })();
    written.map_err(|error| PersistError::io("write", path, error))
}

/// A rename is only on disk when the directory is.
fn sync_dir(path: &Path) -> io::Result<()> {
    // Windows has no such thing, and refuses to open a directory.
    #[cfg(unix)]
    if let Some(parent) = path.parent() {
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        File::open(parent)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// A path with more at its end.
pub(crate) fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(more);
    path.with_file_name(name)
}

impl Log {
    /// Opens a log, or begins one. What is damaged is put aside, and the file is good afterwards.
    pub fn open(path: &Path, begin: Head, headless: Headless) -> Result<Opened, PersistError> {
        let io = |doing| move |error| PersistError::io(doing, path, error);
        let foreign = |is: String| PersistError::Foreign {
            path: path.to_owned(),
            is,
            wanted: begin.magic.clone(),
        };
        if fs::metadata(path).is_ok_and(|about| !about.is_file()) {
            return Err(foreign("no regular file".to_owned()));
        }
        let mut bytes = Vec::new();
        match private().open(path) {
            Ok(mut file) => {
                file.read_to_end(&mut bytes).map_err(io("read"))?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(PersistError::io("open", path, error)),
        }
        if bytes.is_empty() {
            let log = Self::begin(path, begin)?;
            return Ok(Opened { log, found: None, bytes, records: Vec::new(), damage: None });
        }
        let (mut records, mut damaged) = (Vec::new(), Vec::new());
        for found in frame::scan(&bytes) {
            match found {
                Found::Record { kind, whole, content } => {
                    records.push(Record { kind, whole, content });
                }
                Found::Damage(range) => damaged.push(range),
            }
        }
        let head = records.first().filter(|record| record.kind == HEAD && record.whole.start == 0);
        let head: Option<Head> =
            head.and_then(|record| serde_json::from_slice(&bytes[record.content.clone()]).ok());
        if let Some(head) = head.as_ref().filter(|head| head.magic != begin.magic) {
            return Err(foreign(format!("a {}", head.magic)));
        }
        // One of ours that is damaged has other records, or begins as they do.
        if records.is_empty() && !frame::may_begin(&bytes) {
            return Err(foreign("something else".to_owned()));
        }
        let head = head.filter(|head| head.version == VERSION);
        if head.is_none() && headless == Headless::Discard {
            let why = "the file does not begin as one of ours";
            let damage = quarantine(path, &bytes, std::slice::from_ref(&(0..bytes.len())), why)?;
            let log = Self::begin(path, begin)?;
            let records = Vec::new();
            return Ok(Opened { log, found: None, bytes, records, damage: Some(damage) });
        }
        let was_headless = head.is_none();
        let mut head = head.unwrap_or(begin);
        records.retain(|record| record.kind != HEAD);
        if damaged.is_empty() && !was_headless {
            let file = private().open(path).map_err(io("open"))?;
            let len = bytes.len() as u64;
            let log = Self { path: path.to_owned(), file, head: head.clone(), len, torn: false };
            return Ok(Opened { log, found: Some(head), bytes, records, damage: None });
        }
        let why = "a record is incomplete or does not match its checksum";
        let damage = quarantine(path, &bytes, &damaged, why)?;
        let good = bytes.len() - damaged.iter().map(ExactSizeIterator::len).sum::<usize>();
        let only_tail = damaged.len() == 1 && damaged[0].end == bytes.len() && !was_headless;
        let log = if only_tail {
            let file = private().open(path).map_err(io("open"))?;
            file.set_len(good as u64).and_then(|()| file.sync_all()).map_err(io("truncate"))?;
            let (path, len) = (path.to_owned(), good as u64);
            Self { path, file, head: head.clone(), len, torn: false }
        } else {
            head.generation += 1;
            let mut all = head.frame()?;
            for record in &records {
                all.extend_from_slice(&bytes[record.whole.clone()]);
            }
            let file = write_whole(path, &[&all])?;
            let (path, len) = (path.to_owned(), all.len() as u64);
            Self { path, file, head: head.clone(), len, torn: false }
        };
        Ok(Opened { log, found: Some(head), bytes, records, damage: Some(damage) })
    }

    fn begin(path: &Path, head: Head) -> Result<Self, PersistError> {
        let frame = head.frame()?;
        let file = write_whole(path, &[&frame])?;
        let len = frame.len() as u64;
        Ok(Self { path: path.to_owned(), file, head, len, torn: false })
    }

    /// How long the file is.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Adds records, all or, if this fails, none. With `sync` they are on the disk afterwards;
    /// without it they are safe from the end of the process, but not of the machine.
    pub fn append(&mut self, frames: &[u8], sync: bool) -> Result<(), PersistError> {
        let io = |error| PersistError::io("write", &self.path, error);
        if self.torn {
            // What a write that failed has left must not come between the records.
            self.file.set_len(self.len).map_err(io)?;
            self.torn = false;
        }
        let written = self
            .file
            .seek(SeekFrom::Start(self.len))
            .and_then(|_| self.file.write_all(frames))
            .and_then(|()| if sync { self.file.sync_data() } else { Ok(()) });
        if let Err(error) = written {
            self.torn = self.file.set_len(self.len).is_err();
            return Err(PersistError::io("write", &self.path, error));
        }
        self.len += frames.len() as u64;
        Ok(())
    }

    /// Reads part of the file.
    pub fn read(&mut self, range: Range<u64>) -> Result<Vec<u8>, PersistError> {
        let length =
            usize::try_from(range.end - range.start).map_err(|_| PersistError::TooLarge)?;
        let mut bytes = vec![0; length];
        let read = self
            .file
            .seek(SeekFrom::Start(range.start))
            .and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|error| PersistError::io("read", &self.path, error))?;
        Ok(bytes)
    }

    /// Replaces all records by these. After a crash there are either the old ones or the new ones.
    /// Gives where the new ones begin.
    pub fn rewrite(&mut self, frames: &[u8]) -> Result<u64, PersistError> {
        self.write_anew(self.head.clone(), frames)
    }

    /// Forgets all records, and begins with another head.
    pub fn replace(&mut self, head: Head) -> Result<(), PersistError> {
        let generation = self.head.generation;
        self.write_anew(Head { generation, ..head }, &[]).map(|_| ())
    }

    fn write_anew(&mut self, mut head: Head, frames: &[u8]) -> Result<u64, PersistError> {
        head.generation += 1;
        let first = head.frame()?;
        self.file = write_whole(&self.path, &[&first, frames])?;
        self.head = head;
        self.len = (first.len() + frames.len()) as u64;
        self.torn = false;
        Ok(first.len() as u64)
    }
}

/// Copies what is damaged into a file of its own.
fn quarantine(
    path: &Path,
    bytes: &[u8],
    ranges: &[Range<usize>],
    why: &'static str,
) -> Result<Damage, PersistError> {
    let names = (0..QUARANTINED).map(|at| beside(path, &format!("quarantine.{at}")));
    let names: Vec<_> = names.collect();
    let age = |name: &PathBuf| fs::metadata(name).and_then(|meta| meta.modified()).ok();
    // A free name, or else the oldest: damage that comes back each day must not fill the disk.
    let name =
        names.iter().min_by_key(|name| age(name)).cloned().unwrap_or_else(|| path.to_owned());
    let parts: Vec<_> = ranges.iter().map(|range| &bytes[range.clone()]).collect();
    write_whole(&name, &parts)?;
    Ok(Damage {
        file: path.to_owned(),
        quarantine: name,
        offset: ranges.first().map_or(0, |range| range.start) as u64,
        bytes: ranges.iter().map(ExactSizeIterator::len).sum::<usize>() as u64,
        why,
    })
}
