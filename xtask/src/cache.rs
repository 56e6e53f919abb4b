//! `cargo xtask oracle` and `cargo xtask bench`: the query cache beside the real TanStack Query, and
//! what everything costs.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use crate::process;
use crate::workspace::Workspace;

/// Run the query cache beside the real TanStack Query.
///
/// `record [--check]` runs the committed traces in Node and writes down what TanStack Query does;
/// `replay [WORD]` runs them here, without Node; `fuzz --seconds N --seed S` makes random traces,
/// runs them in both, and shrinks what differs. `--help` after one of them tells more.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub struct Oracle {
    /// What the oracle is told.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
}

impl Oracle {
    /// Runs the oracle and returns its exit code.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        released(workspace, "query-oracle", &self.arguments)
    }
}

/// Measure what things cost: `query` for the query cache, others for the contract layer.
///
/// `query` runs the cache, the real TanStack Query and moka in one run and prints ratios;
/// `overhead`, `scale` and `build` measure what the contract layer costs per request, per procedure
/// and per build. `--help` after one of them tells more.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub struct Bench {
    /// What is measured, and how.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
}

impl Bench {
    /// Runs the benchmark and returns its exit code.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        match self.arguments.split_first() {
            Some((what, arguments)) if what == "query" => {
                released(workspace, "query-bench", arguments)
            }
            _ => released(workspace, "bench", &self.arguments),
        }
    }
}

/// Runs a package's binary as it is released: what is measured or repeated a hundred thousand times
/// should not be a debug build.
fn released(workspace: &Workspace, package: &str, arguments: &[String]) -> Result<ExitCode> {
    if !workspace.packages()?.iter().any(|there| there.name == package) {
        bail!("this workspace has no package `{package}`: it is one of the library's own");
    }
    let mut command = process::cargo(workspace.root());
    command.args(["run", "--quiet", "--release", "--package", package, "--"]).args(arguments);
    process::status(&mut command).map(process::exit_code)
}
