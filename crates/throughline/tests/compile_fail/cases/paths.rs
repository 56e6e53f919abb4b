//! Paths that are none.
use throughline::{Cx, Public, Result, contract, input};

/// By id.
#[input]
pub struct ById {
    #[path]
    pub id: u64,
}

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get("all")]
    //~^ error: a path begins with `/`: `"/all"`
    async fn a(&self, cx: Cx<Public>) -> Result<u64>;
    #[get("/a//b")]
    //~^ error: a segment of the path is empty: `//` is nobody's route
    async fn b(&self, cx: Cx<Public>) -> Result<u64>;
    #[get("/{id}.json")]
    //~^ error: `{id}.json` is neither a plain segment nor one placeholder: `{id}`
    async fn c(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
    #[get("/{the id}")]
    //~^ error: `{the id}` is not the name of a field
    async fn d(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
    #[get("/{id}/{id}")]
    //~^ error: `{id}` stands in the path twice: it is one field
    async fn e(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
    #[get("/größe")]
    //~^ error: `größe` holds more than letters, digits, `-`, `.`, `_` and `~`
    async fn f(&self, cx: Cx<Public>) -> Result<u64>;
    #[get("/../up")]
    //~^ error: clients resolve `..` before they send it: name the segment
    async fn g(&self, cx: Cx<Public>) -> Result<u64>;
    #[get(all)]
    //~^ error: expected a path, `"/{id}"`, or `read`
    async fn h(&self, cx: Cx<Public>) -> Result<u64>;
    #[put("/put", read)]
    //~^ error: only a POST is declared a read: the other methods change state
    async fn i(&self, cx: Cx<Public>) -> Result<u64>;
}

/// Its path ends with a slash, so the paths of its procedures are not judged.
#[contract(path = "/others/", tag = "others", module = other_procedures)]
//~^ error: a contract's path does not end with `/`: the procedures' paths begin with one
pub trait Others {
    #[get("/{id}")]
    async fn get(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
}

fn main() {}
