//! `throughline`: the application's tasks from a terminal, for people and for programs.

mod args;

mod account;
mod tasks;

mod failure;
mod report;
mod session;

mod config_dir;
mod credentials;

mod escape;
mod prompt;
mod table;
mod terminal;

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
    let session = Session::open(args.server)?;
    let done = match args.command {
        Command::SignUp(input) => return account::sign_up(&session, input).await,
        Command::SignIn(input) => return account::sign_in(&session, input).await,
        Command::SignOut => return account::sign_out(&session).await,
        Command::Whoami => account::whoami(&session).await,
        Command::Tasks(command) => tasks::run(&session, command, terminal).await,
    };
    // The server may have renewed the session, or ended it; the commands above have kept theirs.
    let kept = session.keep();
    match (done, kept) {
        (Ok(report), Err(failure)) => Ok(report.warn(failure.to_string())),
        (done, _) => done,
    }
}
