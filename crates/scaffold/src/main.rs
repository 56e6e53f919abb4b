//! Writes the first draft of a feature or an application: `scaffold new-feature NAME [FIELD...]`, `scaffold new-app DIR`,
//! started by `cargo xtask`.

mod ask;
mod draft;
mod edit;
mod feature;
mod field;
mod format;
mod house;
mod journal;
mod name;
mod new_app;
mod new_feature;
mod register;
mod reserved;
mod show;
mod target;
mod view;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Writes the first draft of a feature or an application.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

/// The commands.
#[derive(Subcommand)]
enum Command {
    NewFeature(new_feature::NewFeature),
    NewApp(new_app::NewApp),
    /// Finish what a run of `new-feature` began that was interrupted. Any command of `cargo xtask` does it first.
    #[command(hide = true)]
    Recover,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::NewFeature(command) => command.run(),
        Command::NewApp(command) => command.run(),
        Command::Recover => new_feature::recover(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
