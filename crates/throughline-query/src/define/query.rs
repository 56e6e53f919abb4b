//! The definition of a query.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;

use super::Of;
use super::form::Form;
use super::{Bound, Fetch, Plain};
use crate::data::Data;
use crate::error::carry;
use crate::options::{Fetcher, Opt, QueryOptions};
use crate::shell::FetchFn;
use crate::{Filters, Key};

/// The definition of a query: its name, what fetches it, and its options.
///
/// `P` is what it is asked with, `T` what it gives, `E` how it fails. Name and parameters together are
/// the key, so two definitions must not share a name; if they do and their types differ, one of them
/// hears of a [`Mismatch`](crate::QueryError::Mismatch).
///
/// ```
/// use std::time::Duration;
/// use throughline_query::{Fetch, Query};
///
/// #[derive(Debug, Clone, PartialEq)]
/// struct Todo { id: u32, title: String }
///
/// let todo = Query::new("todo", |cx: Fetch<u32>| async move {
///     Ok::<_, std::io::Error>(Todo { id: *cx.params(), title: "write".to_owned() })
/// })
/// .stale_time(Duration::from_secs(10))
/// .compared();
///
/// let seven = todo.at(7);
/// assert_eq!(seven.key().to_string(), r#"["todo",7]"#);
/// ```
pub struct Query<P, T, E, F = Plain> {
    name: Arc<str>,
    pub(super) options: Arc<QueryOptions>,
    of: Of<(P, T, E, F)>,
}

impl<P, T, E> Query<P, T, E>
where
    P: Send + Sync + 'static,
    T: Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
{
    /// A query of this name, which is fetched with this function.
    ///
    /// The function is called for every attempt, in a task of its own. It may be dropped at any `await`
    /// when it is no longer wanted. If it panics, the attempt has failed.
    ///
    /// It must not own a [`QueryClient`](crate::QueryClient): the client keeps the function, so that neither would
    /// ever be dropped, and what was not saved yet never would be. [`Fetch::client`] is for that.
    pub fn new<R>(
        name: impl Into<Arc<str>>,
        fetch: impl Fn(Fetch<P>) -> R + Send + Sync + 'static,
    ) -> Self
    where
        R: Future<Output = Result<T, E>> + Send + 'static,
    {
        let fetch = Arc::new(fetch);
        let call = FetchFn(Box::new(move |task| {
            let fetch = Arc::clone(&fetch);
            task.run(move |running| async move {
                let made = fetch(Fetch::new(running)?).await;
                made.map(|value| Some(Data::new(value))).map_err(carry)
            })
        }));
        Self::with_fetcher(name, Fetcher::Call(Data::new(call)))
    }
}

impl<P, T, E> Query<P, T, E> {
    /// A query that nothing fetches: it has what is [set](crate::QueryClient::set).
    ///
    /// ```
    /// use throughline_query::Query;
    ///
    /// let draft: Query<u32, String, std::convert::Infallible> = Query::unfetched("draft");
    /// # let _ = draft.at(7);
    /// ```
    pub fn unfetched(name: impl Into<Arc<str>>) -> Self {
        Self::with_fetcher(name, Fetcher::Skip)
    }
}

impl<P, T, E, F> Query<P, T, E, F> {
    pub(super) fn with_fetcher(name: impl Into<Arc<str>>, fetcher: Fetcher) -> Self {
        let options = QueryOptions {
            fetcher: Opt::Set(fetcher),
            // A definition knows the type of its data, also if it can do nothing with it.
            abilities: Opt::Set(Arc::default()),
            ..QueryOptions::default()
        };
        Self { name: name.into(), options: Arc::new(options), of: PhantomData }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The query that is asked with these parameters.
    ///
    /// They become segments of the key as [`Key::of`] describes. Parameters that serialise alike are the same
    /// (`None` and `Some(None)`, or variants of an untagged enum), and what has no order (a `HashSet`) has another
    /// key each time: take a `BTreeSet`.
    pub fn at(&self, params: P) -> Bound<T, E>
    where
        P: Serialize + Send + Sync + 'static,
        F: Form<T>,
    {
        Bound::new::<F>(&self.name, Key::made_of(&self.name, params), &self.options)
    }

    /// The filters that mean this query with any parameters.
    ///
    /// ```
    /// # use throughline_query::{Fetch, Filters, Query};
    /// # let todo = Query::new("todo", |_: Fetch<u32>| async { Ok::<_, std::io::Error>(0) });
    /// let stale_ones = Filters { stale: Some(true), ..todo.all() };
    /// ```
    pub fn all(&self) -> Filters {
        Filters::prefix(&*self.name)
    }

    /// The filters that mean this query with parameters that begin so: the first elements of a tuple,
    /// or some of the fields of a struct. What cannot be a key means none.
    ///
    /// ```
    /// # use throughline_query::{Fetch, Key, Query};
    /// let tasks = Query::new("tasks", |_: Fetch<(u32, bool)>| async { Ok::<_, std::io::Error>(0) });
    /// assert_eq!(tasks.beginning(&(7,)).key, Some(Key::from(("tasks", 7))));
    /// ```
    pub fn beginning(&self, params: &(impl Serialize + ?Sized)) -> Filters {
        match Key::of(&self.name, params) {
            Ok(key) => Filters::prefix(key),
            Err(_) => Filters { predicate: Some(Arc::new(|_| false)), ..self.all() },
        }
    }

    pub(crate) fn shared_options(&self) -> &Arc<QueryOptions> {
        &self.options
    }

    /// The options, as they stand.
    pub fn options(&self) -> &QueryOptions {
        &self.options
    }
}

impl<P, T, E, F> Clone for Query<P, T, E, F> {
    fn clone(&self) -> Self {
        Self { name: Arc::clone(&self.name), options: Arc::clone(&self.options), of: PhantomData }
    }
}

impl<P, T, E, F> fmt::Debug for Query<P, T, E, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<P, T, E, F> From<&Query<P, T, E, F>> for Filters {
    fn from(query: &Query<P, T, E, F>) -> Self {
        query.all()
    }
}
