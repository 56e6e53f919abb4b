//! Contracts: what is emitted beside the trait, and how much of it others see.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use http::request::Parts;
use throughline::{
    Caller, Connect, Contract, Cx, Describe, Fault, Handle, Identify, Input, Level, NoContent,
    Procedure, Public, Refusal, Result, Security, Serve, Served, Visitor, contract, input, output,
};

pub struct Role<R>(pub R);

pub struct Admin;

impl Level for Role<Admin> {
    type Identity = u64;
    const SECURITY: Security = Security::SESSION_OR_TOKEN;
    fn admit(who: Option<u64>) -> std::result::Result<Self, Refusal> {
        who.map(|_| Self(Admin)).ok_or(Refusal::Unauthenticated)
    }
}

#[input]
#[derive(PartialEq)]
pub struct ById {
    #[path]
    pub id: u64,
    /// Only on some platforms.
    #[cfg(any(unix, windows))]
    #[query]
    #[garde(range(max = 9))]
    pub depth: Option<u8>,
    #[cfg(not(any(unix, windows)))]
    pub depth: NotThere,
    #[cfg_attr(any(unix, windows), query("b"), serde(default))]
    pub both: u8,
}

#[input]
pub struct One {
    #[path]
    pub id: u64,
}

#[output]
#[derive(Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    #[default]
    SomeKind,
    #[cfg(not(any(unix, windows)))]
    Other(NotThere),
    #[cfg(any(unix, windows))]
    Third {
        #[cfg(not(any(unix, windows)))]
        a: NotThere,
        b: u8,
    },
}

/// Things of all kinds.
#[contract(path = "/things")]
pub trait Things {
    /// Get.
    #[get("/{id}")]
    async fn get(&self, cx: Cx<Role<Admin>>, input: ById) -> Result<Kind>;
    /// Ping.
    #[post("/ping")]
    async fn ping(&self, cx: Cx<Public>) -> Result<NoContent>;
}

/// No procedure yet.
#[contract(path = "/empty", tag = "Nothing yet", module = empty_procedures)]
pub trait Empty {}

/// Without a client.
#[contract(module = bare_procedures, client = false)]
pub trait Bare {
    /// The root.
    #[get("/")]
    async fn root(&self, cx: Cx<Public>) -> Result<u8>;
}

/// The same name for a client of one's own.
pub struct BareClient;

mod private {
    use throughline::{Cx, Public, Result, contract, input};

    #[input]
    struct Hidden {
        id: u8,
    }

    #[input]
    pub(super) struct Near {
        id: u8,
    }

    #[contract(path = "/private")]
    trait Private {
        #[get]
        async fn get(&self, cx: Cx<Public>, input: Hidden) -> Result<u8>;
    }

    #[contract(path = "/near", module = near_procedures)]
    pub(super) trait Near_ {
        #[get]
        async fn get(&self, cx: Cx<Public>, input: Near) -> Result<u8>;
    }

    #[input]
    pub(crate) struct Far {
        id: u8,
    }

    #[contract(path = "/crate", module = crate_procedures)]
    pub(crate) trait InCrate {
        #[get]
        async fn get(&self, cx: Cx<Public>, input: Far) -> Result<u8>;
    }

    #[contract(path = "/in", module = in_procedures)]
    pub(in crate::contracts) trait In {
        #[get]
        async fn get(&self, cx: Cx<Public>, input: Near) -> Result<u8>;
    }

    struct App;

    impl Private for App {
        async fn get(&self, _: Cx<Public>, input: Hidden) -> Result<u8> {
            Ok(input.id)
        }
    }

    #[test]
    fn a_private_contract_is_served_as_any() {
        fn serves<S: throughline::Serve<PrivateContract>>(_: S) {}
        serves(throughline::Served::new(App));
        assert_eq!(<procedures::Get as throughline::Procedure>::ID, "private.get");
    }
}

#[derive(Default)]
struct Seen(Vec<String>);

impl Describe for Seen {
    fn procedure<P: Procedure>(&mut self) {
        self.0.push(format!("{} {} {} {}", P::ID, P::METHOD, P::PATH, P::DOC));
    }
}

impl<A> Visitor<A> for Seen {
    fn procedure<P: Procedure>(&mut self)
    where
        A: Handle<P>,
    {
        self.0.push(format!("{} is served", P::ID));
    }
}

struct App;

impl Identify<u64> for App {
    async fn identify(&self, _: &Parts) -> std::result::Result<Option<u64>, Fault> {
        Ok(Some(1))
    }
}

impl Things for App {
    async fn get(&self, cx: Cx<Role<Admin>>, input: ById) -> Result<Kind> {
        let Admin = cx.0;
        Ok(if input.id == 0 { Kind::SomeKind } else { Kind::Third { b: input.both } })
    }
    // A handler may also be a plain function that returns a future.
    fn ping(&self, _: Cx<Public>) -> impl Future<Output = Result<NoContent>> + Send {
        std::future::ready(Ok(NoContent))
    }
}

impl Empty for App {}

/// Remembers what is called, and where.
#[derive(Clone)]
struct Recorder(String);

impl Connect for Recorder {
    type Error = std::convert::Infallible;
    fn connect(base: &str) -> std::result::Result<Self, Self::Error> {
        Ok(Self(base.to_owned()))
    }
}

impl Caller for Recorder {
    type Call<P: Procedure> = String;
    fn call<P: Procedure>(&self, input: P::Input) -> String {
        let request =
            throughline::encode_request::<P>(&input).map(|request| request.path_and_query);
        format!("{}{}", self.0, request.unwrap_or_default())
    }
}

throughline::api! {
    /// All contracts of this file.
    pub struct Everything { things: ThingsClient, empty: EmptyClient }
}

#[test]
fn a_contract_is_described_in_the_order_of_its_trait() {
    let mut seen = Seen::default();
    ThingsContract::describe(&mut seen);
    EmptyContract::describe(&mut seen);
    BareContract::describe(&mut seen);
    assert_eq!(
        seen.0,
        [
            "things.get GET /things/{id} Get.",
            "things.ping POST /things/ping Ping.",
            "bare.root GET / The root."
        ]
    );
    assert_eq!((EmptyContract::TAG, EmptyContract::DOC), ("Nothing yet", "No procedure yet."));
    let _ = BareClient;
}

#[test]
fn an_application_serves_each_contract_that_it_implements() {
    let mut seen = Seen::default();
    <Served<App> as Serve<ThingsContract>>::visit(&mut seen);
    <Served<App> as Serve<EmptyContract>>::visit(&mut seen);
    assert_eq!(seen.0, ["things.get is served", "things.ping is served"]);
}

#[test]
fn a_handler_may_be_a_plain_function() {
    let (parts, ()) = http::Request::new(()).into_parts();
    let served = Served::new(App);
    let mount = throughline::MountInfo { prefix: "/api", request_id: "r-1" };
    let body = || async { Ok(bytes::Bytes::new()) };
    let answer =
        throughline::dispatch::<procedures::Ping, _, _>(&served, mount, parts, Vec::new(), body);
    let Poll::Ready(answer) = pin!(answer).poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("nothing to wait for");
    };
    assert_eq!(answer.expect("a success").status(), http::StatusCode::NO_CONTENT);
}

#[test]
fn the_calls_of_all_contracts_are_joined() {
    let api = Everything::<Recorder>::connect("http://localhost").expect("infallible");
    let input = ById { id: 7, depth: None, both: 1 };
    assert_eq!(api.things().get(input.clone()), "http://localhost/things/7?b=1");
    assert_eq!(api.call::<procedures::Get>(input), "http://localhost/things/7?b=1");
    assert_eq!(ThingsClient::new(Recorder(String::new())).ping(), "/things/ping");
    let _: EmptyClient<Recorder> = api.empty();
}

#[test]
fn what_cfg_leaves_is_all_there_is() {
    let names: Vec<_> = ById::FIELDS.iter().map(|field| (field.field, field.name)).collect();
    assert_eq!(names, [("id", "id"), ("depth", "depth"), ("both", "b")]);
    assert_eq!(
        crate::wire::refused::<procedures::Get>(ById { id: 1, depth: Some(10), both: 0 }),
        ["query /depth range"]
    );
    assert_eq!(serde_json::to_string(&Kind::default()).expect("JSON"), "\"someKind\"");
    assert_eq!(serde_json::to_string(&Kind::Third { b: 1 }).expect("JSON"), r#"{"third":{"b":1}}"#);
}

/// Contracts that a `macro_rules!` writes: tokens from two places meet in one.
mod made {
    use throughline::{Cx, Level, NoContent, Patch, Public, Result, Text, contract, input};

    #[derive(Text)]
    #[text(chars = 1..=4)]
    pub struct Word(String);

    macro_rules! contract {
        (
            $name:ident, $module:ident, $path:literal,
            $input:ident { $field:ident: $type:ty = $bound:expr }, $level:ty, $result:ty
        ) => {
            #[input]
            pub struct $input {
                #[path]
                pub id: u64,
                #[query]
                #[garde(range(max = $bound))]
                pub number: u8,
                pub $field: $type,
            }

            #[contract(path = $path, module = $module)]
            pub trait $name {
                #[get("/{id}")]
                async fn get(&self, cx: Cx<$level>, input: super::One) -> $result;
                #[patch("/{id}")]
                #[removes(get(id))]
                async fn $field(&self, cx: Cx<$level>, input: $input) -> $result;
            }
        };
    }

    contract!(
        Made, procedures, "/made",
        Change { word: Patch<Word> = 3 }, Public, Result<NoContent>
    );
    contract!(
        Other, other_procedures, "/other",
        ChangeOther { number_of: Patch<Option<Vec<u8>>> = 4 }, Public, Result<NoContent>
    );

    #[test]
    fn a_contract_may_be_written_by_a_macro() {
        fn admits<L: Level>() {}
        admits::<<procedures::Word as throughline::Procedure>::Level>();
        let long = serde_json::from_value("toolong".into()).expect("a string");
        let input = Change { id: 1, number: 4, word: Patch::Set(long) };
        assert_eq!(
            crate::wire::refused::<procedures::Word>(input),
            ["query /number range", "body /word too_long"]
        );
        let input = ChangeOther { id: 1, number: 4, number_of: Patch::Keep };
        let request = crate::wire::sent::<other_procedures::NumberOf>(input);
        assert_eq!(request.path_and_query, "/other/1?number=4");
        assert_eq!(crate::wire::body(&request), "{}");
    }
}

/// Derives beside the macros, in any order that rustc lets be.
mod derives {
    use throughline::{input, output};

    #[input]
    #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Below {
        pub a: u8,
    }

    #[derive(Default, PartialEq, Eq, Hash)]
    #[input]
    pub struct Above {
        pub a: u8,
    }

    #[output]
    #[derive(std::clone::Clone, PartialEq, core::fmt::Debug)]
    pub enum Apart {
        A,
    }

    /// With a `Debug` of its own.
    #[output]
    #[derive(Debug, PartialEq)]
    #[cfg_attr(test, derive(Eq))]
    pub struct Conditional(pub u8);

    #[test]
    fn each_trait_is_there_once() {
        assert_eq!(Below::default().clone(), Below { a: 0 });
        assert_eq!(Above::default().clone(), Above { a: 0 });
        assert_eq!(
            format!("{:?} {:?}", Apart::A.clone(), Conditional(1).clone()),
            "A Conditional(1)"
        );
    }
}
