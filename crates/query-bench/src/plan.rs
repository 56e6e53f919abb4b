//! What is measured, how often and for how long.

use clap::{Args, ValueEnum};

use crate::operation::Operation;

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The operations on caches of several sizes.
    Operations,
    /// Plain reads beside moka.
    Reads,
    /// Threads that read while one writes.
    Threads,
    /// Many observers of one query, and observers that come and go.
    Observers,
    /// Bytes of memory.
    Memory,
}

/// What is measured, how often and for how long.
#[derive(Args, Clone, Debug)]
pub struct Plan {
    /// So many entries, a multiple of 100; may be given more than once.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 50_000, 1_000_000], value_parser = entries)]
    pub entries: Vec<u32>,
    /// Only these parts or operations.
    #[arg(long, value_delimiter = ',', value_name = "PART|OPERATION", value_parser = only)]
    only: Vec<Only>,
    /// Once and briefly, at 1 000 entries: whether it works, not what it takes.
    #[arg(long)]
    pub quick: bool,
    /// So many rounds each, of which the best counts.
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
    /// How long a round lasts, at least.
    #[arg(long, default_value_t = 50)]
    pub milliseconds: u32,
}

/// One word behind `--only`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Only {
    Part(Part),
    Operation(Operation),
}

fn entries(word: &str) -> Result<u32, String> {
    let entries = word.parse().map_err(|_| "not a number".to_owned())?;
    match entries {
        200..=4_000_000 if entries % 100 == 0 => Ok(entries),
        _ => Err("a multiple of 100 from 200 to 4000000 is needed".to_owned()),
    }
}

fn only(word: &str) -> Result<Only, String> {
    let part = Part::from_str(word, false).map(Only::Part);
    part.or_else(|_| Operation::from_str(word, false).map(Only::Operation)).map_err(|_| {
        let names = |all: &[&str]| all.join(", ");
        let parts: Vec<_> =
            Part::value_variants().iter().filter_map(ValueEnum::to_possible_value).collect();
        let parts: Vec<_> = parts.iter().map(|part| part.get_name()).collect();
        let operations = Operation::ALL.map(Operation::name);
        format!("there are the parts {} and the operations {}", names(&parts), names(&operations))
    })
}

impl Plan {
    /// All parts, as `--quick` does them.
    pub fn quickest() -> Self {
        let (entries, only) = (vec![1_000], Vec::new());
        Self { entries, only, quick: true, rounds: 1, milliseconds: 1 }
    }

    /// The same, as short as `--quick` asks for.
    #[must_use]
    pub fn shortened(mut self) -> Self {
        if self.quick {
            self = Self { only: self.only, ..Self::quickest() };
        }
        self.entries.sort_unstable();
        self.entries.dedup();
        self
    }

    /// Whether a part is wanted.
    pub fn wants(&self, part: Part) -> bool {
        let of_operations = |only: &Only| matches!(only, Only::Operation(_));
        self.only.is_empty()
            || self.only.contains(&Only::Part(part))
            || (part == Part::Operations && self.only.iter().any(of_operations))
    }

    /// The operations that are wanted.
    pub fn operations(&self) -> Vec<Operation> {
        let all = self.only.is_empty() || self.only.contains(&Only::Part(Part::Operations));
        let wanted =
            |operation: &Operation| all || self.only.contains(&Only::Operation(*operation));
        Operation::ALL.into_iter().filter(wanted).collect()
    }
}
