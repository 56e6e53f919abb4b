//! Typed ids over UUID v7.

use uuid::Uuid;

/// A typed id: a newtype over [`Uuid`] under [`derive(Id)`](derive@crate::Id).
///
/// New ids are version 7 (RFC 9562), so they sort by the time they were made, to the millisecond; a client may choose one.
pub trait Id:
    Copy + Eq + std::hash::Hash + Ord + std::fmt::Display + Send + Sync + 'static
{
    /// A new id.
    fn new() -> Self;
    /// The UUID.
    fn uuid(self) -> Uuid;
}
