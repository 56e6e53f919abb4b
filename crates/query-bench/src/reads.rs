//! Plain reads beside moka, alone and by many threads.

use std::hash::BuildHasher;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use moka::sync::Cache as Moka;
use rustc_hash::FxBuildHasher;
use serde::Serialize;
use throughline_query::Key;

use crate::ours::Cache;
use crate::plan::Plan;
use crate::progress::say;
use crate::rounds::{Rounds, in_turns};
use crate::stopwatch::Stopwatch;
use crate::todo::{LISTS, Todo, at, entries_of, milliseconds, todo, todos};

/// So many threads read.
pub const READERS: u32 = 8;
/// At so many entries.
const ENTRIES: u32 = 50_000;

/// What a read takes, in nanoseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Reads {
    /// How many entries there are.
    pub entries: u32,
    /// `QueryClient::get`.
    pub ours: Rounds,
    /// moka's `get`, as it is made by default.
    pub moka: Rounds,
    /// The same with a hasher that costs next to nothing, since these keys know their hash.
    pub moka_fast: Rounds,
}

/// How many reads a second all threads make together, in the best round.
#[derive(Clone, Debug, Serialize)]
pub struct Threads {
    /// How many entries there are.
    pub entries: u32,
    /// Here.
    pub ours: Throughput,
    /// In moka, as it is made by default.
    pub moka: Throughput,
}

/// Reads a second.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Throughput {
    /// When nobody writes.
    pub alone: f64,
    /// While one more thread invalidates and sets one list after the other.
    pub with_writer: f64,
    /// How many entries that thread has invalidated and set a second.
    pub writes: f64,
}

/// Compares and measures plain reads at all sizes.
///
/// # Errors
///
/// When the two sides differ.
pub fn measure(plan: &Plan) -> Result<Vec<Reads>> {
    plan.entries.iter().map(|&entries| at_size(plan, entries)).collect()
}

fn at_size(plan: &Plan, entries: u32) -> Result<Reads> {
    say(&format!("{entries} entries: reads beside moka"));
    let ours = Cache::filled(entries)?;
    let moka = filled(entries, Moka::builder().build_with_hasher(std::hash::RandomState::new()));
    let fast = filled(entries, Moka::builder().build_with_hasher(FxBuildHasher));
    for id in 0..entries {
        let key = ours.kept(id).key();
        let here = ours.client().get(ours.kept(id)).context("it is there")?;
        ensure!(Some(&here) == moka.get(key).as_ref(), "moka has something else at {key}");
        ensure!(Some(&here) == fast.get(key).as_ref(), "moka has something else at {key}");
    }
    let enough = milliseconds(plan.milliseconds);
    let [ours, moka, moka_fast] = in_turns(plan.rounds, |which| {
        Ok(match which {
            0 => time(entries, enough, |id| ours.client().get(ours.kept(id)).is_some()),
            1 => time(entries, enough, |id| moka.get(ours.kept(id).key()).is_some()),
            _ => time(entries, enough, |id| fast.get(ours.kept(id).key()).is_some()),
        })
    })?;
    Ok(Reads { entries, ours, moka, moka_fast })
}

/// The same entries under the same keys, with room for twice as many.
fn filled<S>(entries: u32, moka: Moka<Key, Arc<Todo>, S>) -> Moka<Key, Arc<Todo>, S>
where
    S: BuildHasher + Clone + Send + Sync + 'static,
{
    let todos = todos();
    for id in 0..entries {
        moka.insert(at(&todos, id, entries).key().clone(), todo(id));
    }
    moka.run_pending_tasks();
    moka
}

fn time(entries: u32, enough: Duration, mut read: impl FnMut(u32) -> bool) -> f64 {
    let (mut steps, begin) = (0_u32, Stopwatch::start());
    loop {
        for _ in 0..1000 {
            // As in the operations: jumps, and no two at the same place.
            black_box(read((u64::from(steps) * 7919 % u64::from(entries)) as u32));
            steps += 1;
        }
        let spent = begin.elapsed();
        if spent >= enough {
            return spent.as_nanos() as f64 / f64::from(steps);
        }
    }
}

/// Lets threads read while one writes.
///
/// # Errors
///
/// When a cache cannot be filled, or a thread panics.
pub fn threads(plan: &Plan) -> Result<Threads> {
    let entries = if plan.quick { 1000 } else { ENTRIES };
    say(&format!("{entries} entries: {READERS} threads read"));
    let ours = Cache::filled(entries)?;
    let moka = filled(entries, Moka::new(u64::from(entries) * 2));
    let enough = milliseconds(plan.milliseconds * 10);
    let read_ours = |id| ours.client().get(ours.kept(id)).is_some();
    let read_moka = |id| moka.get(ours.kept(id).key()).is_some();
    let write_ours = |list| {
        drop(ours.client().invalidate(todos().beginning(&(list,))));
        let mut written = 0;
        for id in entries_of(list, entries) {
            // What is set is equal, as a refetch that finds nothing new; it is valid again.
            written += u64::from(ours.client().set_at(ours.kept(id), todo(id), None).is_ok());
        }
        written
    };
    let write_moka = |list| {
        let ids = || entries_of(list, entries);
        ids().for_each(|id| moka.invalidate(ours.kept(id).key()));
        ids().for_each(|id| moka.insert(ours.kept(id).key().clone(), todo(id)));
        ids().count() as u64
    };
    let mut best = [[(0.0_f64, 0.0_f64); 2]; 2];
    for _ in 0..plan.rounds {
        let measured = [
            [
                run(entries, enough, read_ours, None)?,
                run(entries, enough, read_ours, Some(&write_ours))?,
            ],
            [
                run(entries, enough, read_moka, None)?,
                run(entries, enough, read_moka, Some(&write_moka))?,
            ],
        ];
        for (best, measured) in best.iter_mut().flatten().zip(measured.iter().flatten()) {
            if measured.0 > best.0 {
                *best = *measured;
            }
        }
    }
    let [ours, moka] = best.map(|[alone, with]| Throughput {
        alone: alone.0,
        with_writer: with.0,
        writes: with.1,
    });
    Ok(Threads { entries, ours, moka })
}

/// Reads and writes a second.
fn run(
    entries: u32,
    enough: Duration,
    read: impl Fn(u32) -> bool + Sync,
    write: Option<&(dyn Fn(u32) -> u64 + Sync)>,
) -> Result<(f64, f64)> {
    let over = AtomicBool::new(false);
    let begin = Instant::now();
    let (reads, writes) = thread::scope(|scope| {
        let (over, read) = (&over, &read);
        let readers: Vec<_> = (0..READERS)
            .map(|reader| {
                scope.spawn(move || {
                    let (mut reads, mut at) = (0_u64, u64::from(reader) * 104_729);
                    while !over.load(Ordering::Relaxed) {
                        for _ in 0..100 {
                            at += 7919;
                            black_box(read((at % u64::from(entries)) as u32));
                        }
                        reads += 100;
                    }
                    reads
                })
            })
            .collect();
        let writer = write.map(|write| {
            scope.spawn(move || {
                let (mut written, mut list) = (0, 0);
                while !over.load(Ordering::Relaxed) {
                    written += write(list % LISTS);
                    list += 1;
                }
                written
            })
        });
        thread::sleep(enough);
        over.store(true, Ordering::Relaxed);
        let reads = readers.into_iter().map(|reader| reader.join().ok()).sum::<Option<u64>>();
        (reads, writer.map_or(Some(0), |writer| writer.join().ok()))
    });
    let seconds = begin.elapsed().as_secs_f64();
    let reads = reads.context("a reader panicked")?;
    let writes = writes.context("the writer panicked")?;
    Ok((reads as f64 / seconds, writes as f64 / seconds))
}
