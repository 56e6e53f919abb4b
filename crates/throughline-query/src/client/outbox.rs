//! The outbox of a client: where its durable mutations are written down.

use std::fmt;
use std::sync::Arc;

use super::QueryClient;
use crate::define::Mutation;
use crate::outbox::{EntryId, Outbox, OutboxEntry, OutboxError};
use crate::shell::{Core, Desk, Latch, Post};

/// The outbox of a client: what [`QueryClient::outbox`] gives. Dropping it ends nothing.
#[derive(Clone)]
pub struct ClientOutbox {
    core: Arc<Core>,
    post: Arc<Post>,
}

impl QueryClient {
    /// From now on [durable](Mutation::durable) mutations are written down in this outbox. What is in it
    /// already goes on, as far as the definitions are known (see [`register`](Self::register)): at
    /// once, or when there is a network.
    ///
    /// The client is the one sender of the outbox, in this and any other process, until the outbox is
    /// [closed](ClientOutbox::close) or the client is gone. It writes on a thread that may block. One
    /// that it had before is closed; what is still in that stays there.
    pub fn outbox(&self, outbox: Outbox) -> ClientOutbox {
        let post = Post::new(outbox);
        let posting = Arc::clone(&post);
        self.core.act(move |locked| locked.start_posting(posting));
        ClientOutbox { core: self.core.shared(), post }
    }

    /// Makes a mutation known, so that what was kept of it by an earlier process can go on: what is in
    /// an [outbox](Self::outbox) if it is durable, and what a [persister](Self::persist) has kept of it
    /// or is [hydrated](Self::hydrate) if its variables can be read ([`Mutation::json`]). Call it
    /// before those. A durable mutation that is submitted is known, too.
    pub fn register<V, T, E, C>(&self, mutation: &Mutation<V, T, E, C>) {
        let sent = mutation.sent();
        self.set_mutation_defaults(mutation.key(), (*sent.options).clone());
        if sent.define(&self.core) {
            self.core.look_for_letters();
        }
    }
}

impl ClientOutbox {
    pub(super) fn of(core: Arc<Core>, post: Arc<Post>) -> Self {
        Self { core, post }
    }

    /// Is over when everything that was submitted so far is on the disk; while a cache is being restored,
    /// that is after it. What could not be written has failed; its own answer tells that.
    ///
    /// # Errors
    ///
    /// [`OutboxError::Closed`].
    pub fn written(&self) -> impl Future<Output = Result<(), Arc<OutboxError>>> + Send + use<> {
        let written = Latch::new();
        self.core.tell_when_written(&self.post, Arc::clone(&written));
        async move { written.wait().await }
    }

    /// Is over when nothing of it is on its way any more: everything that was submitted so far, or was in
    /// it and is [known](QueryClient::register), is done or put aside. That may need a network. At once
    /// if the outbox is closed.
    pub fn drained(&self) -> impl Future<Output = ()> + Send + use<> {
        let (written, post) = (self.written(), Arc::clone(&self.post));
        async move {
            if written.await.is_ok() {
                post.empty().await;
            }
        }
    }

    /// What is in it, in order: what waits, what is being sent, and what was put aside.
    ///
    /// # Errors
    ///
    /// [`OutboxError::Closed`].
    pub fn entries(
        &self,
    ) -> impl Future<Output = Result<Vec<OutboxEntry>, Arc<OutboxError>>> + Send + use<> {
        self.ask(|desk| Ok(desk.outbox().entries().cloned().collect()))
    }

    /// Sends a mutation again that failed for good and was put aside.
    ///
    /// # Errors
    ///
    /// Those of [`Outbox::requeue`], and [`OutboxError::Closed`].
    pub fn requeue(
        &self,
        id: EntryId,
    ) -> impl Future<Output = Result<(), Arc<OutboxError>>> + Send + use<> {
        let now = self.core.now();
        let requeued = self.ask(move |desk| desk.outbox().requeue(id, now));
        self.core.look_for_letters();
        requeued
    }

    /// Forgets a mutation that failed for good and was put aside.
    ///
    /// # Errors
    ///
    /// Those of [`Outbox::discard`], and [`OutboxError::Closed`].
    pub fn discard(
        &self,
        id: EntryId,
    ) -> impl Future<Output = Result<(), Arc<OutboxError>>> + Send + use<> {
        let now = self.core.now();
        self.ask(move |desk| desk.outbox().discard(id, now))
    }

    /// Writes what is to be written, and closes the outbox; what is in it stays there. When the future
    /// is over, it can be opened again. It need not be awaited.
    pub fn close(self) -> impl Future<Output = ()> + Send + use<> {
        let (core, post) = (Arc::clone(&self.core), Arc::clone(&self.post));
        let present = Arc::clone(&self.post);
        core.act(move |locked| locked.stop_posting_in(&present));
        let closed = Latch::new();
        let told = Arc::clone(&closed);
        post.close(&core, move || told.set(()));
        async move { closed.wait().await }
    }

    fn ask<R, F>(
        &self,
        ask: F,
    ) -> impl Future<Output = Result<R, Arc<OutboxError>>> + Send + use<R, F>
    where
        R: Clone + Send + Sync + 'static,
        F: FnOnce(&mut Desk) -> Result<R, OutboxError> + Send + 'static,
    {
        let answer = Latch::new();
        let told = Arc::clone(&answer);
        self.post.run(&self.core, move |desk| {
            let made = match desk {
                Some(desk) => ask(desk).map_err(Arc::new),
                None => Err(Arc::new(OutboxError::Closed)),
            };
            Some(Box::new(move || told.set(made)))
        });
        async move { answer.wait().await }
    }
}

impl fmt::Debug for ClientOutbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.post.fmt(f)
    }
}
