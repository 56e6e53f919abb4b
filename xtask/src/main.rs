//! The one door to the workspace: `cargo xtask <command>` does here what continuous integration
//! does there.
//!
//! The door stays small. It depends on none of the workspace's crates and starts heavier tools as
//! their own binaries, so that an edit of a contract does not rebuild it.

mod cache;
mod ci;
mod db;
mod dev;
mod doctor;
mod drafts;
mod generate;
mod invariants;
mod routes;
mod scaffold;
mod test;

mod documents;
mod node;
mod postgres;
mod tanstack;

mod process;
mod signals;
mod terminal;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::signals::Interrupted;
use crate::workspace::Workspace;

/// The one door to the workspace: run it, test it, check it, generate what follows from the
/// contract.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

/// The commands, in the order in which somebody new meets them. Each is documented where it is.
#[derive(Subcommand)]
enum Command {
    Dev(dev::Dev),
    Test(test::Test),
    Ci(ci::Ci),
    Generate(generate::Generate),
    NewFeature(scaffold::NewFeature),
    NewApp(scaffold::NewApp),
    Routes(routes::Routes),
    Db(db::Db),
    Doctor(doctor::Doctor),
    Invariants(invariants::Invariants),
    Oracle(cache::Oracle),
    Bench(cache::Bench),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command) {
        Ok(code) => code,
        Err(error) => {
            terminal::error(&format!("{error:#}"));
            match error.downcast_ref::<Interrupted>() {
                Some(interrupted) => interrupted.exit_code(),
                None => ExitCode::FAILURE,
            }
        }
    }
}

/// Runs one command. What it started is stopped and removed when this returns, whatever the
/// outcome.
fn run(command: Command) -> Result<ExitCode> {
    signals::watch()?;
    let workspace = Workspace::find()?;
    if !matches!(command, Command::NewFeature(_)) {
        scaffold::recover(&workspace)?;
    }
    match command {
        Command::Dev(dev) => dev.run(&workspace),
        Command::Test(test) => test.run(&workspace),
        Command::Ci(ci) => ci.run(&workspace),
        Command::Generate(generate) => generate.run(&workspace),
        Command::NewFeature(feature) => feature.run(&workspace),
        Command::NewApp(app) => app.run(&workspace),
        Command::Routes(routes) => routes.run(&workspace),
        Command::Db(db) => db.run(&workspace),
        Command::Doctor(doctor) => doctor.run(&workspace),
        Command::Invariants(invariants) => invariants.run(&workspace),
        Command::Oracle(oracle) => oracle.run(&workspace),
        Command::Bench(bench) => bench.run(&workspace),
    }
}

/// The names of all commands, for the check that the papers quote only commands that exist.
fn command_names() -> Vec<String> {
    use clap::CommandFactory;
    Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_argument_has_help() {
        fn check(command: &clap::Command) {
            assert!(command.get_about().is_some(), "`{}` has no help", command.get_name());
            for argument in command.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "`{}` of `{}` has no help",
                    argument.get_id(),
                    command.get_name()
                );
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
