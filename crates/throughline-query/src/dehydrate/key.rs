//! Keys from their JSON text: exactly the key that was written, down to the last bit of a float.

use super::scan::{Cursor, Kind, Syntax};
use crate::Key;
use crate::key::segment::{Array, Object, Segment, Text};

/// Why a key cannot be read.
pub(crate) enum Unreadable {
    Syntax,
    /// A number that no double can hold; to JavaScript it is infinite, and no key of ours is written so.
    Number,
    /// Half of a surrogate pair.
    Text,
}

impl Unreadable {
    pub fn told(&self) -> &'static str {
        match self {
            Self::Syntax => "not a JSON array",
            Self::Number => "number out of range",
            Self::Text => "text that is not Unicode",
        }
    }
}

impl From<Syntax> for Unreadable {
    fn from(_: Syntax) -> Self {
        Self::Syntax
    }
}

/// The key that an array is. Of its depth the caller has made sure. The segments are room to work in,
/// for callers with many keys.
pub(crate) fn parse(text: &str, segments: &mut Vec<Segment>) -> Result<Key, Unreadable> {
    segments.clear();
    let mut cursor = Cursor::new(text);
    let mut first = true;
    while cursor.item(&mut first)? {
        segments.push(segment(&mut cursor)?);
    }
    cursor.end()?;
    Ok(Key::new(segments.drain(..)))
}

fn segment(cursor: &mut Cursor<'_>) -> Result<Segment, Unreadable> {
    let mut first = true;
    Ok(match cursor.kind()? {
        Kind::Null => {
            cursor.skip()?;
            Segment::Null
        }
        Kind::Bool => Segment::Bool(cursor.value()?.0 == "true"),
        Kind::Number => number(cursor.value()?.0)?,
        Kind::Text => match cursor.value()?.0 {
            text if text.contains('\\') => unescaped(text)?.into(),
            text => Segment::from(&text[1..text.len() - 1]),
        },
        Kind::Array => {
            let mut items = Vec::new();
            while cursor.item(&mut first)? {
                items.push(segment(cursor)?);
            }
            Segment::Array(Array::new(items))
        }
        Kind::Object => {
            let mut fields = Vec::new();
            while let Some(name) = cursor.field(&mut first)? {
                let name = match name {
                    name if name.contains('\\') => unescaped(&format!("\"{name}\""))?.into(),
                    name => Text::from(name),
                };
                fields.push((name, segment(cursor)?));
            }
            Segment::Object(Object::new(fields))
        }
    })
}

fn unescaped(quoted: &str) -> Result<String, Unreadable> {
    serde_json::from_str(quoted).map_err(|_| Unreadable::Text)
}

fn number(text: &str) -> Result<Segment, Unreadable> {
    if let Ok(int) = text.parse::<i64>() {
        return Ok(int.into());
    }
    if let Ok(int) = text.parse::<u64>() {
        return Ok(int.into());
    }
    match text.parse::<f64>() {
        Ok(float) if float.is_finite() => Ok(float.into()),
        _ => Err(Unreadable::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segments() -> impl Strategy<Value = Segment> {
        let scalar = prop_oneof![
            Just(Segment::Null),
            any::<bool>().prop_map(Segment::from),
            any::<i64>().prop_map(Segment::from),
            any::<u64>().prop_map(Segment::from),
            (prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO)
                .prop_map(Segment::from),
            any::<String>().prop_map(Segment::from),
        ];
        scalar.prop_recursive(4, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Segment::from),
                prop::collection::vec((any::<String>(), inner), 0..5).prop_map(Segment::object),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_key_is_read_as_it_was_written(key in prop::collection::vec(segments(), 0..5)) {
            let key = Key::new(key);
            // Not as its `queryHash` has it: JavaScript writes a double beyond 2^53 as a whole number
            // with all its digits, and here such a number is one.
            let text = serde_json::to_string(&key).unwrap();
            let read = parse(&text, &mut Vec::new()).map_err(|why| why.told()).unwrap();
            prop_assert_eq!(&read, &key, "{}", text);
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["{}", "[1", "[1e999]", r#"["\ud800"]"#, r#"[{"\udc00":1}]"#, "[1] 2"] {
            assert!(parse(text, &mut Vec::new()).is_err(), "{text}");
        }
    }
}
