//! The first parameter is no `Cx`.
use throughline::{Result, contract};

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get]
    async fn list(&self, user: u64) -> Result<u64>;
    //~^* E0277: a procedure takes `cx: Cx<Level>` after `&self`, found `u64`
    //~^^ E0053: method `call` has an incompatible type for trait
}

fn main() {}
