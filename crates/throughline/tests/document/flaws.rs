//! Contracts that contradict each other have no document, and everything is told at once.

use throughline::{
    ApiError, Contract, Cx, Level, Public, Refusal, Result, Scheme, Security, contract,
    document::{Document, Flaw, Info},
    input, output,
};

mod one {
    use super::*;

    #[output]
    pub struct Thing {
        pub id: u32,
    }

    #[input]
    pub struct ThingById {
        #[path]
        pub id: u32,
    }

    #[derive(Debug, thiserror::Error, ApiError)]
    pub enum ThingError {
        /// It is gone.
        #[error("gone")]
        #[problem(404, "thing.gone")]
        Gone { id: u32 },
    }

    pub struct Keyed;
    impl Level for Keyed {
        type Identity = u32;
        const SECURITY: Security = Security {
            schemes: &[Scheme::Header { name: "key", header: "x-key" }],
            optional: false,
            forbids: false,
            refusals: &[],
        };
        fn admit(_: Option<u32>) -> std::result::Result<Self, Refusal> {
            Ok(Self)
        }
    }

    /// Things.
    #[contract(path = "/things", tag = "things")]
    pub trait Things {
        /// Get a thing.
        #[get("/{id}")]
        async fn get(&self, cx: Cx<Keyed>, input: ThingById) -> Result<Thing, ThingError>;
    }
}

mod other {
    use super::*;

    #[output]
    pub struct Thing {
        pub id: String,
    }

    #[input]
    pub struct ThingByName {
        #[path]
        pub name: String,
    }

    #[derive(Debug, thiserror::Error, ApiError)]
    pub enum ThingError {
        /// It has gone.
        #[error("gone")]
        #[problem(410, "thing.gone")]
        Gone { id: u32 },
    }

    pub struct Keyed;
    impl Level for Keyed {
        type Identity = u32;
        const SECURITY: Security = Security {
            schemes: &[Scheme::Cookie { name: "key", cookie: "key" }],
            optional: false,
            forbids: false,
            refusals: &[],
        };
        fn admit(_: Option<u32>) -> std::result::Result<Self, Refusal> {
            Ok(Self)
        }
    }

    /// Things again.
    #[contract(path = "/things", tag = "other_things")]
    pub trait OtherThings {
        /// Get a thing by its name.
        #[get("/{name}")]
        async fn get(&self, cx: Cx<Keyed>, input: ThingByName) -> Result<Thing, ThingError>;
    }
}

fn flaws<A: Contract, B: Contract>() -> Vec<Flaw> {
    let document = Document::new(Info::default()).prefix("/api").contract::<A>().contract::<B>();
    document.build().expect_err("they contradict each other").flaws().to_vec()
}

#[test]
fn all_flaws_are_told_at_once() {
    let flaws = flaws::<one::ThingsContract, other::OtherThingsContract>();
    let told: Vec<String> = flaws.iter().map(ToString::to_string).collect();
    let expected = [
        "two schemas are called `Thing`: the one in `things.get` and the one in `other_things.get` differ at `#/properties/id/format`; give one of the types another name",
        "`things.get` and `other_things.get` both answer GET /api/things/{id}; give one of them another path",
        "the code `thing.gone` means two things: 404 \"It is gone.\" in `document::flaws::one::ThingError`, and 410 \"It has gone.\" in `document::flaws::other::ThingError`; give one of them another code",
        "two security schemes are called `key`: the one of `things.get` and the one of `other_things.get` differ at `#/in`; give one of them another name",
    ];
    let mut told: Vec<&str> = told.iter().map(String::as_str).collect();
    let mut expected = expected.to_vec();
    told.sort_unstable();
    expected.sort_unstable();
    assert_eq!(told, expected);
}

#[test]
fn the_error_lists_each_flaw_on_a_line() {
    let document = Document::new(Info::default()).prefix("api/");
    let error = document.build().expect_err("no prefix");
    let expected = "the contracts have no document:\n- the prefix `api/` must be empty, or begin with `/` and not end with one";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_operation_is_described_once() {
    let flaws = flaws::<one::ThingsContract, one::ThingsContract>();
    let [Flaw::OperationId { id, first, second }] = flaws.as_slice() else { panic!("{flaws:?}") };
    assert_eq!((id.as_str(), first), ("things.get", second));
    assert_eq!(first, "GET /api/things/{id}");
}

mod fields {
    use super::*;

    #[derive(Debug, thiserror::Error, ApiError)]
    pub enum OneError {
        /// Full.
        #[error("full")]
        #[problem(409, "shelf.full")]
        Full { room: u32 },
    }

    #[derive(Debug, thiserror::Error, ApiError)]
    pub enum OtherError {
        /// Full.
        #[error("full")]
        #[problem(409, "shelf.full")]
        Full { room: String },
    }

    /// Shelves.
    #[contract(path = "/shelves")]
    pub trait Shelves {
        /// One.
        #[post("/one")]
        async fn one(&self, cx: Cx<Public>) -> Result<u8, OneError>;
        /// Other.
        #[post("/other")]
        async fn other(&self, cx: Cx<Public>) -> Result<u8, OtherError>;
    }
}

#[test]
fn one_code_has_one_set_of_fields() {
    let document = Document::new(Info::default()).contract::<fields::ShelvesContract>();
    let error = document.build().expect_err("two meanings");
    let [flaw @ Flaw::ErrorCode { .. }] = error.flaws() else { panic!("{error}") };
    let said = flaw.to_string();
    assert!(said.contains("OneError") && said.contains("OtherError"), "{said}");
    assert!(said.contains("whose fields differ at `#/properties/room/"), "{said}");
}

mod effect {
    use super::*;

    /// Writes with an effect on another contract.
    #[contract(path = "/writes", tag = "writes")]
    pub trait Writes {
        /// Write.
        #[post]
        #[invalidates(super::one::get)]
        async fn write(&self, cx: Cx<Public>) -> Result<u8>;
    }
}

#[test]
fn an_effect_is_on_an_operation_of_the_document() {
    let document = Document::new(Info::default()).contract::<effect::WritesContract>();
    let error = document.build().expect_err("the other contract is missing");
    let expected = "the effect of `writes.write` on `things.get` cannot be written down: no contract of the document has an operation `things.get`; add the contract";
    assert_eq!(error.flaws().iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
}

mod reserved {
    use serde_json::{Map, Value};
    use throughline::{Case, Codes};

    use super::*;

    /// An error whose implementation is written by hand, past the derive that refuses its code.
    #[derive(Debug, thiserror::Error)]
    #[error("own")]
    pub struct OwnError;

    impl ApiError for OwnError {
        const CODES: &'static Codes = &Codes { own: &["request.own"], wrapped: &[] };
        fn cases() -> Vec<Case> {
            vec![Case {
                status: 400,
                code: "request.own",
                title: "Own.",
                fields: |_| throughline::__private::utoipa::openapi::Object::new().into(),
            }]
        }
        fn status(&self) -> u16 {
            400
        }
        fn code(&self) -> &'static str {
            "request.own"
        }
        fn title(&self) -> &'static str {
            "Own."
        }
        fn members(&self) -> serde_json::Result<Map<String, Value>> {
            Ok(Map::new())
        }
        fn from_members(_: &str, _: &Map<String, Value>) -> Option<serde_json::Result<Self>> {
            None
        }
    }

    /// Owners.
    #[contract(path = "/owns")]
    pub trait Owns {
        /// Own.
        #[post]
        async fn own(&self, cx: Cx<Public>) -> Result<u8, OwnError>;
    }
}

#[test]
fn the_frameworks_codes_are_its_own() {
    let document = Document::new(Info::default()).contract::<reserved::OwnsContract>();
    let error = document.build().expect_err("a reserved code");
    let [Flaw::ReservedCode { code, error }] = error.flaws() else { panic!("{error}") };
    assert_eq!(code, "request.own");
    assert!(error.ends_with("OwnError"), "{error}");
}

mod nowhere {
    use throughline::{
        __private::{
            serde::{Deserialize, Serialize},
            utoipa::openapi::{Ref, RefOr, Schema},
        },
        Schemas, WireSchema,
    };

    use super::*;

    /// A type whose schema is written by hand and shows nothing.
    #[derive(Serialize, Deserialize)]
    #[serde(crate = "throughline::__private::serde")]
    pub struct Lost;

    impl WireSchema for Lost {
        fn schema(_: &mut Schemas) -> RefOr<Schema> {
            RefOr::Ref(Ref::from_schema_name("Nowhere"))
        }
    }

    /// Losses.
    #[contract(path = "/losses")]
    pub trait Losses {
        /// Get what is lost.
        #[get]
        async fn get(&self, cx: Cx<Public>) -> Result<Lost>;
    }
}

#[test]
fn a_reference_leads_somewhere() {
    let document = Document::new(Info::default()).contract::<nowhere::LossesContract>();
    let error = document.build().expect_err("a reference to nowhere");
    let [Flaw::Reference { place, name }] = error.flaws() else { panic!("{error}") };
    assert_eq!((place.as_str(), name.as_str()), ("GET /losses", "Nowhere"));
}
