//! Records in a file of bytes: a mark, a kind, a length, a checksum, the content.

use std::ops::Range;

/// What every record begins with. No text has 0xff in it, so a mark that is found is no content; where
/// a record is damaged, the next mark tells where to go on.
const MARK: [u8; 2] = [0xff, 0x1e];

/// The mark, the kind, the length, the checksum.
const HEAD: usize = 2 + 1 + 4 + 4;

/// Adds a record.
pub(crate) fn put(out: &mut Vec<u8>, kind: u8, content: &[u8]) -> Result<(), TooLong> {
    let length = u32::try_from(content.len()).map_err(|_| TooLong)?;
    out.reserve(HEAD + content.len());
    out.extend(MARK);
    out.push(kind);
    out.extend(length.to_le_bytes());
    out.extend(checksum(kind, content).to_le_bytes());
    out.extend(content);
    Ok(())
}

/// A record of more than 4 GiB.
#[derive(Debug)]
pub(crate) struct TooLong;

fn checksum(kind: u8, content: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    // The kind too, and the length, so that a damaged one is not believed.
    hasher.update(&[kind]);
    hasher.update(&content.len().to_le_bytes());
    hasher.update(content);
    hasher.finalize()
}

/// A stretch of the file: a record, or what is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// A record: all of it, and its content.
    Record { kind: u8, whole: Range<usize>, content: Range<usize> },
    /// Bytes that are no record.
    Damage(Range<usize>),
}

/// All that is in a file, from its beginning to its end without gaps.
pub(crate) fn scan(bytes: &[u8]) -> Vec<Found> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if let Some(record) = record_at(bytes, at) {
            if let Found::Record { whole, .. } = &record {
                at = whole.end;
            }
            found.push(record);
            continue;
        }
        let next = (at + 1..bytes.len()).find(|&next| record_at(bytes, next).is_some());
        let next = next.unwrap_or(bytes.len());
        found.push(Found::Damage(at..next));
        at = next;
    }
    found
}

/// Whether a file that begins like this may have been one of records.
pub(crate) fn may_begin(bytes: &[u8]) -> bool {
    let len = bytes.len().min(MARK.len());
    bytes[..len] == MARK[..len]
}

fn record_at(bytes: &[u8], at: usize) -> Option<Found> {
    let (head, rest) = bytes.get(at..)?.split_at_checked(HEAD)?;
    if !head.starts_with(&MARK) {
        return None;
    }
    let number = |range| <[u8; 4]>::try_from(&head[range]).ok().map(u32::from_le_bytes);
    let (kind, length, sum) = (head[2], number(3..7)? as usize, number(7..11)?);
    let content = rest.get(..length)?;
    if checksum(kind, content) != sum {
        return None;
    }
    let from = at + HEAD;
    Some(Found::Record { kind, whole: at..from + length, content: from..from + length })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(records: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (kind, content) in records {
            put(&mut bytes, *kind, content).unwrap();
        }
        bytes
    }

    fn read(bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let record = |found| match found {
            Found::Record { kind, content, .. } => Some((kind, bytes[content].to_vec())),
            Found::Damage(_) => None,
        };
        scan(bytes).into_iter().filter_map(record).collect()
    }

    proptest! {
        #[test]
        fn a_file_cut_anywhere_has_the_records_before_the_cut(
            records: Vec<(u8, Vec<u8>)>,
            cut: prop::sample::Index,
        ) {
            let bytes = file(&records);
            prop_assert_eq!(&read(&bytes), &records);
            let cut = cut.index(bytes.len() + 1);
            let whole = read(&bytes[..cut]);
            prop_assert_eq!(&whole[..], &records[..whole.len()]);
            let lengths = records.iter().map(|(_, content)| HEAD + content.len());
            let ends = lengths.scan(0, |end, length| { *end += length; Some(*end) });
            prop_assert_eq!(whole.len(), ends.filter(|end| *end <= cut).count());
        }

        #[test]
        fn a_flipped_bit_costs_one_record_of_text(
            texts in prop::collection::vec("[ -~]{0,40}", 1..20),
            at: prop::sample::Index,
            bit in 0..8_u8,
        ) {
            let records: Vec<_> = texts.into_iter().map(|text| (1, text.into_bytes())).collect();
            let mut bytes = file(&records);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let left = read(&bytes);
            prop_assert_eq!(left.len(), records.len() - 1);
            let mut rest = records.iter();
            prop_assert!(left.iter().all(|record| rest.any(|other| other == record)));
        }
    }
}
