//! The committed traces, what TanStack Query did with them, and which of them are declared to differ.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// A committed trace.
#[derive(Debug)]
pub struct Recorded {
    /// The trace.
    pub trace: Value,
    /// What TanStack Query did with it.
    pub expectation: Value,
    /// Whether it is declared to differ, in `declared.json`.
    pub declared: bool,
}

/// All committed traces, area by area.
///
/// # Errors
///
/// Fails if a file cannot be read, or if a trace has not been recorded.
pub fn traces(folder: &Path) -> Result<Vec<Recorded>> {
    let declared: Value = serde_json::from_str(&read(&folder.join("declared.json"))?)
        .context("declared.json is not JSON")?;
    let mut areas: Vec<_> = fs::read_dir(folder.join("traces"))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    areas.sort();
    let mut all = Vec::new();
    for area in areas {
        let name = area.file_name().context("a file has a name")?;
        let expectations = lines(&folder.join("expected").join(name))?;
        let traces = lines(&area)?;
        if traces.len() != expectations.len() {
            bail!("{} has not been recorded: run `cargo xtask oracle record`", area.display());
        }
        all.extend(traces.into_iter().zip(expectations).map(|(trace, expectation)| {
            let declared = trace["id"].as_str().is_some_and(|id| declared.get(id).is_some());
            Recorded { trace, expectation, declared }
        }));
    }
    Ok(all)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

fn lines(path: &Path) -> Result<Vec<Value>> {
    let parse = |line| serde_json::from_str(line).with_context(|| format!("in {}", path.display()));
    read(path)?.lines().filter(|line| !line.trim().is_empty()).map(parse).collect()
}
