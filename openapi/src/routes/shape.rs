//! What a value on the wire is: its type, its name, its limits.

use serde::Serialize;
use serde_json::{Map, Value};

use super::document::{list, resolve};

/// What a value is.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Shape {
    /// JSON's type: `string`, `integer`, `number`, `boolean`, `array`, `object`; `any` when there is none.
    #[serde(rename = "type")]
    kind: String,
    /// The name of its schema in the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    /// Whether `null` is one of its values.
    nullable: bool,
    /// Its limits, under the names of JSON Schema.
    #[serde(skip_serializing_if = "Map::is_empty")]
    limits: Map<String, Value>,
    /// What its items are, for an array.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Box<Shape>>,
}

/// The words of JSON Schema that limit a value.
const LIMITS: [&str; 15] = [
    "format",
    "enum",
    "const",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "default",
];

/// What each text says beside its own limits: no NUL, which no database keeps.
const NO_NUL: &str = "^[^\\u0000]*$";

impl Shape {
    /// What the schema says.
    pub(super) fn of(document: &Value, schema: &Value) -> Self {
        let alternatives = list(&schema["oneOf"]);
        if let [one, other] = alternatives {
            let is_null = |schema: &Value| schema["type"] == "null";
            if is_null(one) || is_null(other) {
                let some = if is_null(one) { other } else { one };
                return Self { nullable: true, ..Self::of(document, some) };
            }
        }
        let name = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
        let target = resolve(document, schema);
        let types: Vec<&str> = match &target["type"] {
            Value::String(one) => vec![one],
            several => list(several).iter().filter_map(Value::as_str).collect(),
        };
        let kind = types.iter().find(|kind| **kind != "null");
        let mut limits = Map::new();
        // What stands beside a reference adds to it.
        for word in LIMITS {
            for value in [target.get(word), schema.get(word)].into_iter().flatten() {
                limits.insert(word.to_owned(), value.clone());
            }
        }
        let items = target.get("items").map(|items| Box::new(Self::of(document, items)));
        let kind = kind.copied().unwrap_or(match list(&target["oneOf"]) {
            [] => "any",
            _ => "object",
        });
        Self {
            kind: kind.to_owned(),
            schema: name.map(str::to_owned),
            nullable: types.contains(&"null"),
            limits,
            items,
        }
    }

    /// The name of its schema, else its type: `Task`, `list of Scope`.
    pub(super) fn name(&self) -> String {
        match (&self.schema, &self.items) {
            (Some(name), _) => name.clone(),
            (None, Some(items)) => format!("list of {}", items.name()),
            (None, None) => self.kind.clone(),
        }
    }

    /// Its name, its type and its limits, for people: `Title: string, 1..256 characters`.
    pub(super) fn text(&self) -> String {
        let mut said = self.name();
        if self.schema.is_some() && self.kind != "object" {
            said = format!(
                "{said}: {}",
                self.items
                    .as_ref()
                    .map_or(self.kind.clone(), |items| format!("list of {}", items.name()))
            );
        }
        let limit = |name: &str| self.limits.get(name);
        if let Some(values) = limit("enum").or(limit("const")) {
            let values = values.as_array().cloned().unwrap_or_else(|| vec![values.clone()]);
            let values: Vec<String> = values.iter().map(plain).collect();
            said.push_str(&format!(", {}", values.join(" | ")));
        }
        if let Some(format) = limit("format").and_then(Value::as_str) {
            // That an integer has 64 bits, its range says.
            if !["int32", "int64", "double", "float"].contains(&format) {
                said.push_str(&format!(", {format}"));
            }
        }
        for (least, most, unit) in [
            ("minLength", "maxLength", " characters"),
            ("minimum", "maximum", ""),
            ("minItems", "maxItems", " items"),
        ] {
            let number = |name| limit(name).map(plain).unwrap_or_default();
            if limit(least).is_some() || limit(most).is_some() {
                said.push_str(&format!(", {}..{}{unit}", number(least), number(most)));
            }
        }
        for (word, sign) in [("exclusiveMinimum", ">"), ("exclusiveMaximum", "<")] {
            if let Some(bound) = limit(word) {
                said.push_str(&format!(", {sign} {bound}"));
            }
        }
        if let Some(factor) = limit("multipleOf") {
            said.push_str(&format!(", a multiple of {factor}"));
        }
        if limit("uniqueItems").is_some_and(|unique| unique == true) {
            said.push_str(", no two the same");
        }
        if let Some(pattern) = limit("pattern").and_then(Value::as_str).filter(|p| *p != NO_NUL) {
            said.push_str(&format!(", like {pattern}"));
        }
        if let Some(default) = limit("default") {
            said.push_str(&format!(", else {}", plain(default)));
        }
        if self.nullable {
            said.push_str(", or null");
        }
        said
    }
}

/// A value without quotes around a text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(schema: Value) -> String {
        let document = json!({ "components": { "schemas": {
            "Title": { "type": "string", "minLength": 1, "maxLength": 256, "pattern": NO_NUL },
            "Role": { "type": "string", "enum": ["user", "admin"] },
        } } });
        Shape::of(&document, &schema).text()
    }

    #[test]
    fn limits_read_well() {
        let title = json!({ "$ref": "#/components/schemas/Title" });
        assert_eq!(said(title.clone()), "Title: string, 1..256 characters");
        assert_eq!(
            said(json!({ "oneOf": [title, { "type": "null" }] })),
            "Title: string, 1..256 characters, or null"
        );
        let role = json!({ "$ref": "#/components/schemas/Role" });
        assert_eq!(said(role.clone()), "Role: string, user | admin");
        assert_eq!(
            said(json!({ "type": "array", "items": role, "minItems": 1 })),
            "list of Role, 1.. items"
        );
        assert_eq!(
            said(
                json!({ "type": ["integer", "null"], "format": "int64", "minimum": 1, "maximum": 9 })
            ),
            "integer, 1..9, or null"
        );
        assert_eq!(said(json!({ "type": "boolean", "default": false })), "boolean, else false");
    }
}
