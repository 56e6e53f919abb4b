//! Makes a trace that differs as short as it gets.

use anyhow::Result;
use query_oracle::Difference;
use serde_json::Value;

use crate::node::Node;
use crate::race;

/// Deletes operations as long as the trace still differs and is no race. Gives what is left, with its difference.
///
/// # Errors
///
/// Fails if the oracle is gone.
pub fn shrink(
    node: &mut Node,
    mut trace: Value,
    mut found: Difference,
) -> Result<(Value, Difference)> {
    // What comes after the difference has nothing to do with it.
    if let Some(operations) = trace["ops"].as_array_mut() {
        operations.truncate(found.step + 1);
    }
    let mut size = trace["ops"].as_array().map_or(0, Vec::len) / 2;
    while size >= 1 {
        let mut at = 0;
        while at < trace["ops"].as_array().map_or(0, Vec::len) {
            let mut shorter = trace.clone();
            if let Some(operations) = shorter["ops"].as_array_mut() {
                let end = (at + size).min(operations.len());
                operations.drain(at..end);
            }
            match race::differs(node, &shorter)? {
                Some(difference) => {
                    trace = shorter;
                    found = difference;
                }
                None => at += size,
            }
        }
        size /= 2;
    }
    Ok((trace, found))
}
