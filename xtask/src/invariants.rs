//! `cargo xtask invariants`: the rules of the house that no compiler checks, each with what to do
//! when it is broken.

mod dependencies;
mod lockfile;
mod manifests;
mod papers;
mod sources;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::terminal;
use crate::workspace::Workspace;

/// Check the rules of the house: who may depend on whom, how crates and files are laid out, what
/// the papers quote.
#[derive(Args)]
pub struct Invariants {}

impl Invariants {
    /// Checks all rules.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        check(workspace)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A rule that is broken somewhere.
#[derive(Debug, PartialEq, Eq)]
struct Breach {
    /// Where: a file, with a line when there is one.
    place: String,
    /// Which rule, as a sentence that is true where it holds.
    rule: String,
    /// What was found there.
    found: String,
    /// What to do about it.
    remedy: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}: {}\n    rule: {}\n    do:   {}",
            self.place, self.found, self.rule, self.remedy
        )
    }
}

/// Checks all rules and names every breach; an error unless there is none.
pub fn check(workspace: &Workspace) -> Result<()> {
    let packages = workspace.packages()?;
    let groups = [
        ("dependencies", dependencies::check(workspace, &packages)?),
        ("Cargo.lock", lockfile::check(workspace)?),
        ("manifests", manifests::check(workspace, &packages)?),
        ("sources", sources::check(workspace)?),
        ("papers", papers::check(workspace, &packages)?),
    ];
    for (_, breaches) in &groups {
        for breach in breaches {
            terminal::line(&breach.to_string());
        }
    }
    let broken: Vec<String> = groups
        .iter()
        .filter(|(_, found)| !found.is_empty())
        .map(|(name, found)| format!("{} in {name}", found.len()))
        .collect();
    if !broken.is_empty() {
        bail!("rules of the house are broken: {}", broken.join(", "));
    }
    let names: Vec<&str> = groups.iter().map(|(name, _)| *name).collect();
    terminal::success(&format!("the rules of the house hold: {}", names.join(", ")));
    Ok(())
}

/// A file's text.
fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))
}

/// All files with this extension below a folder, sorted; none when the folder is not there.
fn files_below(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if folder.is_dir() {
        collect(folder, extension, &mut found)?;
    }
    found.sort();
    Ok(found)
}

/// Adds the files below one folder.
fn collect(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("could not list {}", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("could not list {}", folder.display()))?;
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&path, extension, found)?;
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    Ok(())
}
