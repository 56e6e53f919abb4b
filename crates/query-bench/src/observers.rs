//! Many observers of one query, and observers that come and go.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Wake, Waker};

use anyhow::{Result, ensure};
use serde::Serialize;
use throughline_query::{Observer, QueryClient};

use crate::node::Node;
use crate::ours::{Cache, Events, news};
use crate::plan::Plan;
use crate::progress::say;
use crate::rounds::{Rounds, in_turns};
use crate::stopwatch::Stopwatch;
use crate::todo::{AT, LISTS, Todo, at, milliseconds, todo, todos};

/// What it takes to set a query that many observe, until all have seen it, in nanoseconds.
#[derive(Clone, Debug, Serialize)]
pub struct FanOut {
    /// How many observe it.
    pub observers: u32,
    /// Here: set, and each observer is woken and takes the new state.
    pub ours: Rounds,
    /// Only to set it, until all are woken.
    pub woken: Rounds,
    /// In TanStack Query, where each observer's listener gets the new result.
    pub theirs: Rounds,
}

/// What it takes an observer to come and leave, in nanoseconds.
#[derive(Clone, Debug, Serialize)]
pub struct ComeAndGo {
    /// How many do so, each to an entry of its own.
    pub observers: u32,
    /// Here: `observe`, and the first state.
    pub come: Rounds,
    /// In TanStack Query: a new `QueryObserver`, and `subscribe`.
    pub theirs_come: Rounds,
    /// Here: dropping it.
    pub leave: Rounds,
    /// In TanStack Query: unsubscribing.
    pub theirs_leave: Rounds,
}

/// Counts how often it is woken.
#[derive(Default)]
struct Counter(AtomicU64);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// One query and those who observe it.
struct Crowd {
    client: QueryClient,
    observers: Vec<Observer<Todo, Infallible>>,
    counter: Arc<Counter>,
    waker: Waker,
    sets: u32,
}

impl Crowd {
    fn of(observers: u32) -> Result<Self> {
        let client = Arc::new(Events::default()).client()?;
        let one = at(&todos(), 0, LISTS);
        client.set_at(&one, todo(0), Some(AT))?;
        let counter = Arc::new(Counter::default());
        let mut this = Self {
            observers: (0..observers).map(|_| client.observe(&one)).collect(),
            client,
            waker: Waker::from(Arc::clone(&counter)),
            counter,
            sets: 0,
        };
        this.take();
        Ok(this)
    }

    fn set(&mut self) -> Result<()> {
        self.sets += 1;
        let changed = Todo { done: true, id: 0, title: format!("changed {}", self.sets) };
        let at_time = Some(AT + i64::from(self.sets));
        Ok(self.client.set_at(&at(&todos(), 0, LISTS), Arc::new(changed), at_time)?)
    }

    /// How many have seen something new. They wait for the next news now.
    fn take(&mut self) -> u64 {
        let mut told = 0;
        for observer in &mut self.observers {
            told += u64::from(news(observer, &self.waker));
            // Whoever waits leaves a waker.
            news(observer, &self.waker);
        }
        told
    }

    /// Nanoseconds of a set alone, and of a set with all that follows.
    fn time(&mut self, milliseconds_each: u32) -> Result<(f64, f64)> {
        let enough = milliseconds(milliseconds_each);
        let (begin, mut setting, mut steps) = (Stopwatch::start(), 0.0, 0_u32);
        loop {
            self.counter.0.store(0, Ordering::Relaxed);
            let set = Stopwatch::start();
            self.set()?;
            setting += set.elapsed().as_nanos() as f64;
            let woken = self.counter.0.load(Ordering::Relaxed);
            let (told, all) = (self.take(), self.observers.len() as u64);
            ensure!((woken, told) == (all, all), "{woken} were woken and {told} told of {all}");
            steps += 1;
            let spent = begin.elapsed();
            if spent >= enough {
                let steps = f64::from(steps);
                return Ok((setting / steps, spent.as_nanos() as f64 / steps));
            }
        }
    }
}

/// Measures one query with many observers.
///
/// # Errors
///
/// When somebody is not told.
pub fn fan_out(plan: &Plan, theirs: &mut Node) -> Result<Vec<FanOut>> {
    let sizes: &[u32] = if plan.quick { &[100] } else { &[1_000, 10_000] };
    let measured = sizes.iter().map(|&observers| {
        say(&format!("one query with {observers} observers"));
        let mut crowd = Crowd::of(observers)?;
        let mut woken = Vec::new();
        let [ours, theirs] = in_turns(plan.rounds, |which| match which {
            0 => {
                let (setting, all) = crowd.time(plan.milliseconds)?;
                woken.push(setting);
                Ok(all)
            }
            _ => theirs.fan_out(observers, plan.milliseconds),
        })?;
        Ok(FanOut { observers, ours, woken: Rounds::of(woken), theirs })
    });
    measured.collect()
}

/// Measures observers that come and go.
///
/// # Errors
///
/// When other events are told than in TanStack Query.
pub fn come_and_go(plan: &Plan, theirs: &mut Node) -> Result<ComeAndGo> {
    let observers = if plan.quick { 1_000 } else { 10_000 };
    say(&format!("{observers} observers come and go"));
    let (mut ours, mut there) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for _ in 0..plan.rounds {
        let events = Arc::new(Events::default());
        let cache = Cache::filled_for(observers, &events)?;
        let todos = todos();
        let begin = Stopwatch::start();
        let mut all = Vec::with_capacity(observers as usize);
        for id in 0..observers {
            let mut observer = cache.client().observe(&at(&todos, id, observers));
            news(&mut observer, Waker::noop());
            all.push(observer);
        }
        let come = begin.elapsed();
        let begin = Stopwatch::start();
        drop(all);
        let leave = begin.elapsed();
        let each = |spent: std::time::Duration| spent.as_nanos() as f64 / f64::from(observers);
        ours.0.push(each(come));
        ours.1.push(each(leave));
        let went = theirs.come_and_go(observers)?;
        let told = events.take();
        ensure!(told == went.events, "{told:?} here, {:?} in TanStack Query", went.events);
        there.0.push(went.come);
        there.1.push(went.leave);
    }
    Ok(ComeAndGo {
        observers,
        come: Rounds::of(ours.0),
        theirs_come: Rounds::of(there.0),
        leave: Rounds::of(ours.1),
        theirs_leave: Rounds::of(there.1),
    })
}
