//! Measures what the contract layer costs: in a request, in compiling many procedures, and in the application's build.
//!
//! Every figure is printed together with the conditions it was taken under, as a Markdown table or,
//! with `--json`, for programs.

mod build_time;
mod overhead;
mod scale;

mod conditions;
mod edit;
mod measure;
mod progress;
mod table;
mod workspace;

use std::alloc::System;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// Counts every allocation of this process, two atomic additions each.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Measure what the contract layer costs. Without a command: `overhead`.
#[derive(Parser)]
#[command(name = "bench")]
struct Cli {
    /// What to measure.
    #[command(subcommand)]
    command: Option<Command>,
}

/// The commands. Each is documented where it is.
#[derive(Subcommand)]
enum Command {
    Overhead(overhead::Overhead),
    Scale(scale::Scale),
    Build(build_time::Build),
    #[command(hide = true)]
    RunOverhead(overhead::RunOverhead),
    #[command(hide = true)]
    RunMeasured(measure::RunMeasured),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            progress::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Option<Command>) -> Result<()> {
    match command.unwrap_or(Command::Overhead(overhead::Overhead::default())) {
        Command::Overhead(overhead) => overhead.run(),
        Command::Scale(scale) => scale.run(),
        Command::Build(build) => build.run(),
        Command::RunOverhead(run) => run.run(),
        Command::RunMeasured(run) => run.run(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
