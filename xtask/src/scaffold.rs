//! `cargo xtask new-feature` and `new-app`: the first draft of a feature or an application, and what an interrupted one left
//! to do.
//!
//! The work is done by the package `scaffold`, started as its own binary: it reads and writes Rust, the door does not.

use std::process::ExitCode;

use anyhow::{Context, Result};
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

/// Write a workspace of its own with one feature, which depends on the library and passes its own tests.
///
/// `new-app ../shop`; `new-app --help` tells where the library may come from.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub struct NewApp {
    /// The folder and the options.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
}

impl NewApp {
    /// Runs the program that writes and returns its exit code.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let arguments = std::iter::once("new-app".to_owned()).chain(self.arguments);
        let arguments: Vec<String> = arguments.collect();
        let mut program = process::cargo_run(workspace.root(), "scaffold", &arguments);
        // The folder is named from where the caller stands.
        program.current_dir(std::env::current_dir().context("there is no folder to work in")?);
        process::status(&mut program).map(process::exit_code)
    }
}

/// Finishes what an interrupted run began, if one did: half a feature is no workspace to work in.
pub fn recover(workspace: &Workspace) -> Result<()> {
    if !workspace.root().join(JOURNAL).exists() {
        return Ok(());
    }
    process::run(&mut process::cargo_run(workspace.root(), "scaffold", &["recover"]))
}
