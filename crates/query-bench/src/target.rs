//! What was aimed at, and whether it holds.

use serde::Serialize;

use crate::operation::Operation;
use crate::report::Report;
use crate::table::{Table, number};

/// Targets are about this size.
const ENTRIES: u32 = 50_000;

/// A figure that was aimed at.
#[derive(Clone, Debug, Serialize)]
pub struct Target {
    /// Of what.
    pub what: &'static str,
    /// The most or the least that it may be.
    pub limit: f64,
    /// Whether it is the most.
    pub at_most: bool,
    /// What was measured.
    pub measured: f64,
    /// Whether it holds.
    pub holds: bool,
}

/// The targets that a report has figures for.
pub fn all(report: &Report) -> Vec<Target> {
    let row = |operation| {
        let mut rows = report.operations.iter();
        rows.find(|row| (row.operation, row.entries) == (operation, ENTRIES))
    };
    let times = |operation| row(operation).and_then(|row| row.ratio());
    let took = |operation| row(operation).map(|row| row.ours.best);
    let reads = report.reads.iter().find(|reads| reads.entries == ENTRIES);
    let memory = report.memory.as_ref().filter(|memory| memory.entries == ENTRIES);
    let most = |what, limit, measured: Option<f64>| target(what, limit, true, measured);
    let least = |what, limit, measured: Option<f64>| target(what, limit, false, measured);
    [
        most("a read, times moka's", 1.5, reads.map(|reads| reads.ours.best / reads.moka.best)),
        most("invalidate prefix, 0 matches, ns", 100.0, took(Operation::InvalidateNoneKept)),
        most("the same, filters made for it, ns", 100.0, took(Operation::InvalidateNone)),
        least("invalidate prefix, 1 %, ratio", 1_000.0, times(Operation::InvalidatePercent)),
        least("invalidate exact, ratio", 10_000.0, times(Operation::InvalidateExact)),
        least("parse + hydrate, ratio", 10.0, times(Operation::Hydrate)),
        most("an entry without data, bytes", 400.0, memory.map(|memory| memory.bare.ours)),
        most("the same, key of two segments", 400.0, memory.map(|memory| memory.short.ours)),
        most("an observer, bytes", 200.0, memory.map(|memory| memory.observer.ours)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn target(what: &'static str, limit: f64, at_most: bool, measured: Option<f64>) -> Option<Target> {
    let measured = measured?;
    let holds = if at_most { measured <= limit } else { measured >= limit };
    Some(Target { what, limit, at_most, measured, holds })
}

/// The targets, for people.
pub fn table(targets: &[Target]) -> Table {
    let heads = ["at 50 000 entries", "target", "measured", "holds"];
    let mut table = Table::new(heads.map(str::to_owned).to_vec());
    for target in targets {
        let sign = if target.at_most { "≤" } else { "≥" };
        table.row([
            target.what.to_owned(),
            format!("{sign} {}", number(target.limit)),
            number(target.measured),
            if target.holds { "yes" } else { "no" }.to_owned(),
        ]);
    }
    table
}
