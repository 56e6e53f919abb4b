//! Before anything is timed: the same operations done on both sides, and what came of them compared.

use anyhow::{Context, Result, ensure};

use crate::node::Node;
use crate::operation::Operation;
use crate::ours::Cache;

/// Do so many steps of an operation on both sides, and compare what they gave, who was told, and, if
/// `states` says so, the state of every query.
///
/// # Errors
///
/// When the two differ, or one of them fails.
pub fn compare(ours: &mut Cache, theirs: &mut Node, what: Operation, states: bool) -> Result<()> {
    const STEPS: u32 = 3;
    let (name, here, there) = (what.name(), ours.apply(what, STEPS), theirs.apply(what, STEPS));
    let (here, there) = (here?, there?);
    ensure!(here == there, "{name} is not the same: {here:?} here, {there:?} in TanStack Query");
    if states {
        compare_states(ours, theirs, false).with_context(|| format!("after {name}"))?;
        if matches!(what, Operation::Hydrate | Operation::HydrateRead) {
            compare_states(ours, theirs, true).context("of what was hydrated")?;
        }
    }
    Ok(())
}

/// Compares the state of every query.
///
/// # Errors
///
/// When one differs.
pub fn compare_states(ours: &Cache, theirs: &mut Node, hydrated: bool) -> Result<()> {
    let (here, there) = (ours.digest(hydrated)?, theirs.digest(hydrated)?);
    ensure!(here == there, "the states of the queries differ ({here} here, {there} there)");
    Ok(())
}
