//! Changes of several files as one: written aside, then put in place one by one; after a kill the next run goes on.
//!
//! What is to change lies in `.scaffold/next` until it is complete and on the disk. Renaming that folder to
//! `.scaffold/journal` is the instant from which on it will happen. Each file is put in place by a rename, so that nobody
//! ever sees half of one. The folder goes when all is done, with what follows from the files.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The folder below the root, which git ignores.
pub const FOLDER: &str = ".scaffold";

/// One file that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its path below the root, with `/`.
    pub place: String,
    /// What it says now; `None` when it is not there.
    pub old: Option<String>,
    /// What it will say.
    pub new: String,
}

/// What lies in the journal.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    /// What is being made, for people.
    what: String,
    /// Whether what follows from the files is made anew.
    generate: bool,
    files: Vec<Entry>,
}

/// What an earlier run began and did not end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// What was being made, for people.
    pub what: String,
    /// Whether what follows from the files is made anew.
    pub generate: bool,
}

/// One file in the journal; its new text lies beside it under its number.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    place: String,
    old: Option<String>,
    new: String,
}

/// The right to change the tree: one run at a time.
#[derive(Debug)]
pub struct Journal {
    root: PathBuf,
    folder: PathBuf,
    /// Held until this is dropped, or the process ends.
    _lock: File,
}

impl Journal {
    /// Waits for nobody: another run is an error.
    ///
    /// # Errors
    /// When another run is under way, or the folder cannot be made.
    pub fn open(root: &Path) -> Result<Self> {
        let folder = root.join(FOLDER);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let lock = File::create(folder.join("lock"))
            .with_context(|| format!("cannot write in {}", folder.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!("another run is writing a feature: wait until it has ended")
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).context("cannot lock .scaffold/lock");
            }
        }
        Ok(Self { root: root.to_path_buf(), folder, _lock: lock })
    }

    /// Writes all changes down; from then on they will happen, whatever comes between.
    ///
    /// # Errors
    /// When something cannot be written: then nothing has changed.
    pub fn commit(&self, pending: &Pending, changes: &[Change]) -> Result<()> {
        let next = self.folder.join("next");
        remove(&next)?;
        fs::create_dir(&next).with_context(|| format!("cannot make {}", next.display()))?;
        let mut record =
            Record { what: pending.what.clone(), generate: pending.generate, files: Vec::new() };
        for (number, change) in changes.iter().enumerate() {
            write(&next.join(number.to_string()), change.new.as_bytes())?;
            record.files.push(Entry {
                place: change.place.clone(),
                old: change.old.as_deref().map(digest),
                new: digest(&change.new),
            });
        }
        write(&next.join("record.json"), &serde_json::to_vec_pretty(&record)?)?;
        sync(&next)?;
        fs::rename(&next, self.folder.join("journal"))
            .context("cannot begin to change the tree")?;
        sync(&self.folder)
    }

    /// What an earlier run began and did not end.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn pending(&self) -> Result<Option<Pending>> {
        let record = self.record()?;
        Ok(record.map(|Record { what, generate, .. }| Pending { what, generate }))
    }

    /// Puts each file of the journal in place that is not there yet. Done again it does nothing.
    ///
    /// # Errors
    /// When a file is neither what it was nor what it will be: somebody changed it meanwhile.
    pub fn apply(&self) -> Result<()> {
        let Some(record) = self.record()? else { return Ok(()) };
        let mut to_do = Vec::new();
        for (number, entry) in record.files.iter().enumerate() {
            let there = match fs::read(self.root.join(&entry.place)) {
                Ok(bytes) => Some(digest_bytes(&bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => {
                    return Err(error).with_context(|| format!("{} cannot be read", entry.place));
                }
            };
            if there.as_ref() == Some(&entry.new) {
                continue;
            }
            if there != entry.old {
                bail!(
                    "{} was changed while `{}` was half done: put it back as it was (`git checkout -- {}` if it was committed) and run this again, \
                     or drop the rest with `cargo xtask new-feature --abandon`",
                    entry.place,
                    record.what,
                    entry.place
                );
            }
            to_do.push((number, entry));
        }
        for (number, entry) in to_do {
            self.put(number, &entry.place)?;
        }
        Ok(())
    }

    /// Forgets the journal: all is done, or given up.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn finish(&self) -> Result<()> {
        let (journal, done) = (self.folder.join("journal"), self.folder.join("done"));
        remove(&done)?;
        match fs::rename(&journal, &done) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).context("cannot put the journal away"),
        }
        remove(&done)?;
        remove(&self.folder.join("next"))
    }

    fn record(&self) -> Result<Option<Record>> {
        let place = self.folder.join("journal/record.json");
        match fs::read(&place) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).with_context(|| {
                format!(
                    "{} is damaged: remove {} after looking at what is in it",
                    place.display(),
                    self.folder.join("journal").display()
                )
            })?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", place.display())),
        }
    }

    fn put(&self, number: usize, place: &str) -> Result<()> {
        let target = self.root.join(place);
        let folder = target.parent().context("a file has a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        // Beside the journal, which is on the same file system, so that what is half copied is nowhere else.
        let copy = self.folder.join("journal").join(format!("{number}.copy"));
        fs::copy(self.folder.join("journal").join(number.to_string()), &copy)
            .and_then(|_| match fs::metadata(&target) {
                Ok(there) => fs::set_permissions(&copy, there.permissions()),
                Err(_) => Ok(()),
            })
            .and_then(|()| File::open(&copy)?.sync_all())
            .and_then(|()| fs::rename(&copy, &target))
            .with_context(|| format!("cannot write {place}"))
    }
}

fn write(place: &Path, bytes: &[u8]) -> Result<()> {
    let written = File::create(place).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.with_context(|| format!("cannot write {}", place.display()))
}

/// A folder's entries on the disk, as far as the system can do that.
fn sync(folder: &Path) -> Result<()> {
    if cfg!(unix) {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .context("cannot write to the disk")?;
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn digest(text: &str) -> String {
    digest_bytes(text.as_bytes())
}

fn digest_bytes(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(place: &str, old: Option<&str>, new: &str) -> Change {
        Change { place: place.to_owned(), old: old.map(str::to_owned), new: new.to_owned() }
    }

    fn a_test() -> Pending {
        Pending { what: "a test".to_owned(), generate: false }
    }

    #[test]
    fn what_is_committed_is_applied_once_and_by_whoever_comes_next() -> Result<()> {
        let root = tempfile::tempdir()?;
        fs::write(root.path().join("a"), "old")?;
        let changes = [change("a", Some("old"), "new"), change("deep/b", None, "made")];
        let journal = Journal::open(root.path())?;
        assert!(Journal::open(root.path()).is_err(), "one at a time");
        journal.commit(&a_test(), &changes)?;
        drop(journal);
        // As after a kill.
        let journal = Journal::open(root.path())?;
        assert_eq!(journal.pending()?, Some(a_test()));
        journal.apply()?;
        journal.apply()?;
        assert_eq!(fs::read_to_string(root.path().join("a"))?, "new");
        assert_eq!(fs::read_to_string(root.path().join("deep/b"))?, "made");
        journal.finish()?;
        assert_eq!(journal.pending()?, None);
        Ok(())
    }

    #[test]
    fn what_somebody_changed_meanwhile_is_not_overwritten() -> Result<()> {
        let root = tempfile::tempdir()?;
        fs::write(root.path().join("a"), "old")?;
        fs::write(root.path().join("z"), "old")?;
        let journal = Journal::open(root.path())?;
        journal.commit(
            &a_test(),
            &[change("a", Some("old"), "new"), change("z", Some("old"), "new")],
        )?;
        fs::write(root.path().join("z"), "theirs")?;
        let refused = journal.apply().expect_err("z is theirs").to_string();
        assert!(refused.starts_with("z was changed"), "{refused}");
        assert_eq!(fs::read_to_string(root.path().join("a"))?, "old", "nothing is half done");
        Ok(())
    }
}
