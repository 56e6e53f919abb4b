//! What whoever runs the server does about admins: the first one comes from here.

use std::io::Write;

use anyhow::{Context, Result, bail};
use db::Database;
use server::{App, ServerOptions};

use crate::settings::AdminCommand;

/// Runs one command on a database that is up to date.
///
/// # Errors
/// When there is nobody under the address, or the database is away.
pub async fn run(db: Database, command: AdminCommand) -> Result<()> {
    let AdminCommand::Grant { email } = command;
    let app = App::new(db.clone(), &ServerOptions::default());
    let Some(account) = app.accounts().grant_admin(&email).await? else {
        bail!("there is no account under {email}: sign up first");
    };
    writeln!(std::io::stdout(), "{} <{}> is an admin", account.name, account.email)
        .context("the answer could not be written")?;
    db.close().await.context("the database did not close in good order")
}
