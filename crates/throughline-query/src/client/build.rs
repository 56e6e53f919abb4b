//! What a client is built with.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use super::QueryClient;
use crate::Key;
use crate::data::{Data, Failure};
use crate::effect::{CallbackCall, MutationEvent, MutationId, QueryEvent, Stage};
use crate::machine::{Bounds, Config};
use crate::options::{MutationOptions, QueryOptions};
use crate::runtime::Runtime;
use crate::shell::{Access, CallbackFn, Core, Hooks};

/// What a client is built with.
///
/// The functions that are told of what happens run after the change that they are told of, one after
/// the other in the order of what happened, and with no lock held: they may use the client. They must
/// not block, because they hold up whoever made the change.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use throughline_query::{Fetch, Manual, Query, QueryClient};
///
/// let failures = Arc::new(Mutex::new(Vec::new()));
/// let log = Arc::clone(&failures);
/// let manual = Manual::new();
/// let client = QueryClient::builder()
///     .on_settled(move |key, outcome| {
///         if let (Err(failure), Ok(mut log)) = (outcome, log.lock()) {
///             log.push(format!("{key}: {failure}"));
///         }
///     })
///     .build(manual.runtime());
///
/// let broken = Query::new("broken", |_: Fetch<()>| async {
///     Err::<(), _>(std::io::Error::other("smoke"))
/// });
/// let _ = manual.block_on(client.fetch(&broken.at(())));
/// let failures = failures.lock().map(|all| all.clone()).unwrap_or_default();
/// assert_eq!(failures, [r#"["broken"]: smoke"#]);
/// ```
#[derive(Default)]
pub struct ClientBuilder {
    config: Config,
    hooks: Hooks,
}

impl ClientBuilder {
    /// On a client for a server failed attempts are not tried again by default, there are no timers of
    /// observers, and nothing is collected.
    #[must_use]
    pub fn server(mut self, server: bool) -> Self {
        self.config.server = server;
        self
    }

    /// Defaults for every query.
    ///
    /// ```
    /// use std::time::Duration;
    /// use throughline_query::{Dynamic, Manual, QueryClient, QueryOptions, StaleTime};
    ///
    /// let stale_time = StaleTime::from(Duration::from_secs(10));
    /// let options = QueryOptions {
    ///     stale_time: Dynamic::Value(stale_time).into(),
    ///     ..QueryOptions::default()
    /// };
    /// let client = QueryClient::builder().queries(options).build(Manual::new().runtime());
    /// # drop(client);
    /// ```
    #[must_use]
    pub fn queries(mut self, options: QueryOptions) -> Self {
        self.config.queries = options;
        self
    }

    /// Defaults for every mutation.
    #[must_use]
    pub fn mutations(mut self, options: MutationOptions) -> Self {
        self.config.mutations = options;
        self
    }

    /// How large the cache may grow. Default: as large as it gets.
    #[must_use]
    pub fn bounds(mut self, bounds: Bounds) -> Self {
        self.config.bounds = bounds;
        self
    }

    /// Is told of everything that happens to queries.
    #[must_use]
    pub fn on_query_event(
        mut self,
        tell: impl Fn(&Key, QueryEvent) + Send + Sync + 'static,
    ) -> Self {
        self.config.events = true;
        self.hooks.query.push(Box::new(tell));
        self
    }

    /// Is told of everything that happens to mutations.
    #[must_use]
    pub fn on_mutation_event(
        mut self,
        tell: impl Fn(Option<MutationId>, MutationEvent) + Send + Sync + 'static,
    ) -> Self {
        self.config.events = true;
        self.hooks.mutation.push(Box::new(tell));
        self
    }

    /// Is told how each fetch ends, but for those that are called off.
    #[must_use]
    pub fn on_settled(
        mut self,
        tell: impl Fn(&Key, Result<&Data, &Failure>) + Send + Sync + 'static,
    ) -> Self {
        self.config.tell_settled = true;
        self.hooks.settled.push(Box::new(tell));
        self
    }

    /// Is told of what could not be kept: written to the disk, or read from it. What the disk did not take is tried
    /// again, what JSON cannot hold is not. A panic of what is told ends there, and nobody waits because of it.
    #[must_use]
    pub fn on_storage_error(
        mut self,
        tell: impl Fn(&(dyn Error + 'static)) + Send + Sync + 'static,
    ) -> Self {
        self.hooks.trouble.push(Box::new(tell));
        self
    }

    /// Runs around every mutation, before the mutation's own callback of that stage, and is waited for.
    /// If it fails before or after a success, the mutation has failed. There is one for each stage.
    #[must_use]
    pub fn on_mutation<R>(
        mut self,
        stage: Stage,
        run: impl Fn(CallbackCall) -> R + Send + Sync + 'static,
    ) -> Self
    where
        R: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let run = Arc::new(run);
        let callback = CallbackFn(Box::new(move |_: &Access, call: CallbackCall| {
            let run = Arc::clone(&run);
            Box::pin(async move { run(call).await.map(|()| None) })
        }));
        let callbacks = &mut self.config.mutation_callbacks;
        let slot = match stage {
            Stage::Mutate => &mut callbacks.on_mutate,
            Stage::Success => &mut callbacks.on_success,
            Stage::Error => &mut callbacks.on_error,
            Stage::Settled => &mut callbacks.on_settled,
        };
        *slot = Some(Data::new(callback));
        self
    }

    /// The client, on this runtime.
    #[must_use]
    pub fn build(self, runtime: Arc<dyn Runtime>) -> QueryClient {
        QueryClient::of(Core::new(runtime, self.config, self.hooks))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}
