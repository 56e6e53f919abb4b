//! GET and DELETE have no body.
use throughline::{Cx, Public, Result, contract, input};

/// A point.
#[input]
pub struct Point {
    pub x: i32,
}

/// The whole body.
#[input]
pub struct Whole {
    #[body]
    pub point: Point,
}

/// A nested field.
#[input]
pub struct Nested {
    pub point: Point,
}

/// A list of nested values.
#[input]
pub struct List {
    pub points: Vec<Point>,
}

/// A value that only serde can write.
#[input]
pub struct With {
    #[serde(alias = "n")]
    pub name: String,
}

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get("/a")]
    async fn whole(&self, cx: Cx<Public>, input: Whole) -> Result<u64>;
    //~^ E0277: `Whole` does not travel in a query, and GET and DELETE have no body
    #[get("/b")]
    async fn nested(&self, cx: Cx<Public>, input: Nested) -> Result<u64>;
    //~^ E0277: `Point` does not fit a path segment, a query parameter or a header
    #[delete("/c")]
    async fn list(&self, cx: Cx<Public>, input: List) -> Result<u64>;
    //~^ E0277: `Point` does not fit a path segment, a query parameter or a header
    #[get("/d")]
    async fn with(&self, cx: Cx<Public>, input: With) -> Result<u64>;
    //~^ E0277: a `#[serde(..)]` attribute in `With` means nothing in a query: its values are read through `Param`
    #[post("/e", read)]
    async fn right(&self, cx: Cx<Public>, input: Whole) -> Result<u64>;
}

fn main() {}
