//! `cargo xtask bench query`: what the query cache costs, beside TanStack Query and moka.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use query_bench::{Plan, install, run, say};

/// Measure the query cache beside the real TanStack Query and moka, in one run.
#[derive(Parser)]
#[command(name = "query", bin_name = "cargo xtask bench query")]
struct Cli {
    #[command(flatten)]
    plan: Plan,
    /// Print the figures as JSON, with the best and the median round of each.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match measure(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn measure(cli: Cli) -> Result<()> {
    install()?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build()?;
    let _inside = runtime.enter();
    let report = run(&cli.plan.shortened())?;
    if cli.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
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
