//! What the functions of a mutation get to see.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde_json::Value;

use super::Of;
use crate::QueryClient;
use crate::data::{Cause, Data, Failure};
use crate::effect::{CallbackCall, MutationId};
use crate::error::QueryError;
use crate::key::Key;
use crate::mutation::MutationState;
use crate::shell::Access;

/// What a mutation is called with.
///
/// ```
/// use throughline_query::{Mutate, Mutation};
///
/// let shout = Mutation::new("shout", |cx: Mutate<String>| async move {
///     Ok::<_, std::io::Error>(cx.variables().to_uppercase())
/// });
/// # let _ = shout.name();
/// ```
pub struct Mutate<V> {
    core: Access,
    mutation: MutationId,
    variables: Arc<V>,
    meta: Option<Arc<Value>>,
}

/// How a mutation went, and what it was called with.
///
/// ```
/// use std::io;
/// use throughline_query::{Mutate, Mutated, Mutation};
///
/// let save = Mutation::new("save", |_: Mutate<String>| async { Ok::<_, io::Error>(7_u32) })
///     .on_settled(|end: Mutated<String, u32, io::Error>| async move {
///         match (end.data(), end.error()) {
///             (Some(id), _) => println!("{} has the number {id}", end.variables()),
///             (None, Some(error)) => println!("{} is not saved: {error}", end.variables()),
///             (None, None) => {}
///         }
///         Ok(())
///     });
/// # let _ = save.name();
/// ```
pub struct Mutated<V, T, E, C = ()> {
    core: Access,
    call: CallbackCall,
    variables: Arc<V>,
    of: Of<(T, E, C)>,
}

/// The variables of a call, which are never missing unless somebody hydrated something else.
fn variables<V: Send + Sync + 'static>(data: Option<&Data>) -> Result<Arc<V>, Failure> {
    data.and_then(Data::downcast).ok_or_else(|| Cause::Mismatch(Key::default()).into())
}

impl<V: Send + Sync + 'static> Mutate<V> {
    pub(super) fn new(
        core: Access,
        mutation: MutationId,
        data: Option<&Data>,
        meta: Option<Arc<Value>>,
    ) -> Result<Self, Failure> {
        Ok(Self { core, mutation, variables: variables(data)?, meta })
    }

    /// What the server is to know a [durable](crate::Mutation::durable) mutation by: the same for each
    /// attempt, also in later processes. `None` for others, and until it is written down.
    pub fn idempotency_key(&self) -> Option<Arc<str>> {
        self.core.idempotency_key(self.mutation)
    }

    /// What it is called with.
    pub fn variables(&self) -> &V {
        &self.variables
    }

    /// What the options carry for whoever reads it.
    pub fn meta(&self) -> Option<&Value> {
        self.meta.as_deref()
    }

    /// The client. It does not keep the cache alive: when all other clients are gone, it is closed.
    pub fn client(&self) -> QueryClient {
        QueryClient::within(&self.core)
    }
}

impl<V, T, E, C> Mutated<V, T, E, C>
where
    V: Send + Sync + 'static,
    T: Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
    C: Send + Sync + 'static,
{
    pub(crate) fn new(core: Access, call: CallbackCall) -> Result<Self, Failure> {
        let variables = variables(call.variables.as_ref())?;
        Ok(Self { core, call, variables, of: PhantomData })
    }

    /// What it was called with.
    pub fn variables(&self) -> &V {
        &self.variables
    }

    /// What it gave, if it succeeded.
    pub fn data(&self) -> Option<Arc<T>> {
        self.call.outcome.as_ref()?.as_ref().ok()?.as_ref()?.downcast()
    }

    /// Why it failed, if it did.
    pub fn error(&self) -> Option<QueryError<E>> {
        self.call.outcome.as_ref()?.as_ref().err().map(QueryError::of)
    }

    /// What was prepared before it; `None` if that failed.
    pub fn context(&self) -> Option<Arc<C>> {
        self.call.context.as_ref()?.downcast()
    }

    /// Its state at this moment.
    pub fn state(&self) -> &MutationState {
        &self.call.state
    }

    /// The client. It does not keep the cache alive: when all other clients are gone, it is closed.
    pub fn client(&self) -> QueryClient {
        QueryClient::within(&self.core)
    }
}

impl<V: fmt::Debug> fmt::Debug for Mutate<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutate").field("variables", &self.variables).finish_non_exhaustive()
    }
}

impl<V: fmt::Debug, T, E, C> fmt::Debug for Mutated<V, T, E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutated").field("variables", &self.variables).finish_non_exhaustive()
    }
}
