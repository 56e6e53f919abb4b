//! A public contract with an input that nobody else can name.
use throughline::{Cx, Public, Result, contract, input};

#[input]
struct Hidden {
    id: u64,
}

#[contract(path = "/things")]
pub trait Things {
    #[get]
    async fn list(&self, cx: Cx<Public>, input: Hidden) -> Result<u64>;
    //~^ E0446: private type `Hidden` in public interface
}

/// A contract that is as private as its input.
#[contract(path = "/others", module = other_procedures)]
trait Others {
    #[get]
    async fn list(&self, cx: Cx<Public>, input: Hidden) -> Result<u64>;
}

fn main() {}
