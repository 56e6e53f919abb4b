//! Effects on reads of other contracts that are not there.
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
    #[post("/a")]
    #[invalidates(others::lst)]
    //~^ E0425: cannot find type `Lst` in module `others::procedures`
    async fn a(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/b")]
    #[invalidates(nobody::list)]
    //~^ E0433: cannot find module or crate `nobody` in this scope
    async fn b(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/c")]
    #[invalidates(others::list)]
    async fn right(&self, cx: Cx<Public>) -> Result<u64>;
}

fn main() {}
