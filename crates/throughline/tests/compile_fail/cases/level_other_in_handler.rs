//! A handler asks for another level than the contract says.
use throughline::{Cx, Level, Public, Refusal, Result, Security, contract};

pub struct Admin;

impl Level for Admin {
    type Identity = u64;
    const SECURITY: Security = Security::SESSION_OR_TOKEN;
    fn admit(_: Option<u64>) -> std::result::Result<Self, Refusal> {
        Ok(Self)
    }
}

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get]
    async fn list(&self, cx: Cx<Admin>) -> Result<u64>;
}

struct App;

impl Things for App {
    async fn list(&self, _: Cx<Public>) -> Result<u64> {
    //~^ E0053: method `list` has an incompatible type for trait
        Ok(1)
    }
}

fn main() {}
