//! Schemas are what the fields' types say of themselves, however those are called.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};
use throughline::{
    Id, Input, Int64, Page, Patch, Schemas, Text, Timestamp, WireSchema, input, output,
};
use uuid::Uuid;

/// A word.
#[derive(Text)]
#[text(chars = 2..=4)]
pub struct Word(String);

#[derive(Id)]
pub struct WordId(Uuid);

type Words = Vec<Word>;
type Maybe<T> = Option<T>;
type Count = u32;

/// What a word is.
///
/// More of it.
#[output]
#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Noun,
    #[serde(rename = "other-one")]
    Other,
}

/// All there is.
#[output]
#[allow(dead_code)]
#[serde(rename_all = "camelCase")]
pub struct Everything {
    /// The id.
    pub the_id: WordId,
    pub words: Words,
    pub maybe: Maybe<Count>,
    pub maybe_word: Option<Word>,
    #[serde(default)]
    pub defaulted: u8,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skippable: Vec<u8>,
    #[serde(skip)]
    pub skipped: u8,
    #[deprecated]
    #[schema(example = 5)]
    pub old: i64,
    pub boxed: Box<Kind>,
    pub by_kind: BTreeMap<Kind, u8>,
    pub page: Page<Kind>,
    pub pair: (u8, Word),
    pub array: [bool; 2],
    pub big: i128,
    pub amount: Int64,
    #[schema(value_type = String)]
    #[serde(with = "as_text")]
    pub number: u8,
    pub r#type: (),
}

mod as_text {
    pub fn serialize<S: serde::Serializer>(number: &u8, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }
    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A tree.
#[input]
pub struct Tree {
    pub word: Word,
    pub branches: Vec<Tree>,
    pub other: Option<Box<Other>>,
}

#[input]
pub struct Other {
    pub tree: Option<Box<Tree>>,
}

const MOST: usize = 7;
const LEAST: i8 = -3;

#[input]
#[schema(as = Limited)]
#[serde(deny_unknown_fields)]
pub struct LimitedInput {
    #[path]
    pub id: WordId,
    /// How many.
    #[query("how-many")]
    #[garde(range(min = 1, max = 9_007_199_254_740_991))]
    pub many: Option<u64>,
    #[garde(length(chars, min = 1, max = MOST), pattern("^a"))]
    pub text: String,
    /// The tags.
    #[garde(length(simple, max = 3), inner(length(chars, max = MOST)))]
    pub tags: Maybe<Vec<String>>,
    #[garde(length(simple, max = 5), inner(range(min = LEAST, max = 1)))]
    pub map: HashMap<String, i8>,
    #[garde(range(min = -0.5))]
    #[schema(default = 0.5)]
    pub ratio: f32,
    #[garde(email)]
    pub mail: Patch<Option<String>>,
    /// One word.
    #[garde(length(chars, max = 3))]
    pub alias: Alias,
    #[garde(range(max = self.many.unwrap_or_default()))]
    pub relative: u64,
    #[garde(length(simple, max = 2))]
    pub at: BTreeSet<Timestamp>,
}

type Alias = String;

#[input]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Internal {
    /// A leaf.
    Leaf(Tree),
    NamedOne {
        #[garde(range(max = 3))]
        number: u8,
    },
    Bare,
}

#[input]
#[serde(tag = "t", content = "c")]
pub enum Adjacent {
    Pair(#[garde(range(max = 3))] u8, Word),
    Bare,
}

#[input]
#[serde(untagged)]
pub enum Untagged {
    Number(#[garde(range(max = 3))] u8),
    Word(Word),
}

#[input]
pub enum External {
    /// Nothing in it.
    Bare,
    One(Option<Word>),
    Named {
        number: Option<u8>,
    },
}

#[output]
pub struct Flat {
    pub a: u8,
    #[serde(flatten)]
    pub other: Newtype,
    #[serde(flatten)]
    pub more: BTreeMap<String, u8>,
}

#[output]
pub struct Newtype {
    pub b: Wrapped,
}

/// A list.
#[output]
pub struct Wrapped(pub Vec<Word>);

#[output]
#[serde(transparent)]
pub struct Transparent {
    pub inner: u8,
}

/// Nothing.
#[output]
pub struct Bare;

fn schema<T: WireSchema>() -> (Value, BTreeMap<String, Value>) {
    let mut schemas = Schemas::new();
    let own = serde_json::to_value(T::schema(&mut schemas)).expect("JSON");
    let all = schemas
        .into_iter()
        .map(|(name, schema)| (name, serde_json::to_value(schema).expect("JSON")))
        .collect();
    (own, all)
}

fn named<T: WireSchema>(name: &str) -> Value {
    let (own, all) = schema::<T>();
    assert_eq!(own, json!({ "$ref": format!("#/components/schemas/{name}") }));
    all.get(name).unwrap_or_else(|| panic!("{name} is not among {:?}", all.keys())).clone()
}

fn to(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

#[test]
fn a_field_has_its_types_schema_under_any_name() {
    let everything = named::<Everything>("Everything");
    let of = |name: &str| everything["properties"][name].clone();
    assert_eq!(everything["description"], "All there is.");
    assert_eq!(
        everything["required"],
        json!([
            "theId", "words", "old", "boxed", "byKind", "page", "pair", "array", "big", "amount",
            "number", "type"
        ])
    );
    assert_eq!(
        of("theId"),
        json!({ "$ref": "#/components/schemas/WordId", "description": "The id." })
    );
    assert_eq!(of("words"), json!({ "type": "array", "items": to("Word") }));
    assert_eq!(
        of("maybe"),
        json!({ "type": ["integer", "null"], "format": "int64", "minimum": 0 })
    );
    assert_eq!(of("maybeWord"), json!({ "oneOf": [to("Word"), { "type": "null" }] }));
    assert_eq!(of("skipped"), Value::Null);
    assert_eq!(
        of("old"),
        json!({ "type": "integer", "format": "int64", "deprecated": true, "examples": [5] })
    );
    assert_eq!(of("boxed"), to("Kind"));
    assert_eq!(of("page"), to("KindPage"));
    assert_eq!(of("amount"), to("Int64"));
    assert_eq!(of("number"), json!({ "type": "string" }));
    assert_eq!(of("type"), json!({ "type": "null" }));
    let byte = json!({ "type": "integer", "format": "int32", "minimum": 0 });
    assert_eq!(of("byKind"), json!({ "type": "object", "additionalProperties": byte }));
    assert_eq!(
        of("pair"),
        json!({
            "type": "array", "prefixItems": [byte, { "allOf": [to("Word")] }], "items": false,
            "minItems": 2, "maxItems": 2,
        })
    );
    assert_eq!(
        of("array"),
        json!({ "type": "array", "items": { "type": "boolean" }, "minItems": 2, "maxItems": 2 })
    );
    let (_, all) = schema::<Everything>();
    assert_eq!(
        all["Kind"],
        json!({ "type": "string", "enum": ["Noun", "other-one"], "description": "What a word is.\n\nMore of it." })
    );
    assert!(
        ["Word", "WordId", "Int64", "KindPage", "Cursor"]
            .iter()
            .all(|name| all.contains_key(*name))
    );
}

#[test]
fn a_type_may_hold_itself() {
    let tree = named::<Tree>("Tree");
    assert_eq!(tree["properties"]["branches"]["items"], to("Tree"));
    let (_, all) = schema::<Tree>();
    assert_eq!(all["Other"]["properties"]["tree"]["oneOf"][0], to("Tree"));
    assert_eq!(all.len(), 3);
}

#[test]
fn limits_that_are_known_stand_in_the_schema() {
    let mut schemas = Schemas::new();
    let own = serde_json::to_value(LimitedInput::body_schema(&mut schemas)).expect("JSON");
    assert_eq!(own, to("Limited"));
    let body =
        schemas.iter().find(|(name, _)| name == "Limited").expect("under the name that it says");
    let body = serde_json::to_value(&body.1).expect("JSON");
    let of = |name: &str| body["properties"][name].clone();
    assert_eq!(body["additionalProperties"], false);
    assert_eq!(body["required"], json!(["text", "map", "ratio", "alias", "relative", "at"]));
    assert_eq!(
        of("text"),
        json!({ "type": "string", "minLength": 1, "maxLength": 7, "pattern": "^a" })
    );
    assert_eq!(
        of("tags"),
        json!({
            "type": ["array", "null"], "items": { "type": "string", "maxLength": 7 }, "maxItems": 3,
            "description": "The tags.",
        })
    );
    let byte = json!({ "type": "integer", "format": "int32", "minimum": -3, "maximum": 1 });
    assert_eq!(
        of("map"),
        json!({ "type": "object", "additionalProperties": byte, "maxProperties": 5 })
    );
    assert_eq!(
        of("ratio"),
        json!({ "type": "number", "format": "float", "minimum": -0.5, "default": 0.5 })
    );
    assert_eq!(of("mail"), json!({ "type": ["string", "null"], "format": "email" }));
    assert_eq!(
        of("alias"),
        json!({ "type": "string", "maxLength": 3, "description": "One word." })
    );
    assert_eq!(of("relative"), json!({ "type": "integer", "format": "int64", "minimum": 0 }));
    assert_eq!(of("at")["maxItems"], 2);

    let parameters = throughline::__private::alone::<<LimitedInput as Input>::Parameters>();
    let parameters = serde_json::to_value(parameters).expect("JSON");
    assert_eq!(
        parameters["properties"]["how-many"],
        json!({
            "type": ["integer", "null"], "format": "int64", "minimum": 1, "maximum": 9_007_199_254_740_991_u64,
            "description": "How many.",
        })
    );
}

#[test]
fn each_way_to_tell_variants_apart_has_its_shape() {
    let byte = json!({ "type": "integer", "format": "int32", "minimum": 0, "maximum": 3 });
    let name = |name: &str| json!({ "type": "string", "enum": [name] });
    let tag = |tag: &str| json!({ "type": "object", "required": ["kind"], "properties": { "kind": name(tag) } });
    assert_eq!(
        named::<Internal>("Internal")["oneOf"],
        json!([
            { "allOf": [to("Tree"), tag("leaf")], "description": "A leaf." },
            {
                "type": "object", "required": ["number", "kind"],
                "properties": { "number": byte, "kind": name("named_one") },
            },
            tag("bare"),
        ])
    );
    let pair = json!({
        "type": "array", "prefixItems": [byte, { "allOf": [to("Word")] }], "items": false,
        "minItems": 2, "maxItems": 2,
    });
    assert_eq!(
        named::<Adjacent>("Adjacent")["oneOf"],
        json!([
            { "type": "object", "required": ["t", "c"], "properties": { "t": name("Pair"), "c": pair } },
            { "type": "object", "required": ["t"], "properties": { "t": name("Bare") } },
        ])
    );
    assert_eq!(named::<Untagged>("Untagged")["oneOf"], json!([byte, to("Word")]));
    let number = json!({ "type": ["integer", "null"], "format": "int32", "minimum": 0 });
    assert_eq!(
        named::<External>("External")["oneOf"],
        json!([
            { "type": "string", "enum": ["Bare"], "description": "Nothing in it." },
            {
                "type": "object", "required": ["One"],
                "properties": { "One": { "oneOf": [to("Word"), { "type": "null" }] } },
            },
            {
                "type": "object", "required": ["Named"],
                "properties": { "Named": { "type": "object", "properties": { "number": number } } },
            },
        ])
    );
}

#[test]
fn wrappers_look_like_what_they_wrap() {
    let words = json!({ "type": "array", "items": to("Word") });
    assert_eq!(named::<Wrapped>("Wrapped")["items"], words["items"]);
    assert_eq!(named::<Wrapped>("Wrapped")["description"], "A list.");
    assert_eq!(named::<Transparent>("Transparent")["type"], "integer");
    assert_eq!(named::<Bare>("Bare"), json!({ "type": "null", "description": "Nothing." }));
    let byte = json!({ "type": "integer", "format": "int32", "minimum": 0 });
    assert_eq!(
        named::<Flat>("Flat"),
        json!({
            "allOf": [
                to("Newtype"),
                {
                    "type": "object", "required": ["a"], "properties": { "a": byte },
                    "additionalProperties": byte,
                },
            ],
        })
    );
}

#[test]
fn what_takes_null_anyway_may_be_null_and_absent() {
    fn shown<T: WireSchema>() -> Value {
        let mut schemas = Schemas::new();
        serde_json::to_value(T::schema(&mut schemas)).unwrap()
    }
    let nothing = json!({ "type": "null" });
    let one = json!({ "oneOf": [nothing, { "type": "boolean" }] });
    assert_eq!(shown::<Option<bool>>(), one);
    assert_eq!(shown::<Option<Option<bool>>>(), json!({ "anyOf": [nothing, one] }));
    assert_eq!(shown::<Option<throughline::Json>>(), json!({ "anyOf": [nothing, {}] }));

    /// What only the client understands.
    #[output]
    #[allow(dead_code)]
    struct Extras {
        must: throughline::Json,
        may: Option<throughline::Json>,
    }
    assert_eq!(named::<Extras>("Extras")["required"], json!(["must"]));
}
