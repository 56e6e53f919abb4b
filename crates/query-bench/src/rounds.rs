//! Several rounds of a measurement, of which the best and the middle one count.

use anyhow::Result;
use serde::Serialize;

/// Nanoseconds that a step took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rounds {
    /// In the best round: what it takes when nothing else gets in its way.
    pub best: f64,
    /// In the middle one.
    pub median: f64,
}

impl Rounds {
    /// Of so many nanoseconds in each round.
    pub fn of(mut rounds: Vec<f64>) -> Self {
        rounds.sort_by(f64::total_cmp);
        let at = |place: usize| rounds.get(place).copied().unwrap_or(f64::NAN);
        Self { best: at(0), median: at(rounds.len().saturating_sub(1) / 2) }
    }
}

/// Measures several in turns, so that whatever else goes on hits all of them.
///
/// # Errors
///
/// The first failure.
pub fn in_turns<const N: usize>(
    rounds: u32,
    mut measure: impl FnMut(usize) -> Result<f64>,
) -> Result<[Rounds; N]> {
    let mut all = [const { Vec::new() }; N];
    for _ in 0..rounds.max(1) {
        for (which, times) in all.iter_mut().enumerate() {
            times.push(measure(which)?);
        }
    }
    Ok(all.map(Rounds::of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_and_the_middle_round_count() {
        let rounds = [[3.0, 30.0], [1.0, 10.0], [2.0, 20.0]];
        let mut calls = 0;
        let measured: [Rounds; 2] = in_turns(3, |which| {
            calls += 1;
            Ok(rounds[(calls - 1) / 2][which])
        })
        .unwrap();
        assert_eq!(measured[0], Rounds { best: 1.0, median: 2.0 });
        assert_eq!(measured[1], Rounds { best: 10.0, median: 20.0 });
    }
}
