//! A method of the contract is not implemented.
use throughline::{Cx, Public, Result, contract};

/// Things.
#[contract(path = "/things")]
pub trait Things {
    /// Count.
    #[get]
    async fn count(&self, cx: Cx<Public>) -> Result<u64>;
    /// Clear.
    #[delete]
    async fn clear(&self, cx: Cx<Public>) -> Result<u64>;
}

struct App;

impl Things for App {
//~^ E0046: not all trait items implemented, missing: `clear`
    async fn count(&self, _: Cx<Public>) -> Result<u64> {
        Ok(1)
    }
}

fn main() {}
