//! Mutations that must not be lost.

use std::error::Error;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Mutation;
use crate::Key;
use crate::data::{Cause, Data, Failure};
use crate::effect::{MutateCall, MutationId, Ticket};
use crate::error::QueryError;
use crate::options::{MutationOptions, Opt, Retry};
use crate::outbox::{DurableError, NewEntry};
use crate::shell::{Access, Core, Locked, MutateFn, send};

impl<V, T, E, C> Mutation<V, T, E, C>
where
    V: Serialize + DeserializeOwned + Send + Sync + 'static,
    T: Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
    C: Send + Sync + 'static,
{
    /// The mutation must not be lost: it is written down in the client's
    /// [outbox](crate::QueryClient::outbox) before its function is called, and is done only when that
    /// has succeeded, if need be by a later process. `again` tells of a failure, as
    /// [`retry_if`](Self::retry_if) does, whether it is to be tried again: it should be for whatever
    /// leaves open whether the server has done it, such as a connection that broke.
    ///
    /// The function may be called more than once for one mutation. It sends
    /// [`Mutate::idempotency_key`](crate::Mutate::idempotency_key), which stays the same, so that the server does it once. A failure
    /// that is not tried again is the end: the mutation has failed, and its entry is put aside in the
    /// outbox with the error.
    ///
    /// A mutation from an earlier process goes on as soon as the client has its outbox and knows the
    /// definition ([`QueryClient::register`](crate::QueryClient::register)); its `on_mutate` is not run
    /// again, what follows is. Durable mutations of one [`scope`](Self::scope) are sent in the order of
    /// the outbox; other mutations do not wait for them.
    ///
    /// ```
    /// use std::io;
    /// use throughline_query::outbox::{Outbox, OutboxOptions};
    /// use throughline_query::{Manual, Mutate, Mutation, QueryClient};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("outbox.log");
    ///
    /// let add = Mutation::new("task.add", |cx: Mutate<String>| async move {
    ///     let key = cx.idempotency_key().ok_or(io::ErrorKind::Other)?;
    ///     Ok::<_, io::Error>(format!("POST {} with {key}", cx.variables()))
    /// })
    /// .durable(|_, error| error.failed().is_some_and(|e| e.kind() == io::ErrorKind::TimedOut));
    ///
    /// let manual = Manual::new();
    /// let client = QueryClient::builder().build(manual.runtime());
    /// client.register(&add);
    /// client.outbox(Outbox::open(&path, OutboxOptions::default())?.0);
    /// let sent = manual.block_on(client.mutate(&add, "Milk".to_owned())).expect("it ends")?;
    /// assert!(sent.starts_with("POST Milk with "));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn durable(
        self,
        again: impl Fn(u32, &QueryError<E>) -> bool + Send + Sync + 'static,
    ) -> Self {
        let mut this = self.json().set(|options| {
            let run = options.mutator.get().cloned();
            let mutator = MutateFn(Box::new(move |core: &Access, call: MutateCall| {
                let (run, core) = (run.clone(), core.clone());
                Box::pin(send(core.shared(), call.mutation, move || async move {
                    match run.as_ref().and_then(Data::downcast_ref) {
                        Some(MutateFn(run)) => run(&core, call).await,
                        None => Err(Cause::MissingMutator.into()),
                    }
                }))
            }));
            options.mutator = Data::new(mutator).into();
            options.retry = Retry::When(Arc::new(move |failures, failure: &Failure| {
                let is_hopeless = failure.downcast_ref::<DurableError>().is_some()
                    || matches!(failure.cause(), Cause::Dropped | Cause::Closed);
                !is_hopeless && again(failures, &QueryError::of(failure))
            }))
            .into();
        });
        this.is_durable = true;
        this
    }

    /// What to [deposit](crate::outbox::deposit()) for another process that has the outbox open, so that
    /// it does this mutation.
    ///
    /// # Errors
    ///
    /// What keeps the variables from being serialised.
    pub fn entry(&self, variables: &V) -> Result<NewEntry, serde_json::Error> {
        let entry = NewEntry::of(&*self.name, variables)?.key(Key::from(&*self.name));
        Ok(match self.options.scope.get() {
            Some(scope) => entry.scope(&**scope),
            None => entry,
        })
    }
}

impl<V, T, E, C> Mutation<V, T, E, C> {
    pub(crate) fn key(&self) -> Key {
        Key::from(&*self.name)
    }

    /// How the machine runs it. Of durable ones the outbox knows whose turn it is.
    pub(crate) fn sent(&self) -> Sent {
        let scope = self.options.scope.get().cloned();
        if !self.is_durable {
            return Sent { options: Arc::clone(&self.options), durable: None };
        }
        let options = MutationOptions { scope: Opt::Unset, ..(*self.options).clone() };
        Sent { options: Arc::new(options), durable: Some((Arc::clone(&self.name), scope)) }
    }
}

/// How a mutation is run.
#[derive(Clone)]
pub(crate) struct Sent {
    pub options: Arc<MutationOptions>,
    /// What it is called in an outbox, and its scope there.
    pub durable: Option<(Arc<str>, Option<Arc<str>>)>,
}

impl Sent {
    /// Submits a mutation at which nobody looks.
    pub fn submit(&self, locked: &mut Locked, variables: Data, ticket: Ticket) {
        // What is submitted goes on without its observer.
        let machine = &mut locked.machine;
        let observer = machine.observe_mutation(&self.options);
        let id = machine.mutate(observer, Some(variables.clone()), None, ticket);
        machine.unobserve_mutation(observer);
        self.write_down(locked, id, variables);
    }

    /// Writes a mutation down that was submitted, if that is to be done.
    pub fn write_down(&self, locked: &mut Locked, mutation: Option<MutationId>, variables: Data) {
        if let (Some((op, scope)), Some(mutation)) = (&self.durable, mutation) {
            locked.write_letter(mutation, op, scope.clone(), &self.options, variables);
        }
    }

    /// The client knows it from now on, if it is durable.
    pub fn define(&self, core: &Core) -> bool {
        match &self.durable {
            Some((op, _)) => core.define(op, &self.options),
            None => false,
        }
    }
}
