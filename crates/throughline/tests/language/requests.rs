//! Inputs on their way: each field in its place, and the same again on the other side.

use proptest::prelude::*;
use throughline::{
    Cursor, Cx, Id, Int64, Limit, NoContent, Patch, Place, Procedure, Public, Result, Text,
    Timestamp, contract, input,
};
use uuid::Uuid;

use crate::wire::{body, headers, json, query, received, refused, sent};

#[derive(Id)]
pub struct ThingId(Uuid);

#[derive(Text)]
#[text(chars = 1..=8)]
pub struct Name(String);

#[input]
#[derive(Copy, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Color {
    DeepRed,
    #[serde(rename = "sky")]
    Blue,
}

#[input]
#[derive(PartialEq)]
pub struct Everywhere {
    #[path]
    pub id: ThingId,
    #[path]
    pub part: String,
    #[query]
    pub tag: Vec<Name>,
    #[query("filter[done]")]
    pub done: Option<bool>,
    #[query]
    pub color: Option<Color>,
    #[header]
    pub if_match: Option<u64>,
    #[header("X-Request-Tag")]
    pub tags: Vec<String>,
    pub name: Name,
    pub amount: Option<Int64>,
    pub at: Timestamp,
}

#[input]
#[derive(Default, PartialEq)]
pub struct Listing {
    pub text: Option<String>,
    pub colors: Vec<Color>,
    pub numbers: Option<Vec<u8>>,
    pub limit: Limit<20, 100>,
    pub cursor: Option<Cursor>,
    #[serde(default = "one")]
    pub page: u32,
    #[serde(default)]
    pub depth: i8,
    #[serde(rename = "sortBy")]
    pub sort: Option<char>,
    pub ratio: Option<f64>,
}

fn one() -> u32 {
    1
}

#[input]
#[derive(PartialEq)]
#[serde(default, rename_all = "camelCase")]
pub struct WithDefaults {
    pub first_name: String,
    pub how_many: u8,
}

impl Default for WithDefaults {
    fn default() -> Self {
        Self { first_name: "Ada".to_owned(), how_many: 3 }
    }
}

#[input]
#[derive(PartialEq)]
#[serde(default = "usual")]
pub struct Partly {
    #[header]
    pub lang: String,
    pub how_many: u8,
    pub name: String,
}

fn usual() -> Partly {
    Partly { lang: "en".to_owned(), how_many: 3, name: "Ada".to_owned() }
}

#[input]
#[derive(PartialEq)]
pub struct Change {
    #[path]
    pub id: ThingId,
    pub name: Patch<Name>,
    pub note: Patch<Option<Name>>,
    pub color: Patch<Color>,
}

#[input]
#[derive(PartialEq)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shape {
    Round { radius: u32 },
    Named(Inner),
    Nothing,
}

#[input]
#[derive(PartialEq)]
pub struct Inner {
    pub name: Name,
}

#[input]
#[derive(PartialEq)]
pub struct Drawn {
    #[path]
    pub id: ThingId,
    #[header]
    pub trace: Option<String>,
    #[body]
    pub shape: Shape,
}

#[input]
#[derive(PartialEq)]
pub struct Many {
    #[body]
    pub shapes: Vec<Shape>,
}

#[input]
#[derive(PartialEq)]
pub struct ById {
    #[path]
    pub id: ThingId,
}

#[input]
#[derive(PartialEq)]
pub struct Nothing {}

#[contract(path = "/things", tag = "things")]
pub trait Things {
    #[post("/{id}/parts/{part}")]
    async fn everywhere(&self, cx: Cx<Public>, input: Everywhere) -> Result<NoContent>;
    #[get]
    async fn list(&self, cx: Cx<Public>, input: Listing) -> Result<NoContent>;
    #[get("/defaults")]
    async fn defaults(&self, cx: Cx<Public>, input: WithDefaults) -> Result<NoContent>;
    #[post("/defaults")]
    async fn defaults_in_a_body(&self, cx: Cx<Public>, input: WithDefaults) -> Result<NoContent>;
    #[post("/partly")]
    async fn partly(&self, cx: Cx<Public>, input: Partly) -> Result<NoContent>;
    #[patch("/{id}")]
    async fn change(&self, cx: Cx<Public>, input: Change) -> Result<NoContent>;
    #[put("/{id}/shape")]
    async fn draw(&self, cx: Cx<Public>, input: Drawn) -> Result<NoContent>;
    #[post("/shapes", read)]
    async fn measure(&self, cx: Cx<Public>, input: Many) -> Result<u64>;
    #[get("/{id}")]
    async fn get(&self, cx: Cx<Public>, input: ById) -> Result<NoContent>;
    #[delete("/{id}")]
    async fn delete(&self, cx: Cx<Public>, input: ById) -> Result<NoContent>;
    #[post("/nothing")]
    async fn nothing(&self, cx: Cx<Public>, input: Nothing) -> Result<NoContent>;
    #[post("/ping")]
    async fn ping(&self, cx: Cx<Public>) -> Result<NoContent>;
}

const ID: &str = "019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b12";

fn id() -> ThingId {
    ID.parse().expect("a UUID")
}

fn name(text: &str) -> Name {
    Name::new(text).expect("within its limits")
}

fn again<P: Procedure<Input: PartialEq + std::fmt::Debug>>(input: P::Input) {
    let request = sent::<P>(input.clone());
    assert_eq!(received::<P>(&request).as_ref(), Ok(&input), "{request:?}");
}

#[test]
fn each_field_travels_in_its_place() {
    let input = Everywhere {
        id: id(),
        part: "a/b c?d&e=ü%".to_owned(),
        tag: vec![name("x y"), name("&=")],
        done: Some(true),
        color: Some(Color::Blue),
        if_match: Some(7),
        tags: vec!["one".to_owned(), "two three".to_owned()],
        name: name("Lamp"),
        amount: Some(Int64(-9_007_199_254_740_993)),
        at: "2026-11-20T12:00:00.5+01:00".parse().expect("a time"),
    };
    let request = sent::<procedures::Everywhere>(input.clone());
    assert_eq!(request.method, http::Method::POST);
    assert_eq!(
        request.path_and_query,
        format!(
            "/things/{ID}/parts/a%2Fb%20c%3Fd%26e%3D%C3%BC%25?tag=x%20y&tag=%26%3D&filter%5Bdone%5D=true&color=sky"
        )
    );
    assert_eq!(headers(&request, "if-match"), ["7"]);
    assert_eq!(headers(&request, "x-request-tag"), ["one", "two three"]);
    assert_eq!(headers(&request, "content-type"), ["application/json"]);
    assert_eq!(headers(&request, "accept"), ["application/json, application/problem+json"]);
    assert_eq!(
        body(&request),
        r#"{"name":"Lamp","amount":"-9007199254740993","at":"2026-11-20T11:00:00.500000Z"}"#
    );
    again::<procedures::Everywhere>(input);
}

#[test]
fn what_is_absent_is_not_written() {
    let request = sent::<procedures::List>(Listing { page: 1, ..Listing::default() });
    assert_eq!(request.path_and_query, "/things?limit=20&page=1&depth=0");
    assert_eq!(request.body, None);
    assert!(headers(&request, "content-type").is_empty());
    again::<procedures::List>(Listing {
        text: Some(String::new()),
        colors: vec![Color::DeepRed, Color::Blue],
        numbers: Some(vec![0, 255]),
        limit: Limit::new(7),
        cursor: Some(Cursor::from("abc".to_owned())),
        page: 2,
        depth: -128,
        sort: Some('ä'),
        ratio: Some(0.1),
    });
}

#[test]
fn a_query_is_read_with_its_defaults() {
    let read = query::<procedures::List>("").expect("all is optional");
    assert_eq!(read, Listing { page: 1, ..Listing::default() });
    let read = query::<procedures::List>(
        "colors=sky&limit=1000&page=5&colors=deep-red&sortBy=x&unknown=1",
    );
    let expected = Listing {
        colors: vec![Color::Blue, Color::DeepRed],
        limit: Limit::new(100),
        page: 5,
        sort: Some('x'),
        ..Listing::default()
    };
    assert_eq!(read, Ok(expected));
}

#[test]
fn all_bad_parameters_are_named_at_once() {
    let read = query::<procedures::List>(
        "colors=green&limit=-1&page=1&page=2&depth=200&sort=x&sortBy=xy&ratio=NaN&numbers=256",
    );
    assert_eq!(
        read.expect_err("much is wrong"),
        [
            "query /colors type",
            "query /numbers type",
            "query /limit type",
            "query /page type",
            "query /depth type",
            "query /sortBy type",
            "query /ratio type",
        ]
    );
}

#[test]
fn what_is_missing_is_named_with_its_place() {
    let values = [("id", "x".to_owned())];
    let read = crate::wire::read::<procedures::Everywhere>(
        &values,
        "filter[done]=maybe",
        &http::HeaderMap::new(),
        Some(b"{}"),
    );
    assert_eq!(
        read.expect_err("much is missing"),
        ["body /name required", "path /id type", "path /part required", "query /filter[done] type"]
    );
}

#[test]
fn a_whole_default_stands_in_for_each_absent_field() {
    let expected = WithDefaults { first_name: "Bob".to_owned(), how_many: 3 };
    assert_eq!(query::<procedures::Defaults>("firstName=Bob").as_ref(), Ok(&expected));
    assert_eq!(
        json::<procedures::DefaultsInABody>(r#"{"firstName":"Bob"}"#).as_ref(),
        Ok(&expected)
    );
    assert_eq!(
        json::<procedures::Partly>(r#"{"name":"Bob"}"#),
        Ok(Partly { name: "Bob".to_owned(), ..usual() })
    );
    again::<procedures::Defaults>(expected.clone());
    again::<procedures::DefaultsInABody>(expected);
    again::<procedures::Partly>(Partly { lang: "de".to_owned(), how_many: 1, name: String::new() });
}

#[test]
fn a_patch_tells_absent_from_null() {
    let keep = Change { id: id(), name: Patch::Keep, note: Patch::Keep, color: Patch::Keep };
    assert_eq!(body(&sent::<procedures::Change>(keep.clone())), "{}");
    let clear = Change { note: Patch::Set(None), color: Patch::Set(Color::Blue), ..keep.clone() };
    assert_eq!(body(&sent::<procedures::Change>(clear.clone())), r#"{"note":null,"color":"sky"}"#);
    again::<procedures::Change>(keep);
    again::<procedures::Change>(clear);
    let values = [("id", ID.to_owned())];
    let read = crate::wire::read::<procedures::Change>(
        &values,
        "",
        &http::HeaderMap::new(),
        Some(br#"{"name":null}"#),
    );
    assert_eq!(read.expect_err("a name is never null"), ["body /name type"]);
}

#[test]
fn a_whole_body_is_written_without_a_member_around_it() {
    let drawn = |shape| Drawn { id: id(), trace: Some("t-1".to_owned()), shape };
    let round = sent::<procedures::Draw>(drawn(Shape::Round { radius: 3 }));
    assert_eq!(body(&round), r#"{"kind":"round","radius":3}"#);
    assert_eq!(headers(&round, "trace"), ["t-1"]);
    again::<procedures::Draw>(drawn(Shape::Nothing));
    let many = Many { shapes: vec![Shape::Named(Inner { name: name("a") }), Shape::Nothing] };
    assert_eq!(
        body(&sent::<procedures::Measure>(many.clone())),
        r#"[{"kind":"named","name":"a"},{"kind":"nothing"}]"#
    );
    again::<procedures::Measure>(many);
}

#[test]
fn an_input_of_one_field_is_made_from_its_value() {
    let request = sent::<procedures::Get>(id());
    assert_eq!((request.method.as_str(), request.path_and_query), ("GET", format!("/things/{ID}")));
    assert_eq!(sent::<procedures::Delete>(ById { id: id() }).method, http::Method::DELETE);
}

#[test]
fn nothing_goes_in_without_an_input() {
    let request = sent::<procedures::Ping>(());
    assert_eq!((request.path_and_query.as_str(), request.body.as_deref()), ("/things/ping", None));
    received::<procedures::Ping>(&request).expect("nothing is read");
    assert_eq!(sent::<procedures::Nothing>(Nothing {}).body, None);
    again::<procedures::Nothing>(Nothing {});
}

#[test]
fn what_cannot_stand_in_its_place_is_not_sent() {
    let input = |part: &str, tag: &str| Everywhere {
        id: id(),
        part: part.to_owned(),
        tag: Vec::new(),
        done: None,
        color: None,
        if_match: None,
        tags: vec![tag.to_owned()],
        name: name("x"),
        amount: None,
        at: Timestamp::now(),
    };
    let twice = ["path /part path_segment", "header /x-request-tag header_value"];
    for part in ["", ".", ".."] {
        assert_eq!(refused::<procedures::Everywhere>(input(part, "ü")), twice, "{part:?}");
    }
    // A comma parts the items of a list, and blanks around an item are not its own.
    for tag in ["a\nb", "a,b", " a", ""] {
        assert_eq!(refused::<procedures::Everywhere>(input("x", tag)), twice[1..], "{tag:?}");
    }
}

#[test]
fn the_fields_say_where_they_travel() {
    let fields: Vec<_> =
        <<procedures::List as Procedure>::Codec as throughline::Codec<Listing>>::FIELDS
            .iter()
            .map(|field| {
                (field.name, field.place, field.required, field.repeated, field.fault.is_some())
            })
            .collect();
    let query = Some(Place::Query);
    assert_eq!(fields[1], ("colors", query, false, true, false));
    assert_eq!(fields[2], ("numbers", query, false, true, false));
    assert_eq!(fields[4], ("cursor", query, false, false, true));
    assert_eq!(fields[5], ("page", query, false, false, false));
    assert_eq!(fields[7], ("sortBy", query, false, false, false));
    let everywhere: Vec<_> = <Everywhere as throughline::Input>::FIELDS
        .iter()
        .map(|field| (field.field, field.name, field.place, field.required))
        .collect();
    assert_eq!(everywhere[1], ("part", "part", Some(Place::Path), true));
    assert_eq!(everywhere[3], ("done", "filter[done]", query, false));
    assert_eq!(everywhere[5], ("if_match", "if-match", Some(Place::Header), false));
    assert_eq!(everywhere[6], ("tags", "x-request-tag", Some(Place::Header), false));
    assert_eq!(everywhere[7], ("name", "name", None, false));
}

proptest! {
    #[test]
    fn any_text_survives_the_url(part in "[^\0]{1,20}", text in "[^\0]{0,20}", colors in proptest::collection::vec(0..2, 0..4)) {
        prop_assume!(part != "." && part != "..");
        let color = |n: i32| if n == 0 { Color::DeepRed } else { Color::Blue };
        again::<procedures::List>(Listing {
            text: Some(text.clone()),
            colors: colors.into_iter().map(color).collect(),
            ..Listing::default()
        });
        again::<procedures::Everywhere>(Everywhere {
            id: ThingId::new(),
            part,
            tag: Vec::new(),
            done: None,
            color: None,
            if_match: None,
            tags: Vec::new(),
            name: name("x"),
            amount: None,
            at: Timestamp::now(),
        });
    }

    #[test]
    fn any_visible_text_survives_a_header(tag in "[!-~]([ -~]{0,18}[!-~])?") {
        again::<procedures::Draw>(Drawn { id: id(), trace: Some(tag), shape: Shape::Nothing });
    }
}
