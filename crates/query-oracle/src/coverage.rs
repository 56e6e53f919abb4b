//! What the random traces make use of, and whether that is often enough.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

/// In how many traces each feature occurs: operations, their fields, options, filters, what functions do.
///
/// Which features there are, and how often each has to occur, the oracle says: it makes the traces.
#[derive(Debug)]
pub struct Coverage {
    traces: usize,
    counts: BTreeMap<String, usize>,
    least: f64,
}

impl Coverage {
    /// Nothing counted yet, of what the oracle requires.
    ///
    /// # Errors
    ///
    /// Fails if the oracle does not say what it requires.
    pub fn of(required: &Value) -> Result<Self> {
        let features = required["features"].as_array().context("the oracle requires nothing")?;
        let names = features.iter().filter_map(Value::as_str);
        Ok(Self {
            traces: 0,
            counts: names.map(|name| (name.to_owned(), 0)).collect(),
            least: required["least"].as_f64().context("the oracle requires no share")?,
        })
    }

    /// Counts a trace that was replayed, by its features.
    pub fn count(&mut self, features: &Value) {
        self.traces += 1;
        for feature in features.as_array().into_iter().flatten().filter_map(Value::as_str) {
            if let Some(count) = self.counts.get_mut(feature) {
                *count += 1;
            }
        }
    }

    /// Every required feature, with the share of traces that it occurs in, the rarest first.
    pub fn shares(&self) -> Vec<(&str, f64)> {
        let all = self.traces.max(1) as f64;
        let mut shares: Vec<_> =
            self.counts.iter().map(|(name, count)| (name.as_str(), *count as f64 / all)).collect();
        shares.sort_by(|a, b| a.1.total_cmp(&b.1));
        shares
    }

    /// Features that occur in too few traces. Of few traces nothing can be said.
    pub fn rare(&self) -> Vec<(&str, f64)> {
        const ENOUGH: usize = 5_000;
        let mut shares = self.shares();
        shares.retain(|(_, share)| self.traces >= ENOUGH && *share < self.least);
        shares
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_never_occurs_is_listed_first_and_is_too_rare() {
        let mut coverage =
            Coverage::of(&json!({"features": ["often", "never"], "least": 0.01})).unwrap();
        for _ in 0..4_999 {
            coverage.count(&json!(["often", "not required"]));
        }
        assert_eq!(coverage.shares(), [("never", 0.0), ("often", 1.0)]);
        assert_eq!(coverage.rare(), [], "too few traces to say so");
        coverage.count(&json!(["often"]));
        assert_eq!(coverage.rare(), [("never", 0.0)]);
    }
}
