//! `cargo xtask db`: migrates, inspects, checks, fills or empties the development database, and begins a migration.
//!
//! The work on a database is done by the packages `migrations` and `api`, started as their own binaries; a new migration's
//! file is written here, so that one can be begun while another does not compile yet.

mod new;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::process;
use crate::workspace::Workspace;

/// Migrate, inspect, check, fill or empty the development database, and begin a migration.
///
/// The database is the one that `--database-url` or `DATABASE_URL` names, else the embedded one under `data/` (or under
/// `DATA_DIR`). A relative path starts at the root of the workspace. A password in a URL is never shown.
#[derive(Args)]
#[command(max_term_width = 100)]
pub struct Db {
    /// What to do with it.
    #[command(subcommand)]
    command: Command,
    /// The database, `sqlite:path/to/file.db` or `postgres://user:password@host:5432/name` [default: the embedded one
    /// under `data/`].
    #[arg(long, global = true, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

/// The commands on the database.
#[derive(Subcommand)]
enum Command {
    /// Apply the migrations that are missing, all or none.
    Migrate {
        /// Print one JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Undo the migrations that were applied last, all or none. Asks first when data would be lost.
    Rollback {
        /// How many to undo.
        #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
        /// Do not ask first.
        #[arg(long)]
        yes: bool,
        /// Print one JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// List the migrations and which of them are applied. Changes nothing.
    Status {
        /// Print one JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Drop everything in the database and migrate it anew.
    Reset {
        /// Do not ask first.
        #[arg(long)]
        yes: bool,
        /// Print one JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Fill the database with demo data: the account that `dev` makes, and rows of its own.
    ///
    /// What is there already stays, so a second run adds only what is missing. Where other people have accounts, or the
    /// server is not on this machine, it asks for `--yes`: the demo account's password is known to everybody.
    Seed {
        /// How many rows in each table. Ten million take minutes.
        #[arg(long, default_value_t = 20, value_name = "N")]
        rows: u64,
        /// Only this table; may be given several times [default: all of them].
        #[arg(long, value_name = "TABLE")]
        table: Vec<String>,
        /// Also on a database that does not look like one for development.
        #[arg(long)]
        yes: bool,
    },
    /// Compare the database with what the code declares, and name each difference.
    ///
    /// Migrations that are pending or unknown, tables, columns, indexes and foreign keys that differ from the entities,
    /// rows that refer to nothing. Changes nothing; ends with 1 when something is wrong.
    Check {
        /// Print one JSON object instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Begin a migration: write its file, and list it in `migrations/src/lib.rs`.
    New {
        /// What it does, in snake case: `add_due_to_tasks`.
        name: String,
    },
}

impl Db {
    /// Runs the command and returns the exit code of the program that does the work.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let (package, arguments) = match self.command {
            Command::New { name } => return new::migration(workspace, &name),
            Command::Migrate { json } => ("migrations", words("migrate", &[("--json", json)])),
            Command::Status { json } => ("migrations", words("status", &[("--json", json)])),
            Command::Check { json } => ("migrations", words("check", &[("--json", json)])),
            Command::Reset { yes, json } => {
                ("migrations", words("reset", &[("--yes", yes), ("--json", json)]))
            }
            Command::Rollback { steps, yes, json } => {
                let mut arguments = words("rollback", &[("--yes", yes), ("--json", json)]);
                arguments.push(format!("--steps={steps}"));
                ("migrations", arguments)
            }
            Command::Seed { rows, table, yes } => {
                let mut arguments = words("seed", &[("--yes", yes)]);
                arguments.push(format!("--rows={rows}"));
                arguments.extend(table.iter().map(|table| format!("--table={table}")));
                ("api", arguments)
            }
        };
        let mut program = process::cargo_run(workspace.root(), package, &arguments);
        // In the environment: what stands on a command line, everybody on the machine can read.
        if let Some(url) = self.database_url {
            program.env("DATABASE_URL", url);
        }
        if std::env::var_os("DATA_DIR").is_none() {
            program.env("DATA_DIR", workspace.data());
        }
        // Demo data is many rows at once: that a statement takes its time is no news.
        if package == "api" && std::env::var_os("LOG").is_none() {
            program.env("LOG", "error");
        }
        process::status(&mut program).map(process::exit_code)
    }
}

/// A command with those of its flags that are set.
fn words(command: &str, flags: &[(&str, bool)]) -> Vec<String> {
    let flags = flags.iter().filter(|(_, set)| *set).map(|(flag, _)| *flag);
    std::iter::once(command).chain(flags).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_flags_that_are_set_are_passed_on() {
        assert_eq!(words("reset", &[("--yes", true), ("--json", false)]), ["reset", "--yes"]);
    }
}
