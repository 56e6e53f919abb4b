//! What the command prints: text for people, or one JSON object for programs.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use db::Location;
use migrations::{Dangling, Findings, Status};
use serde_json::json;

/// What is printed, and how the program ends.
pub(crate) struct Report {
    text: String,
    good: bool,
}

impl Report {
    /// How far the database is.
    pub(crate) fn status(json: bool, location: &Location, status: &Status) -> Self {
        let mut lines = named("applied", &status.applied);
        lines.extend(named("pending", &status.pending));
        lines.extend(named("unknown", &status.unknown));
        Self::of(json, location, &[], status, lines)
    }

    /// What has been applied, and how far the database is now.
    pub(crate) fn applied(
        json: bool,
        location: &Location,
        done: &[String],
        status: &Status,
    ) -> Self {
        Self::of(json, location, done, status, named("applied", done))
    }

    /// What has been undone, and how far the database is now.
    pub(crate) fn undone(
        json: bool,
        location: &Location,
        done: &[String],
        status: &Status,
    ) -> Self {
        Self::of(json, location, done, status, named("undone ", done))
    }

    fn of(
        json: bool,
        location: &Location,
        done: &[String],
        status: &Status,
        mut lines: Vec<String>,
    ) -> Self {
        let Status { applied, pending, unknown } = status;
        let text = if json {
            json!({ "done": done, "applied": applied, "pending": pending, "unknown": unknown })
                .to_string()
        } else {
            let verdict = match status {
                _ if !unknown.is_empty() => "is newer than this program: start the newer version",
                _ if !pending.is_empty() && applied.is_empty() => {
                    "is empty: `migrate` makes its tables"
                }
                _ if !pending.is_empty() => "is behind: `migrate` brings it up to date",
                _ => "is up to date",
            };
            lines.push(format!("{location} {verdict}"));
            lines.join("\n")
        };
        Self { text, good: true }
    }

    /// What is wrong with the database.
    pub(crate) fn check(json: bool, location: &Location, findings: &Findings) -> Self {
        let good = findings.is_empty();
        let text = if json {
            let Findings { pending, unknown, drift, dangling } = findings;
            let dangling: Vec<_> = dangling
                .iter()
                .map(|Dangling { table, parent, rows }| {
                    json!({ "table": table, "parent": parent, "rows": rows })
                })
                .collect();
            json!({
                "ok": good,
                "pending": pending,
                "unknown": unknown,
                "compared": findings.is_compared(),
                "drift": drift,
                "dangling": dangling,
            })
            .to_string()
        } else {
            let mut lines = findings.sentences();
            lines.push(format!("{location} {}", verdict(findings)));
            lines.join("\n")
        };
        Self { text, good }
    }

    /// Prints it; a reader that has seen enough, such as `head`, is no failure.
    pub(crate) fn print(&self) -> ExitCode {
        match writeln!(io::stdout().lock(), "{}", self.text) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                eprintln!("error: the answer could not be written: {error}");
                ExitCode::FAILURE
            }
            _ if self.good => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }
    }
}

/// The last line of a check: what to do.
fn verdict(findings: &Findings) -> &'static str {
    if !findings.unknown.is_empty() {
        "is newer than this program: start the newer version. Its schema was not compared"
    } else if !findings.pending.is_empty() {
        "is behind: `migrate` brings it up to date. Its schema was not compared"
    } else if !findings.drift.is_empty() {
        "is not as declared: write a migration, or change the declaration"
    } else if !findings.dangling.is_empty() {
        "has rows that refer to nothing: delete them, or put back what they refer to"
    } else {
        "is as declared"
    }
}

fn named(word: &str, names: &[String]) -> Vec<String> {
    names.iter().map(|name| format!("{word}  {name}")).collect()
}
