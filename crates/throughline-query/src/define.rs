//! Definitions: what a query or mutation is called, what it runs, and what its values can do.
//!
//! A definition is built once and cheap to clone. What the values can do (be compared, written, weighed)
//! is captured by the method that asks for it, so that no other signature has to repeat the bound.

mod bound;
mod durable;
mod fetch;
mod form;
mod infinite;
mod mutated;
mod mutation;
mod options;
mod paged;
mod query;
mod streamed;
mod view;

/// Says of which types something is that has none of them inside.
pub(crate) type Of<T> = std::marker::PhantomData<fn() -> T>;

pub use self::bound::Bound;
pub(crate) use self::durable::Sent;
pub use self::fetch::{Cancelled, Fetch};
pub use self::form::{Form, InPages, Plain};
pub use self::infinite::InfiniteQuery;
pub use self::mutated::{Mutate, Mutated};
pub use self::mutation::Mutation;

pub use self::paged::Paged;
pub use self::query::Query;
pub use self::view::View;
