//! Which function sends which operation, and a driver for programs that may block.

use std::collections::HashMap;
use std::fmt;

use serde::de::DeserializeOwned;

use super::entry::{Outcome, Sending};
use super::journal::{Outbox, OutboxError};
use crate::options::guarded;
use crate::time::Millis;

type Send<R> = Box<dyn Fn(&Sending) -> Result<R, SendError> + std::marker::Send + Sync>;

/// The functions that send, by their operations.
///
/// What they give is up to the driver: an [`Outcome`] where sending may block, a future of one
/// elsewhere. An operation without a function stays in the outbox until a version of the program comes
/// that knows it.
///
/// ```
/// use throughline_query::outbox::Senders;
///
/// let mut senders = Senders::new();
/// senders.on("add", |(a, b): (u32, u32), _| a + b);
/// assert!(senders.knows("add") && !senders.knows("subtract"));
/// ```
pub struct Senders<R>(HashMap<String, Send<R>>);

/// Why an entry could not even be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// Nobody knows the operation.
    #[error("no function sends `{0}`")]
    Unknown(String),
    /// The variables are not of the type that the function has.
    #[error("the variables cannot be read: {0}")]
    Variables(String),
}

impl<R> Senders<R> {
    /// No functions.
    pub fn new() -> Self {
        Self(HashMap::new())
    }

    /// Sends this operation with this function. A function that was there before is replaced.
    pub fn on<V: DeserializeOwned>(
        &mut self,
        op: impl Into<String>,
        send: impl Fn(V, &Sending) -> R + std::marker::Send + Sync + 'static,
    ) -> &mut Self {
        let send = move |sending: &Sending| match sending.variables.to::<V>() {
            Ok(variables) => Ok(send(variables, sending)),
            Err(error) => Err(SendError::Variables(error.to_string())),
        };
        self.0.insert(op.into(), Box::new(send));
        self
    }

    /// Whether there is a function for this operation; for [`Outbox::next`].
    pub fn knows(&self, op: &str) -> bool {
        self.0.contains_key(op)
    }

    /// Calls the function.
    ///
    /// # Errors
    ///
    /// [`SendError`]; an entry whose variables cannot be read has failed for good.
    pub fn call(&self, sending: &Sending) -> Result<R, SendError> {
        let send = self.0.get(&sending.op);
        send.ok_or_else(|| SendError::Unknown(sending.op.clone()))?(sending)
    }
}

impl<R> Default for Senders<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R> fmt::Debug for Senders<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What [`Outbox::drain`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drained {
    /// How many entries are done.
    pub done: usize,
    /// How many have to be sent again, later.
    pub retried: usize,
    /// How many were put aside.
    pub failed: usize,
    /// How many stay because nobody knows their operation.
    pub unknown: usize,
}

impl Outbox {
    /// Sends all entries whose turn it is, one after the other, until none is left or the rest has to
    /// wait. A function that panics counts as one that does not know the outcome.
    ///
    /// # Errors
    ///
    /// When something cannot be written down. What was sent until then is.
    pub fn drain(
        &mut self,
        senders: &Senders<Outcome>,
        clock: impl Fn() -> Millis,
    ) -> Result<Drained, OutboxError> {
        let mut drained = Drained::default();
        self.take_deposits()?;
        while let Some(sending) = self.next(clock(), |op| senders.knows(op))? {
            if !sending.may_be_sent() {
                self.abandon(&sending, clock())?;
                break;
            }
            let panicked = Outcome::Retry { error: "the sender panicked".to_owned(), after: None };
            let outcome = guarded(Ok(panicked), || senders.call(&sending));
            let outcome = outcome.unwrap_or_else(|why| Outcome::Failed { error: why.to_string() });
            match outcome {
                Outcome::Done => drained.done += 1,
                Outcome::Retry { .. } => drained.retried += 1,
                Outcome::Failed { .. } => drained.failed += 1,
            }
            self.finish(&sending, outcome, clock())?;
        }
        drained.unknown = self.unknown(|op| senders.knows(op)).count();
        Ok(drained)
    }
}
