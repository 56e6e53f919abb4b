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
    //~^ error: a `Patch` is a member of the JSON body: in a path, query or header use `Option`
}

#[input]
pub struct WholeBody {
    #[body]
    pub name: Patch<String>,
    //~^ error: a `Patch` is a member of the JSON body: in a path, query or header use `Option`
}

#[input]
pub enum InEnum {
    Rename { name: Patch<String> },
    //~^ error: a `Patch` is a field of a struct: in an enum use `Option`
}

#[output]
pub struct Answer {
    pub name: Patch<String>,
    //~^ error: a `Patch` says what to change: in an output write the value itself
}

type Maybe<T> = Patch<T>;

#[input]
pub struct Aliased {
    pub name: Maybe<String>,
    //~^ E0080: write the type as `Patch<..>`: an absent field is only seen under this name
    //~^^ E0277: `throughline::Patch<String>` has no schema for the wire
}

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[patch("/{id}")]
    async fn right(&self, cx: Cx<Public>, input: Change) -> Result<u64>;
    #[put("/{id}")]
    //~^ E0080: the input has a `Patch` field, which means "keep what is there": only PATCH can do that, and this is a PUT
    async fn put(&self, cx: Cx<Public>, input: Change) -> Result<u64>;
    #[post]
    //~^ E0080: the input has a `Patch` field, which means "keep what is there": only PATCH can do that, and this is a POST
    async fn post(&self, cx: Cx<Public>, input: Unmarked) -> Result<u64>;
    #[get]
    //~^ E0080: the input has a `Patch` field, which means "keep what is there": only PATCH can do that, and this is a GET
    async fn get(&self, cx: Cx<Public>, input: Unmarked) -> Result<u64>;
    //~^ E0277: `throughline::Patch<String>` does not fit a path segment, a query parameter or a header
    #[get("/query")]
    async fn query(&self, cx: Cx<Public>, input: InQuery) -> Result<u64>;
}

fn main() {}
