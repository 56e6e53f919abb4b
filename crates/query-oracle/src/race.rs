//! Tells a race from a difference.

use anyhow::Result;
use query_oracle::Difference;
use serde_json::Value;

use crate::node::{Node, Plan};

/// What there is to say of a trace that differs.
pub enum Verdict {
    /// With other delays of microtasks TanStack Query does what was done here.
    Race,
    /// It does so with none of those that were tried; so many other outcomes they had.
    Difference(usize),
}

/// Whether what was done here is what TanStack Query does if its functions take other numbers of
/// microtasks. That it then differs from itself is not enough: it has to come to the very same, from
/// the first operation to the last.
///
/// First all operations have delays of one pattern, then they are looked for operation by operation: where the
/// trace differs, those of that operation are varied until it does not, or differs later only; these are kept,
/// and so on.
///
/// # Errors
///
/// Fails if the oracle is gone, or cannot run the trace.
pub fn judge(node: &mut Node, trace: &Value, found: &Difference) -> Result<Verdict> {
    let everywhere = node.outcomes(trace, None)?;
    if everywhere.iter().any(|outcome| crate::compare(trace, &outcome.expect).is_none()) {
        return Ok(Verdict::Race);
    }
    let mut plan = Plan::new();
    let mut step = found.step;
    loop {
        let outcomes = node.outcomes(trace, Some((&plan, step)))?;
        let others = outcomes.len().saturating_sub(1);
        let mut furthest = None;
        for outcome in outcomes {
            let Some(difference) = crate::compare(trace, &outcome.expect) else {
                return Ok(Verdict::Race);
            };
            if difference.step > furthest.map_or(step, |(step, _)| step) {
                furthest = outcome.jitter.map(|jitter| (difference.step, jitter));
            }
        }
        let Some((next, jitter)) = furthest else { return Ok(Verdict::Difference(others)) };
        plan.insert(step, jitter);
        step = next;
    }
}

/// Where a trace differs, if it does and is no race.
///
/// # Errors
///
/// Fails if the oracle is gone.
pub fn differs(node: &mut Node, trace: &Value) -> Result<Option<Difference>> {
    let Some(expectation) = node.run(trace)? else { return Ok(None) };
    let Some(difference) = crate::compare(trace, &expectation) else { return Ok(None) };
    let verdict = judge(node, trace, &difference)?;
    Ok(matches!(verdict, Verdict::Difference(_)).then_some(difference))
}
