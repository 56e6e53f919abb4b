//! `Cx` of a type that is no level.
use throughline::{Cx, Result, contract};

pub struct User;

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get]
    async fn list(&self, cx: Cx<User>) -> Result<u64>;
}

fn main() {}
