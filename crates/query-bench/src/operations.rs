//! The operations on caches of several sizes, beside TanStack Query.

use anyhow::{Context, Result};
use serde::Serialize;

use crate::compare::{compare, compare_states};
use crate::node::Node;
use crate::operation::Operation;
use crate::ours::Cache;
use crate::plan::Plan;
use crate::progress::say;
use crate::rounds::{Rounds, in_turns};
use crate::todo::milliseconds;

/// From this size on states are compared once, after all operations, since that takes seconds.
const LARGE: u32 = 200_000;
/// TanStack Query is not waited for longer than so many seconds a step.
const PATIENCE: f64 = 20.0;

/// What an operation takes at one size.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The operation.
    pub operation: Operation,
    /// How many entries there are.
    pub entries: u32,
    /// Nanoseconds here.
    pub ours: Rounds,
    /// Nanoseconds in TanStack Query; `None` if that would take too long.
    pub theirs: Option<Rounds>,
}

impl Row {
    /// How many times as long TanStack Query takes.
    pub fn ratio(&self) -> Option<f64> {
        self.theirs.map(|theirs| theirs.best / self.ours.best)
    }
}

/// Measures all operations at one size; `smaller` are the figures of the size before.
///
/// # Errors
///
/// When the two sides differ.
pub fn measure(plan: &Plan, theirs: &mut Node, entries: u32, smaller: &[Row]) -> Result<Vec<Row>> {
    say(&format!("{entries} entries: filling both caches and comparing what they do"));
    let mut ours = Cache::filled(entries)?;
    theirs.fill(entries)?;
    compare_states(&ours, theirs, false).context("after both were filled")?;
    let patient =
        |operation| expected(operation, entries, smaller).is_none_or(|seconds| seconds <= PATIENCE);
    let operations: Vec<_> = plan.operations().into_iter().map(|one| (one, patient(one))).collect();
    // All of them before the first is timed: how often that is done is not the same on both sides.
    for (operation, _) in operations.iter().filter(|(_, patient)| *patient) {
        compare(&mut ours, theirs, *operation, entries < LARGE)?;
    }
    if entries >= LARGE {
        compare_states(&ours, theirs, false).context("after all operations")?;
    }
    let timed = |(operation, patient)| row(plan, &mut ours, theirs, operation, patient);
    let rows = operations.into_iter().map(timed).collect();
    theirs.forget()?;
    rows
}

fn row(
    plan: &Plan,
    ours: &mut Cache,
    theirs: &mut Node,
    operation: Operation,
    patient: bool,
) -> Result<Row> {
    let entries = ours.entries();
    say(&format!("{entries} entries: {}", operation.about()));
    let (rounds, each) =
        if entries >= LARGE { (1, plan.milliseconds) } else { (plan.rounds, plan.milliseconds) };
    let enough = milliseconds(each);
    if patient {
        let [ours, theirs] = in_turns(rounds, |which| match which {
            0 => ours.time(operation, enough),
            _ => theirs.time(operation, each),
        })?;
        Ok(Row { operation, entries, ours, theirs: Some(theirs) })
    } else {
        let [ours] = in_turns(rounds, |_| ours.time(operation, enough))?;
        Ok(Row { operation, entries, ours, theirs: None })
    }
}

/// How many seconds TanStack Query will take for a step, after what it took at the size before.
fn expected(operation: Operation, entries: u32, smaller: &[Row]) -> Option<f64> {
    let row = smaller.iter().find(|row| row.operation == operation)?;
    let times = f64::from(entries) / f64::from(row.entries);
    Some(row.theirs?.best * times / 1e9)
}
