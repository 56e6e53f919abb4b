//! Under which conditions figures were taken: without them a figure means nothing.

use std::fs;
use std::process::Command;

use serde::Serialize;

use crate::workspace::Workspace;

/// The machine, the toolchain and the sources. What cannot be found out is `None`.
#[derive(Clone, Debug, Serialize)]
pub struct Conditions {
    /// `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub rustc: Option<String>,
    /// The processor's model.
    pub cpu: Option<String>,
    /// How many processors there are for this process.
    pub cpus: Option<usize>,
    /// The system and its version.
    pub system: Option<String>,
    /// How many processes ran or waited in the minute before, this one included.
    pub load: Option<f64>,
    /// The commit of the sources, with `-dirty` when files differ from it.
    pub commit: Option<String>,
    /// Versions of packages that the figures depend on.
    pub versions: Vec<Version>,
}

/// A package with its version.
#[derive(Clone, Debug, Serialize)]
pub struct Version {
    /// The package.
    pub package: String,
    /// Its version in `Cargo.lock`; the newest one when there are several.
    pub version: String,
}

impl Conditions {
    /// Now and here, with the versions of these packages.
    pub fn now(workspace: &Workspace, packages: &[&str]) -> Self {
        let versions = packages.iter().filter_map(|package| {
            let version = workspace.lock_versions(package).pop()?;
            Some(Version { package: (*package).to_owned(), version })
        });
        Self {
            rustc: said("rustc", &["--version"], workspace),
            cpu: cpu(),
            cpus: std::thread::available_parallelism().ok().map(Into::into),
            system: said("uname", &["-s", "-r", "-m"], workspace),
            load: load(),
            commit: said("git", &["describe", "--always", "--dirty", "--abbrev=9"], workspace),
            versions: versions.collect(),
        }
    }
}

impl std::fmt::Display for Conditions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cpus = self.cpus.map(|cpus| format!("{cpus} processors"));
        let load = self.load.map(|load| format!("load average {load:.2} at the start"));
        let commit = self.commit.as_ref().map(|commit| format!("commit {commit}"));
        let versions = self.versions.iter().map(|v| Some(format!("{} {}", v.package, v.version)));
        let parts = [self.rustc.clone(), self.cpu.clone(), cpus, self.system.clone(), load, commit];
        let parts: Vec<String> = parts.into_iter().chain(versions).flatten().collect();
        f.write_str(&parts.join("; "))
    }
}

/// The load average over the last minute, where the system tells.
pub fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// The first line that a program says, or nothing when it cannot be asked.
fn said(program: &str, arguments: &[&str], workspace: &Workspace) -> Option<String> {
    let output =
        Command::new(program).args(arguments).current_dir(workspace.root()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().next().unwrap_or_default().trim();
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
}

fn cpu() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_owned())
}
