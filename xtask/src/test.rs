//! `cargo xtask test`: all tests on both databases, the examples in the documentation and the
//! generated document.

use std::process::{Command, ExitCode};

use anyhow::{Result, bail};
use clap::Args;

use crate::documents::Checks;
use crate::postgres::{self, Postgres};
use crate::process;
use crate::signals::Interrupted;
use crate::tanstack;
use crate::terminal::{self, Missing};
use crate::workspace::Workspace;

/// Tells the tests' fixtures that there is no PostgreSQL, which they otherwise insist on.
const SQLITE_ONLY: &str = "THROUGHLINE_TEST_SQLITE_ONLY";

/// Run all tests, on SQLite and on PostgreSQL.
///
/// PostgreSQL is the server of `TEST_POSTGRES_URL`, else a throwaway cluster started from installed
/// programs and removed at the end. The pinned TanStack Query is installed with npm where its
/// package wants it. With cargo-nextest installed the tests run in it, otherwise in
/// `cargo test`. What cannot run here is named at the end with how to get it; under `CI=true` it is
/// a failure.
#[derive(Args)]
pub struct Test {
    /// Run only tests whose name contains one of these, and neither documentation tests nor
    /// document checks.
    filters: Vec<String>,
    /// Run only the tests of this package, and neither documentation tests nor document checks.
    #[arg(short, long)]
    package: Option<String>,
}

impl Test {
    /// Runs the tests.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let missing = if self.filters.is_empty() && self.package.is_none() {
            all(workspace)?
        } else {
            let found = Found { postgres: provide()?, tanstack: self.tanstack(workspace) };
            refuse_in_ci(&found.missing())?;
            process::run(&mut self.runner(workspace, &found))?;
            found.missing()
        };
        terminal::missing(&missing);
        Ok(ExitCode::SUCCESS)
    }

    /// Provides the real TanStack Query, unless no chosen test talks to it.
    fn tanstack(&self, workspace: &Workspace) -> Result<(), Missing> {
        match &self.package {
            Some(package) if package != tanstack::PACKAGE => Ok(()),
            _ => tanstack::provide(workspace),
        }
    }

    /// The command that runs the chosen tests.
    fn runner(&self, workspace: &Workspace, found: &Found) -> Command {
        let mut runner = process::cargo(workspace.root());
        let scope: &[&str] = match &self.package {
            Some(package) => &["--package", package],
            None => &["--workspace"],
        };
        if has_nextest(workspace) {
            runner.args(["nextest", "run"]).args(scope).args(&self.filters);
        } else {
            // Everything except benches and, in their own step, the documentation's examples.
            runner.arg("test").args(scope).args([
                "--lib",
                "--bins",
                "--tests",
                "--examples",
                "--no-fail-fast",
                "--",
            ]);
            runner.args(&self.filters);
        }
        found.tell(runner)
    }
}

/// What the tests need besides Rust, as far as it is here.
struct Found {
    /// The database.
    postgres: Postgres,
    /// Whether the real TanStack Query is there for whoever talks to it.
    tanstack: Result<(), Missing>,
}

impl Found {
    /// What could not run without what is missing.
    fn missing(&self) -> Vec<Missing> {
        let database = match &self.postgres {
            Postgres::Missing(missing) => Some(missing),
            Postgres::Theirs | Postgres::Ours(_) => None,
        };
        database.into_iter().chain(self.tanstack.as_ref().err()).cloned().collect()
    }

    /// Tells a test runner where its database is, and what there is none of.
    fn tell(&self, mut runner: Command) -> Command {
        if let Some(url) = self.postgres.url() {
            runner.env(postgres::URL, url);
        }
        if matches!(self.postgres, Postgres::Missing(_)) {
            runner.env(SQLITE_ONLY, "1").env_remove(postgres::URL);
        }
        if self.tanstack.is_err() {
            runner.env(tanstack::WITHOUT_NODE, "1");
        }
        runner
    }
}

/// Runs everything there is to test and returns what could not run here.
///
/// The tests come last, so that the last thing on the screen is what their runner says of them. All
/// parts run, also when an earlier one failed.
pub fn all(workspace: &Workspace) -> Result<Vec<Missing>> {
    let checks = Checks::find(workspace);
    let everything = Test { filters: Vec::new(), package: None };
    let found = Found { postgres: provide()?, tanstack: everything.tanstack(workspace) };
    let missing: Vec<Missing> = found.missing().into_iter().chain(checks.missing()).collect();
    refuse_in_ci(&missing)?;

    let mut failed = Vec::new();
    part("OpenAPI document", &mut failed, || checks.run(workspace))?;
    part("documentation tests", &mut failed, || {
        let mut examples = process::cargo(workspace.root());
        examples.args(["test", "--workspace", "--doc", "--no-fail-fast"]);
        process::run(&mut found.tell(examples))
    })?;
    part("tests", &mut failed, || process::run(&mut everything.runner(workspace, &found)))?;
    drop(found);

    if failed.is_empty() {
        return Ok(missing);
    }
    terminal::missing(&missing);
    bail!("failed: {}", failed.join(", "))
}

/// Continuous integration leaves nothing out: there, what is missing is an error.
fn refuse_in_ci(missing: &[Missing]) -> Result<()> {
    if process::in_ci() && !missing.is_empty() {
        terminal::missing(missing);
        bail!("under CI everything has to run: install what is named above");
    }
    Ok(())
}

/// Runs one part under its heading and notes whether it failed. Only a signal is an error.
fn part(
    name: &'static str,
    failed: &mut Vec<&'static str>,
    run: impl FnOnce() -> Result<()>,
) -> Result<()> {
    terminal::heading(name);
    match run() {
        Err(error) if error.is::<Interrupted>() => Err(error),
        Err(error) => {
            terminal::error(&format!("{error:#}"));
            failed.push(name);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// PostgreSQL for the tests. Whoever set the fixtures' own variable wants none.
fn provide() -> Result<Postgres> {
    if std::env::var_os(SQLITE_ONLY).is_some_and(|value| !value.is_empty()) {
        return Ok(Postgres::Missing(Missing::new(
            format!("tests on PostgreSQL: switched off by {SQLITE_ONLY}"),
            format!("unset {SQLITE_ONLY}"),
        )));
    }
    Postgres::provide()
}

/// Whether cargo-nextest is installed.
fn has_nextest(workspace: &Workspace) -> bool {
    process::output(process::cargo(workspace.root()).args(["nextest", "--version"])).is_ok()
}
