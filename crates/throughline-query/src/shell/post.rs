//! Durable mutations: each is a letter in an outbox, written before it is sent, crossed out when it is
//! done.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustc_hash::FxHashMap;

use super::desk::{Address, Desk, Found, entry};
use super::effects::Action;
use super::worker::Then;
use super::{Core, Latch, Turns, Waits, Worker};
use crate::data::{Cause, Data, Failure};
use crate::effect::MutationId;
use crate::options::MutationOptions;
use crate::outbox::{DurableError, Outbox, OutboxError, Outcome, Sending};
use crate::sync::Mutex;

/// What the client has of an outbox.
pub(crate) struct Post {
    worker: Arc<Worker<Desk>>,
    /// What is on its way, by the mutation that it is.
    letters: Mutex<FxHashMap<MutationId, Arc<Letter>>>,
    turns: Turns,
}

/// A durable mutation.
#[derive(Debug)]
pub(crate) struct Letter {
    /// Its entry, and what the server knows it by.
    entry: Arc<Latch<Result<Address, DurableError>>>,
    /// How it was sent last.
    sending: Mutex<Option<Sending>>,
    is_done: AtomicBool,
}

/// A letter that is to be written.
pub(crate) struct Draft {
    post: Arc<Post>,
    letter: Arc<Letter>,
    options: Arc<MutationOptions>,
    op: Arc<str>,
    scope: Option<Arc<str>>,
    variables: Data,
}

impl Letter {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            entry: Latch::new(),
            sending: Mutex::default(),
            is_done: AtomicBool::new(false),
        })
    }

    /// What the server knows it by, once it is written.
    pub(crate) fn idempotency_key(&self) -> Option<Arc<str>> {
        Some(Arc::clone(&self.entry.get()?.as_ref().ok()?.1))
    }
}

impl Post {
    pub(crate) fn new(outbox: Outbox) -> Arc<Self> {
        let (worker, letters) = (Worker::new(Desk::new(outbox)), Mutex::default());
        Arc::new(Self { worker, letters, turns: Turns::default() })
    }

    /// Whether the mutation is a letter that is on its way.
    pub(crate) fn has(&self, mutation: MutationId) -> bool {
        self.letters.lock().contains_key(&mutation)
    }

    pub(crate) fn letter(&self, mutation: MutationId) -> Option<Arc<Letter>> {
        self.letters.lock().get(&mutation).cloned()
    }

    /// A mutation that was submitted is a letter now.
    pub(crate) fn draft(
        self: &Arc<Self>,
        mutation: MutationId,
        op: &Arc<str>,
        scope: Option<Arc<str>>,
        options: &Arc<MutationOptions>,
        variables: Data,
    ) -> Draft {
        let letter = Letter::new();
        self.letters.lock().insert(mutation, Arc::clone(&letter));
        let (post, options, op) = (Arc::clone(self), Arc::clone(options), Arc::clone(op));
        Draft { post, letter, options, op, scope, variables }
    }

    /// A mutation that was found in the outbox is a letter now.
    pub(crate) fn take(&self, mutation: MutationId, found: &Found) {
        let letter = Letter::new();
        letter.entry.set(Ok(found.address()));
        self.letters.lock().insert(mutation, letter);
    }

    /// Does something with the outbox, later and elsewhere.
    pub(crate) fn run(
        &self,
        core: &Core,
        job: impl FnOnce(Option<&mut Desk>) -> Option<Then> + Send + 'static,
    ) {
        self.worker.run(&*core.runtime, move |desk| job(desk.as_mut()));
    }

    /// Writes a letter down.
    pub(crate) fn write(core: &Arc<Core>, draft: Draft) {
        let Draft { post, letter, options, op, scope, variables } = draft;
        let now = core.now();
        post.run(core, move |desk| {
            let written = match (entry(&options, &op, scope.as_deref(), &variables), desk) {
                (Err(error), _) => Err(error),
                (Ok(_), None) => Err(OutboxError::Closed.into()),
                (Ok(new), Some(desk)) => desk.write(new, now),
            };
            Some(Box::new(move || letter.entry.set(written)))
        });
    }

    /// Waits until the letter is written and it is its turn, and notes that it is sent.
    async fn begin(&self, core: &Core, letter: &Letter) -> Result<Sending, DurableError> {
        let (id, _) = letter.entry.wait().await?;
        loop {
            let seen = self.turns.count();
            let (answer, now) = (Latch::new(), core.now());
            let told = Arc::clone(&answer);
            self.run(core, move |desk| {
                let begun = match desk {
                    Some(desk) => desk.outbox().begin(id, now).map_err(Arc::new),
                    None => Err(Arc::new(OutboxError::Closed)),
                };
                Some(Box::new(move || told.set(begun)))
            });
            match answer.wait().await? {
                Some(sending) => {
                    *letter.sending.lock() = Some(sending.clone());
                    return Ok(sending);
                }
                None => self.turns.after(seen).await,
            }
        }
    }

    /// The server has done it. Over when that is written down, or noted to be.
    async fn done(self: &Arc<Self>, core: &Arc<Core>, letter: &Letter, sending: Sending) {
        letter.is_done.store(true, Ordering::Release);
        let answer = Latch::new();
        let told = Arc::clone(&answer);
        self.close_letter(core, sending, Outcome::Done, move || told.set(()));
        answer.wait().await;
    }

    /// It has failed for good: it is put aside, or forgotten if it was never sent.
    pub(crate) fn failed(self: &Arc<Self>, core: &Arc<Core>, letter: &Arc<Letter>, why: &Failure) {
        // Nobody knows how it ended; the next one who opens the outbox sends it again.
        let is_open = matches!(why.cause(), Cause::Dropped | Cause::Closed)
            || matches!(why.downcast_ref(), Some(DurableError::Outbox(error))
                if matches!(**error, OutboxError::NotCurrent | OutboxError::Closed));
        if is_open || letter.is_done.load(Ordering::Acquire) {
            return;
        }
        let sending = letter.sending.lock().take();
        if let Some(sending) = sending {
            self.close_letter(core, sending, Outcome::Failed { error: why.to_string() }, || ());
            return;
        }
        let (this, letter, now) = (Arc::clone(self), Arc::clone(letter), core.now());
        let core_too = Arc::clone(core);
        self.run(core, move |desk| {
            let (id, _) = letter.entry.get()?.as_ref().ok()?;
            let desk = desk?;
            let outcome = desk.withdraw(*id, now);
            Some(Box::new(move || {
                core_too.troubled(outcome);
                this.turns.next();
            }))
        });
    }

    fn close_letter(
        self: &Arc<Self>,
        core: &Arc<Core>,
        sending: Sending,
        outcome: Outcome,
        then: impl FnOnce() + Send + 'static,
    ) {
        let (this, core_too, now) = (Arc::clone(self), Arc::clone(core), core.now());
        self.run(core, move |desk| {
            let written = desk.map_or(Ok(()), |desk| desk.finish(sending, outcome, now));
            Some(Box::new(move || {
                core_too.troubled(written);
                then();
                this.turns.next();
            }))
        });
    }

    /// It is over, whatever it came to.
    pub(crate) fn forget(&self, mutation: MutationId) {
        let letter = self.letters.lock().remove(&mutation);
        drop(letter);
    }

    /// Whoever waits for something looks again. Not while any lock is held.
    pub(super) fn turn(&self) {
        self.turns.next();
    }

    /// Waits until no letter is on its way.
    pub(crate) async fn empty(&self) {
        loop {
            let seen = self.turns.count();
            if self.letters.lock().is_empty() {
                return;
            }
            self.turns.after(seen).await;
        }
    }

    /// Looks what is in the outbox, also from others, and is no mutation of the client yet.
    pub(crate) fn look(
        self: &Arc<Self>,
        core: &Arc<Core>,
        known: FxHashMap<Arc<str>, Arc<MutationOptions>>,
    ) {
        let (this, core_too, now) = (Arc::clone(self), Arc::clone(core), core.now());
        self.run(core, move |desk| {
            let desk = desk?;
            let mut troubles = vec![desk.retry(now), desk.outbox().take_deposits().map(|_| ())];
            let found = desk.find(&known, now, &mut troubles);
            // Within the job, so that who asks afterwards finds them on their way.
            if !found.is_empty() {
                core_too.found(&this, found);
            }
            Some(Box::new(move || {
                troubles.into_iter().for_each(|trouble| core_too.troubled(trouble));
                this.turns.next();
            }))
        });
    }

    /// The outbox is closed, after what is to be done with it.
    pub(crate) fn close(self: &Arc<Self>, core: &Core, then: impl FnOnce() + Send + 'static) {
        let this = Arc::clone(self);
        self.worker.run(&*core.runtime, move |desk| {
            drop(desk.take());
            Some(Box::new(move || {
                let letters = std::mem::take(&mut *this.letters.lock());
                drop(letters);
                this.turns.next();
                then();
            }))
        });
    }
}

/// Tells when it is written, or that it will not be.
struct Written(Arc<Latch<Result<(), Arc<OutboxError>>>>);

impl Drop for Written {
    fn drop(&mut self) {
        self.0.set(Err(Arc::new(OutboxError::Closed)));
    }
}

impl Core {
    /// Tells when everything that was submitted so far is on the disk.
    pub(crate) fn tell_when_written(
        self: &Arc<Self>,
        post: &Arc<Post>,
        told: Arc<Latch<Result<(), Arc<OutboxError>>>>,
    ) {
        let (core, post, written) = (Arc::clone(self), Arc::clone(post), Written(told));
        // Behind the letters that wait to be written, and behind those that wait to be submitted.
        let ask = move || {
            let asked = Arc::clone(&core);
            post.run(&asked, move |desk| {
                let is_open = desk.is_some();
                Some(Box::new(move || {
                    if is_open {
                        written.0.set(Ok(()));
                    }
                }))
            });
        };
        self.act(move |locked| {
            locked.when_restored(Waits::ForItsOwner, move |locked| {
                locked.act_later(Action::Then(Box::new(ask)));
            });
        });
    }
}

/// Sends a durable mutation: after it is written, when it is its turn, and in nobody else's name.
pub(crate) async fn send<F>(
    core: Arc<Core>,
    mutation: MutationId,
    run: impl FnOnce() -> F,
) -> Result<Option<Data>, Failure>
where
    F: Future<Output = Result<Option<Data>, Failure>>,
{
    let failed = |error: DurableError| Failure::new(error);
    let (post, letter) = core.letter(mutation).ok_or_else(|| failed(DurableError::NoOutbox))?;
    let sending = post.begin(&core, &letter).await.map_err(failed)?;
    if !sending.may_be_sent() {
        return Err(failed(OutboxError::NotCurrent.into()));
    }
    let made = run().await;
    if made.is_ok() {
        post.done(&core, &letter, sending).await;
    }
    made
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post").field("letters", &self.letters.lock().len()).finish_non_exhaustive()
    }
}
