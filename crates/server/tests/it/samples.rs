//! Values that fit a schema of the document, and values that are one past each of its limits.

use serde_json::{Map, Value, json};

/// A schema with the document that its references point into.
#[derive(Clone, Copy)]
pub struct Schema<'a> {
    pub document: &'a Value,
    pub schema: &'a Value,
}

/// A value past one limit, and where the server must point.
#[derive(Debug)]
pub struct Past {
    pub value: Value,
    pub pointer: String,
    pub what: String,
}

impl<'a> Schema<'a> {
    /// Follows references and takes the alternative that is not `null`.
    fn resolved(self) -> Self {
        let at = |schema| Self { schema, ..self };
        if let Some(reference) = self.schema["$ref"].as_str() {
            let pointer = reference.strip_prefix('#').expect("a reference into the document");
            return at(self
                .document
                .pointer(pointer)
                .unwrap_or_else(|| panic!("{reference} leads nowhere")))
            .resolved();
        }
        if let Some(alternatives) =
            self.schema["oneOf"].as_array().or_else(|| self.schema["anyOf"].as_array())
        {
            let real = alternatives.iter().find(|alternative| alternative["type"] != "null");
            return at(real.expect("an alternative beside null")).resolved();
        }
        self
    }

    /// The schema behind references.
    pub fn object(self) -> Self {
        self.resolved()
    }

    /// Whether any text fits its type.
    pub fn is_text(self) -> bool {
        self.resolved().kind() == "string"
    }

    /// Whether it is where a page ends.
    pub fn is_cursor(self) -> bool {
        self.schema.to_string().contains("/schemas/Cursor\"")
    }

    fn kind(self) -> &'a str {
        let kind = &self.schema["type"];
        let several = kind.as_array().into_iter().flatten().filter_map(Value::as_str);
        kind.as_str().or_else(|| several.clone().find(|kind| *kind != "null")).unwrap_or("any")
    }

    /// The members of an object, each with its schema.
    pub fn members(self) -> impl Iterator<Item = (&'a String, Self)> {
        self.schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(move |(name, schema)| (name, Self { schema, ..self }))
    }

    fn number(self, limit: &str) -> Option<i64> {
        self.schema[limit].as_i64()
    }

    /// A value that fits. Texts, whole numbers and days differ from call to call where they may, so that unique ones do not
    /// meet.
    pub fn sample(self) -> Value {
        let this = self.resolved();
        if let Some(first) = this.schema["enum"].as_array().and_then(|values| values.first()) {
            return first.clone();
        }
        match this.kind() {
            "object" => {
                let required = this.schema["required"].as_array().cloned().unwrap_or_default();
                let members = this
                    .members()
                    .filter(|(name, _)| required.iter().any(|required| required == *name));
                Value::Object(
                    members.map(|(name, member)| (name.clone(), member.sample())).collect(),
                )
            }
            "array" => {
                let items = Self { schema: &this.schema["items"], ..this };
                (0..this.number("minItems").unwrap_or(0)).map(|_| items.sample()).collect()
            }
            "string" => match this.schema["format"].as_str() {
                Some("uuid") => json!(uuid::Uuid::now_v7()),
                Some("email") => json!(format!("{}@example.org", uuid::Uuid::now_v7().simple())),
                Some("date-time") => json!("2026-11-20T12:00:00.000000Z"),
                Some("date") => {
                    let [year, month, day] = [100, 12, 28].map(random);
                    json!(format!("{}-{:02}-{:02}", 2000 + year, 1 + month, 1 + day))
                }
                Some("int64") => json!("7"),
                _ => json!(this.text()),
            },
            "integer" => {
                let min = this.number("minimum").unwrap_or(1);
                let room = this.number("maximum").map_or(i64::MAX, |max| max.saturating_sub(min));
                json!(min + random(room.clamp(0, 1_000_000) + 1))
            }
            "number" => json!(this.number("minimum").unwrap_or(1)),
            "boolean" => json!(true),
            // Where anything fits.
            "any" => json!({ "any": ["thing", 1, null] }),
            other => panic!("no sample of {other}: {}", this.schema),
        }
    }

    /// A text that nobody else has, as far as its limits leave room for one.
    fn text(self) -> String {
        let limit = |name| self.number(name).and_then(|limit| usize::try_from(limit).ok());
        let (min, max) = (limit("minLength").unwrap_or(0), limit("maxLength").unwrap_or(12));
        let letters = uuid::Uuid::new_v4().simple().to_string();
        letters.chars().cycle().take(12.clamp(min.max(1), max.max(1))).collect()
    }

    /// Values that fit but for one limit each, all limits of all members in turn.
    pub fn past(self) -> Vec<Past> {
        let this = self.resolved();
        let mut found = Vec::new();
        let mut own = |value: Value, what: &str| {
            found.push(Past { value, pointer: String::new(), what: what.to_owned() })
        };
        match this.kind() {
            "object" => {
                own(json!([]), "an array instead of an object");
                for (name, member) in this.members() {
                    let mut whole = match this.sample() {
                        Value::Object(whole) => whole,
                        other => panic!("{other} is no object"),
                    };
                    let pointer = format!("/{name}");
                    let inside = member.past().into_iter().map(|past| {
                        whole.insert(name.clone(), past.value);
                        let pointer = format!("{pointer}{}", past.pointer);
                        Past { value: Value::Object(whole.clone()), pointer, what: past.what }
                    });
                    found.extend(inside.collect::<Vec<_>>());
                    if this.schema["required"]
                        .as_array()
                        .is_some_and(|required| required.iter().any(|r| r == name))
                    {
                        let mut without: Map<String, Value> = whole.clone();
                        without.remove(name);
                        found.push(Past {
                            value: Value::Object(without),
                            pointer,
                            what: "left out".to_owned(),
                        });
                    }
                }
            }
            "string" => {
                own(json!(7), "a number instead of a text");
                if let Some(max) = this.number("maxLength") {
                    own(
                        json!("x".repeat(usize::try_from(max).expect("a length") + 1)),
                        "one character too many",
                    );
                }
                if let Some(min @ 1..) = this.number("minLength") {
                    own(
                        json!("x".repeat(usize::try_from(min).expect("a length") - 1)),
                        "one character too few",
                    );
                }
                if this.schema["pattern"].is_string() {
                    own(json!("x\0x".repeat(4)), "NUL");
                }
                if this.schema["enum"].is_array() {
                    own(json!("none of the values"), "none of the values");
                }
                let formats = ["uuid", "email", "date", "date-time"];
                if this.schema["format"].as_str().is_some_and(|format| formats.contains(&format)) {
                    own(json!("neither id nor address"), "another format");
                }
            }
            "integer" | "number" => {
                own(json!("x"), "a text instead of a number");
                this.number("minimum")
                    .into_iter()
                    .for_each(|min| own(json!(min - 1), "one below the minimum"));
                this.number("maximum")
                    .into_iter()
                    .for_each(|max| own(json!(max + 1), "one above the maximum"));
            }
            "boolean" => own(json!("perhaps"), "neither true nor false"),
            "array" => {
                let items = Self { schema: &this.schema["items"], ..this };
                if let Some(max) = this.number("maxItems") {
                    own((0..=max).map(|_| items.sample()).collect(), "one item too many");
                }
                found.extend(items.past().into_iter().map(|past| Past {
                    value: json!([items.sample(), past.value]),
                    pointer: format!("/1{}", past.pointer),
                    what: past.what,
                }));
            }
            _ => {}
        }
        found
    }
}

/// Some number from 0, below this one.
fn random(below: i64) -> i64 {
    let bits = uuid::Uuid::new_v4().as_u128() % u128::try_from(below.max(1)).expect("positive");
    i64::try_from(bits).expect("below an i64")
}
