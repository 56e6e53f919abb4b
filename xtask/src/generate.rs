//! `cargo xtask generate`: writes what follows from the contract, or checks that it is up to date.
//!
//! The work is done by the package `openapi`, started as its own binary: it depends on the
//! contract, the door does not.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::process;
use crate::workspace::Workspace;

/// Write `openapi/openapi.json` and `openapi/permissions.md` from the contract.
#[derive(Args)]
pub struct Generate {
    /// Write nothing; fail when the file is not what the contract says.
    #[arg(long)]
    check: bool,
}

impl Generate {
    /// Runs the generator and returns its exit code.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let arguments: &[&str] = if self.check { &["generate", "--check"] } else { &["generate"] };
        process::status(&mut process::cargo_run(workspace.root(), "openapi", arguments))
            .map(process::exit_code)
    }
}

/// Checks that the generated files are up to date; an error unless they are.
pub fn check(workspace: &Workspace) -> Result<()> {
    process::run(&mut process::cargo_run(workspace.root(), "openapi", &["generate", "--check"]))
}
