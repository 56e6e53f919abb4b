//! `throughline`: the application from a terminal, for people and for programs.

mod args;

mod account;
mod flows;
mod security;
mod tasks;
mod users;

mod manual;

mod failure;
mod report;
mod session;

mod config_dir;
mod credentials;

mod escape;
mod paging;
mod prompt;
mod table;
mod terminal;
mod times;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    args::{Args, Command},
    failure::Failure,
    report::Report,
    session::Session,
    terminal::Terminal,
};

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(usage) => {
            // Help whose reader has left is no failure, and there is nobody to tell of another one.
            let _ = usage.print();
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2));
        }
    };
    let terminal = Terminal::new(args.json);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(args, &terminal)),
        Err(error) => Err(Failure::new("client.runtime", format!("cannot start: {error}"))),
    };
    terminal.end(done)
}

async fn run(args: Args, terminal: &Terminal) -> Result<Report, Failure> {
    let session = match args.command {
        // These ask no server.
        Command::Completions { shell } => return Ok(manual::completions(shell)),
        Command::Man { dir } => return manual::man(dir.as_deref()),
        // Who signs in or out does so in person, whatever token there is.
        Command::SignUp(_) | Command::SignIn(_) | Command::SignOut => {
            Session::open(args.server, None)?
        }
        _ => Session::open(args.server, session::token()?)?,
    };
    let done = match args.command {
        Command::SignUp(input) => return account::sign_up(&session, input).await,
        Command::SignIn(input) => return account::sign_in(&session, input).await,
        Command::SignOut => return account::sign_out(&session).await,
        Command::Whoami => account::whoami(&session).await,
        Command::Tasks(command) => tasks::run(&session, command, terminal).await,
        Command::Flows(command) => flows::run(&session, command, terminal).await,
        Command::Profile(command) => users::profile(&session, command, terminal.style).await,
        Command::Password(args) => security::password(&session, args).await,
        Command::Sessions(command) => security::sessions(&session, command, terminal).await,
        Command::Tokens(command) => security::tokens(&session, command, terminal).await,
        Command::Users(command) => users::run(&session, command, terminal).await,
        Command::Audit(args) => users::audit(&session, args, terminal).await,
        Command::Completions { shell } => Ok(manual::completions(shell)),
        Command::Man { dir } => manual::man(dir.as_deref()),
    };
    // The server may have renewed the session, or ended it; the commands above have kept theirs.
    let kept = session.keep();
    match (done, kept) {
        (Ok(report), Err(failure)) => Ok(report.warn(failure.to_string())),
        (done, _) => done,
    }
}
