//! Keys as JSON: values, TanStack Query's `queryHash`, and serde.

use std::fmt::{self, Write};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use super::segment::{Array, Object, Segment, Text};
use super::{Key, KeyError};

impl Key {
    /// The key as a JSON array. What JSON cannot say (NaN and the infinities) is `null`.
    ///
    /// ```
    /// use serde_json::json;
    /// use throughline_query::Key;
    ///
    /// assert_eq!(Key::from(("todos", 0.5, f64::NAN)).to_json(), json!(["todos", 0.5, null]));
    /// ```
    pub fn to_json(&self) -> Value {
        Value::Array(self.segments().iter().map(Segment::to_json).collect())
    }

    /// The key that `to_json` gives this value for; TanStack Query's `queryKey`.
    ///
    /// # Errors
    ///
    /// [`KeyError::NotAnArray`], or [`KeyError::TooDeep`].
    ///
    /// ```
    /// use serde_json::json;
    /// use throughline_query::{Key, KeyError};
    ///
    /// assert_eq!(Key::from_json(&json!(["todos", 1])), Ok(Key::from(("todos", 1))));
    /// assert_eq!(Key::from_json(&json!("todos")), Err(KeyError::NotAnArray));
    /// ```
    pub fn from_json(value: &Value) -> Result<Self, KeyError> {
        let Value::Array(items) = value else { return Err(KeyError::NotAnArray) };
        let segments =
            items.iter().map(|item| from_json(item, 0)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::new(segments))
    }

    /// The `queryHash` that TanStack Query has for this key: `JSON.stringify` with sorted objects.
    ///
    /// Whole numbers beyond ±2^53, which JavaScript does not have, stand in it with all their digits.
    ///
    /// ```
    /// use throughline_query::{Key, Segment};
    ///
    /// let key = Key::from(("todos", Segment::object([("page", 2.5), ("max", 1e21)])));
    /// assert_eq!(key.query_hash(), r#"["todos",{"max":1e+21,"page":2.5}]"#);
    /// ```
    pub fn query_hash(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_array(f, self.segments())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::UInt(value) => write!(f, "{value}"),
            Self::Float(value) => {
                let value = value.get();
                if value.is_finite() {
                    f.write_str(ryu_js::Buffer::new().format_finite(value))
                } else {
                    f.write_str("null")
                }
            }
            Self::Str(text) => write_text(f, text),
            Self::Array(items) => write_array(f, items),
            Self::Object(fields) => {
                f.write_char('{')?;
                for (at, (name, value)) in fields.iter().enumerate() {
                    if at > 0 {
                        f.write_char(',')?;
                    }
                    write_text(f, name)?;
                    write!(f, ":{value}")?;
                }
                f.write_char('}')
            }
        }
    }
}

fn write_array(f: &mut fmt::Formatter<'_>, items: &[Segment]) -> fmt::Result {
    f.write_char('[')?;
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_char(',')?;
        }
        write!(f, "{item}")?;
    }
    f.write_char(']')
}

/// As `JSON.stringify` quotes: control characters, quotes and backslashes are escaped, nothing else.
fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    let mut rest = text;
    // All of these are ASCII, and so is what is cut off in front of the rest.
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, 0..=0x1f | b'"' | b'\\')) {
        f.write_str(&rest[..at])?;
        match rest.as_bytes()[at] {
            b'"' => f.write_str("\\\"")?,
            b'\\' => f.write_str("\\\\")?,
            0x08 => f.write_str("\\b")?,
            b'\t' => f.write_str("\\t")?,
            b'\n' => f.write_str("\\n")?,
            0x0c => f.write_str("\\f")?,
            b'\r' => f.write_str("\\r")?,
            control => write!(f, "\\u{control:04x}")?,
        }
        rest = &rest[at + 1..];
    }
    f.write_str(rest)?;
    f.write_char('"')
}

impl Segment {
    fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Number((*value).into()),
            Self::UInt(value) => Value::Number((*value).into()),
            Self::Float(value) => Number::from_f64(value.get()).map_or(Value::Null, Value::Number),
            Self::Str(text) => Value::String(text.to_string()),
            Self::Array(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Self::Object(fields) => {
                let field = |(name, value): &(Text, Self)| (name.to_string(), value.to_json());
                Value::Object(fields.iter().map(field).collect::<Map<_, _>>())
            }
        }
    }
}

/// What lies inside of a container, if another one is allowed there.
pub(super) fn deeper(depth: usize) -> Result<usize, KeyError> {
    if depth < Key::MAX_DEPTH { Ok(depth + 1) } else { Err(KeyError::TooDeep) }
}

fn from_json(value: &Value, depth: usize) -> Result<Segment, KeyError> {
    Ok(match value {
        Value::Null => Segment::Null,
        Value::Bool(value) => Segment::Bool(*value),
        Value::Number(number) => {
            if let Some(int) = number.as_i64() {
                Segment::Int(int)
            } else if let Some(int) = number.as_u64() {
                Segment::UInt(int)
            } else {
                // Every number is at least a float; what is not in its range was read as infinite.
                number.as_f64().unwrap_or(f64::NAN).into()
            }
        }
        Value::String(text) => text.into(),
        Value::Array(items) => {
            let depth = deeper(depth)?;
            let items =
                items.iter().map(|item| from_json(item, depth)).collect::<Result<_, _>>()?;
            Segment::Array(Array::new(items))
        }
        Value::Object(fields) => {
            let depth = deeper(depth)?;
            let field = |(name, value): (&String, &Value)| {
                Ok((Text::from(name.as_str()), from_json(value, depth)?))
            };
            Segment::Object(Object::new(fields.iter().map(field).collect::<Result<_, _>>()?))
        }
    })
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.segments())
    }
}

impl Serialize for Segment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::UInt(value) => serializer.serialize_u64(*value),
            Self::Float(value) => serializer.serialize_f64(value.get()),
            Self::Str(text) => serializer.serialize_str(text),
            Self::Array(items) => serializer.collect_seq(items.iter()),
            Self::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields.iter() {
                    map.serialize_entry(&**name, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;

        impl<'de> Visitor<'de> for Whole {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key, which is an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Key, A::Error> {
                let mut segments = Vec::new();
                while let Some(segment) = seq.next_element_seed(Part { depth: 0 })? {
                    segments.push(segment);
                }
                Ok(Key::new(segments))
            }
        }

        deserializer.deserialize_seq(Whole)
    }
}

impl<'de> Deserialize<'de> for Segment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Part { depth: 0 }.deserialize(deserializer)
    }
}

/// A segment that lies inside of so many others.
#[derive(Clone, Copy)]
struct Part {
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Part {
    type Value = Segment;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Segment, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part {
    type Value = Segment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a segment of a key")
    }

    fn visit_unit<E>(self) -> Result<Segment, E> {
        Ok(Segment::Null)
    }

    fn visit_none<E>(self) -> Result<Segment, E> {
        Ok(Segment::Null)
    }

    // No key is written with these, so that they may count as a level.
    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Segment, D::Error> {
        Self { depth: deeper(self.depth).map_err(D::Error::custom)? }.deserialize(inner)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Segment, D::Error> {
        self.visit_some(inner)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Segment, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Segment, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Segment, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Segment, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Segment, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Segment, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Segment, A::Error> {
        let depth = deeper(self.depth).map_err(A::Error::custom)?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Self { depth })? {
            items.push(item);
        }
        Ok(Segment::Array(Array::new(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Segment, A::Error> {
        let depth = deeper(self.depth).map_err(A::Error::custom)?;
        let mut fields = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            fields.push((Text::from(name), map.next_value_seed(Self { depth })?));
        }
        Ok(Segment::Object(Object::new(fields)))
    }
}
