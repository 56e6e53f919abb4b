//! The oracle itself: Node, running TanStack Query, asked line by line.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Value, json};

/// For operations, the patterns of delays that their functions have.
pub type Plan = BTreeMap<usize, u64>;

/// What a trace comes to.
#[derive(Debug, Deserialize)]
pub struct Outcome {
    /// With the delays of this pattern; none without any.
    pub jitter: Option<u64>,
    /// What was seen.
    pub expect: Value,
}

/// A running oracle.
pub struct Node {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Node {
    /// Starts the oracle in its folder; installs what it needs there, if that is missing.
    ///
    /// # Errors
    ///
    /// Fails if Node is missing or cannot be started.
    pub fn start(folder: &Path) -> Result<Self> {
        install(folder)?;
        let mut child = Command::new("node")
            .args(["oracle.mjs", "serve"])
            .current_dir(folder)
            .env("NODE_ENV", "production")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("node could not be started: install Node 18 or newer")?;
        let input = child.stdin.take();
        let output = child.stdout.take().context("node has no output")?;
        Ok(Self { child, input, output: BufReader::new(output) })
    }

    /// Asks for random traces with their expectations; they are read with [`Node::answer`].
    ///
    /// # Errors
    ///
    /// Fails if the oracle is gone.
    pub fn ask(&mut self, command: &Value) -> Result<()> {
        let input = self.input.as_mut().context("the oracle takes no more questions")?;
        writeln!(input, "{command}").and_then(|()| input.flush()).context("the oracle is gone")
    }

    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// Fails if the oracle is gone or does not answer in JSON.
    pub fn answer(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.output.read_line(&mut line).context("the oracle is gone")? == 0 {
            bail!("the oracle ended without an answer");
        }
        serde_json::from_str(&line).context("the oracle's answer is not JSON")
    }

    /// All that a trace comes to if its functions take other numbers of microtasks, by each of the oracle's
    /// patterns: all functions, or those of one operation, and those of the plan as it says.
    ///
    /// # Errors
    ///
    /// Fails if the oracle is gone, or cannot run the trace.
    pub fn outcomes(&mut self, trace: &Value, of: Option<(&Plan, usize)>) -> Result<Vec<Outcome>> {
        self.ask(&match of {
            Some((plan, at)) => json!({"cmd": "outcomes", "trace": trace, "plan": plan, "at": at}),
            None => json!({"cmd": "outcomes", "trace": trace}),
        })?;
        let mut answer = self.answer()?;
        let outcomes = answer["outcomes"].take();
        if outcomes.is_null() {
            bail!("the oracle cannot run {} again: {}", trace["id"], answer["error"]);
        }
        serde_json::from_value(outcomes).context("the oracle's outcomes are not outcomes")
    }

    /// Runs one trace; `None` if the oracle refuses it.
    ///
    /// # Errors
    ///
    /// Fails if the oracle is gone.
    pub fn run(&mut self, trace: &Value) -> Result<Option<Value>> {
        self.ask(&json!({"cmd": "run", "trace": trace}))?;
        let mut answer = self.answer()?;
        Ok(answer.get_mut("expect").map(Value::take))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It ends when it is asked nothing more; whether it did is of no interest any longer.
        self.input = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Has npm install the pinned packages, unless they are there.
///
/// # Errors
///
/// Fails if Node is missing, or if npm does.
pub fn install(folder: &Path) -> Result<()> {
    let done = Command::new("node")
        .args(["packages.mjs", "install"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .status()
        .context("node could not be started: install Node 18 or newer, with npm")?;
    if !done.success() {
        bail!("TanStack Query is not installed: run `npm ci` in {}", folder.display());
    }
    Ok(())
}
