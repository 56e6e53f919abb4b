//! Attributes and arguments that nobody knows.
use throughline::{ApiError, Cx, Id, Public, Result, Text, contract, input, output};
use uuid::Uuid;

#[contract(path = "/a", prefix = "/b")]
pub trait A {
    #[get]
    async fn list(&self, cx: Cx<Public>) -> Result<u64>;
}

#[contract(path = "/b", module = b_calls)]
pub trait B {
    #[get]
    async fn list(&self, cx: Cx<Public>) -> Result<u64>;
}

/// On procedures.
#[contract(path = "/c")]
pub trait C {
    #[get]
    #[cached(60)]
    async fn list(&self, cx: Cx<Public>) -> Result<u64>;
    #[get("/more")]
    #[cfg(unix)]
    async fn more(&self, cx: Cx<Public>) -> Result<u64>;
}

#[derive(Text)]
#[text(chars = 1..=9, trim)]
pub struct Title(String);

#[derive(Text)]
#[text(chars = 1..=9, pattern = "a")]
pub struct Other(String);

#[input]
pub struct Rules {
    #[garde(size(max = 3))]
    pub a: u32,
    #[garde(range(max = 3, step = 2))]
    pub b: u32,
    #[garde(length(max = 3))]
    pub c: String,
    #[garde(length(graphemes, max = 3))]
    pub d: String,
    #[garde(dive)]
    pub e: Option<Title>,
    #[garde(range)]
    pub f: u32,
    #[garde(email(strict))]
    pub g: String,
    #[garde(skip, ascii)]
    pub h: String,
    #[garde(pattern("["))]
    pub i: String,
    #[schema(minimum = 3)]
    pub j: u32,
}

#[input(strict)]
pub struct Arguments {
    pub a: u32,
}

#[output(strict)]
pub struct Answer {
    #[schema(title = "A")]
    pub a: u32,
}

#[derive(Id)]
#[id(v4)]
pub struct ThingId(Uuid);

#[derive(Debug, thiserror::Error, ApiError)]
pub enum Error {
    #[error("a")]
    #[problem(404, "thing.a", title = "x")]
    A,
}

fn main() {}
