//! `migrations`: brings a database up to date, says how far it is, or begins it anew.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use db::{ConnectError, Database, DatabaseOptions};
use migrations::{MigrateError, Status};

/// Migrates the application's database.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// The database: `sqlite:path/to/file.db` or `postgres://user:password@host:5432/name`.
    /// Default: a file in the data folder.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    database_url: Option<String>,
    /// The folder for `throughline.db` when there is no URL.
    #[arg(long, env = "DATA_DIR", default_value = "data", global = true)]
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
    /// Drop everything in the database and migrate anew. All data is lost.
    Reset,
}

/// What kept the command from its end.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Migrate(#[from] MigrateError),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<String, Failure> {
    let options = DatabaseOptions::resolve(arguments.database_url.as_deref(), &arguments.data_dir)?;
    let db = Database::connect(&options).await?;
    let done = match arguments.command {
        Command::Migrate => migrations::up(&db).await?,
        Command::Reset => migrations::reset(&db).await?,
        Command::Status => Vec::new(),
    };
    let status = migrations::status(&db).await?;
    db.close().await.map_err(MigrateError::from)?;
    Ok(if arguments.json {
        json(&done, &status)
    } else {
        text(&options, arguments.command, &done, &status)
    })
}

fn json(done: &[String], status: &Status) -> String {
    let Status { applied, pending, unknown } = status;
    serde_json::json!({ "done": done, "applied": applied, "pending": pending, "unknown": unknown })
        .to_string()
}

fn text(options: &DatabaseOptions, command: Command, done: &[String], status: &Status) -> String {
    let mut lines: Vec<String> = Vec::new();
    if let Command::Status = command {
        lines.extend(status.applied.iter().map(|name| format!("applied  {name}")));
        lines.extend(status.pending.iter().map(|name| format!("pending  {name}")));
        lines.extend(status.unknown.iter().map(|name| format!("unknown  {name}")));
    } else {
        lines.extend(done.iter().map(|name| format!("applied  {name}")));
    }
    let verdict = match status {
        _ if !status.unknown.is_empty() => "is newer than this program: start the newer version",
        _ if !status.pending.is_empty() => "is behind: `migrate` brings it up to date",
        _ => "is up to date",
    };
    lines.push(format!("{} {verdict}", options.location));
    lines.join("\n")
}
