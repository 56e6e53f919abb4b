//! Whether a database is what this program needs.

use db::Database;

use crate::{Dangling, MigrateError, Status, drift::drift, references, status};

/// What is wrong with a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The migrations that it lacks, in the order in which they will run.
    pub pending: Vec<String>,
    /// Those that it has and this program does not know: the database is newer.
    pub unknown: Vec<String>,
    /// In what its schema differs from the entities and indexes that are declared, a sentence each. Compared only when no
    /// migration is pending or unknown: what they change would show as well.
    pub drift: Vec<String>,
    /// Rows that refer to nothing.
    pub dangling: Vec<Dangling>,
}

impl Findings {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the schema was compared.
    pub fn is_compared(&self) -> bool {
        self.pending.is_empty() && self.unknown.is_empty()
    }

    /// What is wrong, a sentence each.
    pub fn sentences(&self) -> Vec<String> {
        let pending = self.pending.iter().map(|name| format!("pending: {name}"));
        let unknown = self.unknown.iter().map(|name| format!("unknown to this program: {name}"));
        let dangling = self.dangling.iter().map(ToString::to_string);
        pending.chain(unknown).chain(self.drift.iter().cloned()).chain(dangling).collect()
    }
}

/// What is wrong with the database: migrations that are pending or unknown, differences between its schema and the declared
/// one, rows that refer to nothing. Changes nothing.
///
/// # Errors
/// When a statement fails.
pub async fn check(db: &Database) -> Result<Findings, MigrateError> {
    let Status { pending, unknown, .. } = status(db).await?;
    let mut findings = Findings { pending, unknown, ..Findings::default() };
    if findings.is_compared() {
        findings.drift = drift(db).await?;
    }
    findings.dangling = references::dangling(db.reader()).await?;
    Ok(findings)
}
