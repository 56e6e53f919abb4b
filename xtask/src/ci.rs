//! `cargo xtask ci`: the steps that continuous integration runs, each also by its name.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::process;
use crate::signals::{self, Interrupted};
use crate::terminal::{self, Missing, Style};
use crate::workspace::Workspace;
use crate::{drafts, generate, invariants, test};

/// Where the script is that plants bugs and reports which test noticed.
const PLANTED_BUGS: &str = "scripts/planted-bugs";

/// The package of the benchmarks.
const BENCH: &str = "bench";

/// Run what continuous integration runs.
///
/// Without names the steps `fmt` to `test` run in their order, with `--full` all of them.
#[derive(Args)]
pub struct Ci {
    /// Run only these steps, in their usual order.
    #[arg(value_enum, value_name = "STEP", conflicts_with = "full")]
    steps: Vec<Step>,
    /// Run the slow steps, too: `alone`, `planted` and `bench`.
    #[arg(long)]
    full: bool,
    /// Go on after a step that failed, and fail at the end.
    #[arg(long)]
    keep_going: bool,
}

/// The steps, in the order in which they run: what fails fastest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Step {
    /// The code is formatted as rustfmt formats it.
    Fmt,
    /// Clippy has no warning.
    Clippy,
    /// The documentation builds without a warning.
    Docs,
    /// The generated files are what the contract says.
    Generate,
    /// The rules of the house hold.
    Invariants,
    /// Scaffolded features and a new application pass their tests.
    Scaffold,
    /// All tests pass; see `cargo xtask test`.
    Test,
    /// Each library builds alone, without features that another crate switches on.
    Alone,
    /// Planted bugs turn tests red.
    Planted,
    /// The benchmarks run.
    Bench,
}

/// How a step ended.
enum Outcome {
    /// It passed, except for what could not run here.
    Passed(Vec<Missing>),
    /// It had nothing to do, for this reason.
    Skipped(String),
    /// It failed, and has said why.
    Failed,
}

impl Ci {
    /// Runs the steps and prints what became of each.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let mut results = Vec::new();
        let mut interrupted = None;
        for step in self.chosen() {
            terminal::heading(step.name());
            let start = Instant::now();
            let outcome = step.run(workspace).unwrap_or_else(|error| {
                interrupted = error.downcast_ref::<Interrupted>().copied();
                terminal::error(&format!("{error:#}"));
                Outcome::Failed
            });
            let stop =
                matches!(outcome, Outcome::Failed) && (!self.keep_going || interrupted.is_some());
            results.push((step, outcome, start.elapsed()));
            if stop {
                break;
            }
        }
        summarise(&results);
        if let Some(interrupted) = interrupted {
            return Err(interrupted.into());
        }
        let failed: Vec<&str> = results
            .iter()
            .filter(|(_, outcome, _)| matches!(outcome, Outcome::Failed))
            .map(|(step, ..)| step.name())
            .collect();
        if let [first, ..] = failed.as_slice() {
            bail!("failed: {}; run it alone with `cargo xtask ci {first}`", failed.join(", "));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The steps to run, each once and in order.
    fn chosen(&self) -> Vec<Step> {
        let all = Step::value_variants().iter().copied();
        if self.full {
            all.collect()
        } else if self.steps.is_empty() {
            all.filter(|step| *step <= Step::Test).collect()
        } else {
            all.filter(|step| self.steps.contains(step)).collect()
        }
    }
}

impl Step {
    /// Its name on the command line.
    fn name(self) -> &'static str {
        match self {
            Step::Fmt => "fmt",
            Step::Clippy => "clippy",
            Step::Docs => "docs",
            Step::Generate => "generate",
            Step::Invariants => "invariants",
            Step::Scaffold => "scaffold",
            Step::Test => "test",
            Step::Alone => "alone",
            Step::Planted => "planted",
            Step::Bench => "bench",
        }
    }

    /// Runs the step.
    fn run(self, workspace: &Workspace) -> Result<Outcome> {
        signals::check()?;
        let mut cargo = process::cargo(workspace.root());
        match self {
            Step::Fmt => process::run(cargo.args(["fmt", "--all", "--check"]))?,
            Step::Clippy => process::run(cargo.args([
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ]))?,
            Step::Docs => {
                process::run(
                    cargo
                        .args(["doc", "--workspace", "--no-deps"])
                        .env("RUSTDOCFLAGS", "-D warnings"),
                )?;
            }
            Step::Generate => generate::check(workspace)?,
            Step::Invariants => invariants::check(workspace)?,
            Step::Scaffold if !drafts::applies(workspace) => {
                let reason = "the library is elsewhere, and so is the proof of what it writes";
                return Ok(Outcome::Skipped(reason.to_owned()));
            }
            Step::Scaffold => drafts::check(workspace)?,
            Step::Test => return test::all(workspace).map(Outcome::Passed),
            Step::Alone => alone(workspace)?,
            Step::Planted => return planted(workspace),
            Step::Bench => return bench(workspace),
        }
        Ok(Outcome::Passed(Vec::new()))
    }
}

/// Checks each library by itself, bare and with all its features: in a build of the whole
/// workspace, a feature that one crate forgot is often there because another one asked for it.
fn alone(workspace: &Workspace) -> Result<()> {
    for package in workspace.packages()?.into_iter().filter(|package| package.is_library) {
        let mut bare = process::cargo(workspace.root());
        process::run(bare.args(["check", "--package", &package.name]))?;
        if !package.features.is_empty() {
            let mut full = process::cargo(workspace.root());
            process::run(full.args(["check", "--package", &package.name, "--all-features"]))?;
        }
    }
    Ok(())
}

/// Lets the script plant its bugs.
fn planted(workspace: &Workspace) -> Result<Outcome> {
    let script = workspace.root().join(PLANTED_BUGS);
    if !script.is_file() {
        return Ok(Outcome::Skipped(format!("there is no {PLANTED_BUGS}")));
    }
    process::run(std::process::Command::new(script).current_dir(workspace.root()))?;
    Ok(Outcome::Passed(Vec::new()))
}

/// Runs the benchmarks once the workspace has a package of that name.
fn bench(workspace: &Workspace) -> Result<Outcome> {
    if !workspace.packages()?.iter().any(|package| package.name == BENCH) {
        return Ok(Outcome::Skipped(format!("there is no package `{BENCH}`")));
    }
    process::run(process::cargo(workspace.root()).args(["run", "--release", "--package", BENCH]))?;
    Ok(Outcome::Passed(Vec::new()))
}

/// Prints a line per step, then what could not run here.
fn summarise(results: &[(Step, Outcome, Duration)]) {
    terminal::heading("summary");
    let mut missing = Vec::new();
    for (step, outcome, duration) in results {
        let (style, word) = match outcome {
            Outcome::Passed(left_out) => {
                missing.extend(left_out.iter().cloned());
                (Style::Good, "passed".to_owned())
            }
            Outcome::Skipped(reason) => (Style::Warning, format!("skipped: {reason}")),
            Outcome::Failed => (Style::Bad, "failed".to_owned()),
        };
        let duration = terminal::duration(*duration);
        terminal::line(&format!(
            "  {:<10} {duration:>12}  {}",
            step.name(),
            terminal::paint(style, &word)
        ));
    }
    terminal::missing(&missing);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(steps: &[Step], full: bool) -> Vec<Step> {
        Ci { steps: steps.to_vec(), full, keep_going: false }.chosen()
    }

    #[test]
    fn slow_steps_run_only_when_asked_for() {
        assert_eq!(chosen(&[], false).last(), Some(&Step::Test));
        assert_eq!(chosen(&[], true).last(), Some(&Step::Bench));
        assert_eq!(chosen(&[Step::Bench], false), [Step::Bench]);
    }

    #[test]
    fn named_steps_run_in_their_usual_order() {
        assert_eq!(chosen(&[Step::Test, Step::Fmt, Step::Fmt], false), [Step::Fmt, Step::Test]);
    }

    #[test]
    fn names_are_those_of_the_command_line() {
        for step in Step::value_variants() {
            let value = step.to_possible_value().map(|value| value.get_name().to_owned());
            assert_eq!(value.as_deref(), Some(step.name()));
        }
    }
}
