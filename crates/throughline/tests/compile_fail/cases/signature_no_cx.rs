//! The first parameter is no `Cx`.
use throughline::{Result, contract};

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get]
    async fn list(&self, user: u64) -> Result<u64>;
}

fn main() {}
