//! Two procedures share a route, or a type.
use throughline::{Cx, Public, Result, contract, input};

#[input]
pub struct ById {
    #[path]
    pub id: u64,
}

#[input]
pub struct ByName {
    #[path]
    pub name: String,
}

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get("/{id}")]
    async fn get(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
    #[get("/{name}")]
    async fn find(&self, cx: Cx<Public>, input: ByName) -> Result<u64>;
    #[get("/{id}/")]
    async fn slash(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
    #[put("/{id}")]
    async fn put(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
    #[post]
    async fn add_one(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/")]
    async fn add__one(&self, cx: Cx<Public>) -> Result<u64>;
}

fn main() {}
