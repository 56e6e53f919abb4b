//! What a shell and a reader of manuals know of the commands, made from their definition.

use std::{io, path::Path};

use clap::CommandFactory;
use clap_complete::Shell;
use serde_json::json;

use crate::{args::Args, failure::Failure, report::Report};

/// `completions`: the script for a shell.
pub fn completions(shell: Shell) -> Report {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "throughline", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    Report::new(&json!({ "shell": shell.to_string(), "script": script }), script)
}

/// `man`: the page of the program, or in a folder one for each command.
pub fn man(dir: Option<&Path>) -> Result<Report, Failure> {
    match dir {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Args::command())
                .render(&mut page)
                .map_err(|error| failed(&error))?;
            let page = String::from_utf8_lossy(&page).into_owned();
            Ok(Report::new(&json!({ "page": page }), page))
        }
        Some(dir) => {
            clap_mangen::generate_to(Args::command(), dir).map_err(|error| {
                failed(&error).hint(format!("is {} a folder that you may write to?", dir.display()))
            })?;
            let text = format!("the manual pages are in {}\n", dir.display());
            Ok(Report::new(&json!({ "dir": dir }), text))
        }
    }
}

fn failed(error: &io::Error) -> Failure {
    Failure::new("client.output", format!("the manual could not be written: {error}"))
}
