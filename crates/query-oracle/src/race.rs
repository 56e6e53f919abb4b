//! Tells a race from a difference.

use anyhow::Result;
use query_oracle::Difference;
use serde_json::Value;

use crate::node::Node;

/// What there is to say of a trace that differs.
pub enum Verdict {
    /// With other delays of microtasks TanStack Query does what was done here.
    Race,
    /// It does so with none of those that were tried; so many other outcomes they had.
    Difference(usize),
}

/// Whether what was done here is what TanStack Query does if its functions take other numbers of
/// microtasks. That it then differs from itself is not enough: it has to come to the very same.
///
/// # Errors
///
/// Fails if the oracle is gone, or cannot run the trace.
pub fn judge(node: &mut Node, trace: &Value) -> Result<Verdict> {
    let outcomes = node.outcomes(trace)?;
    if outcomes.iter().any(|outcome| crate::compare(trace, outcome).is_none()) {
        return Ok(Verdict::Race);
    }
    Ok(Verdict::Difference(outcomes.len().saturating_sub(1)))
}

/// Where a trace differs, if it does and is no race.
///
/// # Errors
///
/// Fails if the oracle is gone.
pub fn differs(node: &mut Node, trace: &Value) -> Result<Option<Difference>> {
    let Some(expectation) = node.run(trace)? else { return Ok(None) };
    let Some(difference) = crate::compare(trace, &expectation) else { return Ok(None) };
    Ok(matches!(judge(node, trace)?, Verdict::Difference(_)).then_some(difference))
}
