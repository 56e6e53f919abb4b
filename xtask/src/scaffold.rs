//! `cargo xtask new-feature`: the first draft of a feature, and what an interrupted one left to do.
//!
//! The work is done by the package `scaffold`, started as its own binary: it reads and writes Rust, the door does not.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::process;
use crate::workspace::Workspace;

/// What an interrupted run leaves behind, below the root.
const JOURNAL: &str = ".scaffold/journal";

/// Write the first draft of a feature: one file per layer, tests and registrations.
///
/// `new-feature products title:string:1..256 'status:enum(draft,active)' sku:string:1..64:unique`; without arguments it
/// asks. `new-feature --help` tells of fields and options. An interrupted run is finished by the next command.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub struct NewFeature {
    /// The name, the fields and the options.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
}

impl NewFeature {
    /// Runs the program that writes and returns its exit code.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let arguments = std::iter::once("new-feature".to_owned()).chain(self.arguments);
        let arguments: Vec<String> = arguments.collect();
        process::status(&mut process::cargo_run(workspace.root(), "scaffold", &arguments))
            .map(process::exit_code)
    }
}

/// Finishes what an interrupted run began, if one did: half a feature is no workspace to work in.
pub fn recover(workspace: &Workspace) -> Result<()> {
    if !workspace.root().join(JOURNAL).exists() {
        return Ok(());
    }
    process::run(&mut process::cargo_run(workspace.root(), "scaffold", &["recover"]))
}
