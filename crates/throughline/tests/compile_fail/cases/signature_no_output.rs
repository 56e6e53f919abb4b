//! Output or error is none.
use throughline::{Created, Cx, Page, Public, Result, contract};

pub struct Plain;

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get("/a")]
    async fn plain(&self, cx: Cx<Public>) -> Result<Plain>;
    //~^* E0277: `Plain` is not an output
    #[get("/b")]
    async fn page(&self, cx: Cx<Public>) -> Result<Page<Plain>>;
    //~^ E0277: serde::Serialize
    //~^^ E0277: `Plain` has no schema for the wire
    //~^^^ E0277: serde::Deserialize
    #[post("/c")]
    async fn created(&self, cx: Cx<Public>) -> Result<Created<Plain>>;
    //~^ E0277: `throughline::Created<Plain>` is not an output
    #[get("/d")]
    async fn error(&self, cx: Cx<Public>) -> Result<u64, Plain>;
    //~^ E0277: `Plain` is not a declared error
    #[get("/e")]
    async fn io(&self, cx: Cx<Public>) -> Result<u64, std::io::Error>;
    //~^ E0277: `std::io::Error` is not a declared error
}

fn main() {}
