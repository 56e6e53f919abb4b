//! Effects on what is not there.
use throughline::{Cx, Public, Result, contract};

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get]
    async fn list(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/a")]
    #[invalidates()]
    //~^ error: an effect on nothing: name a read, `invalidates(list)`
    async fn a(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/b")]
    #[invalidates]
    //~^ error: an effect on nothing: name a read, `invalidates(list)`
    async fn b(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/c")]
    #[invalidates(lst)]
    //~^ error: no procedure `lst` in this contract; it has `list`, `a`, `b`, `c`, `f`, `g`, `h`, `i`
    async fn c(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/f")]
    #[sets]
    //~^ error: an effect on nothing: name a read, `sets(get(id) = output)`
    async fn f(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/g")]
    #[sets(list)]
    //~^ error: say what the read is set to: `sets(get(id) = output)`
    async fn g(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/h")]
    #[sets(list = 5)]
    //~^ error: say what the read is set to: `sets(get(id) = output)`
    async fn h(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/i")]
    #[removes("list")]
    //~^ error: an effect names a read: `list`, `get(id)`, `flows::list`
    async fn i(&self, cx: Cx<Public>) -> Result<u64>;
}

fn main() {}
