//! `Cx` of a type that is no level.
use throughline::{Cx, Result, contract};

pub struct User;

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get]
    async fn list(&self, cx: Cx<User>) -> Result<u64>;
    //~^* E0277: `User` is not a level
}

fn main() {}
