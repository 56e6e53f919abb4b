//! The return type is the standard library's `Result`.
use throughline::{Cx, Public, contract};

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get]
    async fn list(&self, cx: Cx<Public>) -> Result<u64, std::io::Error>;
}

fn main() {}
