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
    async fn a(&self, cx: Cx<Public>) -> Result<u64>;
    #[get("/a//b")]
    async fn b(&self, cx: Cx<Public>) -> Result<u64>;
    #[get("/{id}.json")]
    async fn c(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
    #[get("/{the id}")]
    async fn d(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
    #[get("/{id}/{id}")]
    async fn e(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
    #[get("/größe")]
    async fn f(&self, cx: Cx<Public>) -> Result<u64>;
    #[get("/../up")]
    async fn g(&self, cx: Cx<Public>) -> Result<u64>;
    #[get(all)]
    async fn h(&self, cx: Cx<Public>) -> Result<u64>;
    #[put("/put", read)]
    async fn i(&self, cx: Cx<Public>) -> Result<u64>;
}

/// Its path ends with a slash, so the paths of its procedures are not judged.
#[contract(path = "/others/", tag = "others", module = other_procedures)]
pub trait Others {
    #[get("/{id}")]
    async fn get(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
}

fn main() {}
