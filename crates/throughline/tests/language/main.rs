//! The contract language without a server: what the macros make of inputs, outputs, errors, values and
//! contracts.
#![allow(clippy::wrong_self_convention, reason = "odd names are what is tried here")]

mod contracts;
mod effects;
mod errors;
mod limits;
mod names;
mod outputs;
mod requests;
mod schemas;
mod values;
mod wire;
