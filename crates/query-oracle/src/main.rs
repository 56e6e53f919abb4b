//! The oracle of the query cache: TanStack Query and throughline-query side by side.

mod coverage;
mod node;
mod race;
mod shrink;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use query_oracle::committed::{self, Recorded};
use query_oracle::{Comparison, Difference, foreign};
use serde_json::{Value, json};

use crate::coverage::Coverage;
use crate::node::Node;
use crate::race::Verdict;

/// Runs traces against TanStack Query and against throughline-query, and tells where they differ.
#[derive(Parser)]
#[command(name = "query-oracle", bin_name = "cargo xtask oracle")]
struct Cli {
    /// What to do.
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Run the committed traces in Node and write down what TanStack Query does.
    Record {
        /// Write nothing; fail if something would change.
        #[arg(long)]
        check: bool,
    },
    /// Replay the committed traces here, without Node.
    Replay {
        /// Only traces whose id has this in it.
        filter: Option<String>,
        /// Show all differences, not only the first ten.
        #[arg(long)]
        all: bool,
    },
    /// Make random traces, run them in Node and here, and shrink whatever differs.
    Fuzz(Fuzz),
}

/// How to fuzz.
#[derive(clap::Args)]
struct Fuzz {
    /// For how long.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// At most so many traces.
    #[arg(long)]
    traces: Option<u64>,
    /// Which traces: the same seed makes the same ones.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The number of the first trace.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Tell the outcome as JSON, in the last line of the output.
    #[arg(long)]
    json: bool,
    /// Show traces that differ as they are.
    #[arg(long)]
    no_shrink: bool,
    /// Stop when a trace differs, not at the tenth.
    #[arg(long)]
    stop_at_first: bool,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Action::Record { check } => record(check),
        Action::Replay { filter, all } => replay(filter.as_deref(), all),
        Action::Fuzz(fuzz) => fuzz.run(),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// The folder of the oracle.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../throughline-query/oracle")
}

/// Where a replay differs; a replay that panics or does not end differs, too.
fn compare(trace: &Value, expectation: &Value) -> Option<Difference> {
    match comparison(trace, expectation) {
        Comparison::Differs(difference) => Some(difference),
        _ => None,
    }
}

/// Compares; whatever goes wrong here is a difference, too.
fn comparison(trace: &Value, expectation: &Value) -> Comparison {
    let failed = |why: String| {
        Comparison::Differs(Difference {
            id: trace["id"].as_str().unwrap_or("?").to_owned(),
            step: trace["ops"].as_array().map_or(0, Vec::len).saturating_sub(1),
            what: "the whole replay".to_owned(),
            expected: Value::Null,
            seen: json!(why),
            operation: Value::Null,
        })
    };
    match catch_unwind(AssertUnwindSafe(|| query_oracle::comparison(trace, expectation))) {
        Ok(Ok(comparison)) => comparison,
        Ok(Err(why)) => failed(why),
        Err(_) => failed("it panicked; the message is above".to_owned()),
    }
}

fn record(check: bool) -> Result<bool> {
    node::install(&folder())?;
    let mut command = Command::new("node");
    command.args(["oracle.mjs", "record"]).current_dir(folder()).env("NODE_ENV", "production");
    if check {
        command.arg("--check");
    }
    let status = command.status().context("node could not be started: install Node 18 or newer")?;
    Ok(status.success())
}

fn replay(filter: Option<&str>, all: bool) -> Result<bool> {
    let (mut same, mut declared, mut skipped, mut differences) = (0, 0, 0, Vec::new());
    for Recorded { trace, expectation, declared: is_declared } in committed::traces(&folder())? {
        let id = trace["id"].as_str().unwrap_or_default();
        if filter.is_some_and(|filter| !id.contains(filter)) {
            continue;
        }
        if foreign(&trace).is_some() {
            skipped += 1;
            continue;
        }
        match compare(&trace, &expectation) {
            _ if is_declared => declared += 1,
            None => same += 1,
            Some(difference) => differences.push((difference, trace["pins"].clone())),
        }
    }
    let shown = if all { differences.len() } else { 10 };
    for (difference, pins) in differences.iter().take(shown) {
        println!("{difference}\n  pins      {pins}\n");
    }
    println!(
        "{same} traces are the same, {} differ, {declared} are declared to differ, {skipped} are \
         not replayed",
        differences.len()
    );
    Ok(differences.is_empty())
}

impl Fuzz {
    fn run(self) -> Result<bool> {
        const BATCH: u64 = 50;
        let mut node = Node::start(&folder())?;
        let mut helper = None;
        let start = Instant::now();
        let limit = Duration::from_secs(self.seconds);
        node.ask(&json!({"cmd": "required"}))?;
        let mut coverage = Coverage::of(&node.answer()?)?;
        let (mut traces, mut refused, mut skipped, mut differences) = (0_u64, 0_u64, 0_u64, 0_u64);
        let (mut races, mut overtaken) = (0_u64, 0_u64);
        // What the oracle made anew, and gave others of the same number for.
        let (mut racy, mut broken) = (0_u64, 0_u64);
        let mut asked = self.from;
        let mut ask = |node: &mut Node| {
            asked += BATCH;
            node.ask(
                &json!({"cmd": "gen", "seed": self.seed, "from": asked - BATCH, "count": BATCH}),
            )
        };
        ask(&mut node)?;
        'all: while start.elapsed() < limit && self.traces.is_none_or(|most| traces < most) {
            // The next batch is made while this one is replayed.
            ask(&mut node)?;
            for _ in 0..BATCH {
                let answer = node.answer()?;
                racy += answer["replaced"]["racy"].as_u64().unwrap_or(0);
                broken += answer["replaced"]["broken"].as_u64().unwrap_or(0);
                let (trace, Some(expectation)) = (&answer["trace"], answer.get("expect")) else {
                    refused += 1;
                    eprintln!("\n{} came to no end: {}", answer["trace"]["id"], answer["error"]);
                    continue;
                };
                if foreign(trace).is_some() {
                    skipped += 1;
                    continue;
                }
                traces += 1;
                coverage.count(&answer["features"]);
                let found = match comparison(trace, expectation) {
                    Comparison::Same => continue,
                    Comparison::SameUntilOvertaken => {
                        overtaken += 1;
                        continue;
                    }
                    Comparison::Differs(found) => found,
                };
                let other = match &mut helper {
                    Some(helper) => helper,
                    none => none.insert(Node::start(&folder())?),
                };
                match race::judge(other, trace, &found)? {
                    Verdict::Race => {
                        races += 1;
                        eprintln!("\n{} depends on microtasks\n", found.id);
                        continue;
                    }
                    Verdict::Difference(0) => eprintln!(),
                    Verdict::Difference(others) => eprintln!(
                        "\n{} comes to {others} other outcomes with other microtasks, to none of ours",
                        found.id
                    ),
                }
                differences += 1;
                let (trace, found) = if self.no_shrink {
                    (trace.clone(), found)
                } else {
                    shrink::shrink(other, trace.clone(), found)?
                };
                eprintln!("{found}\n  trace     {trace}\n");
                if self.stop_at_first || differences >= 10 {
                    break 'all;
                }
            }
            if !self.json {
                eprint!("\r{traces} traces, {differences} differences");
            }
        }
        if !self.json {
            eprintln!();
        }
        let seconds = start.elapsed().as_secs_f64();
        let (shares, rare) = (coverage.shares(), coverage.rare());
        if self.json {
            println!(
                "{}",
                json!({
                    "traces": traces, "differences": differences, "refused": refused,
                    "skipped": skipped, "overtaken": overtaken, "races": races, "racy": racy, "broken": broken,
                    "seconds": seconds, "coverage": shares,
                    "rare": rare,
                })
            );
        } else {
            for (name, share) in &shares {
                println!("{:6.2} %  {name}", share * 100.0);
            }
            for (name, share) in &rare {
                println!("too rare: {name}, in {:.2} % of the traces", share * 100.0);
            }
            println!(
                "{traces} traces in {seconds:.0} s ({:.0}/s), {differences} differences; {races} depend on \
                 microtasks, {skipped} were not replayed, {overtaken} were compared up to a \
                 declared difference, {refused} came to no end; the oracle made others \
                 for {racy} that race and {broken} in which TanStack Query breaks; {} features, the \
                 rarest in {:.2} %; seed {}",
                traces as f64 / seconds,
                shares.len(),
                shares.first().map_or(0.0, |(_, share)| share * 100.0),
                self.seed,
            );
        }
        Ok(differences == 0 && rare.is_empty())
    }
}
