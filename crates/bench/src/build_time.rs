//! How long the application takes to build: cold, and after one changed line of a contract or a handler.
//!
//! Lines are changed in a copy of the workspace below the target folder, never in the workspace itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;

use crate::{
    conditions::{Conditions, load},
    edit::Edit,
    measure::{Cargo, Cost, median},
    progress::say,
    table::Table,
    workspace::Workspace,
};

/// The package of the server.
const SERVER: &str = "api";

/// A changed line of a contract: the largest page, which is a part of a type.
const CONTRACT: (&str, &str, &str) =
    ("crates/contract/src/tasks.rs", "Limit<20, 100>", "Limit<20, 101>");
/// The file whose first handler gets one more statement.
const HANDLERS: &str = "crates/server/src/tasks.rs";

/// How long a check after a changed contract may take, in seconds on two processors.
const CONTRACT_TARGET: f64 = 10.0;
/// How long a check after a changed handler may take, in seconds on two processors.
const HANDLER_TARGET: f64 = 6.0;

/// The binaries whose sizes are told, by package and possible file names.
const BINARIES: [(&str, &[&str]); 2] = [("api", &["api"]), ("cli", &["throughline", "cli"])];

/// Measure how long the application takes to build: cold, and after one changed line.
#[derive(Args)]
pub struct Build {
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// How often a check is measured; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=99))]
    runs: u32,
    /// Leave the cold build out: it takes minutes.
    #[arg(long)]
    no_cold: bool,
    /// Build release binaries before telling their sizes.
    #[arg(long)]
    release: bool,
}

/// One figure.
#[derive(Debug, Serialize)]
struct Row {
    what: String,
    cost: Cost,
    /// How long it may take, in seconds.
    target: Option<f64>,
    /// The load average when it was taken.
    load: Option<f64>,
}

/// A binary and its size in bytes.
#[derive(Debug, Serialize)]
struct Binary {
    name: String,
    bytes: u64,
}

/// The whole result.
#[derive(Debug, Serialize)]
struct Report {
    conditions: Conditions,
    runs: u32,
    rows: Vec<Row>,
    /// Packages in `Cargo.lock`, for all platforms.
    lock_packages: usize,
    /// Packages that the server is built from here, build tools included.
    server_packages: usize,
    binaries: Vec<Binary>,
}

impl Build {
    /// Measures the builds.
    ///
    /// # Errors
    /// When something does not compile, or has no line to change.
    pub fn run(self) -> Result<()> {
        let workspace = Workspace::find()?;
        let conditions = Conditions::now(&workspace, &[]);
        say("fetching what is not here yet, so that no build waits for it");
        Cargo::new(workspace.root(), &["fetch", "--locked"]).measure()?;
        if self.release {
            say("building release binaries");
            for (package, _) in BINARIES {
                Cargo::new(
                    workspace.root(),
                    &["build", "--release", "--locked", "--package", package],
                )
                .measure()?;
            }
        }
        let mut rows = Vec::new();
        if !self.no_cold {
            rows.push(cold(&workspace)?);
        }
        rows.extend(self.checks(&workspace)?);
        let report = Report {
            conditions,
            runs: self.runs,
            rows,
            lock_packages: workspace.lock_packages(),
            server_packages: server_packages(&workspace)?,
            binaries: binaries(&workspace),
        };
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print!("{report}");
        }
        Ok(())
    }

    /// Checks after a change, in a copy that was checked before.
    fn checks(&self, workspace: &Workspace) -> Result<Vec<Row>> {
        let copy = Copy::make(workspace)?;
        let (file, from, to) = CONTRACT;
        let contract = Edit::replace(copy.root.join(file), from, to)?;
        let handler = Edit::first_handler(copy.root.join(HANDLERS))?;
        let scopes: [(&str, &[&str]); 2] = [
            ("`cargo check`", &["check", "--locked", "--offline"]),
            ("`cargo check -p api`", &["check", "--locked", "--offline", "--package", SERVER]),
        ];
        let mut rows = Vec::new();
        for (command, arguments) in scopes {
            say(&format!("warming {command} in {}", copy.root.display()));
            let cargo =
                Cargo::new(&copy.root, arguments).arg("--target-dir").arg(copy.root.join("target"));
            cargo.measure()?;
            for (edit, file, target) in
                [(&contract, file, CONTRACT_TARGET), (&handler, HANDLERS, HANDLER_TARGET)]
            {
                let what = format!("{command} after one line in {file}");
                say(&what);
                let load = load();
                // The compiler's own cache has to have seen both texts.
                for index in 0..2 {
                    edit.turn(index)?;
                    cargo.measure()?;
                }
                let cost = median(self.runs as usize, |index| {
                    edit.turn(index)?;
                    cargo.measure()
                });
                edit.undo()?;
                cargo.measure()?;
                rows.push(said(Row { what, cost: cost?, target: Some(target), load }));
            }
        }
        Ok(rows)
    }
}

/// The server's debug build into an empty folder.
fn cold(workspace: &Workspace) -> Result<Row> {
    let folder = workspace.target("bench-cold");
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("could not empty {}", folder.display()));
        }
        _ => {}
    }
    let load = load();
    say(&format!("building {SERVER} from nothing into {}: this takes minutes", folder.display()));
    let cargo =
        Cargo::new(workspace.root(), &["build", "--locked", "--offline", "--package", SERVER]);
    let cost = cargo.arg("--target-dir").arg(&folder).measure()?;
    let removed = fs::remove_dir_all(&folder);
    removed.with_context(|| format!("could not remove {}", folder.display()))?;
    let what = format!("cold `cargo build -p {SERVER}`, once");
    Ok(said(Row { what, cost, target: None, load }))
}

/// Says a figure as soon as it is there, so that it is not lost when something later fails.
fn said(row: Row) -> Row {
    say(&format!("  {}: {}, {} of CPU", row.what, row.cost.wall_cell(), row.cost.cpu_cell()));
    row
}

/// A copy of the workspace's sources.
#[derive(Debug)]
struct Copy {
    root: PathBuf,
}

impl Copy {
    /// Copies what git knows or would add. A file that is the same already keeps its time, so that a second
    /// measurement starts warm.
    fn make(workspace: &Workspace) -> Result<Self> {
        let root = workspace.target("bench-edit");
        say(&format!("copying the sources to {}", root.display()));
        let files = sources(workspace.root())?;
        remove_others(&root, &files)?;
        for file in &files {
            let from = workspace.root().join(file);
            // Git still lists what was removed and not committed yet.
            if !from.is_file() {
                continue;
            }
            let to = root.join(file);
            let text =
                fs::read(&from).with_context(|| format!("could not read {}", from.display()))?;
            if fs::read(&to).is_ok_and(|present| present == text) {
                continue;
            }
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)
                    .with_context(|| format!("could not make {}", folder.display()))?;
            }
            fs::write(&to, text).with_context(|| format!("could not write {}", to.display()))?;
        }
        Ok(Self { root })
    }
}

/// Removes sources of an earlier copy that are gone by now; its target folder stays.
fn remove_others(root: &Path, files: &[PathBuf]) -> Result<()> {
    let Ok(rooms) = fs::read_dir(root) else { return Ok(()) };
    let mut folders: Vec<PathBuf> = Vec::new();
    for room in rooms {
        let path = room.with_context(|| format!("could not read {}", root.display()))?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            folders.push(path);
        }
    }
    while let Some(folder) = folders.pop() {
        for entry in
            fs::read_dir(&folder).with_context(|| format!("could not read {}", folder.display()))?
        {
            let path =
                entry.with_context(|| format!("could not read {}", folder.display()))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if !files.iter().any(|file| path == root.join(file)) {
                fs::remove_file(&path)
                    .with_context(|| format!("could not remove {}", path.display()))?;
            }
        }
    }
    Ok(())
}

/// The files that git knows or would add, relative to the root.
fn sources(root: &Path) -> Result<Vec<PathBuf>> {
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    let output = Command::new("git").args(arguments).current_dir(root).output();
    let output = output.context("could not start git, which knows the sources")?;
    if !output.status.success() {
        bail!("`git ls-files` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let text = String::from_utf8(output.stdout).context("a file's name is not UTF-8")?;
    Ok(text.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect())
}

/// How many packages the server is built from on this platform.
fn server_packages(workspace: &Workspace) -> Result<usize> {
    let arguments = [
        "tree",
        "--locked",
        "--offline",
        "--prefix",
        "none",
        "--edges",
        "normal,build",
        "--package",
        SERVER,
    ];
    let output = Command::new(crate::workspace::cargo())
        .args(arguments)
        .current_dir(workspace.root())
        .output();
    let output = output.context("could not start `cargo tree`")?;
    if !output.status.success() {
        bail!("`cargo tree` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut packages: Vec<&str> = text
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    packages.sort_unstable();
    packages.dedup();
    Ok(packages.len())
}

/// The sizes of the release binaries that are there.
fn binaries(workspace: &Workspace) -> Vec<Binary> {
    let folder = workspace.target("release");
    let found = BINARIES.iter().filter_map(|(_, names)| {
        names.iter().find_map(|name| {
            let file = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
            let bytes = fs::metadata(file).ok()?.len();
            Some(Binary { name: (*name).to_owned(), bytes })
        })
    });
    found.collect()
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut table =
            Table::new(&["Build", "Wall", "Target", "CPU", "Peak of one process", "Load"]);
        for Row { what, cost, target, load } in &self.rows {
            let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
            let target = or_dash(target.map(|target| format!("{target:.0} s")));
            let load = or_dash(load.map(|load| format!("{load:.1}")));
            table.row([
                what.clone(),
                cost.wall_cell(),
                target,
                cost.cpu_cell(),
                cost.peak_cell(),
                load,
            ]);
        }
        writeln!(f, "{table}")?;
        let mut table = Table::new(&["Size", "Figure"]);
        table.row([
            "packages in `Cargo.lock`, all platforms".to_owned(),
            self.lock_packages.to_string(),
        ]);
        table.row([
            "packages that the server is built from here".to_owned(),
            self.server_packages.to_string(),
        ]);
        for Binary { name, bytes } in &self.binaries {
            table.row([
                format!("release binary `{name}`"),
                format!("{:.1} MB", *bytes as f64 / 1e6),
            ]);
        }
        writeln!(f, "{table}")?;
        if self.binaries.len() < BINARIES.len() {
            writeln!(
                f,
                "Not all release binaries are there: `bench build --release` builds them.\n"
            )?;
        }
        writeln!(f, "Checks: median of {} runs. {}.", self.runs, self.conditions)
    }
}
