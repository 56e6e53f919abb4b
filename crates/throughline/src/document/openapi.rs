//! A finished document, written the same way on every machine.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

/// The members at the top, in the order in which people look for them; the document's own stand
/// after the first.
const TOP: [&str; 6] = ["openapi", "info", "servers", "tags", "paths", "components"];

/// The methods of a path, in the order in which people think of them.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// An OpenAPI 3.1 document.
///
/// As text its order is fixed: the usual one at the top and among the methods of a path, the
/// alphabet's elsewhere. It does not depend on whether some crate of the program turns on
/// `serde_json/preserve_order`, so the file in the repository only changes with the contract.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenApi(Value);

impl OpenApi {
    pub(super) fn new(root: Value) -> Self {
        Self(root)
    }

    /// The document as indented JSON that ends with a newline: what is written to a file.
    pub fn to_json_pretty(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("JSON values have string keys");
        text.push('\n');
        text
    }

    /// The document as JSON in one line: what is served.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("JSON values have string keys")
    }

    /// The document as a value; the order of its members is serde_json's.
    pub fn to_value(&self) -> Value {
        self.0.clone()
    }

    /// The document as a value; the order of its members is serde_json's.
    pub fn as_value(&self) -> &Value {
        &self.0
    }
}

impl From<OpenApi> for Value {
    fn from(document: OpenApi) -> Self {
        document.0
    }
}

impl Serialize for OpenApi {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Ordered { value: &self.0, level: Level::Root }.serialize(serializer)
    }
}

/// Where in the document a value stands, as far as the order of its members depends on it.
#[derive(Clone, Copy)]
enum Level {
    Root,
    Paths,
    Path,
    Elsewhere,
}

impl Level {
    /// The level of the member `name`.
    fn inside(self, name: &str) -> Self {
        match self {
            Self::Root if name == "paths" => Self::Paths,
            Self::Paths => Self::Path,
            Self::Root | Self::Path | Self::Elsewhere => Self::Elsewhere,
        }
    }

    /// Where a member stands among its siblings.
    fn rank(self, name: &str) -> (usize, &str) {
        let known = match self {
            Self::Root if name.starts_with("x-") => return (1, name),
            Self::Root => TOP.as_slice(),
            Self::Path => METHODS.as_slice(),
            Self::Paths | Self::Elsewhere => &[],
        };
        let rank = known.iter().position(|known| *known == name).unwrap_or(known.len());
        // Twice, so that the document's own members fit between the first and the second.
        (2 * rank, name)
    }
}

/// A value whose members are written in the order of its level.
struct Ordered<'a> {
    value: &'a Value,
    level: Level,
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::Object(members) => self.members(members, serializer),
            Value::Array(items) => serializer
                .collect_seq(items.iter().map(|value| Ordered { value, level: Level::Elsewhere })),
            other => other.serialize(serializer),
        }
    }
}

impl Ordered<'_> {
    fn members<S: Serializer>(
        &self,
        members: &Map<String, Value>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
        sorted.sort_by(|(a, _), (b, _)| self.level.rank(a).cmp(&self.level.rank(b)));
        let mut map = serializer.serialize_map(Some(sorted.len()))?;
        for (name, value) in sorted {
            map.serialize_entry(name, &Ordered { value, level: self.level.inside(name) })?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_have_a_fixed_order() {
        let document = OpenApi::new(json!({
            "components": {},
            "paths": { "/b": { "delete": 1, "x": 2, "get": { "b": 1, "a": 2 } }, "/a": {} },
            "x-own": 0,
            "info": {},
            "openapi": "3.1.0",
        }));
        let expected = r#"{"openapi":"3.1.0","x-own":0,"info":{},"paths":{"/a":{},"/b":{"get":{"a":2,"b":1},"delete":1,"x":2}},"components":{}}"#;
        assert_eq!(document.to_json(), expected);
        assert!(document.to_json_pretty().ends_with("}\n"));
    }
}
