//! The value of an infinite query.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::Of;
use crate::data::Data;
use crate::machine::Pages;

/// The pages of an infinite query, and the parameter of each.
///
/// ```
/// use throughline_query::Paged;
///
/// let paged = Paged::new([(0, vec!["a", "b"]), (1, vec!["c"])]);
/// assert_eq!(paged.pages().flatten().copied().collect::<Vec<_>>(), ["a", "b", "c"]);
/// assert_eq!(paged.params().copied().collect::<Vec<_>>(), [0, 1]);
/// ```
pub struct Paged<T, N> {
    raw: Arc<Pages>,
    of: Of<(T, N)>,
}

impl<T: Send + Sync + 'static, N: Send + Sync + 'static> Paged<T, N> {
    /// These pages, each with its parameter.
    pub fn new(pages: impl IntoIterator<Item = (N, T)>) -> Self {
        let (params, pages) = pages.into_iter().map(|(n, t)| (Data::new(n), Data::new(t))).unzip();
        Self { raw: Arc::new(Pages { pages, params }), of: PhantomData }
    }

    /// The pages, if they are of this type.
    pub(crate) fn of(raw: Arc<Pages>) -> Option<Self> {
        let fits = raw.pages.iter().all(|page| page.downcast_ref::<T>().is_some());
        fits.then_some(Self { raw, of: PhantomData })
    }

    pub(crate) fn raw(&self) -> Arc<Pages> {
        Arc::clone(&self.raw)
    }

    /// How many pages there are.
    pub fn len(&self) -> usize {
        self.raw.pages.len()
    }

    /// Whether there is no page.
    pub fn is_empty(&self) -> bool {
        self.raw.pages.is_empty()
    }

    /// The pages, from first to last.
    pub fn pages(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.raw.pages.iter().filter_map(Data::downcast_ref)
    }

    /// A page, shared.
    pub fn page(&self, at: usize) -> Option<Arc<T>> {
        self.raw.pages.get(at)?.downcast()
    }

    /// The parameters of the pages.
    pub fn params(&self) -> impl DoubleEndedIterator<Item = &N> {
        self.raw.params.iter().filter_map(Data::downcast_ref)
    }

    /// Changes one page; the others stay shared. Gives whether there is such a page.
    ///
    /// ```
    /// use throughline_query::Paged;
    ///
    /// let mut paged = Paged::new([(0, 10), (1, 20)]);
    /// assert!(paged.change_page(1, |page| *page += 1));
    /// assert_eq!(paged.pages().copied().collect::<Vec<_>>(), [10, 21]);
    /// ```
    pub fn change_page(&mut self, at: usize, change: impl FnOnce(&mut T)) -> bool
    where
        T: Clone,
    {
        let Some(page) = Arc::make_mut(&mut self.raw).pages.get_mut(at) else { return false };
        // Nobody else holds the page while it is changed, unless somebody has kept it.
        let Ok(mut value) = std::mem::replace(page, Data::new(())).into_arc::<T>() else {
            return false;
        };
        change(Arc::make_mut(&mut value));
        *page = Data::from_arc(value);
        true
    }
}

impl<T, N> Clone for Paged<T, N> {
    fn clone(&self) -> Self {
        Self { raw: Arc::clone(&self.raw), of: PhantomData }
    }
}

impl<T, N> PartialEq for Paged<T, N>
where
    T: PartialEq + Send + Sync + 'static,
    N: PartialEq + Send + Sync + 'static,
{
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.raw, &other.raw)
            || (self.len() == other.len()
                && self.pages().eq(other.pages())
                && self.params().eq(other.params()))
    }
}

impl<T, N> fmt::Debug for Paged<T, N>
where
    T: fmt::Debug + Send + Sync + 'static,
    N: fmt::Debug + Send + Sync + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.params().zip(self.pages())).finish()
    }
}

/// As TanStack Query writes it: `pages` and `pageParams`.
impl<T, N> Serialize for Paged<T, N>
where
    T: Serialize + Send + Sync + 'static,
    N: Serialize + Send + Sync + 'static,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut paged = serializer.serialize_struct("Paged", 2)?;
        paged.serialize_field("pages", &self.pages().collect::<Vec<_>>())?;
        paged.serialize_field("pageParams", &self.params().collect::<Vec<_>>())?;
        paged.end()
    }
}

impl<'de, T, N> serde::Deserialize<'de> for Paged<T, N>
where
    T: serde::Deserialize<'de> + Send + Sync + 'static,
    N: serde::Deserialize<'de> + Send + Sync + 'static,
{
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Written<T, N> {
            pages: Vec<T>,
            page_params: Vec<N>,
        }
        let Written { pages, page_params } = Written::deserialize(deserializer)?;
        if pages.len() != page_params.len() {
            return Err(serde::de::Error::custom("not as many pages as page parameters"));
        }
        Ok(Self::new(page_params.into_iter().zip(pages)))
    }
}
