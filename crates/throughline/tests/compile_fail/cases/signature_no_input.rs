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
    //~^* E0277: `Plain` is not an input
    //~^^ E0277: `Plain` does not travel in a query, and GET and DELETE have no body
    #[post("/b")]
    async fn number(&self, cx: Cx<Public>, input: u64) -> Result<u64>;
    //~^* E0277: `u64` is not an input
    #[get("/c")]
    async fn choice(&self, cx: Cx<Public>, input: Choice) -> Result<u64>;
    //~^* E0277: `Choice` is not an input
    //~^^ E0277: `Choice` does not travel in a query, and GET and DELETE have no body
}

fn main() {}
