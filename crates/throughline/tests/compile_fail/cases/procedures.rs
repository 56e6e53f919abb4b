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
    async fn no_route(&self, cx: Cx<Public>) -> Result<u64>;
    #[get("/c")]
    #[post("/c")]
    async fn two_routes(&self, cx: Cx<Public>) -> Result<u64>;
    #[get("/d")]
    async fn generic<T>(&self, cx: Cx<Public>, input: T) -> Result<u64>;
    #[get("/e")]
    async fn with_body(&self, cx: Cx<Public>) -> Result<u64> {
        Ok(1)
    }
    #[get("/f")]
    async fn no_cx(&self) -> Result<u64>;
    #[get("/g")]
    async fn no_self(cx: Cx<Public>) -> Result<u64>;
    #[get("/h")]
    async fn by_value(self, cx: Cx<Public>) -> Result<u64>;
    #[get("/i/{id}")]
    async fn two_inputs(&self, cx: Cx<Public>, input: ById, more: u64) -> Result<u64>;
    #[get("/j")]
    async fn no_result(&self, cx: Cx<Public>);
    type Error;
    const LIMIT: u64 = 1;
    #[post("/k")]
    #[invalidates(no_route)]
    async fn right(&self, cx: Cx<Public>) -> Result<u64>;
}

#[contract(path = "/generic")]
pub trait Generic<T> {
    #[get]
    async fn list(&self, cx: Cx<Public>) -> Result<u64>;
}

#[contract(path = "/struct")]
pub struct Struct;

fn main() {}
