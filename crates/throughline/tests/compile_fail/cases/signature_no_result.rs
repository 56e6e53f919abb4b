//! The return type is no `throughline::Result`.
use throughline::{Cx, Public, contract};

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get]
    async fn list(&self, cx: Cx<Public>) -> String;
}

fn main() {}
