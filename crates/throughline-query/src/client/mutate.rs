//! Mutating, without observing.

use std::error::Error;

use super::{Asked, QueryClient, Raw};
use crate::data::Data;
use crate::define::Mutation;

impl QueryClient {
    /// Runs a mutation, with what runs around it. A [durable](Mutation::durable) one is written down
    /// first.
    ///
    /// # Errors
    ///
    /// That of the function or of what runs around it; [`QueryError::Closed`] if the client goes;
    /// [`QueryError::Other`] with a [`DurableError`](crate::outbox::DurableError) if it is durable and
    /// cannot be written down.
    ///
    /// [`QueryError::Other`]: crate::QueryError::Other
    /// [`QueryError::Closed`]: crate::QueryError::Closed
    ///
    /// ```
    /// # use throughline_query::{Manual, Mutate, Mutation, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// let double = Mutation::new("double", |cx: Mutate<u32>| async move {
    ///     Ok::<_, std::io::Error>(cx.variables() * 2)
    /// });
    /// let made = manual.block_on(client.mutate(&double, 21));
    /// assert_eq!(made.and_then(Result::ok).as_deref(), Some(&42));
    /// ```
    pub fn mutate<V, T, E, C>(&self, mutation: &Mutation<V, T, E, C>, variables: V) -> Asked<T, E>
    where
        V: Send + Sync + 'static,
        T: Send + Sync + 'static,
        E: Error + Send + Sync + 'static,
    {
        let sent = mutation.sent();
        sent.define(&self.core);
        let variables = Data::new(variables);
        let raw = Raw::ask_as(&self.core, move |locked, ticket| {
            if !locked.refuses(ticket, sent.durable.is_some()) {
                sent.submit(locked, variables, ticket);
            }
        });
        Asked::new(raw, |data| data.into_arc().ok())
    }
}
