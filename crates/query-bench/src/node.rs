//! TanStack Query's side: Node with the pinned version, told line by line what to do.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::operation::{Applied, Operation};

/// A running Node.
pub struct Node {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// What runs there.
#[derive(Debug, Clone, Deserialize)]
pub struct About {
    /// The version of Node.
    pub node: String,
    /// The version of TanStack Query.
    pub tanstack: String,
}

/// Nanoseconds a step.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Timed {
    /// Nanoseconds.
    pub ns: f64,
}

/// What is known of observers that came and left.
#[derive(Debug, Clone, Deserialize)]
pub struct CameAndWent {
    /// Nanoseconds to come and subscribe.
    pub come: f64,
    /// Nanoseconds to leave.
    pub leave: f64,
    /// The events that were told.
    pub events: BTreeMap<String, u64>,
}

/// Bytes of memory.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Bytes {
    /// An entry whose data takes no memory of its own.
    pub bare: f64,
    /// The same under a key of two segments.
    pub short: f64,
    /// An entry with data.
    pub full: f64,
    /// An observer on an entry of its own.
    pub observer: f64,
}

#[derive(Deserialize)]
struct Digest {
    sha256: String,
}

/// The folder that has the pinned packages.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../throughline-query/oracle")
}

/// Installs the pinned packages, if they are not there.
///
/// # Errors
///
/// When Node or npm are missing or fail.
pub fn install() -> Result<()> {
    let done = Command::new("node")
        .args(["packages.mjs", "install"])
        .current_dir(folder())
        .stdout(Stdio::null())
        .status()
        .context("node could not be started: install Node 18 or newer, with npm")?;
    if !done.success() {
        bail!("the pinned packages could not be installed");
    }
    Ok(())
}

impl Node {
    /// Starts it; the pinned packages are there.
    ///
    /// # Errors
    ///
    /// When Node cannot be started.
    pub fn start() -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("node/tanstack.mjs");
        let mut child = Command::new("node")
            // A million queries take two gigabytes there.
            .args(["--expose-gc", "--max-old-space-size=12288"])
            .arg(script)
            .current_dir(folder())
            .env("NODE_ENV", "production")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("node could not be started: install Node 18 or newer")?;
        let input = child.stdin.take();
        let output = child.stdout.take().context("node has no output")?;
        Ok(Self { child, input, output: BufReader::new(output) })
    }

    fn ask<T: DeserializeOwned>(&mut self, command: &Value) -> Result<T> {
        let input = self.input.as_mut().context("node takes no more commands")?;
        writeln!(input, "{command}").and_then(|()| input.flush()).context("node is gone")?;
        let mut line = String::new();
        if self.output.read_line(&mut line).context("node is gone")? == 0 {
            bail!("node ended in the middle of {command}");
        }
        let mut answer: Value = serde_json::from_str(&line).context("node does not speak JSON")?;
        if let Some(error) = answer["error"].as_str() {
            bail!("{command} failed: {error}");
        }
        serde_json::from_value(answer["ok"].take()).context("node says something else")
    }

    fn tell(&mut self, command: &Value) -> Result<()> {
        self.ask::<Value>(command).map(drop)
    }

    /// What runs there.
    ///
    /// # Errors
    ///
    /// When Node is gone, as with all that follow.
    pub fn about(&mut self) -> Result<About> {
        self.ask(&json!({ "cmd": "about" }))
    }

    /// Makes a cache of so many entries.
    pub fn fill(&mut self, entries: u32) -> Result<()> {
        self.tell(&json!({ "cmd": "fill", "entries": entries }))
    }

    /// Forgets all it has.
    pub fn forget(&mut self) -> Result<()> {
        self.tell(&json!({ "cmd": "forget" }))
    }

    /// Does so many steps of an operation.
    pub fn apply(&mut self, operation: Operation, steps: u32) -> Result<Applied> {
        self.ask(&json!({ "cmd": "apply", "operation": operation.theirs(), "steps": steps }))
    }

    /// The states of all queries, as a hash; those of the cache that was hydrated, or of the other.
    pub fn digest(&mut self, hydrated: bool) -> Result<String> {
        let digest: Digest = self.ask(&json!({ "cmd": "digest", "hydrated": hydrated }))?;
        Ok(digest.sha256)
    }

    /// How long a step of an operation takes, in nanoseconds.
    pub fn time(&mut self, operation: Operation, milliseconds: u32) -> Result<f64> {
        let timed: Timed = self.ask(&json!({
            "cmd": "time", "operation": operation.theirs(), "milliseconds": milliseconds
        }))?;
        Ok(timed.ns)
    }

    /// How long it takes to set a query and tell so many observers, in nanoseconds.
    pub fn fan_out(&mut self, observers: u32, milliseconds: u32) -> Result<f64> {
        let timed: Timed = self.ask(&json!({
            "cmd": "fan-out", "observers": observers, "milliseconds": milliseconds
        }))?;
        Ok(timed.ns)
    }

    /// How long observers take to come and leave.
    pub fn come_and_go(&mut self, entries: u32) -> Result<CameAndWent> {
        self.ask(&json!({ "cmd": "come-and-go", "entries": entries }))
    }

    /// What so many entries and observers take.
    pub fn memory(&mut self, entries: u32) -> Result<Bytes> {
        self.ask(&json!({ "cmd": "memory", "entries": entries }))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It has nothing that could be lost.
        self.input = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
