//! The hash of a key: seeded anew in every process, 64 bits wide, and composed of its segments' hashes.
//!
//! Each step multiplies two 64-bit words and folds the 128-bit product, which spreads every input bit
//! over the whole word. Somebody who chooses keys without knowing the seed cannot aim at one bucket;
//! and should two keys meet all the same, they stay two keys, since comparison never stops at the hash.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use super::segment::{Segment, Text};

/// The secrets of this process.
struct Seeds {
    a: u64,
    b: u64,
    c: u64,
}

fn seeds() -> &'static Seeds {
    static SEEDS: OnceLock<Seeds> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let random = RandomState::new();
        // Odd, so that a factor is never zero by itself.
        Seeds { a: random.hash_one(1) | 1, b: random.hash_one(2) | 1, c: random.hash_one(3) | 1 }
    })
}

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

/// The hash of a whole key.
pub(super) fn key_hash(segments: &[Segment]) -> u64 {
    let seeds = seeds();
    let mut hash = seeds.c ^ segments.len() as u64;
    for segment in segments {
        hash = fold(hash ^ segment_with(seeds, segment), seeds.b);
    }
    fold(hash, seeds.a)
}

/// The hash of one segment, by which an index sorts the children of a node.
#[inline]
pub(crate) fn segment_hash(segment: &Segment) -> u64 {
    segment_with(seeds(), segment)
}

/// Inlined for the scalars, which is what a lookup mostly hashes.
#[inline]
fn segment_with(seeds: &Seeds, segment: &Segment) -> u64 {
    match segment {
        Segment::Null => mix(seeds, 0, 0),
        Segment::Bool(value) => mix(seeds, 1, u64::from(*value)),
        Segment::Int(value) => mix(seeds, 2, value.cast_unsigned()),
        Segment::UInt(value) => mix(seeds, 3, *value),
        Segment::Float(value) => mix(seeds, 4, value.bits()),
        Segment::Str(text) => text_hash(seeds, text),
        Segment::Array(items) => array_hash(seeds, items),
        Segment::Object(fields) => object_hash(seeds, fields),
    }
}

/// The number of the kind keeps `1` and `true` apart. Text is mixed in a way of its own.
#[inline]
fn mix(seeds: &Seeds, kind: u64, word: u64) -> u64 {
    fold(word ^ seeds.a, seeds.b.wrapping_add(kind << 1))
}

fn array_hash(seeds: &Seeds, items: &[Segment]) -> u64 {
    let mut hash = seeds.c ^ items.len() as u64;
    for item in items {
        hash = fold(hash ^ segment_with(seeds, item), seeds.b);
    }
    mix(seeds, 5, hash)
}

fn object_hash(seeds: &Seeds, fields: &[(Text, Segment)]) -> u64 {
    let mut hash = seeds.c ^ fields.len() as u64;
    for (name, value) in fields {
        hash = fold(hash ^ text_hash(seeds, name), seeds.b);
        hash = fold(hash ^ segment_with(seeds, value), seeds.b);
    }
    mix(seeds, 6, hash)
}

#[inline]
fn text_hash(seeds: &Seeds, text: &Text) -> u64 {
    match text.inline() {
        // Always all of the padded bytes: no branch on the length.
        Some((len, bytes)) => {
            let hash = fold(word(bytes, 0) ^ seeds.a, word(bytes, 8) ^ seeds.b);
            fold(hash ^ word(bytes, 14), seeds.c.wrapping_add(u64::from(len) << 1))
        }
        None => {
            let bytes = text.as_bytes();
            let mut hash = seeds.c ^ bytes.len() as u64;
            let mut at = 0;
            while at + 16 < bytes.len() {
                hash = fold(word(bytes, at) ^ hash, word(bytes, at + 8) ^ seeds.b);
                at += 16;
            }
            // The last sixteen bytes, whether or not some were read before: a text that is not
            // inline is longer than that.
            let at = bytes.len() - 16;
            fold(word(bytes, at) ^ hash, word(bytes, at + 8) ^ seeds.a)
        }
    }
}

#[inline]
fn word(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}
