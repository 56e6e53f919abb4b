//! Bytes of memory that entries and observers take.

use std::alloc::System;
use std::sync::Arc;

use anyhow::Result;
use serde::Serialize;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use throughline_query::Query;

use crate::node::Node;
use crate::ours::Events;
use crate::plan::Plan;
use crate::progress::say;
use crate::todo::{ById, Todo, at, list_of, todo, todos};

/// Counts every allocation of this process, two atomic additions each.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Bytes that are asked for from the allocator, and what TanStack Query's grow by.
#[derive(Clone, Debug, Serialize)]
pub struct Memory {
    /// How many entries there are.
    pub entries: u32,
    /// An entry whose data takes no memory of its own.
    pub bare: Beside,
    /// The same under a key of two segments, a name and a number.
    pub short: Beside,
    /// An entry with a todo.
    pub full: Beside,
    /// An observer on an entry of its own, with the handle that its owner has.
    pub observer: Beside,
    /// Of these, the handle.
    pub handle: f64,
}

/// Bytes on both sides.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Beside {
    /// Here.
    pub ours: f64,
    /// In TanStack Query.
    pub theirs: f64,
}

/// What is allocated and not freed.
fn allocated() -> f64 {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated as f64 - stats.bytes_deallocated as f64
}

/// Counts bytes.
///
/// # Errors
///
/// When a cache cannot be filled.
pub fn measure(plan: &Plan, theirs: &mut Node) -> Result<Memory> {
    let entries = if plan.quick { 1_000 } else { 50_000 };
    say(&format!("{entries} entries: memory"));
    let (bare, short) = (bare(entries)?, short(entries)?);
    let (full, observer) = full(entries)?;
    let there = theirs.memory(entries)?;
    Ok(Memory {
        entries,
        bare: Beside { ours: bare, theirs: there.bare },
        short: Beside { ours: short, theirs: there.short },
        full: Beside { ours: full, theirs: there.full },
        observer: Beside { ours: observer, theirs: there.observer },
        handle: size_of::<throughline_query::Observer<Todo, std::convert::Infallible>>() as f64,
    })
}

fn bare(entries: u32) -> Result<f64> {
    let client = Arc::new(Events::default()).client()?;
    let nothing: Query<(u32, ById), (), std::convert::Infallible> = Query::unfetched("todo");
    // What it shares with all others.
    client.set(&nothing.at((0, ById { id: u32::MAX })), ())?;
    let before = allocated();
    for id in 0..entries {
        client.set(&nothing.at((list_of(id, entries), ById { id })), ())?;
    }
    Ok((allocated() - before) / f64::from(entries))
}

fn short(entries: u32) -> Result<f64> {
    let client = Arc::new(Events::default()).client()?;
    let nothing: Query<u32, (), std::convert::Infallible> = Query::unfetched("todo");
    client.set(&nothing.at(u32::MAX), ())?;
    let before = allocated();
    for id in 0..entries {
        client.set(&nothing.at(id), ())?;
    }
    Ok((allocated() - before) / f64::from(entries))
}

fn full(entries: u32) -> Result<(f64, f64)> {
    let (client, todos) = (Arc::new(Events::default()).client()?, todos());
    let before = allocated();
    for id in 0..entries {
        client.set_at(&at(&todos, id, entries), todo(id), None)?;
    }
    let filled = allocated();
    let mut observers = Vec::with_capacity(entries as usize);
    for id in 0..entries {
        observers.push(client.observe(&at(&todos, id, entries)));
    }
    let observed = allocated();
    drop(observers);
    Ok(((filled - before) / f64::from(entries), (observed - filled) / f64::from(entries)))
}
