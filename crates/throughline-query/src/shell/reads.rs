//! What can be read without waiting for a change to end: each query's data and the state it is in.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::HashTable;

use crate::sync::RwLock;
use crate::{Data, Failure, FetchStatus, Key, Millis, Status};

/// Each shard has a lock and a cache line of its own, so that readers of different queries do not get
/// into each other's way.
const SHARDS: usize = 64;

/// What the machine publishes, by key.
///
/// The machine writes it in the middle of a change, at the moment at which the change happens; so who
/// has made a change, or heard of it, reads it here.
#[derive(Debug)]
pub(crate) struct Reads {
    shards: Box<[Shard]>,
    invalidated: Marks,
}

/// A mark for each query, by its number in the machine.
///
/// Close to each other, and not with what else is known of the queries: so thousands are declared out of
/// date without looking any of them up.
#[derive(Debug)]
struct Marks([OnceLock<Box<[AtomicU64]>>; BLOCKS]);

/// Each block has twice as many marks as the one before, the first has 64: enough for 2^32.
const BLOCKS: usize = 27;

#[derive(Debug, Default)]
#[repr(align(64))]
struct Shard(RwLock<HashTable<Entry>>);

#[derive(Debug)]
struct Entry {
    key: Key,
    read: Read,
}

/// What is published of a query.
#[derive(Debug, Clone, Default)]
pub(crate) struct Read {
    pub data: Option<Data>,
    pub error: Option<Failure>,
    pub updated_at: Millis,
    pub status: Status,
    pub fetch_status: FetchStatus,
    /// Only in what is read; it lies among the marks.
    pub is_invalidated: bool,
    /// The data is being changed where it lies; there is none to be seen until that is over.
    pub is_changing: bool,
    /// The query's number in the machine, while it is in the cache.
    pub query: u32,
}

impl Reads {
    pub(crate) fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Shard::default()).collect();
        Self { shards, invalidated: Marks([const { OnceLock::new() }; BLOCKS]) }
    }

    fn shard(&self, key: &Key) -> &RwLock<HashTable<Entry>> {
        // The table takes the lowest and the highest bits.
        let at = (key.hash64() >> 40) as usize % SHARDS;
        &self.shards[at].0
    }

    /// The data of a query, or `Err` if it is just being changed.
    pub(crate) fn data(&self, key: &Key) -> Result<Option<Data>, ()> {
        let shard = self.shard(key).read();
        match shard.find(key.hash64(), |entry| entry.key == *key) {
            Some(entry) if entry.read.is_changing => Err(()),
            Some(entry) => Ok(entry.read.data.clone()),
            None => Ok(None),
        }
    }

    /// All that is published of a query.
    pub(crate) fn get(&self, key: &Key) -> Option<Read> {
        let shard = self.shard(key).read();
        shard.find(key.hash64(), |entry| entry.key == *key).map(|entry| {
            // Nobody else gets the number as long as the shard is held.
            let is_invalidated = self.invalidated.has(entry.read.query);
            Read { is_invalidated, ..entry.read.clone() }
        })
    }

    /// Makes room for so many more queries, which spread over the shards.
    pub(crate) fn reserve(&self, more: usize) {
        for shard in &self.shards {
            shard.0.write().reserve(more / SHARDS, |entry| entry.key.hash64());
        }
    }

    /// Publishes.
    pub(crate) fn put(&self, key: &Key, read: Read) {
        let mut shard = self.shard(key).write();
        let hash = key.hash64();
        self.invalidated.put(read.query, read.is_invalidated);
        let before = match shard.find_mut(hash, |entry| entry.key == *key) {
            Some(entry) => Some(std::mem::replace(&mut entry.read, read)),
            None => {
                let entry = Entry { key: key.clone(), read };
                shard.insert_unique(hash, entry, |entry| entry.key.hash64());
                None
            }
        };
        // The value may be dropped with it, and its destructor may read.
        drop(shard);
        drop(before);
    }

    /// Publishes that a query is out of date, of which nothing else has changed.
    pub(crate) fn invalidate(&self, query: u32) {
        self.invalidated.put(query, true);
    }

    /// Nothing is published of this query any more.
    pub(crate) fn remove(&self, key: &Key) {
        let mut shard = self.shard(key).write();
        let found = shard.find_entry(key.hash64(), |entry| entry.key == *key);
        let before = found.ok().map(|found| found.remove().0);
        if shard.capacity() > 64 && shard.len() < shard.capacity() / 4 {
            shard.shrink_to_fit(|entry| entry.key.hash64());
        }
        drop(shard);
        drop(before);
    }

    /// Takes the data of a query out of sight, to be changed where it lies.
    pub(crate) fn hide(&self, key: &Key) {
        let mut shard = self.shard(key).write();
        let before = shard.find_mut(key.hash64(), |entry| entry.key == *key).and_then(|entry| {
            entry.read.is_changing = true;
            entry.read.data.take()
        });
        drop(shard);
        drop(before);
    }

    /// How many queries there are of which this is true.
    pub(crate) fn count(&self, is_meant: impl Fn(&Key, &Read) -> bool) -> usize {
        let meant = |entry: &&Entry| is_meant(&entry.key, &entry.read);
        self.shards.iter().map(|shard| shard.0.read().iter().filter(meant).count()).sum()
    }

    /// Nothing is published any more.
    pub(crate) fn clear(&self) {
        for shard in &self.shards {
            let table = std::mem::take(&mut *shard.0.write());
            drop(table);
        }
    }
}

impl Marks {
    /// The word with a mark, and the mark in it; the block is made, if it is not there.
    fn at(&self, query: u32, make: bool) -> Option<(&AtomicU64, u64)> {
        let word = query / 64 + 1;
        let block = word.ilog2();
        let slot = &self.0[block as usize];
        let words = match slot.get() {
            Some(words) => words,
            None if make => {
                slot.get_or_init(|| (0..1_u32 << block).map(|_| AtomicU64::new(0)).collect())
            }
            None => return None,
        };
        Some((&words[(word - (1 << block)) as usize], 1 << (query % 64)))
    }

    fn has(&self, query: u32) -> bool {
        self.at(query, false).is_some_and(|(word, mark)| word.load(Ordering::Relaxed) & mark != 0)
    }

    fn put(&self, query: u32, is: bool) {
        match self.at(query, is) {
            Some((word, mark)) if is => word.fetch_or(mark, Ordering::Relaxed),
            Some((word, mark)) => word.fetch_and(!mark, Ordering::Relaxed),
            None => 0,
        };
    }
}
