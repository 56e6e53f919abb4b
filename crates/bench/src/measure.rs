//! Runs a command and measures time, processor time and memory, each time in a process of its own.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::{Deserialize, Serialize};

/// What one run of a command cost.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Cost {
    /// Time on the clock, in seconds.
    pub wall: f64,
    /// Processor time of the command and all that it waited for, in seconds; `None` where the system does not tell.
    pub cpu: Option<f64>,
    /// The most memory that a single process of them held (resident), in bytes.
    pub peak: Option<u64>,
}

/// Runs a command and prints its [`Cost`] as JSON.
///
/// The system keeps the peak of memory as the largest that any child ever had, so each run needs a
/// parent of its own: this command.
#[derive(Args)]
pub struct RunMeasured {
    /// The command with its arguments.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

impl RunMeasured {
    /// Runs it.
    ///
    /// # Errors
    /// When the command cannot be started or fails.
    pub fn run(self) -> Result<()> {
        let (program, arguments) =
            self.command.split_first().context("there is no command to run")?;
        let start = Instant::now();
        let status = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .with_context(|| format!("could not start `{}`", program.to_string_lossy()))?;
        let wall = start.elapsed().as_secs_f64();
        if !status.success() {
            bail!("`{}` failed ({status})", program.to_string_lossy());
        }
        let (cpu, peak) = children()?;
        println!("{}", serde_json::to_string(&Cost { wall, cpu, peak })?);
        Ok(())
    }
}

/// Processor time and peak of the children that this process has waited for.
#[cfg(unix)]
fn children() -> Result<(Option<f64>, Option<u64>)> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;

    let usage =
        getrusage(UsageWho::RUSAGE_CHILDREN).context("could not ask for the use of resources")?;
    let microseconds =
        usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    // Apple's systems count bytes, the others kibibytes.
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    let peak = u64::try_from(usage.max_rss()).ok().map(|peak| peak * unit);
    Ok((Some(microseconds as f64 / 1e6), peak))
}

#[cfg(not(unix))]
fn children() -> Result<(Option<f64>, Option<u64>)> {
    Ok((None, None))
}

/// A call of cargo in a folder, with nothing of the surroundings that would change what it does.
#[derive(Clone, Debug)]
pub struct Cargo {
    folder: PathBuf,
    arguments: Vec<OsString>,
    incremental: Option<bool>,
}

impl Cargo {
    /// `cargo <arguments>`.
    pub fn new(folder: impl Into<PathBuf>, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(OsString::from).collect();
        Self { folder: folder.into(), arguments, incremental: None }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Switches incremental compilation on or off, whatever the profile says.
    #[must_use]
    pub fn incremental(mut self, on: bool) -> Self {
        self.incremental = Some(on);
        self
    }

    /// Runs it and measures what it cost.
    ///
    /// # Errors
    /// When it fails, with what it said.
    pub fn measure(&self) -> Result<Cost> {
        let own = std::env::current_exe().context("could not find this program's own file")?;
        let mut command = Command::new(own);
        command.args(["run-measured", "--"]).arg(crate::workspace::cargo()).args(&self.arguments);
        command.arg("--quiet").current_dir(&self.folder);
        // A wrapper may answer from a cache, and another cargo's job server or target folder is not ours.
        for name in [
            "RUSTC_WRAPPER",
            "RUSTC_WORKSPACE_WRAPPER",
            "CARGO_MAKEFLAGS",
            "MAKEFLAGS",
            "CARGO_TARGET_DIR",
        ] {
            command.env_remove(name);
        }
        if let Some(on) = self.incremental {
            command.env("CARGO_INCREMENTAL", if on { "1" } else { "0" });
        }
        let output = command.output().context("could not start the measurement")?;
        let words: Vec<_> = self.arguments.iter().map(|word| word.to_string_lossy()).collect();
        let described = || format!("`cargo {}` in {}", words.join(" "), self.folder.display());
        if !output.status.success() {
            bail!("{} failed:\n{}", described(), String::from_utf8_lossy(&output.stderr).trim());
        }
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("{} was not measured", described()))
    }
}

/// Runs `run` several times and takes the median of each figure on its own.
///
/// # Errors
/// The first failure.
pub fn median(runs: usize, mut run: impl FnMut(usize) -> Result<Cost>) -> Result<Cost> {
    let costs: Vec<Cost> = (0..runs.max(1)).map(&mut run).collect::<Result<_>>()?;
    let cpu: Option<Vec<f64>> = costs.iter().map(|cost| cost.cpu).collect();
    let peak: Option<Vec<u64>> = costs.iter().map(|cost| cost.peak).collect();
    Ok(Cost {
        wall: middle(costs.iter().map(|cost| cost.wall).collect()),
        cpu: cpu.map(middle),
        peak: peak.map(middle),
    })
}

/// The middle one, of an even number the lower.
fn middle<T: Copy + Default + PartialOrd>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

impl Cost {
    /// Wall time for a table: `4.9 s`.
    pub fn wall_cell(&self) -> String {
        format!("{:.1} s", self.wall)
    }

    /// Processor time for a table.
    pub fn cpu_cell(&self) -> String {
        self.cpu.map_or_else(|| "–".to_owned(), |cpu| format!("{cpu:.1} s"))
    }

    /// Peak of memory for a table: `602 MB`, in millions of bytes.
    pub fn peak_cell(&self) -> String {
        self.peak.map_or_else(|| "–".to_owned(), |peak| format!("{:.0} MB", peak as f64 / 1e6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_taken_of_each_figure() {
        let costs = [(3.0, 1.0, 5), (1.0, 2.0, 4), (2.0, 3.0, 6)];
        let run = |index: usize| {
            let (wall, cpu, peak) = costs[index];
            Ok(Cost { wall, cpu: Some(cpu), peak: Some(peak) })
        };
        let cost = median(3, run).unwrap();
        assert_eq!((cost.wall, cost.cpu, cost.peak), (2.0, Some(2.0), Some(5)));
    }

    #[test]
    fn a_failed_run_is_a_failure() {
        assert!(median(3, |_| bail!("no")).is_err());
    }
}
