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
    //~^ error: `GET /things/{name}` is already the route of `get`
    async fn find(&self, cx: Cx<Public>, input: ByName) -> Result<u64>;
    #[get("/{id}/")]
    //~^ error: `GET /things/{id}` is already the route of `find`
    async fn slash(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
    #[put("/{id}")]
    async fn put(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
    #[post]
    async fn add_one(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/")]
    //~^ error: `POST /things` is already the route of `add_one`
    async fn add__one(&self, cx: Cx<Public>) -> Result<u64>;
    //~^ error: `AddOne` is the type of `add_one` already: choose another name
}

fn main() {}
