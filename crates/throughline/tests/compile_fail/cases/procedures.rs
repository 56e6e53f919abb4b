//! Methods that are no procedures.
use throughline::{Cx, Public, Result, contract, input};

#[input]
pub struct ById {
    #[path]
    pub id: u64,
}

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get("/a")]
    fn not_async(&self, cx: Cx<Public>) -> Result<u64>;
    //~^ error: a procedure is an `async fn`
    async fn no_route(&self, cx: Cx<Public>) -> Result<u64>;
    //~^ error: this procedure has no route: add `#[get]`, `#[get("/{id}")]`, `#[post]`, `#[put]`, `#[patch]` or `#[delete]`
    #[get("/c")]
    #[post("/c")]
    //~^ error: a procedure has one route
    async fn two_routes(&self, cx: Cx<Public>) -> Result<u64>;
    #[get("/d")]
    async fn generic<T>(&self, cx: Cx<Public>, input: T) -> Result<u64>;
    //~^ error: a procedure has no generic parameters: what goes over the wire has one type
    #[get("/e")]
    async fn with_body(&self, cx: Cx<Public>) -> Result<u64> {
    //~^ error: a procedure has no body here: handlers are written where the application implements the contract
        Ok(1)
    }
    #[get("/f")]
    async fn no_cx(&self) -> Result<u64>;
    //~^ error: a procedure takes `cx: Cx<Level>` after `&self`
    #[get("/g")]
    async fn no_self(cx: Cx<Public>) -> Result<u64>;
    //~^ error: a procedure takes `&self` first
    #[get("/h")]
    async fn by_value(self, cx: Cx<Public>) -> Result<u64>;
    //~^ error: a procedure takes `&self` first
    #[get("/i/{id}")]
    async fn two_inputs(&self, cx: Cx<Public>, input: ById, more: u64) -> Result<u64>;
    //~^ error: a procedure takes one input: put its values into one struct under `#[input]`
    #[get("/j")]
    async fn no_result(&self, cx: Cx<Public>);
    //~^ error: a procedure returns `throughline::Result<T>` or `throughline::Result<T, E>`
    type Error;
    //~^ error: a contract has only procedures: `async fn`s
    const LIMIT: u64 = 1;
    //~^ error: a contract has only procedures: `async fn`s
    #[post("/k")]
    #[invalidates(no_route)]
    async fn right(&self, cx: Cx<Public>) -> Result<u64>;
}

#[contract(path = "/generic")]
pub trait Generic<T> {
//~^ error: a contract has no generic parameters: its routes are fixed
    #[get]
    async fn list(&self, cx: Cx<Public>) -> Result<u64>;
}

#[contract(path = "/struct")]
pub struct Struct;
//~^ error: a contract is a trait: expected `trait`

fn main() {}
