//! Limits: all that is wrong is named at once, each with its place, pointer and code.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use throughline::{Cx, NoContent, Patch, Public, Result, Text, contract, input};

use crate::wire::{json, query, read, refused};

#[derive(Text)]
#[text(chars = 2..=4)]
pub struct Word(String);

fn word(text: &str) -> Word {
    // Not checked, as from the wire.
    serde_json::from_value(text.into()).expect("a string")
}

#[input]
pub struct Leaf {
    pub word: Word,
    #[serde(rename = "theNumber")]
    #[garde(range(min = 1, max = 9))]
    pub number: i32,
}

#[input]
#[serde(rename_all = "camelCase")]
pub struct Tree {
    pub word: Word,
    pub leaves: Vec<Leaf>,
    pub by_name: BTreeMap<String, Leaf>,
    pub by_word: HashMap<Word, u8>,
    pub maybe: Option<Box<Leaf>>,
    pub pair: (Word, Vec<Word>),
    pub array: [Word; 2],
    pub set: BTreeSet<Word>,
    pub sub_trees: Vec<Tree>,
}

#[input]
pub enum External {
    Unit,
    One(Word),
    Two(Word, Leaf),
    #[serde(rename = "named-one")]
    Named {
        word: Word,
        #[garde(range(max = 3))]
        #[serde(rename = "n")]
        number: u8,
    },
}

#[input]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Internal {
    OneLeaf(Leaf),
    NamedOne { the_word: Word },
}

#[input]
#[serde(tag = "kind", content = "value")]
pub enum Adjacent {
    Two(Word, Word),
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    Named {
        the_word: Word,
    },
}

#[input]
#[serde(untagged)]
pub enum Untagged {
    Number(#[garde(range(max = 5))] u8),
    Leaf(Leaf),
}

#[input]
pub struct Enums {
    pub external: Vec<External>,
    pub internal: Vec<Internal>,
    pub adjacent: Vec<Adjacent>,
    pub untagged: Vec<Untagged>,
}

#[input]
pub struct Whole {
    #[body]
    #[garde(length(simple, max = 2))]
    pub leaves: Vec<Leaf>,
}

#[input]
pub struct WholeEnum {
    #[query]
    #[garde(range(max = 5))]
    pub n: u8,
    #[body]
    pub choice: External,
}

#[input]
pub struct Rules {
    #[garde(length(chars, min = 2, max = 3))]
    pub chars: String,
    #[garde(length(bytes, max = 3))]
    pub bytes: Option<String>,
    #[garde(length(simple, equal = 1), inner(length(chars, max = 1)))]
    pub list: Option<Vec<String>>,
    #[garde(inner(inner(range(max = 3))))]
    pub nested: Vec<Vec<u8>>,
    #[garde(length(simple, max = 2), inner(range(max = 3)))]
    pub map: HashMap<String, Option<u8>>,
    #[garde(range(min = -1.5, max = 1.5))]
    pub float: f64,
    #[garde(pattern("^\\p{Lu}\\w+$"))]
    pub pattern: Option<String>,
    #[garde(email)]
    pub email: Option<String>,
    #[garde(ascii, prefix("a"), suffix("z"), contains("-"))]
    pub ascii: Option<String>,
    #[garde(alphanumeric)]
    pub alphanumeric: Option<String>,
    #[garde(ipv4)]
    pub ip: Option<String>,
    #[garde(required)]
    pub required: Option<u8>,
    #[garde(custom(even))]
    pub custom: Option<u8>,
    #[garde(range(max = LIMIT), custom(|value: &u8, _: &()| if *value == 4 { Err("is four") } else { Ok(()) }))]
    pub constant: u8,
    #[garde(range(max = self.constant))]
    pub relative: u8,
    #[garde(skip)]
    pub skipped: Option<Word>,
}

const LIMIT: u8 = 5;

fn even(value: &u8, _: &()) -> std::result::Result<(), String> {
    if value.is_multiple_of(2) { Ok(()) } else { Err(format!("{value} is odd")) }
}

#[input]
pub struct Patches {
    pub word: Patch<Word>,
    #[garde(length(chars, max = 2))]
    pub text: Patch<Option<String>>,
    #[garde(length(simple, max = 1), inner(range(max = 1)))]
    pub list: Patch<Vec<u8>>,
    pub leaf: Patch<Leaf>,
}

#[input]
pub struct Placed {
    #[path]
    pub word: Word,
    #[query("a/b~c")]
    pub words: Vec<Word>,
    #[header]
    #[garde(range(max = 3))]
    pub number: Option<u8>,
    pub text: String,
}

#[input]
pub struct Unplaced {
    pub word: Word,
    #[garde(range(max = 3))]
    pub number: Option<u8>,
}

#[contract(path = "/limits")]
pub trait Limits {
    #[post("/tree")]
    async fn tree(&self, cx: Cx<Public>, input: Tree) -> Result<NoContent>;
    #[post("/enums")]
    async fn enums(&self, cx: Cx<Public>, input: Enums) -> Result<NoContent>;
    #[post("/whole")]
    async fn whole(&self, cx: Cx<Public>, input: Whole) -> Result<NoContent>;
    #[post("/whole-enum")]
    async fn whole_enum(&self, cx: Cx<Public>, input: WholeEnum) -> Result<NoContent>;
    #[post("/rules")]
    async fn rules(&self, cx: Cx<Public>, input: Rules) -> Result<NoContent>;
    #[patch("/patches")]
    async fn patches(&self, cx: Cx<Public>, input: Patches) -> Result<NoContent>;
    #[post("/placed/{word}")]
    async fn placed(&self, cx: Cx<Public>, input: Placed) -> Result<NoContent>;
    #[get("/unplaced")]
    async fn unplaced(&self, cx: Cx<Public>, input: Unplaced) -> Result<NoContent>;
    #[put("/unplaced")]
    async fn unplaced_in_a_body(&self, cx: Cx<Public>, input: Unplaced) -> Result<NoContent>;
}

#[test]
fn nested_values_are_named_by_their_pointers() {
    let body = r#"{
        "word": "toolong",
        "leaves": [{"word": "ok", "theNumber": 5}, {"word": "x", "theNumber": 10}],
        "byName": {"a/b": {"word": "ok", "theNumber": 0}, "ok": {"word": "ok", "theNumber": 1}},
        "byWord": {"toolong": 1},
        "maybe": {"word": "x", "theNumber": 1},
        "pair": ["x", ["ok", "x"]],
        "array": ["ok", "x"],
        "set": ["x"],
        "subTrees": [{
            "word": "x", "leaves": [], "byName": {}, "byWord": {}, "maybe": null,
            "pair": ["ok", []], "array": ["ok", "ok"], "set": [], "subTrees": []
        }]
    }"#;
    assert_eq!(
        json::<procedures::Tree>(body).expect_err("much is wrong"),
        [
            "body /word too_long",
            "body /leaves/1/word too_short",
            "body /leaves/1/theNumber range",
            "body /byName/a~1b/theNumber range",
            "body /byWord/toolong too_long",
            "body /maybe/word too_short",
            "body /pair/0 too_short",
            "body /pair/1/1 too_short",
            "body /array/1 too_short",
            "body /set/0 too_short",
            "body /subTrees/0/word too_short",
        ]
    );
}

#[test]
fn variants_are_named_as_they_stand_on_the_wire() {
    let body = r#"{
        "external": ["Unit", {"One": "x"}, {"Two": ["ok", {"word": "x", "theNumber": 1}]}, {"named-one": {"word": "x", "n": 4}}],
        "internal": [{"kind": "one_leaf", "word": "x", "theNumber": 1}, {"kind": "named_one", "theWord": "x"}],
        "adjacent": [{"kind": "Two", "value": ["ok", "x"]}, {"kind": "Named", "value": {"THE_WORD": "x"}}],
        "untagged": [6, {"word": "x", "theNumber": 0}]
    }"#;
    assert_eq!(
        json::<procedures::Enums>(body).expect_err("much is wrong"),
        [
            "body /external/1/One too_short",
            "body /external/2/Two/1/word too_short",
            "body /external/3/named-one/word too_short",
            "body /external/3/named-one/n range",
            "body /internal/0/word too_short",
            "body /internal/1/theWord too_short",
            "body /adjacent/0/value/1 too_short",
            "body /adjacent/1/value/THE_WORD too_short",
            "body /untagged/0 range",
            "body /untagged/1/word too_short",
            "body /untagged/1/theNumber range",
        ]
    );
}

#[test]
fn a_whole_body_begins_at_the_root() {
    let leaf = |number| format!(r#"{{"word":"ok","theNumber":{number}}}"#);
    let body = format!("[{},{},{}]", leaf(1), leaf(0), leaf(1));
    assert_eq!(
        json::<procedures::Whole>(&body).expect_err("too many"),
        ["body /1/theNumber range", "body  length"]
    );
    let read =
        read::<procedures::WholeEnum>(&[], "n=6", &http::HeaderMap::new(), Some(br#"{"One":"x"}"#));
    assert_eq!(read.expect_err("twice"), ["query /n range", "body /One too_short"]);
}

#[test]
fn each_rule_is_checked_inside_of_what_may_be_absent() {
    let body = r#"{
        "chars": "äöüß", "bytes": "äö", "list": ["a", "bc"], "nested": [[1], [2, 4]], "map": {"a": 3, "b": 4, "c": null},
        "float": 1.6, "pattern": "ada", "email": "ada", "ascii": "bäy", "alphanumeric": "a b", "ip": "::1",
        "required": null, "custom": 3, "constant": 6, "relative": 7, "skipped": "toolong"
    }"#;
    assert_eq!(
        json::<procedures::Rules>(body).expect_err("much is wrong"),
        [
            "body /chars length",
            "body /bytes length",
            "body /list length",
            "body /list/1 length",
            "body /nested/1/1 range",
            "body /map length",
            "body /map/b range",
            "body /float range",
            "body /pattern pattern",
            "body /email email",
            "body /ascii ascii",
            "body /ascii prefix",
            "body /ascii suffix",
            "body /ascii contains",
            "body /alphanumeric alphanumeric",
            "body /ip ipv4",
            "body /required required",
            "body /custom custom",
            "body /constant range",
            "body /relative range",
        ]
    );
    let body = r#"{
        "chars": "äö", "bytes": "äx", "list": ["ä"], "nested": [], "map": {}, "float": -1.5, "pattern": "Åsa",
        "email": "ada@example.com", "ascii": "a-z", "alphanumeric": "ab1", "ip": "127.0.0.1", "required": 1,
        "custom": 2, "constant": 5, "relative": 5
    }"#;
    json::<procedures::Rules>(body).expect("all is right");
    let absent = r#"{"chars":"ab","nested":[],"map":{},"float":0,"constant":4,"relative":0}"#;
    assert_eq!(
        json::<procedures::Rules>(absent).expect_err("one is required, one is four"),
        ["body /required required", "body /constant custom"]
    );
}

#[test]
fn a_patch_is_checked_when_it_sets() {
    json::<procedures::Patches>("{}").expect("keeps all");
    json::<procedures::Patches>(r#"{"text":null,"word":"ok"}"#).expect("clears");
    let body = r#"{"word":"x","text":"abc","list":[1,2],"leaf":{"word":"ok","theNumber":0}}"#;
    assert_eq!(
        json::<procedures::Patches>(body).expect_err("much is wrong"),
        [
            "body /word too_short",
            "body /text length",
            "body /list length",
            "body /list/1 range",
            "body /leaf/theNumber range",
        ]
    );
}

#[test]
fn each_field_is_checked_in_its_own_place() {
    let mut headers = http::HeaderMap::new();
    headers.insert("number", http::HeaderValue::from_static("4"));
    let values = [("word", "toolong".to_owned())];
    let read = read::<procedures::Placed>(
        &values,
        "a%2Fb~c=ok&a%2Fb~c=x",
        &headers,
        Some(br#"{"text":"a\u0000"}"#),
    );
    assert_eq!(
        read.expect_err("much is wrong"),
        [
            "path /word too_long",
            "query /a~1b~0c/1 too_short",
            "header /number range",
            "body /text nul",
        ]
    );
}

#[test]
fn an_unmarked_field_is_where_the_method_puts_it() {
    assert_eq!(
        query::<procedures::Unplaced>("word=x&number=4").expect_err("twice"),
        ["query /word too_short", "query /number range"]
    );
    assert_eq!(
        json::<procedures::UnplacedInABody>(r#"{"word":"x","number":4}"#).expect_err("twice"),
        ["body /word too_short", "body /number range"]
    );
}

#[test]
fn a_client_checks_the_same_before_it_sends() {
    let input = || Unplaced { word: word("x"), number: Some(4) };
    assert_eq!(
        refused::<procedures::Unplaced>(input()),
        ["query /word too_short", "query /number range"]
    );
    assert_eq!(
        refused::<procedures::UnplacedInABody>(input()),
        ["body /word too_short", "body /number range"]
    );
}
