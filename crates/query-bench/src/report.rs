//! All figures of a run, as Markdown or as JSON.

use std::fmt;

use serde::Serialize;

use crate::conditions::Conditions;
use crate::memory::{Beside, Memory};
use crate::observers::{ComeAndGo, FanOut};
use crate::operation::Operation;
use crate::operations::Row;
use crate::reads::{READERS, Reads, Threads};
use crate::table::{Table, ratio, time, whole};
use crate::target::{self, Target};

/// All figures of a run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Under which conditions.
    pub conditions: Conditions,
    /// The operations.
    pub operations: Vec<Row>,
    /// Plain reads.
    pub reads: Vec<Reads>,
    /// Threads that read.
    pub threads: Option<Threads>,
    /// Many observers of one query.
    pub fan_out: Vec<FanOut>,
    /// Observers that come and go.
    pub come_and_go: Option<ComeAndGo>,
    /// Bytes.
    pub memory: Option<Memory>,
    /// What was aimed at.
    pub targets: Vec<Target>,
}

impl Report {
    /// Sets the figures beside what was aimed at.
    #[must_use]
    pub fn judged(mut self) -> Self {
        self.targets = target::all(&self);
        self
    }

    fn operations(&self) -> Table {
        let mut sizes: Vec<u32> = self.operations.iter().map(|row| row.entries).collect();
        sizes.dedup();
        let mut heads = vec!["what".to_owned()];
        heads.extend(sizes.iter().map(|&size| format!("{} entries", whole(size.into()))));
        let mut table = Table::new(heads);
        for operation in Operation::ALL {
            let at = |size| {
                let found = self
                    .operations
                    .iter()
                    .find(|row| (row.operation, row.entries) == (operation, size));
                let Some(row) = found else { return "–".to_owned() };
                match (row.theirs, row.ratio()) {
                    (Some(theirs), Some(times)) => {
                        format!(
                            "{} / {} = {}",
                            time(theirs.best),
                            time(row.ours.best),
                            ratio(times)
                        )
                    }
                    _ => format!("too long / {}", time(row.ours.best)),
                }
            };
            if self.operations.iter().any(|row| row.operation == operation) {
                let cells = sizes.iter().map(|&size| at(size));
                table.row([operation.about().to_owned()].into_iter().chain(cells));
            }
        }
        table
    }

    fn reads(&self) -> Table {
        let heads = ["entries", "get", "moka", "moka, cheap hasher", "get / moka"];
        let mut table = Table::new(heads.map(str::to_owned).to_vec());
        for reads in &self.reads {
            table.row([
                whole(reads.entries.into()),
                time(reads.ours.best),
                time(reads.moka.best),
                time(reads.moka_fast.best),
                ratio(reads.ours.best / reads.moka.best),
            ]);
        }
        table
    }

    fn observers(&self) -> Table {
        let heads = ["what", "TanStack Query", "here", "ratio"];
        let mut table = Table::new(heads.map(str::to_owned).to_vec());
        let mut row = |what: String, theirs: f64, ours: f64| {
            table.row([what, time(theirs), time(ours), ratio(theirs / ours)]);
        };
        for fan in &self.fan_out {
            let many = whole(fan.observers.into());
            row(
                format!("set, until {many} observers have the state"),
                fan.theirs.best,
                fan.ours.best,
            );
            row(format!("set, until {many} observers are woken"), fan.theirs.best, fan.woken.best);
        }
        if let Some(them) = &self.come_and_go {
            row("observe and subscribe".to_owned(), them.theirs_come.best, them.come.best);
            row("stop observing".to_owned(), them.theirs_leave.best, them.leave.best);
        }
        table
    }
}

fn threads(threads: &Threads) -> Table {
    let heads =
        ["reads a second, million", "nobody writes", "one writes", "writes a second, million"];
    let mut table = Table::new(heads.map(str::to_owned).to_vec());
    let million = |number: f64| format!("{:.2}", number / 1e6);
    for (name, of) in [("here", threads.ours), ("moka", threads.moka)] {
        let cells = [of.alone, of.with_writer, of.writes].map(million);
        table.row([name.to_owned()].into_iter().chain(cells));
    }
    table
}

fn memory(memory: &Memory) -> Table {
    let heads = ["bytes", "TanStack Query", "here", "ratio"];
    let mut table = Table::new(heads.map(str::to_owned).to_vec());
    let mut row = |what: String, beside: Beside| {
        let times = ratio(beside.theirs / beside.ours);
        table.row([what, whole(beside.theirs), whole(beside.ours), times]);
    };
    row("entry without data".to_owned(), memory.bare);
    row("the same, key of two segments".to_owned(), memory.short);
    row("entry with a todo".to_owned(), memory.full);
    row(format!("observer, of which the handle {}", whole(memory.handle)), memory.observer);
    table
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.operations.is_empty() {
            writeln!(f, "Operations, TanStack Query / here = ratio:\n\n{}", self.operations())?;
        }
        if !self.reads.is_empty() {
            writeln!(f, "Plain reads:\n\n{}", self.reads())?;
        }
        if let Some(of) = &self.threads {
            writeln!(
                f,
                "{READERS} threads, {} entries:\n\n{}",
                whole(of.entries.into()),
                threads(of)
            )?;
        }
        if !self.fan_out.is_empty() {
            writeln!(f, "Observers:\n\n{}", self.observers())?;
        }
        if let Some(of) = &self.memory {
            writeln!(f, "Memory, {} entries:\n\n{}", whole(of.entries.into()), memory(of))?;
        }
        if !self.targets.is_empty() {
            writeln!(f, "Targets:\n\n{}", target::table(&self.targets))?;
        }
        writeln!(f, "Conditions: {}.", self.conditions)
    }
}
