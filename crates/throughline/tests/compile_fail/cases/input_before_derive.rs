//! `#[derive(Clone, Debug)]` above `#[input]`, which derives both unless it sees that they are there.
use throughline::{input, output};

#[derive(Clone, Debug)]
#[input]
//~^ E0119: conflicting implementations of trait `Debug` for type `Above`
//~^^ E0119: conflicting implementations of trait `Clone` for type `Above`
pub struct Above {
    pub a: u32,
}

#[derive(Default, PartialEq)]
#[input]
pub struct Others {
    pub a: u32,
}

#[input]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Below {
    pub a: u32,
}

#[derive(Clone)]
#[output]
//~^ E0119: conflicting implementations of trait `Clone` for type `Answer`
pub struct Answer {
    pub a: u32,
}

fn main() {}
