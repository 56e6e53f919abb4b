//! Outputs: status, location and body on the way out and in.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use throughline::{
    CallError, Created, Cx, NoContent, Output, Page, Public, Result, contract, decode_reply, input,
    output,
};

#[input]
pub struct ById {
    #[path]
    pub group: String,
    #[path]
    pub id: u64,
}

#[output]
#[derive(PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Thing {
    pub id: u64,
    pub long_name: Option<String>,
    #[serde(flatten)]
    pub more: BTreeMap<String, u8>,
}

#[output]
#[derive(PartialEq)]
pub enum Answer {
    Yes,
    No { why: String },
    Maybe(u8, Thing),
}

#[output]
#[derive(PartialEq)]
pub struct Wrapped(pub Vec<Thing>);

#[output]
#[derive(PartialEq)]
pub struct Bare;

#[contract(path = "/groups/{group}/things", tag = "things")]
pub trait Things {
    #[get("/{id}")]
    async fn get(&self, cx: Cx<Public>, input: ById) -> Result<Thing>;
    #[post("/{id}")]
    async fn create(&self, cx: Cx<Public>, input: ById) -> Result<Created<Thing>>;
    #[delete("/{id}")]
    async fn delete(&self, cx: Cx<Public>, input: ById) -> Result<NoContent>;
}

fn reply(status: u16) -> StatusCode {
    StatusCode::from_u16(status).expect("a status")
}

fn thing() -> Thing {
    Thing { id: 7, long_name: None, more: BTreeMap::from([("x".to_owned(), 1)]) }
}

fn again<O: Output + PartialEq + std::fmt::Debug + Clone>(output: O, json: &str) {
    let encoded = output.clone().encode().expect("serializes");
    assert_eq!(String::from_utf8_lossy(encoded.body.as_deref().unwrap_or_default()), json);
    assert_eq!(O::decode(encoded).expect("its own"), output);
}

#[test]
fn each_kind_of_output_is_read_as_it_is_written() {
    again(thing(), r#"{"id":7,"longName":null,"x":1}"#);
    again(Answer::Yes, r#""Yes""#);
    again(Answer::No { why: "no".to_owned() }, r#"{"No":{"why":"no"}}"#);
    again(Answer::Maybe(1, thing()), r#"{"Maybe":[1,{"id":7,"longName":null,"x":1}]}"#);
    again(Wrapped(vec![thing()]), r#"[{"id":7,"longName":null,"x":1}]"#);
    again(Bare, "null");
    again(Some(3_u8), "3");
    again(Vec::<u8>::new(), "[]");
    again("text".to_owned(), r#""text""#);
    again(Page { items: vec![1, 2], next: None }, r#"{"items":[1,2]}"#);
}

#[test]
fn a_create_says_whether_and_where() {
    let id = ById { group: "a b".to_owned(), id: 7 };
    let made = Created::at::<procedures::Get>(&id, thing());
    let encoded = made.encode().expect("serializes");
    assert_eq!(
        (encoded.status, encoded.location.as_deref()),
        (reply(201), Some("/groups/a%20b/things/7"))
    );
    let again = Created::again(thing()).encode().expect("serializes");
    assert_eq!((again.status, again.location), (reply(200), None));

    let mut headers = HeaderMap::new();
    headers.insert(header::LOCATION, HeaderValue::from_static("/api/groups/a%20b/things/7"));
    let body = encoded.body.expect("a body");
    let made =
        decode_reply::<procedures::Create>(reply(201), &headers, body.clone()).expect("declared");
    assert_eq!((made.location(), made.is_again()), (Some("/api/groups/a%20b/things/7"), false));
    assert_eq!(made.id, 7);
    let again = decode_reply::<procedures::Create>(reply(200), &HeaderMap::new(), body.clone())
        .expect("declared");
    assert!(again.is_again());
    assert_eq!(again.into_body(), thing());
    let other = decode_reply::<procedures::Create>(reply(202), &HeaderMap::new(), body);
    assert!(matches!(other, Err(CallError::Transport(_))));
}

#[test]
fn no_content_is_read_from_nothing() {
    let encoded = NoContent.encode().expect("nothing to serialize");
    assert_eq!((encoded.status, encoded.body), (reply(204), None));
    let none = decode_reply::<procedures::Delete>(reply(204), &HeaderMap::new(), Vec::new());
    assert!(matches!(none, Ok(NoContent)));
}

#[test]
fn another_body_is_not_what_the_contract_declares() {
    let other = decode_reply::<procedures::Get>(reply(200), &HeaderMap::new(), b"{}".to_vec());
    let Err(CallError::Transport(error)) = other else { panic!("not declared") };
    assert!(error.to_string().contains("missing field `id`"), "{error}");
}
