//! Measures throughline-query beside the real TanStack Query and moka.
//!
//! Both sides get the same entries and do the same operations, and what comes of them is compared before
//! anything is timed; where they differ, the run ends with an error and without figures.

mod compare;
mod conditions;
mod memory;
mod node;
mod observers;
mod operation;
mod operations;
mod ours;
mod plan;
mod progress;
mod reads;
mod report;
mod rounds;
mod stopwatch;
mod table;
mod target;
mod todo;

use anyhow::Result;

use crate::conditions::Conditions;
use crate::node::Node;
use crate::plan::Part;

pub use self::node::{folder, install};
pub use self::plan::Plan;
pub use self::progress::say;
pub use self::report::Report;

/// Carries out a plan, within a tokio runtime. The pinned packages of TanStack Query are there.
///
/// # Errors
///
/// When what comes of an operation is not the same on both sides, or one of them fails.
pub fn run(plan: &Plan) -> Result<Report> {
    let mut theirs = Node::start()?;
    let conditions = Conditions::now(Some(&theirs.about()?));
    let wants = |part| plan.wants(part);
    // First, because it is a matter of what has been allocated before.
    let memory = wants(Part::Memory).then(|| memory::measure(plan, &mut theirs)).transpose()?;
    let reads = if wants(Part::Reads) { reads::measure(plan)? } else { Vec::new() };
    let threads = wants(Part::Threads).then(|| reads::threads(plan)).transpose()?;
    let (mut fan_out, mut come_and_go) = (Vec::new(), None);
    if wants(Part::Observers) {
        fan_out = observers::fan_out(plan, &mut theirs)?;
        come_and_go = Some(observers::come_and_go(plan, &mut theirs)?);
    }
    let mut operations: Vec<operations::Row> = Vec::new();
    if wants(Part::Operations) {
        for &entries in &plan.entries {
            let before = operations.len().saturating_sub(plan.operations().len());
            let rows = operations::measure(plan, &mut theirs, entries, &operations[before..])?;
            operations.extend(rows);
        }
    }
    let targets = Vec::new();
    let mut report =
        Report { conditions, operations, reads, threads, fan_out, come_and_go, memory, targets }
            .judged();
    report.conditions.end();
    Ok(report)
}
