//! Attributes and arguments that nobody knows.
use throughline::{ApiError, Cx, Id, Public, Result, Text, contract, input, output};
use uuid::Uuid;

#[contract(path = "/a", prefix = "/b")]
//~^ error: unknown argument `prefix`: expected `path`, `tag`, `module` or `client`
pub trait A {
    #[get]
    async fn list(&self, cx: Cx<Public>) -> Result<u64>;
}

#[contract(path = "/b", module = b_calls)]
//~^ error: the module's name ends in `procedures`, so that effects can tell it from a contract's own module: `task_procedures`
pub trait B {
    #[get]
    async fn list(&self, cx: Cx<Public>) -> Result<u64>;
}

/// On procedures.
#[contract(path = "/c", module = c_procedures)]
pub trait C {
    #[get]
    #[cached(60)]
    //~^ error: unknown attribute `cached` on a procedure: expected a route (`get`, `post`, `put`, `patch`, `delete`) or an effect (`invalidates`, `removes`, `sets`)
    async fn list(&self, cx: Cx<Public>) -> Result<u64>;
    #[get("/more")]
    #[cfg(unix)]
    //~^ error: a procedure is there or it is not: put those under `#[cfg(..)]` into a contract of their own
    async fn more(&self, cx: Cx<Public>) -> Result<u64>;
}

#[derive(Text)]
#[text(chars = 1..=9, trim)]
//~^ error: unknown argument `trim`: expected `chars`, `format`, `check`, `example` or `secret`
pub struct Title(String);

#[derive(Text)]
#[text(chars = 1..=9, pattern = "a")]
//~^ error: unknown argument `pattern`: expected `chars`, `format`, `check`, `example` or `secret`
pub struct Other(String);

#[input]
pub struct Rules {
    #[garde(size(max = 3))]
    //~^ error: unknown rule `size`: expected `length`, `range`, `pattern`, `email`, `url`, `ascii`, `alphanumeric`, `ip`, `ipv4`, `ipv6`, `prefix`, `suffix`, `contains`, `required`, `custom`, `inner` or `skip`
    pub a: u32,
    #[garde(range(max = 3, step = 2))]
    //~^ error: expected `min`, `max` or `equal`
    pub b: u32,
    #[garde(length(max = 3))]
    //~^ error: write `length(chars, ..)` for text or `length(simple, ..)` for a list: the limit also stands in the document
    pub c: String,
    #[garde(length(graphemes, max = 3))]
    //~^ error: expected `chars`, `simple`, `bytes` or `utf16`
    pub d: String,
    #[garde(dive)]
    //~^ error: a nested value is validated without `dive`: put `#[input]` on its type
    pub e: Option<Title>,
    #[garde(range)]
    //~^ error: `range` says what it asks for in parentheses
    pub f: u32,
    #[garde(email(strict))]
    //~^ error: `email` takes no arguments
    pub g: String,
    #[garde(skip, ascii)]
    //~^ error: `skip` takes the value as it comes, so that no other rule can be checked
    pub h: String,
    #[garde(pattern("["))]
    //~^ error: not a regular expression: unclosed character class
    pub i: String,
    #[schema(minimum = 3)]
    //~^ error: unknown argument `minimum`: expected `example`, `default`, `value_type` or, on a type, `as`
    pub j: u32,
}

#[input(strict)]
//~^ error: `#[input]` takes no arguments
pub struct Arguments {
    pub a: u32,
}

#[output(strict)]
//~^ error: `#[output]` takes no arguments
pub struct Answer {
    #[schema(title = "A")]
    //~^ error: unknown argument `title`: expected `example`, `default`, `value_type` or, on a type, `as`
    pub a: u32,
}

#[derive(Id)]
#[id(v4)]
//~^ error: cannot find attribute `id` in this scope
pub struct ThingId(Uuid);

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Error {
    #[error("a")]
    #[problem(404, "thing.a", title = "x")]
    //~^ error: expected a status and a code, `#[problem(404, "thing.not_found")]`, or `#[problem(transparent)]`
    A,
}

fn main() {}
