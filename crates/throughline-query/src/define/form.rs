//! In which form values lie in the cache.

use std::sync::Arc;

use super::Paged;
use crate::data::Data;

/// In which form the values of a query lie in the cache: [`Plain`] or [`InPages`].
///
/// Sealed: there are these two.
pub trait Form<T>: sealed::Sealed {
    /// Whether the machine puts the values together from pages.
    const INFINITE: bool;

    /// The value in what is cached, if it is of this type.
    fn read(data: Data) -> Option<Arc<T>>;

    /// What is to be cached for a value.
    fn write(value: Arc<T>) -> Data;
}

/// A value lies in the cache as it is.
#[derive(Debug, Clone, Copy)]
pub struct Plain;

/// A value lies in the cache as its pages.
#[derive(Debug, Clone, Copy)]
pub struct InPages;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Plain {}
    impl Sealed for super::InPages {}
}

impl<T: Send + Sync + 'static> Form<T> for Plain {
    const INFINITE: bool = false;

    fn read(data: Data) -> Option<Arc<T>> {
        data.into_arc().ok()
    }

    fn write(value: Arc<T>) -> Data {
        Data::from_arc(value)
    }
}

impl<T: Send + Sync + 'static, N: Send + Sync + 'static> Form<Paged<T, N>> for InPages {
    const INFINITE: bool = true;

    fn read(data: Data) -> Option<Arc<Paged<T, N>>> {
        Paged::of(data.into_arc().ok()?).map(Arc::new)
    }

    fn write(value: Arc<Paged<T, N>>) -> Data {
        Data::from_arc(value.raw())
    }
}
