//! Decodes a JSON body strictly, and says where it does not fit.

use std::{cell::RefCell, collections::HashSet, fmt};

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor,
};

use crate::{Fault, Place, Violation, faults, validate::escape};

/// Decodes a body that [`preflight`] let through. What does not fit is noted with its place.
pub(crate) fn decode<T: DeserializeOwned>(
    body: &[u8],
    violations: &mut Vec<Violation>,
) -> Option<T> {
    // Knowing where one is costs as much as decoding: only what does not fit pays for it.
    if let Ok(value) = serde_json::from_slice(body) {
        return Some(value);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize(&mut deserializer) {
        Ok(value) => Some(value),
        Err(error) => {
            let mut pointer = String::new();
            for segment in error.path() {
                use serde_path_to_error::Segment;
                match segment {
                    Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
                    Segment::Map { key } => pointer.push_str(&format!("/{}", escape(key))),
                    // The wire shows no variant names except as tags, and those the path of maps has already.
                    Segment::Enum { .. } | Segment::Unknown => {}
                }
            }
            violations.push(located(pointer, &error.into_inner()));
            None
        }
    }
}

/// Turns serde's words into a violation; a missing field is pointed at as if it stood there.
fn located(mut pointer: String, error: &serde_json::Error) -> Violation {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(words, _)| words);
    let code = if let Some(name) =
        text.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'))
    {
        pointer.push('/');
        pointer.push_str(&escape(name));
        "required"
    } else if text.starts_with("unknown field") {
        "unknown_field"
    } else if text.starts_with("unknown variant") {
        "unknown_variant"
    } else {
        "type"
    };
    let detail =
        if code == "required" { "is required".to_owned() } else { format!("does not fit: {text}") };
    Violation { place: Place::Body, pointer, code: code.into(), detail }
}

/// Walks a body once before it is decoded: it must be JSON in UTF-8, no object may hold a name twice (decoders disagree on
/// which one counts: RFC 8259, section 4), and no string may hold NUL.
///
/// # Errors
/// `request.malformed_json` for what is not such JSON; NULs are violations, noted with their place.
pub(crate) fn preflight(body: &[u8], violations: &mut Vec<Violation>) -> Result<(), Fault> {
    let malformed = |detail: String| Fault::new(&faults::MALFORMED_JSON).detail(detail);
    let text = std::str::from_utf8(body).map_err(|error| {
        malformed(format!("the body is not UTF-8 from byte {} on", error.valid_up_to()))
    })?;
    if text.trim_ascii().is_empty() {
        return Err(malformed(
            "the body is empty, and this operation needs one in JSON".to_owned(),
        ));
    }
    let walk = RefCell::new(Walk { pointer: String::new(), violations });
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Node(&walk)
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end())
        .map_err(|error| malformed(format!("the body is not well-formed JSON: {error}")))
}

struct Walk<'a> {
    pointer: String,
    violations: &'a mut Vec<Violation>,
}

/// One value of the document.
struct Node<'a, 'v>(&'a RefCell<Walk<'v>>);

impl Node<'_, '_> {
    fn text(&self, text: &str) {
        if text.contains('\0') {
            let mut walk = self.0.borrow_mut();
            let pointer = walk.pointer.clone();
            walk.violations.push(Violation {
                place: Place::Body,
                pointer,
                code: "nul".into(),
                detail: "holds a NUL character".to_owned(),
            });
        }
    }

    fn inside<T>(&self, token: fmt::Arguments<'_>, walk: impl FnOnce() -> T) -> T {
        let length = {
            let mut walk = self.0.borrow_mut();
            let length = walk.pointer.len();
            fmt::Write::write_fmt(&mut walk.pointer, token)
                .expect("writing to a String cannot fail");
            length
        };
        let done = walk();
        self.0.borrow_mut().pointer.truncate(length);
        done
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.text(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for index in 0usize.. {
            let next =
                self.inside(format_args!("/{index}"), || items.next_element_seed(Node(self.0)))?;
            if next.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = Seen::default();
        while let Some(key) = members.next_key::<String>()? {
            self.inside(format_args!("/{}", escape(&key)), || {
                self.text(&key);
                members.next_value_seed(Node(self.0))
            })?;
            if let Some(twice) = seen.insert(key) {
                return Err(de::Error::custom(format_args!(
                    "the name `{twice}` stands twice in one object"
                )));
            }
        }
        Ok(())
    }
}

/// The names of one object: a list while it is short, then a set, so that a hostile object costs what it is long.
#[derive(Default)]
struct Seen {
    few: Vec<String>,
    many: HashSet<String>,
}

impl Seen {
    /// Returns the name when it was there already.
    fn insert(&mut self, name: String) -> Option<String> {
        if self.many.is_empty() {
            if self.few.contains(&name) {
                return Some(name);
            }
            self.few.push(name);
            if self.few.len() > 16 {
                self.many.extend(self.few.drain(..));
            }
            return None;
        }
        if self.many.contains(&name) {
            return Some(name);
        }
        self.many.insert(name);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &[u8]) -> Result<Vec<(String, String)>, String> {
        let mut violations = Vec::new();
        preflight(body, &mut violations).map_err(|fault| fault.to_string())?;
        Ok(violations.into_iter().map(|v| (v.pointer, v.code.into_owned())).collect())
    }

    #[test]
    fn refuses_a_name_that_stands_twice() {
        let error = check(br#"{"a":{"b":1,"b":2}}"#).expect_err("twice");
        assert!(error.contains("`b` stands twice"), "{error}");
        let mut wide: String = (0..100).map(|n| format!("\"k{n}\":0,")).collect();
        wide = format!("{{{wide}\"k99\":1}}");
        assert!(check(wide.as_bytes()).is_err());
    }

    #[test]
    fn locates_each_nul() {
        let found = check(br#"{"a":["x","y\u0000"],"b/c":"\u0000","d":"\\u0000"}"#).expect("JSON");
        assert_eq!(
            found,
            [("/a/1".to_owned(), "nul".to_owned()), ("/b~1c".to_owned(), "nul".to_owned())]
        );
    }

    #[test]
    fn refuses_what_is_not_json() {
        for body in [&b""[..], b" ", b"{", b"{}x", b"{\"a\":\xff}", b"NaN", b"{'a':1}"] {
            assert!(check(body).is_err(), "{body:?}");
        }
        // A body of brackets must not exhaust the stack: serde_json stops at 128 levels.
        assert!(check("[".repeat(100_000).as_bytes()).is_err());
    }
}
