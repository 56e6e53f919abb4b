//! `cargo xtask routes`: lists every route of the contract.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::process;
use crate::workspace::Workspace;

/// List every route: method, path, who may call it, what goes in, what comes out, what can go wrong, and what it does to
/// cached reads.
///
/// On a terminal the table is as wide as the terminal; in a pipe it is whole. A route that is left alone by the words is
/// shown at length.
#[derive(Args)]
pub struct Routes {
    /// Only routes that have each of these words in their method, path, operation or level: `tasks`, `post users`.
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// Show each route at length.
    #[arg(long, short, conflicts_with = "json")]
    long: bool,
    /// Print JSON for programs instead of a table for people.
    #[arg(long)]
    json: bool,
}

impl Routes {
    /// Prints the list and returns the exit code of the program that knows it.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let mut arguments = vec!["routes".to_owned()];
        if self.long {
            arguments.push("--long".to_owned());
        }
        if self.json {
            arguments.push("--json".to_owned());
        }
        arguments.push("--".to_owned());
        arguments.extend(self.words);
        process::status(&mut process::cargo_run(workspace.root(), "openapi", &arguments))
            .map(process::exit_code)
    }
}
