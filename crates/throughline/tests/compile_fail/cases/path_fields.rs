//! Placeholders and `#[path]` fields do not match.
use throughline::{Cx, Public, Result, contract, input};

/// By id.
#[input]
pub struct ById {
    #[path]
    pub id: u64,
}

/// By id, but not in the path.
#[input]
pub struct InQuery {
    #[query]
    pub id: u64,
}

/// No path field.
#[input]
pub struct Unmarked {
    pub id: u64,
}

/// Things.
#[contract(path = "/things")]
pub trait Things {
    /// A placeholder without a field.
    #[get("/{id}/{part}")]
    //~^ E0609: no field `part` on type `&ById`
    async fn part(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
    /// A field without a placeholder.
    #[get("/all")]
    //~^ E0080: the input's path field `id` is not in the path `/things/all`: write `{id}` into it
    async fn all(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
    /// The same, without a path.
    #[get]
    //~^ E0080: the input's path field `id` is not in the path `/things`: write `{id}` into it
    async fn none(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
    /// A placeholder for a query field.
    #[get("/query/{id}")]
    //~^ E0080: `{id}` in the path names a field that is not marked `#[path]`
    async fn query(&self, cx: Cx<Public>, input: InQuery) -> Result<u64>;
    /// A placeholder for an unmarked field.
    #[post("/unmarked/{id}")]
    //~^ E0080: `{id}` in the path names a field that is not marked `#[path]`
    async fn unmarked(&self, cx: Cx<Public>, input: Unmarked) -> Result<u64>;
    /// A placeholder without an input.
    #[get("/nothing/{id}")]
    //~^ E0609: no field `id` on type `&()`
    async fn nothing(&self, cx: Cx<Public>) -> Result<u64>;
}

fn main() {}
