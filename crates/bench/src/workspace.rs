//! Where the workspace and its target folder are, and what its lock file says.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The workspace that the current folder belongs to.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
    lock: String,
}

/// What is read of `cargo metadata`.
#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

impl Workspace {
    /// Asks cargo.
    ///
    /// # Errors
    /// When the current folder belongs to no workspace, or its lock file cannot be read.
    pub fn find() -> Result<Self> {
        let arguments = ["metadata", "--no-deps", "--format-version", "1"];
        let output = Command::new(cargo())
            .args(arguments)
            .output()
            .context("could not start `cargo metadata`: is cargo installed?")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("`cargo metadata` failed: start this inside the workspace\n{}", said.trim());
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout)
            .context("could not read what `cargo metadata` says")?;
        let lock = metadata.workspace_root.join("Cargo.lock");
        let lock = fs::read_to_string(&lock)
            .with_context(|| format!("could not read {}", lock.display()))?;
        Ok(Self { root: metadata.workspace_root, target: metadata.target_directory, lock })
    }

    /// The folder of the root manifest.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A folder in the target folder.
    pub fn target(&self, name: &str) -> PathBuf {
        self.target.join(name)
    }

    /// The lock file's text.
    pub fn lock(&self) -> &str {
        &self.lock
    }

    /// How many packages the lock file names.
    pub fn lock_packages(&self) -> usize {
        self.lock.lines().filter(|line| *line == "[[package]]").count()
    }

    /// The versions of a package in the lock file, ascending.
    pub fn lock_versions(&self, package: &str) -> Vec<String> {
        versions(&self.lock, package)
    }
}

/// The cargo that started this program, so that a toolchain chosen on the command line stays chosen.
pub fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn versions(lock: &str, package: &str) -> Vec<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    let mut found = Vec::new();
    while lines.by_ref().any(|line| line == name) {
        let version =
            lines.next().and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
        found.extend(version.map(str::to_owned));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::versions;

    #[test]
    fn versions_are_read_from_a_lock_file() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"b\"\nversion = \"0.6.0\"\n\n\
            [[package]]\nname = \"b\"\nversion = \"0.7.1\"\ndependencies = [\n \"a\",\n]\n";
        assert_eq!(versions(lock, "b"), ["0.6.0", "0.7.1"]);
        assert!(versions(lock, "c").is_empty());
    }
}
