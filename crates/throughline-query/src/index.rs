//! Which queries there are: by their key, and by what their keys begin with.

use std::ops::ControlFlow;

use hashbrown::HashTable;

use crate::key::{Key, Segment, all_match, segment_hash};

/// Whoever keeps the keys; the index only has their ids.
///
/// While an id is in the index, its key is known and does not change.
pub(crate) trait KeyOf {
    /// The key of an id that is in the index.
    fn key(&self, id: u32) -> &Key;
}

/// Ids by their keys.
///
/// Exact keys are found through a hash table. Prefixes are found in a trie over the scalar segments that
/// a key begins with: arrays and objects match more than what equals them, so from the first of them on a
/// key has to be looked at itself. Segments that all keys below a node share are passed in one step, and
/// a key that is alone needs no node, so that there are fewer nodes than keys.
///
/// Ids are below 2^31.
#[derive(Debug, Default)]
pub(crate) struct Index {
    exact: HashTable<Ref>,
    /// The first one is the root. There are no gaps: the last one takes the place of one that goes.
    nodes: Vec<Node>,
    /// The nodes on the way to what is being removed, kept for its room.
    path: Vec<u32>,
}

/// An id or a node, with as much of a hash as tells most of them apart without a look at their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ref {
    hash: u32,
    target: u32,
}

/// Set in the target of a reference to a node.
const NODE: u32 = 1 << 31;
/// No id.
const NONE: u32 = u32::MAX;

enum Target {
    Id(u32),
    Node(u32),
}

/// What several keys begin with.
#[derive(Debug)]
struct Node {
    /// How many segments that is.
    depth: u32,
    /// One of those keys, to read the segments from.
    sample: u32,
    /// The key that has no further segment.
    end: u32,
    /// Keys whose next segment is an array or an object, by their hash.
    mixed: Option<Box<Bag>>,
    /// Single keys and nodes whose next segment is a scalar, by the hash of that.
    children: Bag,
}

impl Index {
    /// An index of nothing.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Makes room for so many more keys.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.exact.reserve(more, Ref::wide);
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.exact.len()
    }

    /// The id of a key.
    pub(crate) fn get(&self, key: &Key, keys: &impl KeyOf) -> Option<u32> {
        let hash = short(key.hash64());
        self.exact
            .find(wide(hash), |entry| entry.hash == hash && keys.key(entry.target) == key)
            .map(|entry| entry.target)
    }

    /// Adds an id, whose key is not in the index yet.
    pub(crate) fn insert(&mut self, id: u32, keys: &impl KeyOf) {
        assert!(id < NODE, "an id is below 2^31");
        let key = keys.key(id);
        debug_assert_eq!(self.get(key, keys), None, "the key is in the index already");
        let entry = Ref { hash: short(key.hash64()), target: id };
        self.exact.insert_unique(wide(entry.hash), entry, Ref::wide);
        self.insert_into_trie(id, key, keys);
    }

    /// Removes an id that is in the index; `keys` still knows its key.
    pub(crate) fn remove(&mut self, id: u32, keys: &impl KeyOf) {
        let key = keys.key(id);
        let entry = Ref { hash: short(key.hash64()), target: id };
        if let Ok(found) = self.exact.find_entry(wide(entry.hash), |other| *other == entry) {
            found.remove();
            shrink(&mut self.exact);
            self.remove_from_trie(id, key, keys);
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// All ids whose key [matches](Key::matches) a prefix, in no particular order.
    #[cfg(test)]
    pub(crate) fn collect_matches(&self, prefix: &Key, keys: &impl KeyOf, out: &mut Vec<u32>) {
        self.for_each_match(prefix, keys, |id| out.push(id));
    }

    /// Whether there is an id whose key matches a prefix.
    pub(crate) fn has_match(&self, prefix: &Key, keys: &impl KeyOf) -> bool {
        self.try_each_match(prefix, keys, |_| ControlFlow::Break(())).is_break()
    }

    /// Calls with each id whose key matches a prefix, in no particular order.
    pub(crate) fn for_each_match(
        &self,
        prefix: &Key,
        keys: &impl KeyOf,
        mut call: impl FnMut(u32),
    ) {
        let _ = self.try_each_match(prefix, keys, |id| {
            call(id);
            ControlFlow::Continue(())
        });
    }

    /// How many bytes it has allocated.
    #[cfg(test)]
    pub(crate) fn allocated(&self) -> usize {
        let nodes = self.nodes.iter().map(|node| {
            let mixed = node.mixed.as_ref().map_or(0, |bag| size_of::<Bag>() + bag.allocated());
            mixed + node.children.allocated()
        });
        self.exact.allocation_size()
            + self.nodes.capacity() * size_of::<Node>()
            + self.path.capacity() * size_of::<u32>()
            + nodes.sum::<usize>()
    }

    fn try_each_match(
        &self,
        prefix: &Key,
        keys: &impl KeyOf,
        mut call: impl FnMut(u32) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let wanted = prefix.segments();
        let Some(mut node) = self.nodes.first() else { return ControlFlow::Continue(()) };
        loop {
            let depth = node.depth as usize;
            let Some(next) = wanted.get(depth) else { return self.try_each_below(node, &mut call) };
            if !next.is_scalar() {
                // Only an array matches an array, and only an object an object.
                let Some(mixed) = &node.mixed else { return ControlFlow::Continue(()) };
                return mixed.try_each(|entry| {
                    let theirs = keys.key(entry.target).segments();
                    if all_match(&theirs[depth..], &wanted[depth..]) {
                        call(entry.target)
                    } else {
                        ControlFlow::Continue(())
                    }
                });
            }
            match self.child(node, next, keys) {
                None => return ControlFlow::Continue(()),
                Some(Target::Id(id)) if keys.key(id).matches(prefix) => return call(id),
                Some(Target::Id(_)) => return ControlFlow::Continue(()),
                Some(Target::Node(at)) => {
                    node = &self.nodes[at as usize];
                    let shared = &keys.key(node.sample).segments()[..node.depth as usize];
                    // The first of these was compared to find the child.
                    if shared[depth + 1..].iter().zip(&wanted[depth + 1..]).any(|(a, b)| a != b) {
                        return ControlFlow::Continue(());
                    }
                }
            }
        }
    }

    /// All ids below a node. Not recursive, since there are keys of any length.
    fn try_each_below(
        &self,
        node: &Node,
        call: &mut impl FnMut(u32) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut waiting = Vec::new();
        let mut next = Some(node);
        while let Some(node) = next {
            if node.end != NONE {
                call(node.end)?;
            }
            if let Some(mixed) = &node.mixed {
                mixed.try_each(|entry| call(entry.target))?;
            }
            node.children.try_each(|child| {
                match child.target() {
                    Target::Id(id) => call(id)?,
                    Target::Node(at) => waiting.push(at),
                }
                ControlFlow::Continue(())
            })?;
            next = waiting.pop().map(|at| &self.nodes[at as usize]);
        }
        ControlFlow::Continue(())
    }

    /// The child of a node whose keys have this segment next.
    fn child(&self, node: &Node, segment: &Segment, keys: &impl KeyOf) -> Option<Target> {
        let hash = short(segment_hash(segment));
        let depth = node.depth as usize;
        let found = node.children.find(hash, |child| {
            keys.key(self.sample(child)).segments().get(depth) == Some(segment)
        })?;
        Some(found.target())
    }

    /// One of the ids that a reference stands for.
    fn sample(&self, entry: Ref) -> u32 {
        match entry.target() {
            Target::Id(id) => id,
            Target::Node(at) => self.nodes[at as usize].sample,
        }
    }

    fn insert_into_trie(&mut self, id: u32, key: &Key, keys: &impl KeyOf) {
        let segments = key.segments();
        if self.nodes.is_empty() {
            self.nodes.push(Node::new(0, id));
        }
        let mut at = 0;
        loop {
            let node = &self.nodes[at];
            let depth = node.depth as usize;
            let Some(segment) = segments.get(depth).filter(|segment| segment.is_scalar()) else {
                return self.nodes[at].put(id, key);
            };
            let child = Ref { hash: short(segment_hash(segment)), target: id };
            let Some(target) = self.child(node, segment, keys) else {
                return self.nodes[at].children.insert(child);
            };
            // What this key and those of the child have in common, as far as a node can stand for it.
            let (other, limit) = match target {
                Target::Id(other) => (other, usize::MAX),
                Target::Node(below) => {
                    let below = &self.nodes[below as usize];
                    (below.sample, below.depth as usize)
                }
            };
            let theirs = keys.key(other).segments();
            let shared = segments.iter().zip(theirs).skip(depth + 1);
            let shared = shared.take_while(|(a, b)| a.is_scalar() && a == b).count();
            let shared = (depth + 1 + shared).min(limit);
            match target {
                Target::Node(below) if shared == limit => at = below as usize,
                Target::Node(below) => {
                    let old = Ref { hash: child.hash, target: below | NODE };
                    let mut fork = Node::new(shared, id);
                    fork.put(id, key);
                    fork.children.insert(Ref { hash: hash_at(theirs, shared), ..old });
                    return self.replace_by_new(at, old, fork);
                }
                Target::Id(other) => {
                    let mut fork = Node::new(shared, id);
                    fork.put(id, key);
                    fork.put(other, keys.key(other));
                    return self.replace_by_new(at, Ref { target: other, ..child }, fork);
                }
            }
        }
    }

    /// Puts a new node where a node has had something else.
    fn replace_by_new(&mut self, parent: usize, old: Ref, new: Node) {
        // Fewer nodes than ids.
        let target = self.nodes.len() as u32 | NODE;
        self.nodes.push(new);
        self.nodes[parent].children.replace(old, target);
    }

    fn remove_from_trie(&mut self, id: u32, key: &Key, keys: &impl KeyOf) {
        let segments = key.segments();
        let mut path = std::mem::take(&mut self.path);
        path.clear();
        let mut at = 0;
        loop {
            path.push(at);
            let node = &self.nodes[at as usize];
            let scalar = segments.get(node.depth as usize).filter(|segment| segment.is_scalar());
            match scalar.and_then(|segment| self.child(node, segment, keys)) {
                Some(Target::Node(below)) => at = below,
                _ => break,
            }
        }
        self.nodes[at as usize].take(id, key);

        // A node with nothing but one thing in it is not needed: its parent can have that thing.
        let mut gap = None;
        if let [.., parent, _] = path[..]
            && let Some(only) = self.nodes[at as usize].only()
        {
            let hash = hash_at(segments, self.nodes[parent as usize].depth as usize);
            let old = Ref { hash, target: at | NODE };
            self.nodes[parent as usize].children.replace(old, only);
            path.pop();
            gap = Some(at);
        }
        // From below, since each node may take its sample from the next one.
        for &at in path.iter().rev() {
            if self.nodes[at as usize].sample == id {
                let random = key.hash64();
                self.nodes[at as usize].sample = self.any_below(&self.nodes[at as usize], random);
            }
        }
        if let Some(gap) = gap {
            self.fill(gap, keys);
        }
        self.path = path;
        if self.len() == 0 {
            self.clear();
        }
    }

    /// One of the ids below a node; `NONE` below a root without any.
    fn any_below(&self, node: &Node, random: u64) -> u32 {
        if node.end != NONE {
            return node.end;
        }
        let mixed = node.mixed.as_ref().and_then(|bag| bag.any(random));
        mixed.or_else(|| node.children.any(random)).map_or(NONE, |entry| self.sample(entry))
    }

    /// Moves the last node into the place of one that nothing refers to any more.
    fn fill(&mut self, gap: u32, keys: &impl KeyOf) {
        // There is one at least, which is the gap.
        let last = self.nodes.len() as u32 - 1;
        if gap != last {
            // Whoever refers to the last one is found on the way to it.
            let segments = keys.key(self.nodes[last as usize].sample).segments();
            let mut at = 0;
            loop {
                let node = &self.nodes[at as usize];
                let depth = node.depth as usize;
                let old = Ref { hash: hash_at(segments, depth), target: last | NODE };
                if self.nodes[at as usize].children.replace(old, gap | NODE) {
                    break;
                }
                let Some(Target::Node(below)) =
                    self.child(&self.nodes[at as usize], &segments[depth], keys)
                else {
                    unreachable!("every node but the root is some node's child")
                };
                at = below;
            }
        }
        self.nodes.swap_remove(gap as usize);
        if self.nodes.capacity() > self.nodes.len() * 4 + FEW {
            self.nodes.shrink_to(self.nodes.len() * 2);
        }
    }
}

impl Node {
    fn new(depth: usize, sample: u32) -> Self {
        // A key has fewer segments than 2^32: they take 24 bytes each.
        Self { depth: depth as u32, sample, end: NONE, mixed: None, children: Bag::default() }
    }

    /// Adds a key that begins with what all keys of this node do, and is alone with its next segment.
    fn put(&mut self, id: u32, key: &Key) {
        match self.place(key) {
            Place::End => self.end = id,
            Place::Mixed(hash) => {
                self.mixed.get_or_insert_default().insert(Ref { hash, target: id });
            }
            Place::Child(hash) => self.children.insert(Ref { hash, target: id }),
        }
    }

    /// Undoes `put`.
    fn take(&mut self, id: u32, key: &Key) {
        match self.place(key) {
            Place::End => self.end = NONE,
            Place::Mixed(hash) => {
                if let Some(bag) = &mut self.mixed {
                    bag.remove(Ref { hash, target: id });
                    if bag.len() == 0 {
                        self.mixed = None;
                    }
                }
            }
            Place::Child(hash) => self.children.remove(Ref { hash, target: id }),
        }
    }

    fn place(&self, key: &Key) -> Place {
        match key.segments().get(self.depth as usize) {
            None => Place::End,
            Some(segment) if segment.is_scalar() => Place::Child(short(segment_hash(segment))),
            Some(_) => Place::Mixed(short(key.hash64())),
        }
    }

    /// What is in it, if it is one thing alone.
    fn only(&self) -> Option<u32> {
        let mixed = self.mixed.as_ref().map_or(0, |bag| bag.len());
        if usize::from(self.end != NONE) + mixed + self.children.len() != 1 {
            return None;
        }
        if self.end != NONE {
            return Some(self.end);
        }
        let bag = self.mixed.as_deref().unwrap_or(&self.children);
        bag.any(0).map(|entry| entry.target)
    }
}

/// Where in a node a key belongs, and by which hash.
enum Place {
    End,
    Mixed(u32),
    Child(u32),
}

impl Ref {
    fn target(self) -> Target {
        if self.target & NODE == 0 {
            Target::Id(self.target)
        } else {
            Target::Node(self.target & !NODE)
        }
    }

    fn wide(&self) -> u64 {
        wide(self.hash)
    }
}

/// So many references need no table.
const FEW: usize = 4;

/// References by their hash.
#[derive(Debug)]
enum Bag {
    Few { len: u8, items: [Ref; FEW] },
    Many(HashTable<Ref>),
}

impl Default for Bag {
    fn default() -> Self {
        Self::Few { len: 0, items: [Ref { hash: 0, target: NONE }; FEW] }
    }
}

impl Bag {
    fn few(&self) -> &[Ref] {
        match self {
            Self::Few { len, items } => &items[..usize::from(*len)],
            Self::Many(_) => &[],
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Few { len, .. } => usize::from(*len),
            Self::Many(table) => table.len(),
        }
    }

    fn find(&self, hash: u32, mut is: impl FnMut(Ref) -> bool) -> Option<Ref> {
        let mut is = |entry: &Ref| entry.hash == hash && is(*entry);
        match self {
            Self::Few { .. } => self.few().iter().find(|entry| is(entry)).copied(),
            Self::Many(table) => table.find(wide(hash), is).copied(),
        }
    }

    fn insert(&mut self, entry: Ref) {
        match self {
            Self::Few { len, items } => {
                if let Some(item) = items.get_mut(usize::from(*len)) {
                    *item = entry;
                    *len += 1;
                } else {
                    let mut table = HashTable::with_capacity(FEW + 1);
                    for item in items.iter().chain([&entry]) {
                        table.insert_unique(item.wide(), *item, Ref::wide);
                    }
                    *self = Self::Many(table);
                }
            }
            Self::Many(table) => {
                table.insert_unique(entry.wide(), entry, Ref::wide);
            }
        }
    }

    fn remove(&mut self, entry: Ref) {
        match self {
            Self::Few { len, items } => {
                if let Some(at) = items[..usize::from(*len)].iter().position(|item| *item == entry)
                {
                    *len -= 1;
                    items[at] = items[usize::from(*len)];
                }
            }
            Self::Many(table) => {
                if let Ok(found) = table.find_entry(entry.wide(), |item| *item == entry) {
                    found.remove();
                }
                // Not at once, so that a bag at the limit does not change its form all the time.
                if table.len() > FEW / 2 {
                    shrink(table);
                } else {
                    let mut few = Self::default();
                    table.iter().for_each(|item| few.insert(*item));
                    *self = few;
                }
            }
        }
    }

    /// Lets a reference lead elsewhere; false if it is not there.
    fn replace(&mut self, old: Ref, target: u32) -> bool {
        let entry = match self {
            Self::Few { len, items } => {
                items[..usize::from(*len)].iter_mut().find(|item| **item == old)
            }
            Self::Many(table) => table.find_mut(old.wide(), |item| *item == old),
        };
        entry.map(|entry| entry.target = target).is_some()
    }

    /// Any reference. Not the first: whoever removes them in order would make that a long search.
    fn any(&self, random: u64) -> Option<Ref> {
        let Self::Many(table) = self else { return self.few().first().copied() };
        let mut at = random;
        // At least every eighth bucket is taken, so that a few tries are enough.
        for _ in 0..64 {
            at = at.wrapping_mul(SPREAD).wrapping_add(SPREAD);
            // The number of buckets is a power of two.
            let bucket = (at >> 32) as usize & (table.num_buckets() - 1);
            if let Some(entry) = table.get_bucket(bucket) {
                return Some(*entry);
            }
        }
        table.iter().next().copied()
    }

    fn try_each(&self, mut call: impl FnMut(Ref) -> ControlFlow<()>) -> ControlFlow<()> {
        match self {
            Self::Few { .. } => self.few().iter().try_for_each(|entry| call(*entry)),
            Self::Many(table) => table.iter().try_for_each(|entry| call(*entry)),
        }
    }

    #[cfg(test)]
    fn allocated(&self) -> usize {
        match self {
            Self::Few { .. } => 0,
            Self::Many(table) => table.allocation_size(),
        }
    }
}

/// Gives room back once most of it is empty.
fn shrink(table: &mut HashTable<Ref>) {
    if table.len() < table.capacity() / 4 {
        table.shrink_to(table.len() * 2, Ref::wide);
    }
}

/// An odd number with its bits well mixed.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// As much of a hash as is stored.
fn short(hash: u64) -> u32 {
    (hash ^ (hash >> 32)) as u32
}

/// What a table takes for the hash: made from the stored part alone, so that a table that grows or
/// shrinks need not ask for a single key.
fn wide(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(SPREAD)
}

fn hash_at(segments: &[Segment], depth: usize) -> u32 {
    short(segment_hash(&segments[depth]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Keys in a row, of which some are in the index.
    #[derive(Default)]
    struct Keys(Vec<Key>);

    impl KeyOf for Keys {
        fn key(&self, id: u32) -> &Key {
            &self.0[id as usize]
        }
    }

    impl FromIterator<Key> for Keys {
        fn from_iter<I: IntoIterator<Item = Key>>(keys: I) -> Self {
            Self(keys.into_iter().collect())
        }
    }

    impl Index {
        fn of(keys: &Keys) -> Self {
            let mut index = Self::new();
            for id in 0..keys.0.len() {
                index.insert(id as u32, keys);
            }
            index
        }

        fn matches(&self, prefix: &Key, keys: &Keys) -> BTreeSet<u32> {
            let mut out = Vec::new();
            self.collect_matches(prefix, keys, &mut out);
            let set: BTreeSet<u32> = out.iter().copied().collect();
            assert_eq!(set.len(), out.len(), "an id was found twice");
            set
        }

        /// What has to be true of the trie at any time.
        fn check(&self, keys: &Keys) {
            let mut reached = BTreeSet::new();
            let mut waiting = vec![0];
            while let Some(at) = waiting.pop() {
                let Some(node) = self.nodes.get(at as usize) else { break };
                assert!(reached.insert(at), "two references to one node");
                let depth = node.depth as usize;
                let mut below = Vec::new();
                let _ = self.try_each_below(node, &mut |id| {
                    below.push(id);
                    ControlFlow::Continue(())
                });
                assert!(below.contains(&node.sample), "a sample from elsewhere");
                let sample = &keys.key(node.sample).segments()[..depth];
                assert!(sample.iter().all(Segment::is_scalar));
                for id in &below {
                    assert_eq!(&keys.key(*id).segments()[..depth], sample);
                }
                assert!(at == 0 || node.only().is_none() && below.len() > 1, "a useless node");
                let _ = node.children.try_each(|child| {
                    let hash = hash_at(keys.key(self.sample(child)).segments(), depth);
                    assert_eq!(child.hash, hash);
                    if let Target::Node(child) = child.target() {
                        assert!(self.nodes[child as usize].depth > node.depth);
                        waiting.push(child);
                    }
                    ControlFlow::Continue(())
                });
            }
            assert_eq!(reached.len(), self.nodes.len(), "a node that nothing refers to");
            assert!(self.nodes.len() <= self.len().max(1));
            assert_eq!(self.matches(&Key::default(), keys).len(), self.len());
        }
    }

    #[test]
    fn prefixes_find_what_begins_with_them() {
        let keys: Keys = [
            Key::from("todos"),
            Key::from(("todos", 1)),
            Key::from(("todos", 2, "notes")),
            Key::from(("todos", Segment::object([("page", 1), ("size", 9)]))),
            Key::from(("todos", [1, 2])),
            Key::from(("users", 1)),
            Key::default(),
        ]
        .into_iter()
        .collect();
        let index = Index::of(&keys);
        index.check(&keys);
        let found = |prefix: Key| index.matches(&prefix, &keys).into_iter().collect::<Vec<_>>();
        assert_eq!(found(Key::default()), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(found("todos".into()), [0, 1, 2, 3, 4]);
        assert_eq!(found(("todos", 2).into()), [2]);
        assert_eq!(found(("todos", 3).into()), [0_u32; 0]);
        assert_eq!(found(("todos", Segment::object([("page", 1)])).into()), [3]);
        assert_eq!(found(("todos", [1]).into()), [4]);
        assert_eq!(found(("users", 1).into()), [5]);
        assert_eq!(found(("users", 1, 1).into()), [0_u32; 0]);
        assert_eq!(index.get(&("users", 1).into(), &keys), Some(5));
        assert_eq!(index.get(&"users".into(), &keys), None);
    }

    #[test]
    fn it_is_small_and_becomes_nothing_again() {
        let shapes: [fn(u32) -> Key; 5] = [
            |i| ("todos", i).into(),
            |i| ("a", i % 100, i).into(),
            |i| ("a", i / 2, i % 2).into(),
            |i| if i % 2 == 0 { ("a", i / 2).into() } else { ("a", i / 2, "b").into() },
            |i| ("a", Segment::object([("page", i)])).into(),
        ];
        for (at, shape) in shapes.into_iter().enumerate() {
            let keys: Keys = (0..50_000).map(shape).collect();
            let mut index = Index::of(&keys);
            index.check(&keys);
            let each = index.allocated() / 50_000;
            assert!(each <= 60, "shape {at}: {each} bytes for each key");
            // In the order in which the table has them, which is the worst for whoever looks for
            // another sample.
            let mut ids = Vec::new();
            index.collect_matches(&Key::default(), &keys, &mut ids);
            let (first, rest) = ids.split_at(30_000);
            first.iter().for_each(|id| index.remove(*id, &keys));
            index.check(&keys);
            rest.iter().for_each(|id| index.remove(*id, &keys));
            assert_eq!(index.allocated(), 0);
        }
    }

    #[test]
    fn a_long_chain_of_keys_is_no_deep_recursion() {
        let mut keys = Keys::default();
        let mut segments = Vec::new();
        for _ in 0..1_000 {
            segments.push(Segment::from(1));
            keys.0.push(Key::new(segments.clone()));
        }
        let mut index = Index::of(&keys);
        assert_eq!(index.matches(&keys.0[400], &keys).len(), 600);
        for id in 0..1_000 {
            index.remove(id, &keys);
        }
        assert_eq!(index.allocated(), 0);
    }

    /// Few values, so that keys meet.
    fn segment() -> impl Strategy<Value = Segment> {
        let scalar = prop_oneof![
            Just(Segment::Null),
            any::<bool>().prop_map(Segment::from),
            (0..3).prop_map(Segment::from),
            Just(Segment::from(0.5)),
            Just(Segment::from(f64::NAN)),
            "[ab]{0,2}".prop_map(Segment::from),
            Just(Segment::from("a text that does not fit into a segment")),
        ];
        scalar.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Segment::from),
                proptest::collection::vec(("[xyz]", inner), 0..3).prop_map(Segment::object),
            ]
        })
    }

    fn key() -> impl Strategy<Value = Key> {
        proptest::collection::vec(segment(), 0..5).prop_map(Key::new)
    }

    #[derive(Debug, Clone)]
    enum Op {
        Insert(Key),
        /// One that is in it, cut off or with one more segment.
        InsertNear(usize, usize, Segment),
        Remove(usize),
        Find(Key),
        FindNear(usize, usize),
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            3 => key().prop_map(Op::Insert),
            3 => (any::<usize>(), 0..5_usize, segment()).prop_map(|(a, b, c)| Op::InsertNear(a, b, c)),
            3 => any::<usize>().prop_map(Op::Remove),
            1 => key().prop_map(Op::Find),
            2 => (any::<usize>(), 0..5_usize).prop_map(|(a, b)| Op::FindNear(a, b)),
        ]
    }

    fn near(keys: &Keys, at: usize, len: usize) -> Key {
        let key =
            if keys.0.is_empty() { Key::default() } else { keys.0[at % keys.0.len()].clone() };
        key.segments().iter().take(len).cloned().collect()
    }

    proptest! {
        #[test]
        fn it_finds_what_a_list_finds(ops in proptest::collection::vec(op(), 0..80)) {
            let mut keys = Keys::default();
            let mut index = Index::new();
            let mut present: BTreeSet<u32> = BTreeSet::new();
            for op in ops {
                let insert = match op {
                    Op::Insert(key) => Some(key),
                    Op::InsertNear(at, len, segment) => Some(near(&keys, at, len).join(segment)),
                    Op::Remove(at) => {
                        if let Some(id) = present.iter().nth(at % present.len().max(1)).copied() {
                            present.remove(&id);
                            index.remove(id, &keys);
                        }
                        None
                    }
                    Op::Find(prefix) => {
                        let expected = present.iter().copied();
                        let expected = expected.filter(|id| keys.key(*id).matches(&prefix)).collect();
                        prop_assert_eq!(index.matches(&prefix, &keys), expected);
                        None
                    }
                    Op::FindNear(at, len) => {
                        let prefix = near(&keys, at, len);
                        let expected = present.iter().copied();
                        let expected = expected.filter(|id| keys.key(*id).matches(&prefix)).collect();
                        prop_assert_eq!(index.matches(&prefix, &keys), expected);
                        None
                    }
                };
                if let Some(key) = insert {
                    let old = present.iter().copied().find(|id| *keys.key(*id) == key);
                    prop_assert_eq!(index.get(&key, &keys), old);
                    if old.is_none() {
                        let id = keys.0.len() as u32;
                        keys.0.push(key);
                        index.insert(id, &keys);
                        present.insert(id);
                    }
                }
                index.check(&keys);
            }
            for id in present {
                index.remove(id, &keys);
            }
            prop_assert_eq!(index.allocated(), 0);
        }
    }
}
