//! Inputs whose fields cannot travel as they say.
use throughline::{input, output};

#[input]
pub struct Inner {
    pub a: u32,
}

#[input]
pub struct Flat {
    #[serde(flatten)]
    pub inner: Inner,
}

#[input]
pub struct TwoPlaces {
    #[path]
    #[query]
    pub id: u64,
}

#[input]
pub struct Beside {
    #[body]
    pub inner: Inner,
    pub more: u32,
}

#[input]
pub struct TwoBodies {
    #[body]
    pub a: Inner,
    #[body]
    pub b: Inner,
}

#[input]
pub struct Skipped {
    #[serde(skip)]
    pub a: u32,
}

#[input]
pub struct OnlySerde {
    #[query]
    #[serde(with = "x")]
    pub a: u32,
}

#[input]
pub struct TwoNames {
    #[serde(rename(serialize = "a", deserialize = "b"))]
    pub a: u32,
}

#[input]
pub struct SameName {
    pub a: u32,
    #[serde(rename = "a")]
    pub b: u32,
}

#[input]
pub struct Renamed {
    #[path]
    #[serde(rename = "key")]
    pub id: u64,
}

#[input]
pub struct Header {
    #[header("if match")]
    pub if_match: u64,
}

#[input]
pub struct Arguments {
    #[path("id")]
    pub id: u64,
    #[query(name)]
    pub name: u64,
}

#[input]
#[serde(transparent)]
pub struct Transparent {
    pub id: u64,
}

#[input]
#[serde(tag = "kind")]
pub struct Tagged {
    pub id: u64,
}

#[input]
pub enum Marked {
    A {
        #[query]
        id: u64,
    },
}

#[input]
pub struct Generic<T> {
    pub a: T,
}

#[input]
pub struct Tuple(pub u64);

#[input]
pub fn function() {}

#[output]
pub struct GenericOutput<T> {
    pub a: T,
}

#[output]
#[serde(into = "String")]
pub struct Into {
    pub a: u32,
}

fn main() {}
