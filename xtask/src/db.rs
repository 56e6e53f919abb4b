//! `cargo xtask db`: migrates, inspects or empties the development database.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};

use crate::process;
use crate::workspace::Workspace;

/// Migrate, inspect or reset the development database.
///
/// The database is the one that `--database-url` or `DATABASE_URL` names, else the embedded one
/// under `data/`.
#[derive(Args)]
pub struct Db {
    /// What to do with it.
    #[command(subcommand)]
    command: Command,
    /// The database, `sqlite://...` or `postgres://...` [default: the embedded one under `data/`].
    #[arg(long, global = true, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

/// The commands on the database.
#[derive(Subcommand)]
enum Command {
    /// Apply the migrations that are missing.
    Migrate,
    /// List the migrations and which of them are applied.
    Status,
    /// Drop everything in the database and migrate it anew.
    Reset {
        /// Do not ask first.
        #[arg(long)]
        yes: bool,
    },
}

impl Db {
    /// Runs the migrator and returns its exit code.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let command = match self.command {
            Command::Migrate => "migrate",
            Command::Status => "status",
            Command::Reset { yes } => {
                if !yes && !confirmed(&self.shown_database(workspace))? {
                    bail!("nothing was changed");
                }
                "reset"
            }
        };
        let mut migrator = process::cargo_run(workspace.root(), "migrations", &[command]);
        if let Some(url) = self.database_url {
            migrator.env("DATABASE_URL", url);
        }
        if std::env::var_os("DATA_DIR").is_none() {
            migrator.env("DATA_DIR", workspace.data());
        }
        process::status(&mut migrator).map(process::exit_code)
    }

    /// The database as a person may see it.
    fn shown_database(&self, workspace: &Workspace) -> String {
        match (&self.database_url, std::env::var_os("DATA_DIR")) {
            (Some(url), _) => without_password(url),
            (None, Some(folder)) => {
                format!("the embedded database under {}", folder.to_string_lossy())
            }
            (None, None) => format!("the embedded database under {}", workspace.data().display()),
        }
    }
}

/// Asks on the terminal. Without one there is nobody to ask, which is an error.
fn confirmed(database: &str) -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!(
            "`db reset` deletes everything in {database}, and there is no terminal to ask on: \
             say `--yes` to mean it"
        );
    }
    eprint!("This deletes everything in {database}. Type `yes` to go on: ");
    std::io::stderr().flush().context("could not write to the terminal")?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).context("could not read the answer")?;
    Ok(answer.trim() == "yes")
}

/// The URL with its password replaced, for the screen.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    let Some(at) = rest.get(..authority_end).and_then(|authority| authority.rfind('@')) else {
        return url.to_owned();
    };
    let (credentials, host) = rest.split_at(at);
    match credentials.split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:***{host}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_stay_off_the_screen() {
        assert_eq!(
            without_password("postgres://app:s3cret@db.example:5432/app"),
            "postgres://app:***@db.example:5432/app"
        );
        assert_eq!(
            without_password("postgres://app@db.example/app"),
            "postgres://app@db.example/app"
        );
        assert_eq!(
            without_password("sqlite://data/app.db?mode=rwc"),
            "sqlite://data/app.db?mode=rwc"
        );
    }
}
