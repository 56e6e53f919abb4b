//! Effects on what is not there.
use throughline::{Cx, Public, Result, contract};

mod others {
    use throughline::{Cx, Public, Result, contract};

    #[contract(path = "/others")]
    pub trait Others {
        #[get]
        async fn list(&self, cx: Cx<Public>) -> Result<u64>;
    }
}

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get]
    async fn list(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/a")]
    #[invalidates()]
    async fn a(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/b")]
    #[invalidates]
    async fn b(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/c")]
    #[invalidates(lst)]
    async fn c(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/d")]
    #[invalidates(others::lst)]
    async fn d(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/e")]
    #[invalidates(nobody::list)]
    async fn e(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/f")]
    #[sets]
    async fn f(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/g")]
    #[sets(list)]
    async fn g(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/h")]
    #[sets(list = 5)]
    async fn h(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/i")]
    #[removes("list")]
    async fn i(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/j")]
    #[invalidates(others::list)]
    async fn right(&self, cx: Cx<Public>) -> Result<u64>;
}

fn main() {}
