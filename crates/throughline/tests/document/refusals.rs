//! What a server may answer before a level is asked stands at each operation of that level.

use serde_json::Value;
use throughline::{
    ApiError, Cx, FaultKind, Level, Refusal, Result, Security, contract,
    document::{Document, Info},
};

/// The refusal of a card that has run out.
const EXPIRED: FaultKind =
    FaultKind { code: "card.expired", status: 403, title: "The card has run out." };

/// Somebody with a card that is good.
pub struct Holder;

impl Level for Holder {
    type Identity = ();
    const SECURITY: Security = Security::SESSION.refuses(&[&EXPIRED]);
    fn admit(who: Option<()>) -> std::result::Result<Self, Refusal> {
        who.map(|()| Self).ok_or(Refusal::Unauthenticated)
    }
}

/// Why a door stays shut for now.
#[derive(Debug, thiserror::Error, ApiError)]
pub enum DoorError {
    /// The door was tried too often.
    #[error("try again in {retry_after} s")]
    #[problem(429, "door.too_many")]
    TooMany { retry_after: u64 },
}

/// Doors.
#[contract(path = "/doors", tag = "doors")]
pub trait Doors {
    /// Open the door.
    #[post]
    async fn open(&self, cx: Cx<Holder>) -> Result<String, DoorError>;
}

fn document() -> Value {
    let document = Document::new(Info::default()).contract::<DoorsContract>();
    document.build().expect("one contract contradicts nobody").to_value()
}

#[test]
fn a_refusal_before_the_level_is_documented() {
    let document = document();
    let operation = &document["paths"]["/doors"]["post"];
    assert_eq!(operation["security"], serde_json::json!([{ "session": [] }]));
    let reference = operation["responses"]["403"]["$ref"].as_str().expect("by reference");
    let response = document.pointer(&reference[1..]).expect("the response is there");
    let said = response["description"].as_str().expect("a description");
    assert!(said.contains("- `card.expired`: The card has run out."), "{said}");
    let schema = &document["components"]["schemas"]["CardExpired"];
    assert_eq!(schema["properties"]["code"]["const"], "card.expired");
}

#[test]
fn who_has_to_wait_is_told_in_a_header() {
    let document = document();
    let reference = &document["paths"]["/doors"]["post"]["responses"]["429"]["$ref"];
    let reference = reference.as_str().expect("by reference");
    let response = document.pointer(&reference[1..]).expect("the response is there");
    assert!(response["headers"]["Retry-After"].is_object(), "{response}");
}
