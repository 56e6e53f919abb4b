//! This crate's side: a filled `QueryClient`, and the operations on it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest, Sha256};
use throughline_query::{
    ActionKind, DehydrateOptions, Filters, HydrateOptions, Key, Observer, QueryClient, QueryEvent,
    RefetchHow, RefetchType,
};

use crate::operation::{Applied, Operation};
use crate::stopwatch::Stopwatch;
use crate::todo::{AT, LISTS, One, TOGETHER, Todo, Todos, at, entries_of, list_of, todo, todos};

/// How often each event was told, counted as cheaply as can be.
#[derive(Default)]
pub struct Events([AtomicU64; NAMES.len()]);

/// TanStack Query's names of the events.
const NAMES: [&str; 14] = [
    "added",
    "removed",
    "observerAdded",
    "observerRemoved",
    "observerResultsUpdated",
    "observerOptionsUpdated",
    "fetch",
    "failed",
    "pause",
    "continue",
    "success",
    "error",
    "invalidate",
    "setState",
];

fn place(event: QueryEvent) -> usize {
    match event {
        QueryEvent::Added => 0,
        QueryEvent::Removed => 1,
        QueryEvent::ObserverAdded => 2,
        QueryEvent::ObserverRemoved => 3,
        QueryEvent::ResultsUpdated => 4,
        QueryEvent::OptionsUpdated => 5,
        QueryEvent::Updated(ActionKind::Fetch) => 6,
        QueryEvent::Updated(ActionKind::Failed) => 7,
        QueryEvent::Updated(ActionKind::Pause) => 8,
        QueryEvent::Updated(ActionKind::Continue) => 9,
        QueryEvent::Updated(ActionKind::Success) => 10,
        QueryEvent::Updated(ActionKind::Error) => 11,
        QueryEvent::Updated(ActionKind::Invalidate) => 12,
        QueryEvent::Updated(ActionKind::SetState) => 13,
    }
}

impl Events {
    /// A client whose events are counted here.
    pub fn client(self: &Arc<Self>) -> Result<QueryClient> {
        let events = Arc::clone(self);
        let runtime = throughline_query::TokioRuntime::current()?;
        Ok(QueryClient::builder()
            .on_query_event(move |_: &Key, event| {
                events.0[place(event)].fetch_add(1, Ordering::Relaxed);
            })
            .build(Arc::new(runtime)))
    }

    /// What was counted since the last time.
    pub fn take(&self) -> BTreeMap<String, u64> {
        let counts = self.0.iter().map(|count| count.swap(0, Ordering::Relaxed));
        let named = NAMES.iter().map(|name| (*name).to_owned()).zip(counts);
        named.filter(|(_, count)| *count > 0).collect()
    }
}

/// A filled cache.
pub struct Cache {
    todos: Todos,
    client: QueryClient,
    events: Arc<Events>,
    entries: u32,
    /// Keys that were made before, and are not those that lie in the cache.
    kept: Vec<One>,
    none: Filters,
    observers: Vec<Observer<Todo, Infallible>>,
    text: String,
    other: Option<QueryClient>,
}

/// The present state of an observer that has something new.
pub fn news(observer: &mut Observer<Todo, Infallible>, waker: &Waker) -> bool {
    use futures_core::Stream;
    let polled = Pin::new(observer).poll_next(&mut Context::from_waker(waker));
    match polled {
        Poll::Ready(state) => black_box(state).is_some(),
        Poll::Pending => false,
    }
}

impl Cache {
    /// Every entry is there and fresh; those of the last list have one observer each.
    pub fn filled(entries: u32) -> Result<Self> {
        Self::filled_for(entries, &Arc::default())
    }

    /// The same, with events that somebody else counts too, from the beginning on.
    pub fn filled_for(entries: u32, events: &Arc<Events>) -> Result<Self> {
        let todos = todos();
        let events = Arc::clone(events);
        let client = events.client()?;
        let none = Filters::prefix(("todo", LISTS));
        let kept = (0..entries).map(|id| at(&todos, id, entries)).collect();
        let other = None;
        let (observers, text) = (Vec::new(), String::new());
        let mut this = Self { todos, client, events, entries, kept, none, observers, text, other };
        this.refresh()?;
        let observed = entries_of(LISTS - 1, entries);
        this.observers = observed.map(|id| this.client.observe(&this.one(id))).collect();
        this.told();
        Ok(this)
    }

    /// The client.
    pub fn client(&self) -> &QueryClient {
        &self.client
    }

    /// How many entries there are.
    pub fn entries(&self) -> u32 {
        self.entries
    }

    /// The query with this number, under a key that is not the one that lies in the cache.
    pub fn kept(&self, id: u32) -> &One {
        &self.kept[id as usize]
    }

    /// Sets all entries anew.
    pub fn refresh(&self) -> Result<()> {
        for id in 0..self.entries {
            self.client.set_at(&self.one(id), todo(id), Some(AT))?;
        }
        Ok(())
    }

    /// How many observers have something new, which then counts as seen.
    fn told(&mut self) -> u64 {
        let observers = self.observers.iter_mut();
        observers.filter_map(|observer| news(observer, Waker::noop()).then_some(1)).sum()
    }

    fn jump(&self, step: u32) -> u32 {
        // 7919 is prime to every size there is.
        (u64::from(step) * 7919 % u64::from(self.entries)) as u32
    }

    /// An entry that nobody observes.
    fn unobserved(&self, step: u32) -> u32 {
        let id = self.jump(step);
        if list_of(id, self.entries) == LISTS - 1 { id - 1 } else { id }
    }

    fn one(&self, id: u32) -> One {
        at(&self.todos, id, self.entries)
    }

    /// What an operation does at a step, and a number that tells what came of it.
    fn step(&mut self, operation: Operation, step: u32) -> Result<u64> {
        let client = &self.client;
        Ok(match operation {
            Operation::Get => number(client.get(&self.one(self.jump(step)))),
            Operation::GetKept => number(client.get(self.kept(self.jump(step)))),
            Operation::Set => {
                let id = self.unobserved(step);
                client.set_at(&self.one(id), todo(id), Some(AT))?;
                id.into()
            }
            Operation::Find => {
                let found = client.state(&self.one(self.entries - 1 - step % 10));
                number(found.and_then(|found| found.data))
            }
            Operation::FindNone => client.keys(self.todos.beginning(&(LISTS + step,))).len() as u64,
            Operation::InvalidateNone => {
                drop(client.invalidate(self.todos.beginning(&(LISTS + step,))));
                0
            }
            Operation::InvalidateNoneKept => {
                drop(client.invalidate(self.none.clone()));
                0
            }
            Operation::InvalidatePercent => {
                drop(client.invalidate(self.todos.beginning(&(step % TOGETHER,))));
                0
            }
            Operation::InvalidateSpread => {
                let list = TOGETHER + step % (TOGETHER - 1);
                drop(client.invalidate(self.todos.beginning(&(list,))));
                0
            }
            Operation::InvalidateAgain => {
                drop(client.invalidate(self.todos.beginning(&(0,))));
                0
            }
            Operation::InvalidateObserved => {
                let (filters, how) = (self.todos.beginning(&(LISTS - 1,)), RefetchHow::default());
                drop(client.invalidate_with(filters, Some(RefetchType::None), how));
                0
            }
            Operation::InvalidateExact => {
                drop(client.invalidate(&self.one(self.unobserved(step))));
                0
            }
            Operation::IsFetching => client.is_fetching(Filters::default()) as u64,
            Operation::Dehydrate => {
                let written = client.dehydrate(&DehydrateOptions::default());
                self.text = written.context("not from within")?.json;
                self.text.len() as u64
            }
            Operation::Hydrate => self.hydrate()?.len() as u64,
            Operation::HydrateRead => {
                let other = self.hydrate()?;
                (0..self.entries).map(|id| number(other.get(&self.one(id)))).sum()
            }
        })
    }

    fn hydrate(&self) -> Result<&QueryClient> {
        let other = self.other.as_ref().context("there is nothing to hydrate")?;
        let options = HydrateOptions { max_bytes: usize::MAX, ..HydrateOptions::default() };
        other.hydrate(&self.text, options).context("not from within")??;
        Ok(other)
    }

    /// Makes so what has to be so before an operation, and tells after how many steps it has to be done
    /// again.
    fn prepare(&mut self, operation: Operation) -> Result<u32> {
        match operation {
            Operation::InvalidatePercent => {
                self.refresh()?;
                Ok(TOGETHER)
            }
            Operation::InvalidateSpread => {
                self.refresh()?;
                Ok(TOGETHER - 1)
            }
            Operation::InvalidateObserved => {
                self.refresh()?;
                self.told();
                Ok(1)
            }
            Operation::InvalidateExact => {
                self.refresh()?;
                Ok(5000)
            }
            Operation::Hydrate | Operation::HydrateRead => {
                if self.text.is_empty() {
                    self.step(Operation::Dehydrate, 0)?;
                }
                self.other = None;
                self.other = Some(self.events.client()?);
                Ok(1)
            }
            _ => Ok(u32::MAX),
        }
    }

    /// Does so many steps.
    ///
    /// # Errors
    ///
    /// When the operation fails.
    pub fn apply(&mut self, operation: Operation, steps: u32) -> Result<Applied> {
        let steps = steps.min(self.prepare(operation)?);
        self.told();
        self.events.take();
        let mut sum = 0;
        for step in 0..steps {
            sum += self.step(operation, step)?;
        }
        Ok(Applied { sum, steps, told: self.told(), events: self.events.take() })
    }

    /// Runs steps for about this long, and gives nanoseconds a step.
    ///
    /// # Errors
    ///
    /// When the operation fails.
    pub fn time(&mut self, operation: Operation, enough: Duration) -> Result<f64> {
        let (mut spent, mut steps, mut size) = (Duration::ZERO, 0, 1);
        while spent < enough {
            let until = self.prepare(operation)?.min(size);
            let begin = Stopwatch::start();
            for step in 0..until {
                black_box(self.step(operation, steps + step)?);
            }
            spent += begin.elapsed();
            steps += until;
            size = size.saturating_mul(2);
        }
        Ok(spent.as_nanos() as f64 / f64::from(steps))
    }

    /// The states of all queries, as a hash; those of the cache that was hydrated, or of the other.
    ///
    /// # Errors
    ///
    /// When nothing was hydrated.
    pub fn digest(&self, hydrated: bool) -> Result<String> {
        let client = if hydrated { self.other.as_ref() } else { Some(&self.client) };
        let options =
            DehydrateOptions { queries: Some(Arc::new(|_| true)), ..DehydrateOptions::default() };
        let written = client.and_then(|client| client.dehydrate(&options));
        let written = written.context("there is nothing to write")?;
        ensure!(written.report.queries == self.entries as usize, "not all queries were written");
        Ok(hash_without_times(&written.json))
    }
}

fn number(todo: Option<Arc<Todo>>) -> u64 {
    todo.map_or(0, |todo| todo.id.into())
}

/// The hash of what was dehydrated, as if that had been at the time 0.
fn hash_without_times(json: &str) -> String {
    const NAME: &str = "\"dehydratedAt\":";
    let mut hash = Sha256::new();
    let mut rest = json;
    while let Some(found) = rest.find(NAME) {
        let (before, after) = rest.split_at(found + NAME.len());
        hash.update(before);
        hash.update("0");
        rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    hash.update(rest);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
