//! Counts instructions with valgrind's callgrind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::{RunOverhead, case::Case, variant::Variant};

/// An installed callgrind and the folder that its files go into.
#[derive(Debug)]
pub struct Callgrind {
    version: String,
    folder: PathBuf,
    _temporary: Option<TempDir>,
}

impl Callgrind {
    /// Looks for valgrind; `None` when it is not installed. The files go into `keep`, or are removed in the end.
    ///
    /// # Errors
    /// When there is no folder for the files.
    pub fn find(keep: Option<PathBuf>) -> Result<Option<Self>> {
        let Ok(output) = Command::new("valgrind").arg("--version").output() else {
            return Ok(None);
        };
        if !output.status.success() {
            return Ok(None);
        }
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let (folder, temporary) = match keep {
            Some(folder) => {
                fs::create_dir_all(&folder)
                    .with_context(|| format!("could not make {}", folder.display()))?;
                (folder, None)
            }
            None => {
                let temporary = tempfile::tempdir().context("could not make a temporary folder")?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        Ok(Some(Self { version, folder, _temporary: temporary }))
    }

    /// What `valgrind --version` says.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The instructions of a whole run.
    ///
    /// # Errors
    /// When the run fails or callgrind writes no total.
    pub fn count(&self, variant: Variant, case: Case, requests: u64) -> Result<u64> {
        let out =
            self.folder.join(format!("{}.{}.{requests}.callgrind", case.name(), variant.name()));
        let own = std::env::current_exe().context("could not find this program's own file")?;
        let output = Command::new("valgrind")
            .arg("--tool=callgrind")
            .arg(format!("--callgrind-out-file={}", out.display()))
            .arg(own)
            .args(RunOverhead { variant, case, requests }.arguments())
            .stdin(Stdio::null())
            .output()
            .context("could not start valgrind")?;
        if !output.status.success() {
            bail!("valgrind failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        read_total(&out)
    }
}

fn read_total(path: &Path) -> Result<u64> {
    let text = fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    total(&String::from_utf8_lossy(&text))
        .with_context(|| format!("{} has no total: is this file of callgrind?", path.display()))
}

fn total(text: &str) -> Option<u64> {
    let line = |name: &str| {
        text.lines().rev().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
    };
    line("totals:").or_else(|| line("summary:"))
}

#[cfg(test)]
mod tests {
    use super::total;

    #[test]
    fn the_total_is_read() {
        assert_eq!(total("events: Ir\nsummary: 12\n\nfn=(1) main\n1 12\n\ntotals: 34\n"), Some(34));
        assert_eq!(total("events: Ir\nsummary: 12\n"), Some(12));
        assert_eq!(total("events: Ir\n"), None);
    }
}
