//! The step `scaffold` of continuous integration: features and a fresh application are written, and pass what they have
//! to pass.
//!
//! Three features are scaffolded into a copy of the tree, one of each kind, and a new application beside it. Copies and
//! builds share the target folder, so that only the application's own crates are built again.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::postgres::{self, Postgres};
use crate::process;
use crate::terminal;
use crate::workspace::Workspace;

/// The features: owned; public with an enum, a reference and something unique; of admins with every type of field.
const FEATURES: [&[&str]; 3] = [
    &["notes", "title:string:3..256", "content:string:5..512"],
    &[
        "products",
        "title:string:1..200",
        "status:enum(draft,active,archived)=draft",
        "note:ref(notes)",
        "sku:string:1..64:unique",
        "--public-read",
    ],
    &[
        "events",
        "name:string:1..100:unique",
        "about:string?:..2000",
        "size:i32:1..10=3",
        "price_cents:i64:0..",
        "ratio:f64:0..1",
        "score:f64?",
        "live:bool=false",
        "day:date",
        "due:date?",
        "starts:datetime",
        "ends_at:datetime?",
        "level:enum(low,high)=low",
        "mood:enum(calm,wild)?",
        "product:ref(products)",
        "assignee:ref(users)?",
        "tags:json",
        "extra:json?",
        "--admin",
    ],
];

/// The packages that a feature is written into, or that see it.
const TOUCHED: [&str; 7] =
    ["db", "contract", "server", "client", "migrations", "openapi", "testing"];

/// Whether the library is at home here: an application made of it has nothing to prove about it.
pub fn applies(workspace: &Workspace) -> bool {
    workspace.root().join("crates/throughline/Cargo.toml").is_file()
}

/// Writes and checks everything.
pub fn check(workspace: &Workspace) -> Result<()> {
    let postgres = Postgres::provide()?;
    if let Postgres::Missing(missing) = &postgres {
        terminal::missing(std::slice::from_ref(missing));
        if process::in_ci() {
            bail!("under CI the drafts have to pass on PostgreSQL");
        }
    }
    let home = target(workspace).join("drafts");
    features(workspace, &home.join("tree"), &postgres)?;
    application(workspace, &home.join("app"), &postgres)
}

/// Three features in a copy of the tree.
fn features(workspace: &Workspace, tree: &Path, postgres: &Postgres) -> Result<()> {
    terminal::line(&format!("three features in {}", workspace.relative(tree)));
    copy(workspace, tree)?;
    for words in FEATURES {
        let [name, ..] = words else { bail!("a feature has a name") };
        terminal::line(&format!("new-feature {name}"));
        let mut write = scaffold(workspace, tree);
        // The document is made once, at the end.
        process::output(write.args(["new-feature", "--no-generate"]).args(words))?;
    }
    process::run(
        cargo(workspace, tree).args(["run", "--quiet", "-p", "openapi", "--", "generate"]),
    )?;
    process::run(cargo(workspace, tree).args(["fmt", "--all", "--check"]))?;
    let packages = TOUCHED.iter().flat_map(|package| ["--package", package]);
    let packages: Vec<&str> = packages.collect();
    lint(workspace, tree, &packages)?;
    process::run(
        cargo(workspace, tree)
            .args(["run", "--quiet", "-p", "openapi", "--", "generate", "--check"]),
    )?;
    test(workspace, tree, &packages, postgres)
}

/// A fresh application.
fn application(workspace: &Workspace, app: &Path, postgres: &Postgres) -> Result<()> {
    terminal::line(&format!("a new application in {}", workspace.relative(app)));
    remove(app)?;
    let mut write = scaffold(workspace, workspace.root());
    process::run(write.args(["new-app", "--no-git"]).arg(app))?;
    process::run(cargo(workspace, app).args(["fmt", "--all", "--check"]))?;
    lint(workspace, app, &["--workspace"])?;
    process::run(
        cargo(workspace, app)
            .args(["run", "--quiet", "-p", "openapi", "--", "generate", "--check"]),
    )?;
    test(workspace, app, &["--workspace"], postgres)
}

/// Clippy without a warning.
fn lint(workspace: &Workspace, folder: &Path, packages: &[&str]) -> Result<()> {
    let mut clippy = cargo(workspace, folder);
    process::run(clippy.arg("clippy").args(packages).args([
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

/// All tests of these packages, on both databases.
fn test(
    workspace: &Workspace,
    folder: &Path,
    packages: &[&str],
    postgres: &Postgres,
) -> Result<()> {
    let mut tests = cargo(workspace, folder);
    let has_nextest =
        process::output(process::cargo(workspace.root()).args(["nextest", "--version"])).is_ok();
    match has_nextest {
        true => tests.args(["nextest", "run"]),
        false => tests.args(["test", "--lib", "--bins", "--tests", "--no-fail-fast"]),
    };
    tests.args(packages);
    match postgres.url() {
        Some(url) => tests.env(postgres::URL, url),
        None if matches!(postgres, Postgres::Missing(_)) => {
            tests.env("THROUGHLINE_TEST_SQLITE_ONLY", "1")
        }
        None => &mut tests,
    };
    process::run(&mut tests)
}

/// Cargo in this folder, with our builds at hand.
fn cargo(workspace: &Workspace, folder: &Path) -> Command {
    let mut cargo = process::cargo(folder);
    cargo.env("CARGO_TARGET_DIR", target(workspace));
    cargo
}

/// Our program that writes, started in this folder.
fn scaffold(workspace: &Workspace, folder: &Path) -> Command {
    let mut scaffold = cargo(workspace, folder);
    scaffold.args(["run", "--quiet", "--manifest-path"]).arg(workspace.root().join("Cargo.toml"));
    scaffold.args(["--package", "scaffold", "--"]);
    scaffold
}

/// Where builds go.
fn target(workspace: &Workspace) -> PathBuf {
    workspace.tools().parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Copies what git tracks, and what is new and not ignored. What is the same already keeps its time, and so its build.
fn copy(workspace: &Workspace, tree: &Path) -> Result<()> {
    let mut list = Command::new("git");
    list.current_dir(workspace.root());
    list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listed = process::output(&mut list).context("the copy is of what git lists")?;
    let mut wanted: Vec<&str> = listed.split('\0').filter(|place| !place.is_empty()).collect();
    wanted.retain(|place| workspace.root().join(place).is_file());
    for stale in files(tree, tree)? {
        if !wanted.contains(&stale.as_str()) {
            let stale = tree.join(stale);
            fs::remove_file(&stale)
                .with_context(|| format!("cannot remove {}", stale.display()))?;
            // Folders go with the last file in them; the others refuse.
            let mut folders = stale.ancestors().skip(1).take_while(|folder| *folder != tree);
            while folders.next().is_some_and(|folder| fs::remove_dir(folder).is_ok()) {}
        }
    }
    for place in wanted {
        let (from, to) = (workspace.root().join(place), tree.join(place));
        let bytes = fs::read(&from).with_context(|| format!("cannot read {place}"))?;
        if fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        let folder = to.parent().context("a file has a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        // With its permissions: some are programs.
        fs::copy(&from, &to).with_context(|| format!("cannot write {}", to.display()))?;
    }
    for folder in [".scaffold"].map(|folder| tree.join(folder)) {
        remove(&folder)?;
    }
    Ok(())
}

/// The files below a folder, with `/`.
fn files(root: &Path, folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", folder.display()));
        }
    };
    for entry in entries {
        let path = entry.with_context(|| format!("cannot read {}", folder.display()))?.path();
        if path.is_dir() {
            found.extend(files(root, &path)?);
        } else if let Ok(place) = path.strip_prefix(root) {
            found.push(place.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(found)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}
