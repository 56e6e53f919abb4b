//! The input is no input.
use throughline::{Cx, Public, Result, contract, input};

pub struct Plain;

#[input]
pub enum Choice {
    A,
    B,
}

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get("/a")]
    async fn plain(&self, cx: Cx<Public>, input: Plain) -> Result<u64>;
    #[post("/b")]
    async fn number(&self, cx: Cx<Public>, input: u64) -> Result<u64>;
    #[get("/c")]
    async fn choice(&self, cx: Cx<Public>, input: Choice) -> Result<u64>;
}

fn main() {}
