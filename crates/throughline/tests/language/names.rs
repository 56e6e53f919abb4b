//! Names that the macros use themselves, and types that are called like the standard library's: nothing of
//! the user's is shadowed.

/// Names of fields, procedures and contracts.
mod taken {
    use throughline::{ApiError, Cx, NoContent, Public, Result, contract, input, output};

    #[input]
    #[derive(PartialEq)]
    pub struct Marked {
        #[path]
        pub value: u32,
        #[query]
        pub validator: u32,
        #[query]
        pub request: Option<String>,
        #[query]
        pub body: Vec<String>,
        #[header]
        pub input: u8,
        #[garde(range(max = 3))]
        pub output: Option<u32>,
        #[garde(length(simple, max = 3), inner(length(chars, max = 2)))]
        pub sink: Vec<String>,
        pub schemas: u32,
        pub index: u32,
        pub cx: u32,
        pub name: u32,
        pub place: u32,
        pub out: u32,
        pub members: u32,
        pub r#type: String,
        pub r#match: Option<u8>,
    }

    #[input]
    #[derive(PartialEq)]
    pub struct Unmarked {
        #[garde(range(max = 3))]
        pub value: u32,
        #[garde(range(max = 3))]
        pub validator: u32,
        pub request: u32,
        pub body: u32,
        pub input: u32,
        #[garde(inner(range(max = 3)))]
        pub index: Vec<u32>,
        pub r#type: u32,
    }

    #[input]
    #[derive(PartialEq)]
    #[serde(rename_all = "UPPERCASE")]
    pub enum Choice {
        First {
            #[garde(range(max = 3))]
            value: u32,
            #[garde(range(max = 3))]
            validator: u32,
            #[garde(length(simple, max = 1), inner(range(max = 1)))]
            index: Vec<u32>,
            r#type: u32,
        },
        Second(#[garde(range(max = 3))] u32, String),
        #[allow(dead_code)]
        r#Move,
    }

    #[input]
    pub struct Body {
        #[query]
        pub schemas: u32,
        #[body]
        pub body: Choice,
    }

    #[input]
    pub struct ById {
        #[path]
        pub value: u32,
    }

    #[output]
    #[derive(PartialEq)]
    pub struct Via {
        pub r#type: u8,
    }

    #[derive(Debug, thiserror::Error, ApiError)]
    pub enum Failure {
        #[error("x")]
        #[problem(409, "x.a")]
        Ok { value: Option<u8>, schemas: u8 },
        #[error("x")]
        #[problem(409, "x.b")]
        Some,
        #[error("x")]
        #[problem(409, "x.c")]
        None,
    }

    /// Says "hi" with a \ and {braces}.
    #[contract(path = "/api")]
    pub(crate) trait Api {
        /// Docs with "quotes", `ticks` and a \.
        ///
        /// More.
        #[get("/{value}")]
        async fn list(&self, cx: Cx<Public>, input: ById) -> Result<NoContent, Failure>;
        #[post("/{value}/new")]
        async fn new(&self, cx: Cx<Public>, input: Marked) -> Result<Via>;
        #[post("/caller")]
        async fn caller(&self, cx: Cx<Public>, input: Unmarked) -> Result<NoContent>;
        #[post("/call")]
        async fn call(&self, cx: Cx<Public>, input: Body) -> Result<NoContent>;
        #[post("/option")]
        #[invalidates(r#type, r#self_)]
        async fn option(&self, cx: Cx<Public>) -> Result<NoContent>;
        #[get("/page")]
        async fn page(&self, cx: Cx<Public>) -> Result<NoContent>;
        #[get("/send")]
        async fn send(&self, cx: Cx<Public>) -> Result<NoContent>;
        #[get("/clone")]
        async fn clone(&self, cx: Cx<Public>) -> Result<NoContent>;
        #[get("/from")]
        async fn from(&self, cx: Cx<Public>) -> Result<NoContent>;
        #[get("/type")]
        async fn r#type(&self, cx: Cx<Public>) -> Result<NoContent>;
        #[get("/self")]
        async fn self_(&self, cx: Cx<Public>) -> Result<NoContent>;
        #[deprecated]
        #[get("/app")]
        async fn app(&self, _: Cx<Public>) -> Result<NoContent>;
        #[get("/describe")]
        async fn describe(&self, context: Cx<Public>) -> Result<NoContent>;
        #[get("/visit")]
        async fn visit(&self, cx: Cx<Public>) -> Result<NoContent>;
    }
}

/// Types that are called like those that the output of the macros names.
mod shadowed {
    use throughline::{ApiError, Cx, Id, Text, contract, input, output};

    pub type Result<T> = throughline::Result<T, Error>;

    #[derive(Text)]
    #[text(chars = 1..=9)]
    pub struct String(std::string::String);

    #[derive(Id)]
    pub struct Uuid(uuid::Uuid);

    #[output]
    #[derive(PartialEq)]
    pub struct Vec {
        pub string: String,
        pub option: std::option::Option<Option>,
    }

    #[input]
    #[derive(PartialEq)]
    pub enum Option {
        None,
        Some,
    }

    #[input]
    pub struct Box {
        #[path]
        pub uuid: Uuid,
        pub string: String,
        #[garde(range(max = 3))]
        pub number: std::option::Option<u8>,
    }

    #[output]
    pub struct Page {
        pub items: std::vec::Vec<Vec>,
    }

    #[derive(Debug, thiserror::Error, ApiError)]
    pub enum Error {
        #[error("none")]
        #[problem(404, "shadowed.none")]
        None { string: String, option: std::option::Option<Option> },
    }

    pub struct Public;

    impl throughline::Level for Public {
        type Identity = throughline::Nobody;
        const SECURITY: throughline::Security = throughline::Security::NONE;
        fn admit(
            _: std::option::Option<throughline::Nobody>,
        ) -> std::result::Result<Self, throughline::Refusal> {
            Ok(Self)
        }
    }

    #[contract(path = "/shadowed")]
    pub trait Procedure {
        #[get]
        async fn page(&self, cx: Cx<Public>) -> Result<Page>;
        #[post("/{uuid}")]
        #[sets(page = output)]
        async fn r#box(&self, cx: Cx<Public>, input: Box) -> Result<Page>;
    }

    pub struct App;

    impl Procedure for App {
        async fn page(&self, _: Cx<Public>) -> Result<Page> {
            Err(Error::None { string: String::new("x").expect("short"), option: None })?
        }
        async fn r#box(&self, _: Cx<Public>, input: Box) -> Result<Page> {
            Ok(Page { items: vec![Vec { string: input.string, option: Some(Option::Some) }] })
        }
    }
}

use throughline::{Contract, Describe, Method, Place, Procedure, Served, Validator};

use crate::wire::{json, received, refused, sent, short};

#[derive(Default)]
struct Ids(Vec<(&'static str, Method, &'static str)>);

impl Describe for Ids {
    fn procedure<P: Procedure>(&mut self) {
        self.0.push((P::ID, P::METHOD, P::PATH));
    }
}

fn marked() -> taken::Marked {
    taken::Marked {
        value: 1,
        validator: 2,
        request: Some("r".to_owned()),
        body: vec!["b".to_owned()],
        input: 3,
        output: Some(3),
        sink: vec!["ab".to_owned()],
        schemas: 4,
        index: 5,
        cx: 6,
        name: 7,
        place: 8,
        out: 9,
        members: 10,
        r#type: "t".to_owned(),
        r#match: None,
    }
}

#[test]
fn no_field_is_shadowed_by_the_macros_own_names() {
    let request = sent::<taken::procedures::New>(marked());
    assert_eq!(request.path_and_query, "/api/1/new?validator=2&request=r&body=b");
    assert_eq!(received::<taken::procedures::New>(&request), Ok(marked()));
    let wrong = taken::Marked { output: Some(4), sink: vec!["abc".to_owned()], ..marked() };
    assert_eq!(
        refused::<taken::procedures::New>(wrong),
        ["body /output range", "body /sink/0 length"]
    );
    let unmarked =
        r#"{"value":4,"validator":4,"request":1,"body":1,"input":1,"index":[4],"type":1}"#;
    assert_eq!(
        json::<taken::procedures::Caller>(unmarked).expect_err("three are wrong"),
        ["body /value range", "body /validator range", "body /index/0 range"]
    );
    let choice = taken::Choice::First { value: 4, validator: 4, index: vec![2, 2], r#type: 1 };
    assert_eq!(
        short(&Validator::check(Place::Body, &choice)),
        [
            "body /FIRST/value range",
            "body /FIRST/validator range",
            "body /FIRST/index length",
            "body /FIRST/index/0 range",
            "body /FIRST/index/1 range",
        ]
    );
    let choice = taken::Choice::Second(4, "a\0".to_owned());
    assert_eq!(
        short(&Validator::check(Place::Body, &choice)),
        ["body /SECOND/0 range", "body /SECOND/1 nul"]
    );
}

#[test]
fn keywords_lose_their_mark_on_the_wire() {
    let via = serde_json::to_string(&taken::Via { r#type: 1 }).expect("JSON");
    assert_eq!(via, r#"{"type":1}"#);
    assert_eq!(serde_json::to_string(&taken::Choice::r#Move).expect("JSON"), r#""MOVE""#);
    let names: Vec<_> = <taken::Marked as throughline::Input>::FIELDS
        .iter()
        .map(|field| (field.field, field.name))
        .collect();
    assert_eq!(names[14..], [("type", "type"), ("match", "match")]);
    assert_eq!(taken::procedures::Type::ID, "api.type");
    assert_eq!(taken::procedures::Option::EFFECTS[1].read, "api.self_");
}

#[test]
fn a_procedure_may_be_called_like_what_the_macros_emit() {
    let mut ids = Ids::default();
    taken::ApiContract::describe(&mut ids);
    let names: Vec<_> = ids.0.iter().map(|(id, ..)| id.trim_start_matches("api.")).collect();
    let expected = [
        "list", "new", "caller", "call", "option", "page", "send", "clone", "from", "type",
        "self_", "app", "describe", "visit",
    ];
    assert_eq!(names, expected);
    assert_eq!(taken::procedures::List::DOC, "Docs with \"quotes\", `ticks` and a \\.\n\nMore.");
    assert_eq!(taken::ApiContract::DOC, "Says \"hi\" with a \\ and {braces}.");
}

#[test]
fn types_may_be_called_like_the_standard_librarys() {
    let app = Served::new(shadowed::App);
    fn serves<S: throughline::Serve<shadowed::ProcedureContract>>(_: &S) {}
    serves(&app);
    let page = shadowed::procedures::Page::PATH;
    assert_eq!((page, shadowed::procedures::Box::ID), ("/shadowed", "procedure.box"));
    let error = shadowed::Error::None {
        string: shadowed::String::new("x").expect("short"),
        option: Some(shadowed::Option::None),
    };
    let problem = throughline::ApiError::to_problem(&error, "").expect("serializes");
    assert_eq!(
        serde_json::to_value(problem.members).expect("JSON"),
        serde_json::json!({"string":"x","option":"None"})
    );
}
