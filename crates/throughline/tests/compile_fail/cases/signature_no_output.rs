//! Output or error is none.
use throughline::{Created, Cx, Page, Public, Result, contract};

pub struct Plain;

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get("/a")]
    async fn plain(&self, cx: Cx<Public>) -> Result<Plain>;
    #[get("/b")]
    async fn page(&self, cx: Cx<Public>) -> Result<Page<Plain>>;
    #[post("/c")]
    async fn created(&self, cx: Cx<Public>) -> Result<Created<Plain>>;
    #[get("/d")]
    async fn error(&self, cx: Cx<Public>) -> Result<u64, Plain>;
    #[get("/e")]
    async fn io(&self, cx: Cx<Public>) -> Result<u64, std::io::Error>;
}

fn main() {}
