//! Calls that are not used, or used as what they are not.
#![deny(unused_must_use)]
use throughline::{Caller, Cx, Procedure, Public, Read, Result, Write, contract, input};

#[input]
pub struct ById {
    #[path]
    pub id: u64,
}

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get("/{id}")]
    async fn get(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
    #[delete("/{id}")]
    async fn delete(&self, cx: Cx<Public>, input: ById) -> Result<u64>;
}

#[derive(Clone)]
struct Nowhere;

struct Call<P>(std::marker::PhantomData<P>);

impl Caller for Nowhere {
    type Call<P: Procedure> = Call<P>;
    fn call<P: Procedure>(&self, _: P::Input) -> Call<P> {
        Call(std::marker::PhantomData)
    }
}

fn fetch<P: Read>(_: Call<P>) {}
fn mutate<P: Write>(_: Call<P>) {}

fn main() {
    let things = ThingsClient::new(Nowhere);
    fetch(things.get(1));
    mutate(things.delete(ById { id: 1 }));
    fetch(things.delete(1));
    //~^ E0277: `procedures::Delete` changes state, it is not a read
    mutate(things.get(1));
    //~^ E0277: `procedures::Get` is a read, it changes nothing
    things.get("one");
    //~^ E0277: From<&str>
}
