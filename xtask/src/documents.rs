//! Checks of the OpenAPI document by programs that are not ours: a validator from Python and a
//! linter from Node.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::node;
use crate::process;
use crate::terminal::{self, Missing};
use crate::workspace::Workspace;

/// The document that is checked.
const DOCUMENT: &str = "openapi/openapi.json";

/// The linter. The first version line runs on Node 18, which is what Debian 12 has; the second
/// wants Node 20.19.
const REDOCLY: &str = "@redocly/cli@1.34.20";

/// The programs that check the document, as far as they are on this machine.
pub struct Checks {
    /// The validator's command, word by word.
    validator: Result<Vec<String>, Missing>,
    /// Whether the linter can be started.
    linter: Result<(), Missing>,
}

impl Checks {
    /// Looks for the programs. Fetches the linter when Node is installed.
    pub fn find(workspace: &Workspace) -> Self {
        Self { validator: find_validator(workspace), linter: find_linter() }
    }

    /// What is not here, and how to get it.
    pub fn missing(&self) -> Vec<Missing> {
        self.validator
            .as_ref()
            .err()
            .into_iter()
            .chain(self.linter.as_ref().err())
            .cloned()
            .collect()
    }

    /// Checks the document with the programs that are here.
    pub fn run(&self, workspace: &Workspace) -> Result<()> {
        if !workspace.root().join(DOCUMENT).is_file() {
            bail!("{DOCUMENT} is not there: write it with `cargo xtask generate`");
        }
        let validated = match &self.validator {
            Ok(program) => {
                process::run(validator(program).current_dir(workspace.root()).arg(DOCUMENT))
            }
            Err(_) => Ok(()),
        };
        let linted = match &self.linter {
            Ok(()) => process::run(linter().current_dir(workspace.root()).args([
                "lint",
                "--extends=spec",
                DOCUMENT,
            ])),
            Err(_) => Ok(()),
        };
        validated.and(linted).with_context(|| format!("{DOCUMENT} is not what it should be"))
    }
}

/// Finds openapi-spec-validator: fetched for this workspace, on the PATH, or a module of the Python
/// on the PATH.
pub fn find_validator(workspace: &Workspace) -> Result<Vec<String>, Missing> {
    let fetched = workspace.tools().join("python/bin/openapi-spec-validator");
    let candidates = [
        vec![fetched.to_string_lossy().into_owned()],
        vec!["openapi-spec-validator".to_owned()],
        vec!["python3".to_owned(), "-m".to_owned(), "openapi_spec_validator".to_owned()],
    ];
    let found = candidates
        .into_iter()
        .find(|program| process::output(validator(program).arg("--version")).is_ok());
    found.ok_or_else(|| {
        let folder = workspace.relative(&workspace.tools().join("python"));
        Missing::new(
            format!("validation of {DOCUMENT}: openapi-spec-validator is not installed"),
            format!("python3 -m venv {folder} && {folder}/bin/pip install -r .ci/requirements.txt"),
        )
    })
}

/// Finds Node and, through npx, the linter.
fn find_linter() -> Result<(), Missing> {
    let unchecked = format!("linting of {DOCUMENT}");
    node::find(&unchecked, "npx")?;
    terminal::line(&format!("Node.js: {REDOCLY} through npx"));
    process::output(linter().arg("--version")).map(drop).map_err(|error| {
        let reason = node::npm_reason(&format!("{error:#}"));
        Missing::new(
            format!("{unchecked}: {REDOCLY} could not be fetched ({reason})"),
            format!("try `npx {REDOCLY} --version` with a network"),
        )
    })
}

/// The validator's command without arguments.
fn validator(program: &[String]) -> Command {
    let mut words = program.iter();
    let mut command = Command::new(words.next().map_or("openapi-spec-validator", String::as_str));
    command.args(words).stdin(Stdio::null());
    command
}

/// The linter's command without arguments: fetched without asking, silent about newer versions,
/// reporting to nobody.
fn linter() -> Command {
    let mut command = Command::new("npx");
    command.args(["--yes", REDOCLY]);
    command.env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    node::quiet(&mut command);
    command
}
