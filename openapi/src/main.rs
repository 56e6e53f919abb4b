//! Writes the OpenAPI document and the table of who may do what, checks that the file is what the contracts say, and lists routes.
//! `cargo xtask generate` and `cargo xtask routes` run it.

mod file;
mod routes;

use std::{
    io::{ErrorKind, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The application's OpenAPI document.
#[derive(Parser)]
#[command(name = "openapi")]
struct Cli {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the document to its file, and beside it the table of who may do what.
    Generate {
        /// Write nothing; fail when the file is not what the contracts say.
        #[arg(long)]
        check: bool,
        /// The file [default: openapi/openapi.json of this repository].
        #[arg(long, value_name = "FILE", hide_default_value = true)]
        output: Option<PathBuf>,
    },
    /// List every route: method, path, operation, who may call it, what goes in, what comes out, what can go wrong, what it
    /// does to cached reads.
    Routes(routes::Options),
    /// Print the document.
    Print,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Generate { check, output } => {
            let file = output.unwrap_or_else(file::default);
            let text = openapi::document()?.to_json_pretty();
            let table = file.with_file_name(file::PERMISSIONS);
            let files = [(file, text), (table, openapi::permissions::table())];
            let mut code = ExitCode::SUCCESS;
            for (file, text) in files {
                let done =
                    if check { file::check(&file, &text) } else { file::write(&file, &text) }?;
                // All that differs is named, not only what differs first.
                if done != ExitCode::SUCCESS {
                    code = done;
                }
            }
            Ok(code)
        }
        Command::Routes(options) => print(&routes::list(&options, terminal_width())?),
        Command::Print => print(&openapi::document()?.to_json_pretty()),
    }
}

/// How wide the terminal is that standard output goes to, if it goes to one.
fn terminal_width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
    Some(usize::from(width.0))
}

/// Prints text; a reader that has seen enough, such as `head`, is no failure.
fn print(text: &str) -> Result<ExitCode> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
