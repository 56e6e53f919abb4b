//! The oracle itself: Node, running TanStack Query, asked line by line.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

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

    /// All that a trace comes to with 200 patterns of further microtasks, and with none.
    ///
    /// # Errors
    ///
    /// Fails if the oracle is gone, or cannot run the trace.
    pub fn outcomes(&mut self, trace: &Value) -> Result<Vec<Value>> {
        self.ask(&json!({"cmd": "outcomes", "trace": trace, "jitters": 200}))?;
        let mut answer = self.answer()?;
        match answer["outcomes"].take() {
            Value::Array(outcomes) => Ok(outcomes),
            _ => bail!("the oracle cannot run {} again: {}", trace["id"], answer["error"]),
        }
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
