//! An API token as a client sends it: how one is made, told from what is none, and kept.

use argon2::password_hash::rand_core::{OsRng, RngCore};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What each token begins with, so that whoever scans for secrets finds it.
const MARK: &str = "tl_";
/// The characters of prefix, secret and checksum: none that ends a word, so that a double click takes the whole token.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters of the prefix: 59 bits, by which the row is found.
const PREFIX: usize = 10;
/// Characters of the secret: 238 bits.
const SECRET: usize = 40;
/// Characters of the checksum: 32 bits.
const CHECKSUM: usize = 6;
/// Characters of the whole: `tl_`, prefix, `_`, secret, checksum.
const WHOLE: usize = MARK.len() + PREFIX + 1 + SECRET + CHECKSUM;

/// A token of the right form: `tl_<prefix>_<secret><checksum>`.
///
/// The checksum tells a token that was cut off, mistyped or made up from a real one without asking the database.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct TokenText(String);

impl TokenText {
    /// A new token.
    pub(super) fn generate() -> Self {
        let body = format!("{MARK}{}_{}", random(PREFIX), random(SECRET));
        let checksum = checksum(&body);
        Self(body + &checksum)
    }

    /// The token, if the text has the form of one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if !Self::is_meant(text) || text.len() != WHOLE || !text.is_ascii() {
            return None;
        }
        let (body, sum) = text.split_at(WHOLE - CHECKSUM);
        let (prefix, secret) = body[MARK.len()..].split_at(PREFIX);
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let formed = plain(prefix) && secret.strip_prefix('_').is_some_and(plain);
        (formed && checksum(body) == sum).then(|| Self(text.to_owned()))
    }

    /// Whether the text is meant to be a token, well formed or not.
    pub(super) fn is_meant(text: &str) -> bool {
        text.starts_with(MARK)
    }

    /// The part by which the token is found, which is no secret.
    pub(super) fn prefix(&self) -> &str {
        &self.0[..MARK.len() + PREFIX]
    }

    /// What the database keeps of it. A token has too many random bits to be guessed, so it needs neither salt nor a
    /// slow hash.
    pub(super) fn hash(&self) -> Vec<u8> {
        Sha256::digest(&self.0).to_vec()
    }

    /// Whether this is the token of which `hash` is kept; takes as long for each.
    pub(super) fn is_of(&self, hash: &[u8]) -> bool {
        self.hash().ct_eq(hash).into()
    }

    /// The whole token, for its owner's eyes.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// Hides the token.
impl std::fmt::Debug for TokenText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenText({}_..)", self.prefix())
    }
}

/// So many characters from the system's source of randomness, each as likely as the others.
fn random(length: usize) -> String {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let mut bytes = [0; 64];
        OsRng.fill_bytes(&mut bytes);
        // 248 is the largest multiple of 62 in a byte: what is above would make some characters likelier.
        let fair = bytes.iter().filter(|byte| **byte < 248);
        text.extend(
            fair.map(|byte| char::from(ALPHABET[usize::from(byte % 62)])).take(length - text.len()),
        );
    }
    text
}

/// The CRC-32 of the text in base 62.
fn checksum(text: &str) -> String {
    let mut rest = crc32(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

/// CRC-32 as zip and PNG have it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_has_a_form_that_scanners_find() {
        let seen: HashSet<String> = (0..200).map(|_| TokenText::generate().into_string()).collect();
        assert_eq!(seen.len(), 200);
        for text in &seen {
            assert_eq!(text.len(), 60, "{text}");
            let (mark, rest) = text.split_at(3);
            let (prefix, rest) = rest.split_at(10);
            assert!(mark == "tl_" && rest.starts_with('_'), "{text}");
            assert!((prefix.to_owned() + &rest[1..]).bytes().all(|b| b.is_ascii_alphanumeric()));
            let parsed = TokenText::parse(text).expect("what is made can be read");
            assert_eq!(parsed.prefix(), &text[..13]);
        }
    }

    #[test]
    fn each_character_is_as_likely_as_the_others() {
        let text = random(62_000);
        for character in ALPHABET {
            let count = text.bytes().filter(|byte| byte == character).count();
            assert!((800..1200).contains(&count), "{} {count}", char::from(*character));
        }
    }

    #[test]
    fn the_checksum_is_the_one_that_everybody_knows() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn only_the_same_token_is_the_one_that_is_kept() {
        let (one, other) = (TokenText::generate(), TokenText::generate());
        assert!(one.is_of(&one.hash()) && !one.is_of(&other.hash()));
        assert!(!one.is_of(&[]) && !one.is_of(&one.hash()[..31]));
        assert!(!format!("{one:?}").contains(&one.0[14..]), "{one:?}");
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_read_without_harm(text in ".*") {
            prop_assert!(TokenText::parse(&text).is_none());
            let marked = format!("tl_{text}");
            prop_assert!(TokenText::parse(&marked).is_none());
        }

        #[test]
        fn one_character_changed_is_no_token(at in 0..WHOLE, to in any::<char>()) {
            let token = TokenText::generate().into_string();
            let mut changed: Vec<char> = token.chars().collect();
            prop_assume!(changed[at] != to);
            changed[at] = to;
            prop_assert!(TokenText::parse(&changed.iter().collect::<String>()).is_none());
        }

        #[test]
        fn a_token_that_is_cut_off_or_goes_on_is_none(length in 0..WHOLE, more in ".{1,5}") {
            let token = TokenText::generate().into_string();
            prop_assert!(TokenText::parse(&token[..length]).is_none());
            let longer = token + &more;
            prop_assert!(TokenText::parse(&longer).is_none());
        }
    }
}
