//! What can be read without waiting for a change to end: each query's data and the state it is in.

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
pub(crate) struct Reads(Box<[Shard]>);

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
    pub is_invalidated: bool,
    /// The data is being changed where it lies; there is none to be seen until that is over.
    pub is_changing: bool,
}

impl Reads {
    pub(crate) fn new() -> Self {
        Self((0..SHARDS).map(|_| Shard::default()).collect())
    }

    fn shard(&self, key: &Key) -> &RwLock<HashTable<Entry>> {
        // The table takes the lowest and the highest bits.
        let at = (key.hash64() >> 40) as usize % SHARDS;
        &self.0[at].0
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
        shard.find(key.hash64(), |entry| entry.key == *key).map(|entry| entry.read.clone())
    }

    /// Publishes.
    pub(crate) fn put(&self, key: &Key, read: Read) {
        let mut shard = self.shard(key).write();
        let hash = key.hash64();
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
        let meant = |shard: &Shard| {
            shard.0.read().iter().filter(|entry| is_meant(&entry.key, &entry.read)).count()
        };
        self.0.iter().map(meant).sum()
    }

    /// Nothing is published any more.
    pub(crate) fn clear(&self) {
        for shard in &self.0 {
            let table = std::mem::take(&mut *shard.0.write());
            drop(table);
        }
    }
}
