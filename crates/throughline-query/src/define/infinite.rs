//! Queries whose data comes in pages.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;

use super::{Fetch, InPages, Paged, Query};
use crate::data::Data;
use crate::error::carry;
use crate::options::{Fetcher, PageFn, PageView};
use crate::shell::FetchFn;

/// The definition of a query whose data comes in pages.
///
/// `N` is what a page is asked with. What is cached are all pages together, as [`Paged`].
///
/// ```
/// use throughline_query::{Fetch, InfiniteQuery, Manual, QueryClient};
///
/// let numbers = InfiniteQuery::paged("numbers", 0, |cx: Fetch<(), u32>| async move {
///     let first = cx.page().copied().unwrap_or_default();
///     Ok::<_, std::io::Error>(vec![first, first + 1])
/// })
/// .next_page(|page: &Vec<u32>, _| page.last().map(|last| last + 1).filter(|next| *next < 6));
///
/// let manual = Manual::new();
/// let client = QueryClient::builder().build(manual.runtime());
/// let observer = client.observe(&numbers.at(()));
/// manual.run();
/// let _ = manual.block_on(observer.fetch_next_page());
/// let data = observer.state().data().map(|paged| paged.pages().flatten().copied().collect());
/// assert_eq!(data, Some(vec![0, 1, 2, 3]));
/// ```
pub type InfiniteQuery<P, T, N, E> = Query<P, Paged<T, N>, E, InPages>;

impl<P, T, N, E> InfiniteQuery<P, T, N, E>
where
    P: Send + Sync + 'static,
    T: Send + Sync + 'static,
    N: Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
{
    /// An infinite query of this name, which begins with the page of this parameter. The function
    /// fetches one page at a time.
    pub fn paged<R>(
        name: impl Into<Arc<str>>,
        first: N,
        fetch: impl Fn(Fetch<P, N>) -> R + Send + Sync + 'static,
    ) -> Self
    where
        R: Future<Output = Result<T, E>> + Send + 'static,
    {
        let fetch = Arc::new(fetch);
        let call = FetchFn(Box::new(move |task| {
            let fetch = Arc::clone(&fetch);
            task.run(move |running| async move {
                let made = fetch(Fetch::new(running)?).await;
                made.map(|page| Some(Data::new(page))).map_err(carry)
            })
        }));
        let mut query = Self::with_fetcher(name, Fetcher::Call(Data::new(call)));
        let options = Arc::make_mut(&mut query.options);
        options.initial_page_param = Data::new(first).into();
        query
    }

    /// Tells the parameter of the page after the last, from that page and its parameter; `None` if
    /// there is no such page. Must be pure, and must not block.
    #[must_use]
    pub fn next_page(mut self, next: impl Fn(&T, &N) -> Option<N> + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.options).next_page = page_fn(next).into();
        self
    }

    /// Tells the parameter of the page before the first, from that page and its parameter.
    #[must_use]
    pub fn previous_page(
        mut self,
        previous: impl Fn(&T, &N) -> Option<N> + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.options).previous_page = page_fn(previous).into();
        self
    }

    /// How many pages are kept; those at the other end go. Default: all.
    #[must_use]
    pub fn max_pages(mut self, pages: usize) -> Self {
        Arc::make_mut(&mut self.options).max_pages = pages.into();
        self
    }

    /// How many pages are fetched when the whole is fetched, the first time or again. Default: as many
    /// as there are, and at least one.
    #[must_use]
    pub fn first_pages(mut self, pages: usize) -> Self {
        Arc::make_mut(&mut self.options).pages = pages.into();
        self
    }
}

fn page_fn<T, N>(neighbour: impl Fn(&T, &N) -> Option<N> + Send + Sync + 'static) -> PageFn
where
    T: Send + Sync + 'static,
    N: Send + Sync + 'static,
{
    Arc::new(move |view: &PageView<'_>| {
        neighbour(view.page.downcast_ref()?, view.param.downcast_ref()?).map(Data::new)
    })
}
