//! `cargo xtask doctor`: what this machine has and lacks, and how to get what it lacks.
//!
//! It looks, and changes nothing: nothing is installed, fetched or started.

mod machine;
mod papers;
mod postgres;
mod rust;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};

use crate::workspace::Workspace;

/// Say what this machine has and lacks, and how to get what it lacks.
///
/// Changes nothing. Ends with 1 when something is missing without which nothing can be built; what only some tests need is
/// optional.
#[derive(Args)]
pub struct Doctor {
    /// Print one JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// What was found about one thing.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    /// The thing.
    name: &'static str,
    /// Whether it is there.
    state: State,
    /// What was found: a version, a folder, what is the matter.
    found: String,
    /// How to get it, when it is not there.
    remedy: Option<Remedy>,
}

/// Whether a thing is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It is.
    Ok,
    /// It is not, and some things do without it.
    Optional,
    /// It is not, and nothing does without it.
    Missing,
}

/// How to get a thing.
#[derive(Debug, PartialEq, Eq)]
struct Remedy {
    /// On Debian and its kin.
    debian: String,
    /// Anywhere.
    elsewhere: String,
}

impl Finding {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, state: State::Ok, found: found.into(), remedy: None }
    }

    fn missing(name: &'static str, found: impl Into<String>, remedy: Remedy) -> Self {
        Self { name, state: State::Missing, found: found.into(), remedy: Some(remedy) }
    }

    fn optional(name: &'static str, found: impl Into<String>, remedy: Remedy) -> Self {
        Self { name, state: State::Optional, found: found.into(), remedy: Some(remedy) }
    }
}

impl Remedy {
    fn new(debian: impl Into<String>, elsewhere: impl Into<String>) -> Self {
        Self { debian: debian.into(), elsewhere: elsewhere.into() }
    }

    /// The same everywhere.
    fn everywhere(remedy: impl Into<String>) -> Self {
        let remedy = remedy.into();
        Self { debian: remedy.clone(), elsewhere: remedy }
    }
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Optional => "optional",
            Self::Missing => "missing",
        }
    }
}

impl Doctor {
    /// Looks, prints what was found, and returns whether anything required is missing.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let findings = [
            rust::look(workspace)?,
            machine::look(workspace),
            postgres::look(),
            papers::look(workspace),
        ];
        let findings: Vec<Finding> = findings.into_iter().flatten().collect();
        let good = findings.iter().all(|finding| finding.state != State::Missing);
        let text = if self.json { format!("{}\n", json(&findings)) } else { text(&findings) };
        match std::io::stdout().lock().write_all(text.as_bytes()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(error).context("the findings could not be written")
            }
            _ if good => Ok(ExitCode::SUCCESS),
            _ => Ok(ExitCode::FAILURE),
        }
    }
}

fn json(findings: &[Finding]) -> Value {
    let good = findings.iter().all(|finding| finding.state != State::Missing);
    let findings: Vec<Value> = findings
        .iter()
        .map(|Finding { name, state, found, remedy }| {
            let remedy = remedy.as_ref().map(
                |Remedy { debian, elsewhere }| json!({ "debian": debian, "elsewhere": elsewhere }),
            );
            json!({ "name": name, "state": state.name(), "found": found, "remedy": remedy })
        })
        .collect();
    json!({ "ok": good, "findings": findings })
}

fn text(findings: &[Finding]) -> String {
    let widest = findings.iter().map(|finding| finding.name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for Finding { name, state, found, remedy } in findings {
        text.push_str(&format!("{:8}  {name:widest$}  {found}\n", state.name()));
        if let Some(Remedy { debian, elsewhere }) = remedy {
            let indent = " ".repeat(12 + widest);
            if debian == elsewhere {
                text.push_str(&format!("{indent}{debian}\n"));
            } else {
                text.push_str(&format!(
                    "{indent}on Debian: {debian}\n{indent}elsewhere: {elsewhere}\n"
                ));
            }
        }
    }
    let count = |state| findings.iter().filter(|finding| finding.state == state).count();
    let verdict = match (count(State::Missing), count(State::Optional)) {
        (0, 0) => "Everything is here.".to_owned(),
        (0, some) => {
            format!("All that is required is here; what is optional and not here: {some}.")
        }
        (some, _) => format!("Required and missing: {some}."),
    };
    text.push_str(&format!("\n{verdict}\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_comes_with_its_remedy() {
        let findings = [
            Finding::ok("Rust", "1.95.0"),
            Finding::missing("C compiler", "none", Remedy::new("apt install gcc", "install one")),
            Finding::optional("port 3000", "taken", Remedy::everywhere("choose another")),
        ];
        assert_eq!(
            text(&findings),
            "ok        Rust        1.95.0\n\
             missing   C compiler  none\n                      on Debian: apt install gcc\n                      elsewhere: install one\n\
             optional  port 3000   taken\n                      choose another\n\n\
             Required and missing: 1.\n"
        );
        let json = json(&findings);
        assert_eq!(json["ok"], false);
        assert_eq!(json["findings"][1]["remedy"]["debian"], "apt install gcc");
        assert_eq!(json["findings"][0]["remedy"], Value::Null);
    }
}
