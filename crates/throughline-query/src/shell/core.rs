//! What all clones of a client, and all its observers and tasks, share.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use rustc_hash::FxHashMap;
use slotmap::SecondaryMap;

use super::driver::{Alarm, Driver};
use super::effects::Action;
use super::gate::{Gate, Inside};
use super::held::Held;
use super::keep::Keeper;
use super::outbox::Outbox;
use super::post::Post;
use super::task::TaskId;
use super::{Answer, Feed, Flag, Happened, Reads, Slot, Waits, Worker};
use crate::data::{Cause, Data, Failure};
use crate::effect::{Effect, MutationEvent, MutationId, QueryEvent, Settled, Ticket};
use crate::machine::{Config, GroupId, Machine, MutationObserverId, ObserverId};
use crate::options::MutationOptions;
use crate::runtime::Runtime;
use crate::sync::Mutex;
use crate::time::Millis;
use crate::{Event, Key};

/// What a command comes to.
pub(crate) type Outcome = Result<Settled, Failure>;

/// A change that has to wait until the present one is over.
pub(super) type Job = Box<dyn FnOnce(&mut Locked) + Send>;

/// What all clones of a client share.
pub(crate) struct Core {
    pub(super) runtime: Arc<dyn Runtime>,
    gate: Gate<Locked>,
    inbox: Mutex<VecDeque<Job>>,
    pub(crate) reads: Arc<Reads>,
    /// What follows from changes, each with the epoch that it is of.
    outbox: Outbox<(u64, Action)>,
    /// Counts how often the cache was switched to somebody else.
    epoch: AtomicU64,
    /// Opens what the next one has, one after the other.
    pub(super) switcher: Arc<Worker<()>>,
    answers: Mutex<FxHashMap<Ticket, Arc<Answer<Outcome>>>>,
    last_ticket: AtomicU64,
    last_number: AtomicU64,
    /// The mutations that can be run again with what was kept of them.
    pub(super) definitions: Mutex<FxHashMap<Arc<str>, Arc<MutationOptions>>>,
    pub(super) tasks: Mutex<FxHashMap<TaskId, Arc<Flag>>>,
    pub(super) hooks: Hooks,
    pub(super) feeds: Mutex<Vec<Weak<Feed>>>,
    /// Whether there ever was one.
    has_feeds: AtomicBool,
    pub(super) alarm: Alarm,
    /// The latest time that anybody has heard.
    latest: AtomicI64,
    is_closed: AtomicBool,
}

/// What only one thread at a time may change.
pub(crate) struct Locked {
    pub machine: Machine,
    pub observers: SecondaryMap<ObserverId, Arc<Watch<ObserverId>>>,
    pub groups: SecondaryMap<GroupId, Arc<Watch<GroupId>>>,
    pub mutations: SecondaryMap<MutationObserverId, Arc<Watch<MutationObserverId>>>,
    /// What waits until the cache is restored.
    pub(super) held: Option<Held>,
    /// What waited, and goes on now.
    pub(super) released: Vec<Job>,
    /// What keeps the cache.
    pub(super) keeper: Option<Keeper>,
    /// What durable mutations are written down in.
    pub(super) post: Option<Arc<Post>>,
    /// Whose cache it is, as a number.
    pub(super) epoch: u64,
    /// Which opening of somebody's files is the last.
    pub(super) opening: Option<u64>,
    pub(super) effects: Vec<Effect>,
    actions: Vec<(u64, Action)>,
    is_closed: bool,
}

/// Where an observer hears of news, and what the machine knows it by.
#[derive(Debug)]
pub(crate) struct Watch<Id> {
    /// Unknown until the machine has it, which may be a moment later.
    pub id: OnceLock<Id>,
    pub slot: Slot,
    /// It never began, because the way to the cache had ended.
    is_refused: AtomicBool,
}

impl<Id> Watch<Id> {
    pub(crate) fn new() -> Arc<Self> {
        let is_refused = AtomicBool::new(false);
        Arc::new(Self { id: OnceLock::new(), slot: Slot::new(), is_refused })
    }

    /// Whether it never began and never will.
    pub(crate) fn is_refused(&self) -> bool {
        self.is_refused.load(Ordering::Acquire)
    }

    /// It will never begin. Gives whom to wake.
    pub(super) fn refuse(&self) -> Option<std::task::Waker> {
        self.is_refused.store(true, Ordering::Release);
        self.slot.notify()
    }
}

/// What is told of everything that happens to queries.
pub(crate) type QueryHook = Box<dyn Fn(&Key, QueryEvent) + Send + Sync>;
/// What is told of everything that happens to mutations.
pub(crate) type MutationHook = Box<dyn Fn(Option<MutationId>, MutationEvent) + Send + Sync>;
/// What is told of how each fetch ends.
pub(crate) type SettledHook = Box<dyn Fn(&Key, Result<&Data, &Failure>) + Send + Sync>;

/// What is told of what could not be kept.
pub(crate) type TroubleHook = Box<dyn Fn(&(dyn std::error::Error + 'static)) + Send + Sync>;

/// Functions that are told of everything that happens in a cache.
#[derive(Default)]
pub(crate) struct Hooks {
    pub query: Vec<QueryHook>,
    pub mutation: Vec<MutationHook>,
    pub settled: Vec<SettledHook>,
    pub trouble: Vec<TroubleHook>,
}

impl Core {
    pub(crate) fn new(runtime: Arc<dyn Runtime>, config: Config, hooks: Hooks) -> Arc<Self> {
        let now = runtime.now();
        let mut machine = Machine::new(config, now);
        let reads = Arc::new(Reads::new());
        machine.publish_to(Arc::clone(&reads));
        let core = Arc::new(Self {
            runtime,
            gate: Gate::new(Locked {
                machine,
                observers: SecondaryMap::new(),
                groups: SecondaryMap::new(),
                mutations: SecondaryMap::new(),
                held: None,
                released: Vec::new(),
                keeper: None,
                post: None,
                epoch: 0,
                opening: None,
                effects: Vec::new(),
                actions: Vec::new(),
                is_closed: false,
            }),
            inbox: Mutex::default(),
            reads,
            outbox: Outbox::new(),
            epoch: AtomicU64::new(0),
            switcher: Worker::new(()),
            answers: Mutex::default(),
            last_ticket: AtomicU64::new(0),
            last_number: AtomicU64::new(0),
            definitions: Mutex::default(),
            tasks: Mutex::default(),
            hooks,
            feeds: Mutex::default(),
            has_feeds: AtomicBool::new(false),
            alarm: Alarm::default(),
            latest: AtomicI64::new(now),
            is_closed: AtomicBool::new(false),
        });
        core.runtime.spawn(Box::pin(Driver::new(&core)));
        core
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    // --- Changes ---

    /// Changes something, at once unless a change by this very thread is under way: then at the end
    /// of that. Gives what it came to, if it is done.
    pub(crate) fn act<R>(
        self: &Arc<Self>,
        change: impl FnOnce(&mut Locked) -> R + Send + 'static,
    ) -> Option<R> {
        self.act_in(None, change)
    }

    /// The same, but only as long as the cache is that of this epoch.
    pub(super) fn act_in<R>(
        self: &Arc<Self>,
        epoch: Option<u64>,
        change: impl FnOnce(&mut Locked) -> R + Send + 'static,
    ) -> Option<R> {
        let Some(mut inside) = self.gate.enter() else {
            let job = Box::new(move |locked: &mut Locked| {
                if locked.is_of(epoch) {
                    drop(change(locked));
                }
            });
            self.inbox.lock().push_back(job);
            return None;
        };
        if inside.is_closed || !inside.is_of(epoch) {
            return None;
        }
        self.set_clock(&mut inside);
        let made = change(&mut inside);
        self.leave(inside);
        Some(made)
    }

    /// Counts how often the cache was switched to somebody else.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    pub(super) fn set_epoch(&self, epoch: u64) {
        self.epoch.store(epoch, Ordering::SeqCst);
    }

    /// Looks at something that is not published; `None` while this very thread is changing something.
    pub(crate) fn look<R>(self: &Arc<Self>, look: impl FnOnce(&Locked) -> R) -> Option<R> {
        let looked = self.peek(look)?;
        // Predicates are the user's, and may have left wishes, which nobody else would come to fulfil.
        if !self.inbox.lock().is_empty() {
            self.act(|_| ());
        }
        Some(looked)
    }

    /// The same for who calls nothing of the user's.
    pub(super) fn peek<R>(&self, look: impl FnOnce(&Locked) -> R) -> Option<R> {
        Some(look(&*self.gate.enter()?))
    }

    /// The same with what need not be kept for later: `None` while this very thread is changing something,
    /// or if the cache is not, or no longer, that of this epoch.
    pub(super) fn act_now<R>(
        self: &Arc<Self>,
        epoch: Option<u64>,
        change: impl FnOnce(&mut Locked) -> R,
    ) -> Option<R> {
        let mut inside = self.gate.enter()?;
        if inside.is_closed || !inside.is_of(epoch) {
            return None;
        }
        self.set_clock(&mut inside);
        let made = change(&mut inside);
        self.leave(inside);
        Some(made)
    }

    /// Tells the machine what has happened.
    pub(crate) fn event(self: &Arc<Self>, event: Event) {
        self.act(|locked| locked.machine.take(event));
    }

    /// Lets the machine do what is due, and gives when it wants to be called again. Whoever runs the tasks
    /// in the middle of a change gets nothing, and is called when that is over.
    pub(super) fn tick(self: &Arc<Self>) -> Option<Millis> {
        let next = self.act_now(None, |locked| {
            locked.machine.take(Event::Tick);
            locked.machine.settle();
            let next = locked.machine.next_timer().map(|(due, _)| due);
            // Noted while nobody can arm another timer, who would have to compare with it.
            self.alarm.set(next);
            next
        });
        if next.is_none() {
            // The change that is under way finds that nobody wakes by himself, and rings.
            self.alarm.set(None);
        }
        next.flatten()
    }

    fn set_clock(&self, inside: &mut Locked) {
        inside.machine.set_now(self.now());
    }

    /// What time it is, which is never before what it was.
    pub(crate) fn now(&self) -> Millis {
        let now = self.runtime.now();
        self.latest.fetch_max(now, Ordering::Relaxed).max(now)
    }

    /// Ends a change: does what follows from it, and what was wanted meanwhile.
    fn leave(self: &Arc<Self>, mut inside: Inside<'_, Locked>) {
        loop {
            let locked = &mut *inside;
            locked.machine.settle();
            let mut effects = std::mem::take(&mut locked.effects);
            locked.machine.take_effects_into(&mut effects);
            for effect in effects.drain(..) {
                self.write_down(locked, effect);
            }
            locked.effects = effects;
            let job = {
                let mut inbox = self.inbox.lock();
                inbox.extend(locked.released.drain(..));
                inbox.pop_front()
            };
            match job {
                Some(job) if !locked.is_closed => job(locked),
                Some(_) => {}
                None => break,
            }
        }
        let locked = &mut *inside;
        if let Some((due, _)) = locked.machine.next_timer()
            && self.alarm.is_late_for(due)
        {
            locked.act_later(Action::Alarm);
        }
        if let Some(after) = locked.save_in() {
            locked.act_later(Action::SaveLater(after));
        }
        if locked.actions.is_empty() {
            return;
        }
        // Added before anybody else can come in, so that the order is that of the changes.
        self.outbox.add(locked.actions.drain(..));
        drop(inside);
        self.outbox.empty(|(epoch, action)| self.carry_out(epoch, action));
    }

    // --- Events ---

    /// From now on the feed is told of everything.
    pub(crate) fn add_feed(self: &Arc<Self>, feed: &Arc<Feed>) {
        self.feeds.lock().push(Arc::downgrade(feed));
        self.has_feeds.store(true, Ordering::Release);
        self.act(|locked| locked.machine.tell_events());
        if self.is_closed()
            && let Some(waker) = feed.close()
        {
            waker.wake();
        }
    }

    /// Tells all feeds; those that nobody has any more go.
    pub(super) fn feed(&self, event: &Happened) {
        if !self.has_feeds.load(Ordering::Acquire) {
            return;
        }
        let feeds: Vec<_> = {
            let mut feeds = self.feeds.lock();
            feeds.retain(|feed| feed.strong_count() > 0);
            feeds.iter().filter_map(Weak::upgrade).collect()
        };
        let now = self.now();
        for feed in feeds {
            if let Some(waker) = feed.add(now, event.clone()) {
                waker.wake();
            }
        }
    }

    // --- Answers ---

    pub(super) fn ticket(&self) -> Ticket {
        self.last_ticket.fetch_add(1, Ordering::Relaxed)
    }

    /// A number that nothing else of this client has.
    pub(super) fn number(&self) -> u64 {
        self.last_number.fetch_add(1, Ordering::Relaxed)
    }

    /// So long from now.
    pub(super) fn sleep(&self, time: Millis) -> crate::BoxFuture<()> {
        self.runtime.sleep(self.now().saturating_add(time))
    }

    /// Asks for something that is answered later: `ask` gets the ticket to hand on to the machine.
    pub(crate) fn ask(
        self: &Arc<Self>,
        ask: impl FnOnce(&mut Locked, Ticket) + Send + 'static,
    ) -> (Ticket, Arc<Answer<Outcome>>) {
        self.ask_in(None, Waits::ForAnswer, ask)
    }

    /// The same, but only as long as the cache is that of this epoch.
    pub(super) fn ask_in(
        self: &Arc<Self>,
        epoch: Option<u64>,
        waits: fn(Ticket) -> Waits,
        ask: impl FnOnce(&mut Locked, Ticket) + Send + 'static,
    ) -> (Ticket, Arc<Answer<Outcome>>) {
        let ticket = self.ticket();
        let answer = Arc::new(Answer::new());
        self.answers.lock().insert(ticket, Arc::clone(&answer));
        // Not left out if the epoch is over by then: whoever asked has to hear of it.
        self.act(move |locked| {
            if locked.is_of(epoch) {
                locked.when_restored(waits(ticket), move |locked| ask(locked, ticket));
            } else {
                locked.refuse(ticket, Cause::Closed);
            }
        });
        // Whoever closes the client answers all tickets there are after having said so.
        if self.is_closed() {
            self.forget(ticket);
            drop(answer.give(Err(Cause::Closed.into())));
        }
        (ticket, answer)
    }

    /// Answers a ticket in the middle of a change. Gives whom to wake afterwards.
    pub(super) fn settle(&self, ticket: Ticket, outcome: Outcome) -> Option<std::task::Waker> {
        let answer = self.answers.lock().remove(&ticket)?;
        answer.give(outcome)
    }

    /// Nobody waits for this answer any more.
    pub(crate) fn forget(&self, ticket: Ticket) {
        let answer = self.answers.lock().remove(&ticket);
        drop(answer);
    }

    // --- What cannot be kept ---

    /// Tells the program what could not be kept.
    pub(crate) fn trouble(&self, error: &(dyn std::error::Error + 'static)) {
        for hook in &self.hooks.trouble {
            // A panic must not keep those from their answers who wait for what could not be kept.
            let _ = catch_unwind(AssertUnwindSafe(|| hook(error)));
        }
    }

    /// The same, if there is an error.
    pub(super) fn troubled<E: std::error::Error + 'static>(&self, outcome: Result<(), E>) {
        if let Err(error) = outcome {
            self.trouble(&error);
        }
    }

    // --- The end ---

    /// Ends everything: tasks are told, and whoever waits for an answer hears that none will come.
    pub(crate) fn close(self: &Arc<Self>) {
        if self.is_closed.swap(true, Ordering::AcqRel) {
            return;
        }
        self.act(|locked| {
            locked.stop_keeping(None);
            locked.stop_posting(None);
            locked.held = None;
            locked.opening = None;
            locked.is_closed = true;
            let config = Config { server: true, ..Config::default() };
            let empty = Machine::new(config, locked.machine.now());
            let machine = std::mem::replace(&mut locked.machine, empty);
            let observers = std::mem::take(&mut locked.observers);
            let groups = std::mem::take(&mut locked.groups);
            let mutations = std::mem::take(&mut locked.mutations);
            let slots = observers.iter().map(|(_, watch)| &watch.slot);
            let slots = slots.chain(groups.iter().map(|(_, watch)| &watch.slot));
            let slots = slots.chain(mutations.iter().map(|(_, watch)| &watch.slot));
            let wakers: Vec<_> = slots.filter_map(Slot::notify).collect();
            wakers.into_iter().for_each(|waker| locked.act_later(Action::Wake(waker)));
            locked.act_later(Action::Close(Box::new(machine)));
        });
        // If a change by this thread is under way, that was only said and will be done at its end.
    }

    /// The part of closing for which no lock may be held.
    pub(super) fn end(&self) {
        self.reads.clear();
        let feeds = std::mem::take(&mut *self.feeds.lock());
        for feed in feeds.iter().filter_map(Weak::upgrade) {
            if let Some(waker) = feed.close() {
                waker.wake();
            }
        }
        let tasks = std::mem::take(&mut *self.tasks.lock());
        for flag in tasks.values() {
            flag.raise();
        }
        let answers = std::mem::take(&mut *self.answers.lock());
        for answer in answers.values() {
            if let Some(waker) = answer.give(Err(Cause::Closed.into())) {
                waker.wake();
            }
        }
        self.alarm.ring();
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("is_closed", &self.is_closed()).finish_non_exhaustive()
    }
}

impl Locked {
    /// Whether the cache is that of this epoch.
    pub(super) fn is_of(&self, epoch: Option<u64>) -> bool {
        epoch.is_none_or(|epoch| epoch == self.epoch)
    }

    pub(super) fn act_later(&mut self, action: Action) {
        self.actions.push((self.epoch, action));
    }

    pub(crate) fn wake_later(&mut self, waker: Option<std::task::Waker>) {
        if let Some(waker) = waker {
            self.act_later(Action::Wake(waker));
        }
    }

    /// Answers a ticket that the machine need not hear of.
    pub(crate) fn refuse(&mut self, ticket: Ticket, cause: Cause) {
        self.fail(ticket, cause.into());
    }

    pub(super) fn fail(&mut self, ticket: Ticket, failure: Failure) {
        self.effects.push(Effect::Settle(ticket, Err(failure)));
    }
}
