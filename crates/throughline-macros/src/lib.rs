//! The macros of the contract language: each emits its item also on bad input, with what is wrong beside it.
//!
//! Use them through the crate `throughline`, whose traits their output implements. Nothing is decided by the
//! name of a type, with one exception that the compiler checks again: `Patch`, because serde must know it
//! before types exist.

mod attrs;
mod configured;
mod contract;
mod effects;
mod error;
mod faults;
mod input;
mod output;
mod schema;
mod values;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

#[doc = include_str!("../docs/contract.md")]
#[proc_macro_attribute]
pub fn contract(attr: TokenStream, item: TokenStream) -> TokenStream {
    contract::expand(attr.into(), item.into()).into()
}

#[doc = include_str!("../docs/input.md")]
#[proc_macro_attribute]
pub fn input(attr: TokenStream, item: TokenStream) -> TokenStream {
    input::expand(attr.into(), item.into()).into()
}

#[doc = include_str!("../docs/output.md")]
#[proc_macro_attribute]
pub fn output(attr: TokenStream, item: TokenStream) -> TokenStream {
    output::expand(attr.into(), item.into()).into()
}

#[doc = include_str!("../docs/api_error.md")]
#[proc_macro_derive(ApiError, attributes(problem))]
pub fn api_error(item: TokenStream) -> TokenStream {
    error::expand(&parse_macro_input!(item as DeriveInput)).into()
}

#[doc = include_str!("../docs/text.md")]
#[proc_macro_derive(Text, attributes(text))]
pub fn text(item: TokenStream) -> TokenStream {
    values::text(&parse_macro_input!(item as DeriveInput)).into()
}

#[doc = include_str!("../docs/id.md")]
#[proc_macro_derive(Id)]
pub fn id(item: TokenStream) -> TokenStream {
    values::id(&parse_macro_input!(item as DeriveInput)).into()
}

/// Hands an item with `#[cfg]`s inside of it to its attribute macro, once rustc has judged them.
#[doc(hidden)]
#[proc_macro_derive(Configured, attributes(throughline_attribute))]
pub fn configured(item: TokenStream) -> TokenStream {
    configured::resume(parse_macro_input!(item as DeriveInput)).into()
}
