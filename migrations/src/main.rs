//! `migrations`: brings a database up to date, back, or anew, and says how far it is and whether it is as it should be.

mod ask;
mod failure;
mod report;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use db::{Database, DatabaseOptions, Location};
use migrations::{Findings, MigrateError, Migrator, Status};
use sea_orm_migration::MigratorTrait;

use crate::{failure::Failure, report::Report};

/// Migrates the application's database.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// The database: `sqlite:path/to/file.db` or `postgres://user:password@host:5432/name`.
    /// Default: a file in the data folder.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// The folder for `throughline.db` when there is no URL.
    #[arg(long, env = "DATA_DIR", default_value = "data", global = true, value_name = "DIR")]
    data_dir: PathBuf,
    /// Print one JSON object instead of text.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Clone, Copy, Subcommand)]
enum Command {
    /// Run the migrations that the database lacks.
    Migrate,
    /// Say how far the database is; change nothing.
    Status,
    /// Undo the migrations that were applied last. Asks first when data would be lost.
    Rollback {
        /// How many to undo.
        #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
        /// Do not ask first.
        #[arg(long)]
        yes: bool,
    },
    /// Drop everything in the database and migrate anew. All data is lost.
    Reset {
        /// Do not ask first.
        #[arg(long)]
        yes: bool,
    },
    /// Compare the database with what the program declares: migrations, tables, columns, indexes, foreign keys. Changes
    /// nothing; ends with 1 when something is wrong.
    Check,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(report) => report.print(),
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let options = DatabaseOptions::resolve(arguments.database_url.as_deref(), &arguments.data_dir)?;
    let absent = matches!(&options.location, Location::Sqlite(path) if matches!(path.try_exists(), Ok(false)));
    match arguments.command {
        // To open a file that is not there would make it.
        Command::Status if absent => {
            return Ok(Report::status(arguments.json, &options.location, &nothing_yet()));
        }
        Command::Check if absent => {
            let pending = nothing_yet().pending;
            let findings = Findings { pending, ..Findings::default() };
            return Ok(Report::check(arguments.json, &options.location, &findings));
        }
        Command::Rollback { .. } if absent => {
            return Err(Failure::Absent { location: options.location.to_string() });
        }
        Command::Reset { yes: false } if !absent => ask::reset(&options.location)?,
        _ => {}
    }
    let db = Database::connect(&options).await?;
    let report = on(&db, arguments, &options.location).await;
    let closed = db.close().await.map_err(MigrateError::from);
    let report = report?;
    closed?;
    Ok(report)
}

/// Runs the command on the open database.
async fn on(db: &Database, arguments: &Arguments, location: &Location) -> Result<Report, Failure> {
    let json = arguments.json;
    let done = match arguments.command {
        Command::Status => {
            return Ok(Report::status(json, location, &migrations::status(db).await?));
        }
        Command::Check => return Ok(Report::check(json, location, &migrations::check(db).await?)),
        Command::Migrate => migrations::up(db).await?,
        Command::Reset { .. } => migrations::reset(db).await?,
        Command::Rollback { steps, yes } => {
            let undone = match migrations::rollback(db, steps, yes).await {
                Err(MigrateError::WouldLose(plan)) => {
                    ask::rollback(location, &plan)?;
                    migrations::rollback(db, steps, true).await?
                }
                undone => undone?,
            };
            return Ok(Report::undone(json, location, &undone, &migrations::status(db).await?));
        }
    };
    Ok(Report::applied(json, location, &done, &migrations::status(db).await?))
}

/// The status of a database that is not there.
fn nothing_yet() -> Status {
    let pending = Migrator::migrations();
    let pending = pending.iter().map(|migration| migration.name().to_owned()).collect();
    Status { pending, ..Status::default() }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
