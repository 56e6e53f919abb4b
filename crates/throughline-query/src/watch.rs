//! Observers: streams of states, and what can be done through them.

mod many;
mod mutation;
mod observer;
mod state;

pub use self::many::{Combined, Many};
pub use self::mutation::{MutationObserver, MutationView};
pub use self::observer::Observer;
pub use self::state::State;

pub(crate) use self::state::Reader;
