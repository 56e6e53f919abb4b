//! `Patch` belongs in the body of a PATCH.
use throughline::{Cx, Patch, Public, Result, contract, input, output};

#[input]
pub struct Change {
    #[path]
    pub id: u64,
    pub name: Patch<String>,
}

#[input]
pub struct Unmarked {
    pub name: Patch<String>,
}

#[input]
pub struct InQuery {
    #[query]
    pub name: Patch<String>,
}

#[input]
pub struct WholeBody {
    #[body]
    pub name: Patch<String>,
}

#[input]
pub enum InEnum {
    Rename { name: Patch<String> },
}

#[output]
pub struct Answer {
    pub name: Patch<String>,
}

type Maybe<T> = Patch<T>;

#[input]
pub struct Aliased {
    pub name: Maybe<String>,
}

mod mine {
    #[throughline::input]
    pub struct Patch<T> {
        pub inner: T,
    }
}

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[patch("/{id}")]
    async fn right(&self, cx: Cx<Public>, input: Change) -> Result<u64>;
    #[put("/{id}")]
    async fn put(&self, cx: Cx<Public>, input: Change) -> Result<u64>;
    #[post]
    async fn post(&self, cx: Cx<Public>, input: Unmarked) -> Result<u64>;
    #[get]
    async fn get(&self, cx: Cx<Public>, input: Unmarked) -> Result<u64>;
    #[get("/query")]
    async fn query(&self, cx: Cx<Public>, input: InQuery) -> Result<u64>;
}

fn main() {}
