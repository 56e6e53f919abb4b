//! `cargo xtask routes`: lists every route of the contract.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::process;
use crate::workspace::Workspace;

/// List every route: method, path, operation and who may call it.
#[derive(Args)]
pub struct Routes {
    /// Print JSON for programs instead of a table for people.
    #[arg(long)]
    json: bool,
}

impl Routes {
    /// Prints the list and returns the exit code of the program that knows it.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let arguments: &[&str] = if self.json { &["routes", "--json"] } else { &["routes"] };
        process::status(&mut process::cargo_run(workspace.root(), "openapi", arguments))
            .map(process::exit_code)
    }
}
