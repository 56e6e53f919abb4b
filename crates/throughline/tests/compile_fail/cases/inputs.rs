//! Inputs whose fields cannot travel as they say.
use throughline::{input, output};

#[input]
pub struct Inner {
    pub a: u32,
}

#[input]
pub struct Flat {
    #[serde(flatten)]
    //~^ error: an input has no flattened fields: numbers and places get lost in them; write the fields out
    pub inner: Inner,
}

#[input]
pub struct TwoPlaces {
    #[path]
    #[query]
    //~^ error: a field travels in one place
    pub id: u64,
}

#[input]
pub struct Beside {
    #[body]
    pub inner: Inner,
    pub more: u32,
    //~^ error: `inner` is the whole body, so this field has no place: mark it `#[path]`, `#[query]` or `#[header]`
}

#[input]
pub struct TwoBodies {
    #[body]
    pub a: Inner,
    #[body]
    pub b: Inner,
    //~^ error: one field is the whole body, not two
}

#[input]
pub struct Skipped {
    #[serde(skip)]
    //~^ error: each field of an input travels: take out what does not
    pub a: u32,
}

#[input]
pub struct OnlySerde {
    #[query]
    #[serde(with = "x")]
    //~^ error: `with` means nothing outside a JSON body: a path, query or header value is read through `Param`
    pub a: u32,
}

#[input]
pub struct TwoNames {
    #[serde(rename(serialize = "a", deserialize = "b"))]
    //~^ error: one name for both ways: what is written is what is read
    pub a: u32,
}

#[input]
pub struct SameName {
    pub a: u32,
    #[serde(rename = "a")]
    pub b: u32,
    //~^ error: `a` is already the name of `a` in the body or query
}

#[input]
pub struct Renamed {
    #[path]
    #[serde(rename = "key")]
    pub id: u64,
    //~^ error: a path field is named as its placeholder: rename the field
}

#[input]
pub struct Header {
    #[header("if match")]
    pub if_match: u64,
    //~^ error: `if match` is not a header's name
}

#[input]
pub struct Arguments {
    #[path("id")]
    //~^ error: write `#[path]`
    pub id: u64,
    #[query(name)]
    //~^ error: write `#[query]` or `#[query("name")]`
    pub name: u64,
}

#[input]
#[serde(transparent)]
//~^ error: an input is read as it is written here: `transparent` would give it another shape on the wire
pub struct Transparent {
    pub id: u64,
}

#[input]
#[serde(tag = "kind")]
pub struct Tagged {
//~^ error: `kind` would be a member that is no field: write it as one
    pub id: u64,
}

#[input]
pub enum Marked {
    A {
        #[query]
        //~^ error: an enum stands inside of an input: its fields have no places of their own
        id: u64,
    },
}

#[input]
pub struct Generic<T> {
//~^ error: an input has no generic parameters: its schema needs one name
    pub a: T,
}

#[input]
pub struct Tuple(pub u64);
//~^ error: an input is a struct with named fields, or inside of one also an enum

#[input]
pub fn function() {}
//~^ error: an input is a struct, or inside of one also an enum: expected one of: `struct`, `enum`, `union`

#[output]
pub struct GenericOutput<T> {
//~^ error: an output has no generic parameters: its schema needs one name
    pub a: T,
}

#[output]
#[serde(into = "String")]
//~^ error: an output is written as it is declared here: `into` would give it another shape on the wire
pub struct Into {
    pub a: u32,
}

fn main() {}
