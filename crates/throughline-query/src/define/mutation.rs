//! The definition of a mutation.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Bound, Mutate, Mutated, Of};
use crate::data::{Abilities, Data, Failure};
use crate::effect::{CallbackCall, MutateCall};
use crate::error::{QueryError, carry};
use crate::options::{Callback, MutationOptions, NetworkMode, Opt, Retry, RetryDelay};
use crate::shell::{Access, CallbackFn, MutateFn};
use crate::time::Span;
use crate::{Key, MutationFilters};

/// The definition of a mutation: its name, what it runs, and what runs around it.
///
/// `V` is what it is called with, `T` what it gives, `E` how it fails, `C` what is prepared before it
/// and handed to what comes after it, such as what is needed to take an optimistic change back.
///
/// ```
/// use std::{io, sync::Arc};
/// use throughline_query::{Fetch, Manual, Mutate, Mutated, Mutation, Query, QueryClient};
///
/// let list = Query::new("todos", |_: Fetch<()>| async { Ok::<_, io::Error>(vec!["read".to_owned()]) });
/// let todos = list.at(());
///
/// let add = Mutation::new("todo.add", |cx: Mutate<String>| async move {
///     Err::<(), _>(io::Error::other(format!("no room for {}", cx.variables())))
/// });
/// // Show it at once, and take it back if it fails.
/// let here = todos.clone();
/// let add = add.on_mutate(move |cx: Mutate<String>| {
///     let todos = here.clone();
///     async move {
///         let before = cx.client().get(&todos);
///         let _ = cx.client().update(&todos, move |all| all.push(cx.variables().clone()));
///         Ok(before)
///     }
/// });
/// let add = add.on_error(move |end: Mutated<String, (), io::Error, Option<Arc<Vec<String>>>>| {
///     let todos = todos.clone();
///     async move {
///         if let Some(Some(before)) = end.context().as_deref() {
///             let _ = end.client().set(&todos, Vec::clone(before));
///         }
///         Ok(())
///     }
/// });
///
/// let manual = Manual::new();
/// let client = QueryClient::builder().build(manual.runtime());
/// let _ = manual.block_on(client.fetch(&list.at(())));
/// let failed = manual.block_on(client.mutate(&add, "write".to_owned()));
/// assert!(failed.is_some_and(|outcome| outcome.is_err()));
/// assert_eq!(client.get(&list.at(())).as_deref(), Some(&vec!["read".to_owned()]));
/// ```
pub struct Mutation<V, T, E, C = ()> {
    pub(super) name: Arc<str>,
    pub(crate) options: Arc<MutationOptions>,
    pub(super) is_durable: bool,
    of: Of<(V, T, E, C)>,
}

impl<V, T, E> Mutation<V, T, E>
where
    V: Send + Sync + 'static,
    T: Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
{
    /// A mutation of this name, which runs this function. The name is its key.
    pub fn new<R>(
        name: impl Into<Arc<str>>,
        mutate: impl Fn(Mutate<V>) -> R + Send + Sync + 'static,
    ) -> Self
    where
        R: Future<Output = Result<T, E>> + Send + 'static,
    {
        let name = name.into();
        let mutate = Arc::new(mutate);
        let mutator = MutateFn(Box::new(move |core: &Access, call: MutateCall| {
            let (mutate, core) = (Arc::clone(&mutate), core.clone());
            Box::pin(async move {
                let cx = Mutate::new(core, call.mutation, call.variables.as_ref(), call.meta)?;
                let made = mutate(cx).await;
                made.map(|value| Some(Data::new(value))).map_err(carry)
            })
        }));
        let options = MutationOptions {
            key: Key::from(&*name).into(),
            mutator: Data::new(mutator).into(),
            ..MutationOptions::default()
        };
        Self { name, options: Arc::new(options), is_durable: false, of: PhantomData }
    }

    /// Runs before the mutation, also while that has to wait for the network. What it gives is handed
    /// to what comes after; if it fails, the mutation has failed.
    #[must_use]
    pub fn on_mutate<C, R>(
        self,
        prepare: impl Fn(Mutate<V>) -> R + Send + Sync + 'static,
    ) -> Mutation<V, T, E, C>
    where
        C: Send + Sync + 'static,
        R: Future<Output = Result<C, E>> + Send + 'static,
    {
        let prepare = Arc::new(prepare);
        let callback = CallbackFn(Box::new(move |core: &Access, call: CallbackCall| {
            let (prepare, core) = (Arc::clone(&prepare), core.clone());
            Box::pin(async move {
                let cx = Mutate::new(core, call.mutation, call.variables.as_ref(), None)?;
                prepare(cx).await.map(|value| Some(Data::new(value))).map_err(carry)
            })
        }));
        let options =
            MutationOptions { on_mutate: Data::new(callback).into(), ..(*self.options).clone() };
        let Self { name, is_durable, .. } = self;
        Mutation { name, options: Arc::new(options), is_durable, of: PhantomData }
    }
}

impl<V, T, E, C> Mutation<V, T, E, C>
where
    V: Send + Sync + 'static,
    T: Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
    C: Send + Sync + 'static,
{
    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The filters that mean this mutation.
    pub fn all(&self) -> MutationFilters {
        MutationFilters { key: Some(Key::from(&*self.name)), ..MutationFilters::default() }
    }

    pub(super) fn set(mut self, set: impl FnOnce(&mut MutationOptions)) -> Self {
        set(Arc::make_mut(&mut self.options));
        self
    }

    fn callback<R>(run: impl Fn(Mutated<V, T, E, C>) -> R + Send + Sync + 'static) -> Opt<Callback>
    where
        R: Future<Output = Result<(), E>> + Send + 'static,
    {
        let run = Arc::new(run);
        Opt::Set(Data::new(CallbackFn(Box::new(move |core: &Access, call: CallbackCall| {
            let (run, core) = (Arc::clone(&run), core.clone());
            Box::pin(
                async move { run(Mutated::new(core, call)?).await.map(|()| None).map_err(carry) },
            )
        }))))
    }

    /// Runs after a success, and is waited for. If it fails, the mutation has failed.
    #[must_use]
    pub fn on_success<R>(
        self,
        run: impl Fn(Mutated<V, T, E, C>) -> R + Send + Sync + 'static,
    ) -> Self
    where
        R: Future<Output = Result<(), E>> + Send + 'static,
    {
        self.set(|options| options.on_success = Self::callback(run))
    }

    /// Runs after a failure, and is waited for.
    #[must_use]
    pub fn on_error<R>(self, run: impl Fn(Mutated<V, T, E, C>) -> R + Send + Sync + 'static) -> Self
    where
        R: Future<Output = Result<(), E>> + Send + 'static,
    {
        self.set(|options| options.on_error = Self::callback(run))
    }

    /// Runs after either, and is waited for. If it fails after a success, the mutation has failed.
    #[must_use]
    pub fn on_settled<R>(
        self,
        run: impl Fn(Mutated<V, T, E, C>) -> R + Send + Sync + 'static,
    ) -> Self
    where
        R: Future<Output = Result<(), E>> + Send + 'static,
    {
        self.set(|options| options.on_settled = Self::callback(run))
    }

    /// Shows what the mutation is expected to come to, as a [layer](crate::QueryClient::layer) over the
    /// data of a query: from when it is submitted, also while it waits for the network, until its
    /// function has ended. Then the layer is part of the data, or is taken away, alone; the callbacks
    /// come after that. May be said several times, for several queries.
    ///
    /// The functions run in the middle of changes: they must be pure, and must not block.
    ///
    /// ```
    /// # use throughline_query::{Fetch, Manual, Mutate, Mutation, Query, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// let list = Query::new("list", |_: Fetch<()>| async { Ok::<_, std::io::Error>(vec![]) });
    /// let all = list.clone();
    /// let add = Mutation::new("add", |_: Mutate<String>| async {
    ///     Err::<(), _>(std::io::Error::other("no"))
    /// })
    /// .optimistic(
    ///     move |_| all.at(()),
    ///     |item, items: &Vec<String>| Some([&items[..], &[item.clone()]].concat()),
    /// );
    ///
    /// client.set(&list.at(()), vec!["read".to_owned()])?;
    /// let added = client.mutate(&add, "write".to_owned());
    /// assert_eq!(client.get(&list.at(())).map(|items| items.len()), Some(2));
    /// assert!(manual.block_on(added).is_some_and(|outcome| outcome.is_err()));
    /// assert_eq!(client.get(&list.at(())).map(|items| items.len()), Some(1));
    /// # Ok::<(), throughline_query::QueryError<std::io::Error>>(())
    /// ```
    #[must_use]
    pub fn optimistic<D, X>(
        self,
        of: impl Fn(&V) -> Bound<D, X> + Send + Sync + 'static,
        change: impl Fn(&V, &D) -> Option<D> + Send + Sync + 'static,
    ) -> Self
    where
        D: Send + Sync + 'static,
    {
        let change = Arc::new(change);
        self.set(|options| {
            let before = options.optimistic.get().cloned();
            options.optimistic = Opt::Set(Arc::new(move |data: &Data| {
                let mut layers = before.as_ref().map_or_else(Vec::new, |before| before(data));
                let Some(variables) = data.downcast::<V>() else { return layers };
                let query = of(&variables);
                if query.is_unusable() {
                    return layers;
                }
                let (read, write, change) = (query.read, query.write, Arc::clone(&change));
                layers.push((
                    query.key,
                    Arc::new(move |data: &Data| {
                        let value = read(data.clone())?;
                        change(&variables, &value).map(|value| write(Arc::new(value)))
                    }),
                ));
                layers
            }));
        })
    }

    /// Mutations of one scope run one after the other, also those of other definitions.
    #[must_use]
    pub fn scope(self, scope: impl Into<Arc<str>>) -> Self {
        self.set(|options| options.scope = scope.into().into())
    }

    /// Whether a failed attempt is tried again. Default: no.
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

    /// What the network has to do with it. Default: it waits until there is one.
    #[must_use]
    pub fn network_mode(self, mode: NetworkMode) -> Self {
        self.set(|options| options.network_mode = mode.into())
    }

    /// How long it stays when nobody observes it. Default: five minutes.
    #[must_use]
    pub fn gc_time(self, time: impl Into<Span>) -> Self {
        self.set(|options| options.gc_time = time.into().into())
    }

    /// For whoever reads it; the cache does not.
    #[must_use]
    pub fn meta(self, meta: impl Into<Value>) -> Self {
        self.set(|options| options.meta = Arc::new(meta.into()).into())
    }

    /// The variables can be written as JSON and read back, so that a mutation that waits for the
    /// network outlasts the process.
    #[must_use]
    pub fn json(self) -> Self
    where
        V: Serialize + DeserializeOwned,
    {
        let abilities = Abilities {
            to_json: Some(|data| serde_json::to_value(data.downcast_ref::<V>()?).ok()),
            from_json: Some(|value| serde_json::from_value::<V>(value).ok().map(Data::new)),
            ..Abilities::default()
        };
        self.set(|options| options.abilities = Arc::new(abilities).into())
    }
}

impl<V, T, E, C> Clone for Mutation<V, T, E, C> {
    fn clone(&self) -> Self {
        let (name, options) = (Arc::clone(&self.name), Arc::clone(&self.options));
        Self { name, options, is_durable: self.is_durable, of: PhantomData }
    }
}

impl<V, T, E, C> fmt::Debug for Mutation<V, T, E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutation").field("name", &self.name).finish_non_exhaustive()
    }
}
