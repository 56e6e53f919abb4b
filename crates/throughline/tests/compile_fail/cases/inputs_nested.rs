//! Fields whose types say nothing of themselves.
use throughline::{input, output};

pub struct Plain;

#[derive(Clone, Debug)]
pub struct Known;

#[input]
pub struct Nested {
    pub known: Known,
}

#[input]
pub struct InPath {
    #[path]
    pub known: Inner,
}

#[input]
pub struct Inner {
    pub a: u32,
}

#[output]
pub struct Answer {
    pub known: Known,
}

fn main() {}
