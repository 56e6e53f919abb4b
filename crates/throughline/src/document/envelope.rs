//! The schemas of problems: the envelope of RFC 9457 with what one code fixes in it.

use serde_json::{Map, Value, json};

use super::components::refer;
use crate::Problem;

/// The name of the schema of one thing that is wrong with a request.
pub(super) const VIOLATION: &str = "Violation";

/// A code with what is the same each time that it is answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Code {
    pub(super) code: &'static str,
    pub(super) status: u16,
    pub(super) title: &'static str,
    /// Whether it is the framework's: those may come without a sentence about this occurrence.
    pub(super) fault: bool,
}

impl Code {
    /// The name of its schema: `task.not_found` as `TaskNotFound`.
    pub(super) fn name(&self) -> String {
        let mut name = String::new();
        for word in self.code.split(['.', '_']) {
            let mut letters = word.chars();
            name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
            name.push_str(letters.as_str());
        }
        name
    }

    /// The schema of its problem; `fields` is an object's schema whose members it has as well.
    pub(super) fn problem(&self, fields: &Value) -> Value {
        let mut properties = json!({
            "type": { "type": "string", "const": Problem::type_of(self.code) },
            "title": { "type": "string", "const": self.title },
            "status": { "type": "integer", "const": self.status },
            "detail": { "type": "string", "description": "What was the matter this time." },
            "code": { "type": "string", "const": self.code },
            "request_id": {
                "type": "string",
                "description": "The id under which the server logged the request.",
            },
        });
        let mut required = vec!["type", "title", "status", "code", "request_id"];
        if !self.fault {
            required.push("detail");
        }
        let own = fields["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        required.extend(own);
        if let (Some(all), Some(own)) =
            (properties.as_object_mut(), fields["properties"].as_object())
        {
            all.extend(own.clone());
        }
        json!({
            "type": "object",
            "description": self.title,
            "properties": properties,
            "required": required,
        })
    }
}

/// The schema of a response with one of these codes.
pub(super) fn any_of(codes: &[Code]) -> Value {
    if let [only] = codes {
        return refer(&only.name());
    }
    let references: Vec<Value> = codes.iter().map(|code| refer(&code.name())).collect();
    let mapping: Map<String, Value> = codes
        .iter()
        .zip(&references)
        .map(|(code, reference)| (code.code.to_owned(), reference["$ref"].clone()))
        .collect();
    json!({
        "oneOf": references,
        "discriminator": { "propertyName": "code", "mapping": mapping },
    })
}

/// The member that a 422 has beside the envelope's, as an object's schema.
pub(super) fn errors() -> Value {
    json!({
        "properties": {
            "errors": {
                "type": "array",
                "description": "What is wrong with the request, all at once.",
                "items": refer(VIOLATION),
            },
        },
        "required": ["errors"],
    })
}

/// One thing that is wrong with a request.
pub(super) fn violation() -> Value {
    json!({
        "type": "object",
        "description": "One thing that is wrong with a request.",
        "properties": {
            "in": {
                "type": "string",
                "enum": ["path", "query", "header", "body"],
                "description": "Where the value stands.",
            },
            "pointer": {
                "type": "string",
                "description": "A JSON pointer into that place; for parameters the name.",
                "examples": ["/title", "/items/0/amount"],
            },
            "code": {
                "type": "string",
                "description": "A stable code: `required`, `type`, `too_short`, `too_long`, `nul`, \
                    or the name of the broken rule.",
                "examples": ["too_long"],
            },
            "detail": { "type": "string", "description": "What is wrong, for people." },
        },
        "required": ["in", "pointer", "code", "detail"],
    })
}
