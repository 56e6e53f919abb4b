//! Fields whose types say nothing of themselves.
use throughline::{input, output};

pub struct Plain;

#[derive(Clone, Debug)]
pub struct Known;

#[input]
//~^ E0277: serde::Serialize
pub struct Nested {
    pub known: Known,
    //~^* E0277: serde::Deserialize
    //~^^ E0277: `Known` has no schema for the wire
    //~^^^ E0277: `Known` does not say how it is validated
}

#[input]
pub struct InPath {
    #[path]
    pub known: Inner,
    //~^* E0277: `Inner` does not fit a path segment, a query parameter or a header
}

#[input]
pub struct Inner {
    pub a: u32,
}

#[output]
//~^ E0277: serde::Serialize
pub struct Answer {
    pub known: Known,
    //~^* E0277: serde::Deserialize
    //~^^ E0277: `Known` has no schema for the wire
}

fn main() {}
