//! What kept the command from its end, and what to do next.

use db::ConnectError;
use migrations::MigrateError;

/// What kept the command from its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The database cannot be opened.
    #[error("{}{}", .0, advice(.0))]
    Connect(#[from] ConnectError),
    /// The work failed.
    #[error("{}{}", .0, after(.0))]
    Migrate(#[from] MigrateError),
    /// There is no such database.
    #[error("there is no database {location}: `migrate` makes it")]
    Absent {
        /// Where it should be.
        location: String,
    },
    /// Nobody can be asked.
    #[error(
        "{said}\nand there is no terminal to ask on: say `--yes` to mean it. Nothing was changed"
    )]
    NobodyToAsk {
        /// What would be lost.
        said: String,
    },
    /// Somebody was asked and did not agree.
    #[error("nothing was changed")]
    Declined,
    /// The terminal is gone.
    #[error("the terminal does not answer: {0}")]
    Terminal(#[from] std::io::Error),
}

/// What to try when a database cannot be opened, after what is the matter.
fn advice(error: &ConnectError) -> &'static str {
    let ConnectError::Unreachable { reason, .. } = error else { return "" };
    let reason = reason.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if says(&["refused", "nobody answered", "timed out", "no such file", "unreachable"]) {
        ". Does the server run, and is this its address?"
    } else if says(&["failed to lookup", "name or service", "resolve"]) {
        ". Is the host's name right?"
    } else if says(&["password authentication", "no password", "role \""]) {
        ". Are the user's name and password right?"
    } else if says(&["does not exist"]) {
        ". Make it with `createdb`, or name another in the URL"
    } else if says(&["locked"]) {
        LOCKED
    } else if says(&["readonly", "read-only", "read only", "permission denied", "unable to open"]) {
        ". May you write to the file and to its folder? SQLite keeps two more files beside it"
    } else if says(&["not a database", "malformed", "encrypted"]) {
        ". Is it another program's file?"
    } else {
        ""
    }
}

/// What to try when the work failed, after what is the matter.
fn after(error: &MigrateError) -> &'static str {
    match error {
        MigrateError::Database(error) if error.is_contended() => LOCKED,
        MigrateError::Database(error) if error.is_unavailable() => {
            ". Does the server still run? Nothing is half done: try again"
        }
        _ => "",
    }
}

const LOCKED: &str = ". Another program is writing to it: stop that, or try again when it is done";
