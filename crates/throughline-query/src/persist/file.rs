//! A persister that adds to a file, and writes it anew when most of it is out of date.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::error::{Damage, PersistError};
use super::log::{self, Head, Headless, Lock, Log, Opened, beside};
use super::{Entry, Kind, Persister, Stored, frame};
use crate::time::Millis;

const MAGIC: &str = "throughline-query cache";
const QUERY: u8 = 1;
const MUTATION: u8 = 2;

/// Below this many bytes a file is not worth writing anew.
const SMALL: u64 = 1 << 20;

/// When what was written is on the disk, and not only with the operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sync {
    /// When the file is written anew, and whenever the operating system likes. What was appended
    /// outlives the process, however it ends, but perhaps not a power cut; a cache can be fetched
    /// again.
    #[default]
    Compaction,
    /// At the end of each append.
    Append,
}

/// How to keep a cache in a file.
#[derive(Debug, Clone, Default)]
pub struct FileOptions {
    /// What the entries are for, usually the version of the program. A file for another one is
    /// emptied.
    pub buster: String,
    /// When what was written is on the disk.
    pub sync: Sync,
}

/// Keeps entries in a file.
///
/// Entries are only added; each has a checksum, so that one that was not written to its end is found.
/// The file is replaced as a whole when more than half of it is out of date, and after a crash there is
/// either the old one or the new one. What is damaged is copied beside it (`….quarantine.0` to `.7`),
/// taken out and reported. Only the owner can read the files, and only one process at a time can use
/// them (a lock on `….lock`, which goes with the process).
#[derive(Debug)]
pub struct FilePersister {
    path: PathBuf,
    options: FileOptions,
    log: Log,
    /// Where the entries are that count.
    live: HashMap<(Kind, String), Range<u64>>,
    live_bytes: u64,
    /// What is to be reported with the next restore.
    busted: bool,
    damage: Option<Damage>,
    _lock: Lock,
}

impl FilePersister {
    /// Opens the file, or makes it, and the directories above it.
    ///
    /// # Errors
    ///
    /// [`PersistError::Locked`] if another process uses it, or whatever the operating system says.
    pub fn open(path: impl AsRef<Path>, options: FileOptions) -> Result<Self, PersistError> {
        let path = log::ready(path.as_ref())?;
        let lock = Lock::take(&beside(&path, "lock"))?;
        let opened = Log::open(&path, Head::new(MAGIC, &options.buster), Headless::Discard)?;
        let Opened { mut log, found, bytes, records, damage } = opened;
        let busted = found.is_some_and(|head| head.buster != options.buster);
        let mut live = HashMap::new();
        if busted {
            let begin = Head::new(MAGIC, &options.buster);
            log.replace(begin)?;
        } else {
            // Offsets are those of the file as it is now, which damage may have made shorter.
            let mut at = log.len() - records.iter().map(|r| r.whole.len() as u64).sum::<u64>();
            for record in records {
                let range = at..at + record.whole.len() as u64;
                at = range.end;
                if let Some(entry) = decode(record.kind, &bytes[record.content]) {
                    let id = (entry.kind, entry.id);
                    match entry.json {
                        Some(_) => live.insert(id, range),
                        None => live.remove(&id),
                    };
                }
            }
        }
        let live_bytes = live.values().map(|range| range.end - range.start).sum();
        Ok(Self { path, options, log, live, live_bytes, busted, damage, _lock: lock })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes the file has, and how many of them count.
    pub fn size(&self) -> (u64, u64) {
        (self.log.len(), self.live_bytes)
    }

    /// The entries that count, in the order of the file, each with its place there.
    fn in_order(&self) -> Vec<Range<u64>> {
        let mut ranges: Vec<_> = self.live.values().cloned().collect();
        ranges.sort_unstable_by_key(|range| range.start);
        ranges
    }

    fn live_now(&mut self, id: (Kind, String), range: Option<Range<u64>>) {
        let length = |range: &Range<u64>| range.end - range.start;
        let added = range.as_ref().map_or(0, length);
        let before = match range {
            Some(range) => self.live.insert(id, range),
            None => self.live.remove(&id),
        };
        self.live_bytes += added;
        self.live_bytes -= before.as_ref().map_or(0, length);
    }
}

impl Persister for FilePersister {
    fn restore(&mut self) -> Result<Stored, PersistError> {
        let all = self.log.read(0..self.log.len())?;
        let mut entries = Vec::with_capacity(self.live.len());
        for range in self.in_order() {
            // Where something is was found by reading it, so all of this is there.
            let bytes = all.get(range.start as usize..range.end as usize).unwrap_or_default();
            if let Some(frame::Found::Record { kind, content, .. }) = frame::scan(bytes).first() {
                entries.extend(decode(*kind, &bytes[content.clone()]));
            }
        }
        let busted = std::mem::take(&mut self.busted);
        Ok(Stored { entries, busted, damage: self.damage.take() })
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), PersistError> {
        let (mut frames, mut places) = (Vec::new(), Vec::with_capacity(entries.len()));
        let mut written = HashSet::new();
        for entry in entries {
            let id = (entry.kind, entry.id.clone());
            match entry.json {
                Some(_) => _ = written.insert((entry.kind, entry.id.as_str())),
                // To be forgotten, and never written.
                None if !self.live.contains_key(&id)
                    && !written.contains(&(entry.kind, entry.id.as_str())) =>
                {
                    continue;
                }
                None => {}
            }
            let from = frames.len() as u64;
            encode(&mut frames, entry)?;
            let range = entry.json.as_ref().map(|_| from..frames.len() as u64);
            places.push((id, range));
        }
        if frames.is_empty() {
            return Ok(());
        }
        let begin = self.log.len();
        self.log.append(&frames, self.options.sync == Sync::Append)?;
        for (id, range) in places {
            self.live_now(id, range.map(|range| begin + range.start..begin + range.end));
        }
        Ok(())
    }

    fn wants_compaction(&self) -> bool {
        self.log.len() > SMALL && self.log.len() / 2 > self.live_bytes
    }

    fn compact(&mut self) -> Result<(), PersistError> {
        let all = self.log.read(0..self.log.len())?;
        let mut frames = Vec::with_capacity(self.live_bytes as usize);
        let mut moved = HashMap::with_capacity(self.live.len());
        for range in self.in_order() {
            moved.insert(range.start, frames.len() as u64);
            let bytes = all.get(range.start as usize..range.end as usize);
            frames.extend_from_slice(bytes.unwrap_or_default());
        }
        let begin = self.log.rewrite(&frames)?;
        for range in self.live.values_mut() {
            let start = begin + moved.get(&range.start).copied().unwrap_or_default();
            *range = start..start + (range.end - range.start);
        }
        Ok(())
    }

    fn remove(&mut self) -> Result<(), PersistError> {
        self.log.rewrite(&[])?;
        self.live.clear();
        self.live_bytes = 0;
        Ok(())
    }
}

/// Two points in time, the length of the id, the id, and the JSON; no JSON stands for none.
fn encode(frames: &mut Vec<u8>, entry: &Entry) -> Result<(), PersistError> {
    let json = entry.json.as_deref().unwrap_or_default();
    let length = u32::try_from(entry.id.len()).map_err(|_| PersistError::TooLarge)?;
    let mut content = Vec::with_capacity(20 + entry.id.len() + json.len());
    content.extend(entry.saved_at.to_le_bytes());
    content.extend(entry.updated_at.to_le_bytes());
    content.extend(length.to_le_bytes());
    content.extend(entry.id.as_bytes());
    content.extend(json.as_bytes());
    let kind = match entry.kind {
        Kind::Query => QUERY,
        Kind::Mutation => MUTATION,
    };
    frame::put(frames, kind, &content).map_err(|_| PersistError::TooLarge)
}

fn decode(kind: u8, content: &[u8]) -> Option<Entry> {
    let kind = match kind {
        QUERY => Kind::Query,
        MUTATION => Kind::Mutation,
        _ => return None,
    };
    let (saved_at, rest) = content.split_first_chunk()?;
    let (updated_at, rest) = rest.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (id, json) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some(Entry {
        kind,
        id: String::from_utf8(id.to_vec()).ok()?,
        saved_at: Millis::from_le_bytes(*saved_at),
        updated_at: Millis::from_le_bytes(*updated_at),
        json: match json {
            [] => None,
            json => Some(String::from_utf8(json.to_vec()).ok()?),
        },
    })
}
