//! Rules that do not fit the field's type.
use throughline::{Text, input};

#[derive(Text)]
#[text(chars = 1..=9)]
pub struct Title(String);

#[input]
pub struct Rules {
    #[garde(range(max = 3))]
    //~^ E0277: rules::range::Bounds
    pub a: String,
    #[garde(length(chars, max = 3))]
    //~^ E0277: rules::length::chars::Chars
    pub b: u32,
    #[garde(inner(length(chars, max = 3)))]
    //~^ E0277: `String` has no items that `inner` could check
    pub c: String,
    #[garde(custom(missing))]
    //~^ E0425: cannot find value `missing` in this scope
    pub d: String,
    #[garde(range(max = "x"))]
    //~^ E0308: expected `u32`, found `&str`
    pub e: u32,
}

fn main() {}
