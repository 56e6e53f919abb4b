//! Replays traces of TanStack Query against throughline-query, and tells where they differ.

pub mod committed;
mod compare;
mod function;
mod observation;
mod operation;
mod options;
mod store;
mod value;
mod world;
mod written;

pub use compare::{Comparison, Difference, comparison, foreign};
pub use world::World;
