//! Rules that do not fit the field's type.
use throughline::{Text, input};

#[derive(Text)]
#[text(chars = 1..=9)]
pub struct Title(String);

#[input]
pub struct Rules {
    #[garde(range(max = 3))]
    pub a: String,
    #[garde(length(chars, max = 3))]
    pub b: u32,
    #[garde(inner(length(chars, max = 3)))]
    pub c: String,
    #[garde(custom(missing))]
    pub d: String,
    #[garde(range(max = "x"))]
    pub e: u32,
}

fn main() {}
