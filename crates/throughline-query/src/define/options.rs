//! The options of a query, said with its types.

use std::any::TypeId;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::form::Form;
use super::{Query, View};
use crate::data::{Abilities, Data, Failure, Patch};
use crate::entity::{Entity, Holds};
use crate::error::QueryError;
use crate::machine::Label;
use crate::options::{
    Dynamic, Initial, NetworkMode, Opt, Placeholder, QueryOptions, QueryView, RefetchOn, Retry,
    RetryDelay, Sharing, Unobserved,
};
use crate::result::Fields;
use crate::time::{Millis, Span, StaleTime, millis};

impl<P, T, E, F> Query<P, T, E, F>
where
    P: Send + Sync + 'static,
    T: Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
    F: Form<T> + 'static,
{
    /// With options that are built elsewhere, where they say something.
    #[must_use]
    pub fn with(self, options: &QueryOptions) -> Self {
        self.set(|own| *own = options.over(own))
    }

    fn set(mut self, set: impl FnOnce(&mut QueryOptions)) -> Self {
        set(Arc::make_mut(&mut self.options));
        self
    }

    fn able(self, able: impl FnOnce(&mut Abilities)) -> Self {
        self.set(|options| {
            let mut abilities = options.abilities.get().map(|known| (**known).clone());
            able(abilities.get_or_insert_default());
            options.abilities = abilities.map(Arc::new).map_or(Opt::Inherit, Opt::Set);
        })
    }

    fn by<V>(
        function: impl Fn(View<'_, P, T, E, F>) -> V + Send + Sync + 'static,
    ) -> Opt<Dynamic<V>> {
        Opt::Set(Dynamic::by(move |view: &QueryView<'_>| function(View::new(view))))
    }

    // --- What the values can do ---

    /// Values can be compared: data that is fetched and equals what is there leaves that in its place,
    /// and nobody is told of new data.
    ///
    /// The comparison runs in the middle of a change: it must not block.
    #[must_use]
    pub fn compared(self) -> Self
    where
        T: PartialEq,
    {
        self.able(|abilities| abilities.equal = Some(equal::<T, F>))
    }

    /// Values can be written as JSON and read back, so that they outlast the process.
    #[must_use]
    pub fn json(self) -> Self
    where
        T: Serialize + DeserializeOwned,
    {
        self.able(|abilities| {
            abilities.to_json = Some(to_json::<T, F>);
            abilities.from_json = Some(from_json::<T, F>);
        })
    }

    /// Values can be weighed: about how many bytes one takes.
    #[must_use]
    pub fn weighed(self, weigh: fn(&Data) -> usize) -> Self {
        self.able(|abilities| abilities.weigh = Some(weigh))
    }

    /// Tells what the data is about, so that all queries that are about one thing can be found by
    /// [`Filters::about`](crate::Filters::about). Adds to labels said before. Must be pure, and must
    /// not block.
    ///
    /// ```
    /// # use throughline_query::{Fetch, Filters, Label, Manual, Query, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// let numbers = Query::new("numbers", |_: Fetch<()>| async { Ok::<_, std::io::Error>(vec![1]) })
    ///     .labelled(|all| all.iter().map(|number: &u32| Label::one("number", *number)).collect());
    /// client.set(&numbers.at(()), vec![7, 8])?;
    /// client.invalidate(Filters::about(Label::one("number", 8)));
    /// assert!(client.state(&numbers.at(())).is_some_and(|state| state.is_invalidated));
    /// # Ok::<(), throughline_query::QueryError<std::io::Error>>(())
    /// ```
    #[must_use]
    pub fn labelled(self, tell: impl Fn(&T) -> Vec<Label> + Send + Sync + 'static) -> Self {
        self.set(|options| {
            let before = options.labels.get().cloned();
            options.labels = Opt::Set(Arc::new(move |key, data| {
                let mut labels = before.as_ref().map_or_else(Vec::new, |before| before(key, data));
                labels.extend(F::read(data.clone()).iter().flat_map(|value| tell(value)));
                labels
            }));
        })
    }

    /// The data holds entities, each under its own id, so that one of them can be changed in every
    /// query that holds it: by [`QueryClient::patch`](crate::QueryClient::patch). They are labels, too,
    /// beside those said before.
    ///
    /// ```
    /// use throughline_query::{Entity, Fetch, Query};
    ///
    /// #[derive(Clone)]
    /// struct Task { id: u32 }
    /// impl Entity for Task {
    ///     const KIND: &'static str = "task";
    ///     type Id = u32;
    ///     fn id(&self) -> u32 { self.id }
    /// }
    ///
    /// let list = Query::new("tasks", |_: Fetch<()>| async {
    ///     Ok::<_, std::io::Error>(vec![Task { id: 7 }])
    /// })
    /// .holding::<Task>();
    /// # let _ = list.at(());
    /// ```
    #[must_use]
    pub fn holding<N: Entity>(self) -> Self
    where
        T: Holds<N>,
    {
        let patch = Patch {
            entity: TypeId::of::<N>(),
            apply: Arc::new(|data, change| {
                let mut value = F::read(data.clone())?;
                Arc::make_mut(&mut value).each_mut(&mut |entity: &mut N| change(entity));
                Some(F::write(value))
            }),
        };
        self.able(|abilities| abilities.patches.push(patch)).labelled(|value| {
            let mut labels = Vec::new();
            value.each(&mut |entity: &N| labels.push(Label::one(N::KIND, entity.id())));
            labels
        })
    }

    /// What becomes of new data that equals the old.
    #[must_use]
    pub fn sharing(self, sharing: Sharing) -> Self {
        self.set(|options| options.sharing = sharing.into())
    }

    /// Merges what is fetched or set with what was there before. Must be pure.
    #[must_use]
    pub fn merged(
        self,
        merge: impl Fn(Option<Arc<T>>, Arc<T>) -> Arc<T> + Send + Sync + 'static,
    ) -> Self {
        self.sharing(Sharing::By(Arc::new(move |before, after| match F::read(after.clone()) {
            Some(value) => F::write(merge(before.cloned().and_then(F::read), value)),
            None => after,
        })))
    }

    // --- When it is fetched ---

    /// Whether observers fetch by themselves. Default: yes.
    #[must_use]
    pub fn enabled(self, enabled: bool) -> Self {
        self.set(|options| options.enabled = Dynamic::Value(enabled).into())
    }

    /// The same, as this says now. Must be pure, and must not block.
    #[must_use]
    pub fn enabled_by(
        self,
        enabled: impl Fn(View<'_, P, T, E, F>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.set(|options| options.enabled = Self::by(enabled))
    }

    /// How long data counts as fresh. Default: not at all.
    #[must_use]
    pub fn stale_time(self, time: impl Into<StaleTime>) -> Self {
        self.set(|options| options.stale_time = Dynamic::Value(time.into()).into())
    }

    /// The same, as this says now. Must be pure, and must not block.
    #[must_use]
    pub fn stale_time_by(
        self,
        time: impl Fn(View<'_, P, T, E, F>) -> StaleTime + Send + Sync + 'static,
    ) -> Self {
        self.set(|options| options.stale_time = Self::by(time))
    }

    /// How long data stays when nobody uses it. Default: five minutes, on a server forever.
    #[must_use]
    pub fn gc_time(self, time: impl Into<Span>) -> Self {
        self.set(|options| options.gc_time = time.into().into())
    }

    /// Whether a first observer fetches. Default: if the data is stale.
    #[must_use]
    pub fn refetch_on_mount(self, when: RefetchOn) -> Self {
        self.set(|options| options.refetch_on_mount = Dynamic::Value(when).into())
    }

    /// The same, as this says now. Must be pure, and must not block.
    #[must_use]
    pub fn refetch_on_mount_by(
        self,
        when: impl Fn(View<'_, P, T, E, F>) -> RefetchOn + Send + Sync + 'static,
    ) -> Self {
        self.set(|options| options.refetch_on_mount = Self::by(when))
    }

    /// Whether focus fetches. Default: if the data is stale.
    #[must_use]
    pub fn refetch_on_focus(self, when: RefetchOn) -> Self {
        self.set(|options| options.refetch_on_focus = Dynamic::Value(when).into())
    }

    /// The same, as this says now. Must be pure, and must not block.
    #[must_use]
    pub fn refetch_on_focus_by(
        self,
        when: impl Fn(View<'_, P, T, E, F>) -> RefetchOn + Send + Sync + 'static,
    ) -> Self {
        self.set(|options| options.refetch_on_focus = Self::by(when))
    }

    /// Whether a new connection fetches. Default: if the data is stale, never with
    /// [`NetworkMode::Always`].
    #[must_use]
    pub fn refetch_on_reconnect(self, when: RefetchOn) -> Self {
        self.set(|options| options.refetch_on_reconnect = Dynamic::Value(when).into())
    }

    /// The same, as this says now. Must be pure, and must not block.
    #[must_use]
    pub fn refetch_on_reconnect_by(
        self,
        when: impl Fn(View<'_, P, T, E, F>) -> RefetchOn + Send + Sync + 'static,
    ) -> Self {
        self.set(|options| options.refetch_on_reconnect = Self::by(when))
    }

    /// The time between fetches while somebody observes. Default: there are none.
    #[must_use]
    pub fn refetch_interval(self, interval: Duration) -> Self {
        let interval = Dynamic::Value(Some(millis(interval)));
        self.set(|options| options.refetch_interval = interval.into())
    }

    /// The same, as this says now. Must be pure, and must not block.
    #[must_use]
    pub fn refetch_interval_by(
        self,
        interval: impl Fn(View<'_, P, T, E, F>) -> Option<Duration> + Send + Sync + 'static,
    ) -> Self {
        self.set(|options| {
            options.refetch_interval = Self::by(move |view| interval(view).map(millis));
        })
    }

    /// Whether the interval goes on while nobody looks. Default: no.
    #[must_use]
    pub fn refetch_in_background(self, goes_on: bool) -> Self {
        self.set(|options| options.refetch_interval_in_background = goes_on.into())
    }

    // --- How it is fetched ---

    /// Whether a failed attempt is tried again. Default: three times for observers, not at all for
    /// [`fetch`](crate::QueryClient::fetch) and the like.
    #[must_use]
    pub fn retry(self, retry: Retry) -> Self {
        self.set(|options| options.retry = retry.into())
    }

    /// The same, as this says, from the number of failures before this one, and this one.
    #[must_use]
    pub fn retry_if(
        self,
        retry: impl Fn(u32, &QueryError<E>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.retry(Retry::When(Arc::new(move |failures, failure: &Failure| {
            retry(failures, &QueryError::of(failure))
        })))
    }

    /// How long to wait before trying again. Default: a second, doubled each time, up to thirty.
    #[must_use]
    pub fn retry_delay(self, delay: RetryDelay) -> Self {
        self.set(|options| options.retry_delay = delay.into())
    }

    /// The same, as this says, from the number of failures before this one, and this one.
    #[must_use]
    pub fn retry_delay_by(
        self,
        delay: impl Fn(u32, &QueryError<E>) -> Duration + Send + Sync + 'static,
    ) -> Self {
        self.retry_delay(RetryDelay::By(Arc::new(move |failures, failure: &Failure| {
            millis(delay(failures, &QueryError::of(failure)))
        })))
    }

    /// Whether a first observer fetches although the last fetch failed. Default: yes.
    #[must_use]
    pub fn retry_on_mount(self, retry: bool) -> Self {
        self.set(|options| options.retry_on_mount = Dynamic::Value(retry).into())
    }

    /// What the network has to do with it. Default: fetches wait until there is one.
    #[must_use]
    pub fn network_mode(self, mode: NetworkMode) -> Self {
        self.set(|options| options.network_mode = mode.into())
    }

    /// A fetch is aborted when the last observer leaves. Default: it comes to its end, and is cached.
    #[must_use]
    pub fn abort_when_unobserved(self) -> Self {
        self.set(|options| options.on_unobserved = Unobserved::Abort.into())
    }

    /// For whoever reads it; the cache does not.
    #[must_use]
    pub fn meta(self, meta: impl Into<Value>) -> Self {
        self.set(|options| options.meta = Arc::new(meta.into()).into())
    }

    // --- What is shown ---

    /// What observers are told of. Default: everything.
    #[must_use]
    pub fn interest(self, fields: Fields) -> Self {
        self.set(|options| options.interest = fields.into())
    }

    /// What to show while there is no data.
    #[must_use]
    pub fn placeholder(self, value: T) -> Self {
        let data = F::write(Arc::new(value));
        self.set(|options| options.placeholder = Placeholder::Value(data).into())
    }

    /// What to show while there is no data: what this makes of what the observer showed before.
    #[must_use]
    pub fn placeholder_by(
        self,
        make: impl Fn(Option<Arc<T>>) -> Option<T> + Send + Sync + 'static,
    ) -> Self {
        let make = move |data: Option<&Data>, _: Option<&QueryView<'_>>| {
            make(data.cloned().and_then(F::read)).map(|value| F::write(Arc::new(value)))
        };
        self.set(|options| options.placeholder = Placeholder::By(Arc::new(make)).into())
    }

    /// Observers that move on to other parameters show what they showed before until there is data.
    #[must_use]
    pub fn keep_previous(self) -> Self {
        self.set(|options| options.placeholder = Placeholder::KeepPrevious.into())
    }

    /// What to begin with, as if it had been fetched just now.
    #[must_use]
    pub fn initial_data(self, value: T) -> Self {
        let data = F::write(Arc::new(value));
        self.set(|options| options.initial_data = Initial::Value(data).into())
    }

    /// What to begin with, as this says when the query comes into the cache. Must not block.
    #[must_use]
    pub fn initial_data_by(self, make: impl Fn() -> Option<T> + Send + Sync + 'static) -> Self {
        let make = move || make().map(|value| F::write(Arc::new(value)));
        self.set(|options| options.initial_data = Initial::By(Arc::new(make)).into())
    }

    /// When that was fetched, in milliseconds since the Unix epoch. Default: just now.
    #[must_use]
    pub fn initial_data_updated_at(self, at: Millis) -> Self {
        self.set(|options| options.initial_data_updated_at = Initial::Value(at).into())
    }
}

fn equal<T: PartialEq, F: Form<T>>(a: &Data, b: &Data) -> bool {
    match (F::read(a.clone()), F::read(b.clone())) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

fn to_json<T: Serialize, F: Form<T>>(data: &Data) -> Option<Value> {
    serde_json::to_value(&*F::read(data.clone())?).ok()
}

fn from_json<T: DeserializeOwned, F: Form<T>>(value: Value) -> Option<Data> {
    serde_json::from_value(value).ok().map(|value| F::write(Arc::new(value)))
}
