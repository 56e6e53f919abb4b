//! Which operations and options the random traces contain.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// In how many traces each operation and option occurs.
#[derive(Debug, Default)]
pub struct Coverage {
    traces: usize,
    counts: BTreeMap<String, usize>,
}

/// Fields of operations that hold options.
const OPTIONS: [&str; 4] = ["options", "queries", "mutations", "defaults"];

impl Coverage {
    /// Counts a trace.
    pub fn count(&mut self, trace: &Value) {
        self.traces += 1;
        let mut found = BTreeSet::new();
        collect(trace, &mut found);
        for name in found {
            *self.counts.entry(name).or_default() += 1;
        }
    }

    /// Everything that occurs, with the share of traces that it occurs in, the rarest first.
    pub fn shares(&self) -> Vec<(String, f64)> {
        let all = self.traces.max(1) as f64;
        let mut shares: Vec<_> =
            self.counts.iter().map(|(name, count)| (name.clone(), *count as f64 / all)).collect();
        shares.sort_by(|a, b| a.1.total_cmp(&b.1));
        shares
    }
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(object) => {
            if let Some(name) = object.get("op").and_then(Value::as_str) {
                found.insert(name.to_owned());
            }
            for (name, item) in object {
                if OPTIONS.contains(&name.as_str()) {
                    options(item, found);
                }
                collect(item, found);
            }
        }
        _ => {}
    }
}

fn options(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| options(item, found)),
        Value::Object(object) => {
            found.extend(object.keys().map(|name| format!("option {name}")));
        }
        _ => {}
    }
}
