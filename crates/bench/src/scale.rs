//! What many procedures cost the compiler, beside as many plain axum handlers.
//!
//! A workspace of its own is generated below the target folder: a contract with its handlers, and
//! the same routes as plain axum handlers, once with serde alone and once with validation and a
//! document. Its lock file is the workspace's own, so nothing is fetched.

mod generate;
mod procedures;
mod routes;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;

use crate::{
    conditions::{Conditions, load},
    edit::{Edit, touch},
    measure::{Cargo, Cost, median},
    progress::say,
    table::Table,
    workspace::Workspace,
};

use self::generate::{EDIT_HANDLER, EDIT_INPUT, Member};

/// The packages whose versions stand beside the figures.
const PACKAGES: [&str; 5] = ["throughline", "axum", "garde", "serde", "utoipa"];

/// Measure what many procedures cost the compiler, beside as many plain axum handlers.
#[derive(Args)]
pub struct Scale {
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// How many procedures, in contracts of ten.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(10..=3000))]
    procedures: u32,
    /// How often each figure is taken; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=99))]
    runs: u32,
    /// Measure debug builds, too.
    #[arg(long)]
    build: bool,
}

/// One figure.
#[derive(Debug, Serialize)]
struct Row {
    what: String,
    cost: Cost,
    /// The load average when it was taken.
    load: Option<f64>,
}

/// A table of figures under one heading.
#[derive(Debug, Serialize)]
struct Section {
    about: String,
    rows: Vec<Row>,
}

/// The whole result.
#[derive(Debug, Serialize)]
struct Report {
    conditions: Conditions,
    procedures: u32,
    contracts: u32,
    runs: u32,
    /// Lines of generated source by crate.
    lines: Vec<(String, usize)>,
    sections: Vec<Section>,
}

impl Scale {
    /// Generates, builds what the crates depend on, and measures.
    ///
    /// # Errors
    /// When something generated does not compile, or cargo fails.
    pub fn run(self) -> Result<()> {
        let workspace = Workspace::find()?;
        let conditions = Conditions::now(&workspace, &PACKAGES);
        let contracts = self.procedures.div_ceil(10);
        let generated = Generated::write(&workspace, contracts)?;
        say("building what the crates depend on");
        generated.cargo("check", "--workspace").incremental(false).measure()?;

        let mut sections = vec![self.section(
            "`cargo check`, not incremental, dependencies built",
            Member::ALL.iter().map(|member| self.whole("check", &generated, *member)),
        )?];
        if self.build {
            generated.cargo("build", "--workspace").incremental(false).measure()?;
            sections.push(self.section(
                "Debug build, not incremental, dependencies built",
                Member::ALL.iter().map(|member| self.whole("build", &generated, *member)),
            )?);
        }
        say("building once more for incremental runs");
        for member in Member::ALL {
            touch(&generated.file(member, "lib.rs"))?;
        }
        generated.cargo("check", "--workspace").incremental(true).measure()?;
        let inputs = Member::ALL.iter().filter(|member| **member != Member::Server);
        let handlers = [Member::Server, Member::Plain, Member::Annotated];
        let edits = inputs
            .map(|member| (*member, EDIT_INPUT))
            .chain(handlers.map(|member| (member, EDIT_HANDLER)));
        sections.push(self.section(
            "Incremental `cargo check` of everything above it after one line",
            edits.map(|(member, edit)| self.after(&generated, member, edit)),
        )?);

        let lines = Member::ALL
            .iter()
            .map(|member| Ok((member.package().to_owned(), generated.lines(*member)?)));
        let lines = lines.collect::<Result<_>>()?;
        let report = Report {
            conditions,
            procedures: contracts * 10,
            contracts,
            runs: self.runs,
            lines,
            sections,
        };
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print!("{report}");
        }
        Ok(())
    }

    fn section(&self, about: &str, rows: impl Iterator<Item = Result<Row>>) -> Result<Section> {
        say(about);
        let rows = rows.inspect(|row| {
            if let Ok(row) = row {
                say(&format!("  {}: {}", row.what, row.cost.wall_cell()));
            }
        });
        Ok(Section { about: about.to_owned(), rows: rows.collect::<Result<_>>()? })
    }

    /// The whole of one crate, what it depends on being fresh.
    fn whole(&self, command: &str, generated: &Generated, member: Member) -> Result<Row> {
        let load = load();
        let root = generated.file(member, "lib.rs");
        let cargo = generated.cargo(command, "--package").arg(member.package()).incremental(false);
        let cost = median(self.runs as usize, |_| {
            touch(&root)?;
            cargo.measure()
        })?;
        Ok(Row { what: member.about().to_owned(), cost, load })
    }

    /// What a changed line in one crate makes cargo check again.
    fn after(&self, generated: &Generated, member: Member, edit: (&str, &str)) -> Result<Row> {
        let load = load();
        let top = if member == Member::Contract { Member::Server } else { member };
        let (marker, line) = edit;
        let edit = Edit::replace(generated.file(member, "thing00.rs"), marker, line)?;
        let cargo = generated.cargo("check", "--package").arg(top.package()).incremental(true);
        // The compiler's own cache has seen neither text before the first two runs.
        for index in 0..2 {
            edit.turn(index)?;
            cargo.measure()?;
        }
        let cost = median(self.runs as usize, |index| {
            edit.turn(index)?;
            cargo.measure()
        });
        edit.undo()?;
        let what = match (marker == EDIT_INPUT.0, member) {
            (true, Member::Contract) => {
                "an input changed, contract and handlers checked".to_owned()
            }
            (true, Member::Values) => {
                "an input changed, contract with value types checked".to_owned()
            }
            (true, _) => format!("an input changed, {} checked", member.about()),
            (false, _) => format!("a handler changed, {} checked", member.about()),
        };
        Ok(Row { what, cost: cost?, load })
    }
}

/// The generated workspace.
#[derive(Debug)]
struct Generated {
    root: PathBuf,
}

impl Generated {
    fn write(workspace: &Workspace, contracts: u32) -> Result<Self> {
        let root = workspace.target("bench-scale");
        say(&format!("generating {} procedures into {}", contracts * 10, root.display()));
        for (path, text) in generate::files(workspace.root(), contracts) {
            write(&root.join(path), &text)?;
        }
        write(&root.join("Cargo.lock"), workspace.lock())?;
        Ok(Self { root })
    }

    fn cargo(&self, command: &str, scope: &str) -> Cargo {
        Cargo::new(&self.root, &[command, "--offline", scope])
    }

    fn file(&self, member: Member, name: &str) -> PathBuf {
        self.root.join(member.package()).join("src").join(name)
    }

    fn lines(&self, member: Member) -> Result<usize> {
        let folder = self.root.join(member.package()).join("src");
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("could not read {}", folder.display()))?;
        let mut lines = 0;
        for entry in entries {
            let path =
                entry.with_context(|| format!("could not read {}", folder.display()))?.path();
            let text = fs::read_to_string(&path)
                .with_context(|| format!("could not read {}", path.display()))?;
            lines += text.lines().count();
        }
        Ok(lines)
    }
}

/// Writes a file with the folders that it stands in.
fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("could not make {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("could not write {}", path.display()))
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for section in &self.sections {
            let mut table =
                Table::new(&[&section.about, "Wall", "CPU", "Peak of one process", "Load"]);
            for row in &section.rows {
                let load = row.load.map_or_else(|| "–".to_owned(), |load| format!("{load:.1}"));
                let Row { what, cost, .. } = row;
                table.row([
                    what.clone(),
                    cost.wall_cell(),
                    cost.cpu_cell(),
                    cost.peak_cell(),
                    load,
                ]);
            }
            writeln!(f, "{table}")?;
        }
        let lines: Vec<_> =
            self.lines.iter().map(|(package, lines)| format!("{package} {lines}")).collect();
        writeln!(
            f,
            "{} procedures in {} contracts; median of {} runs; lines generated: {}. {}.",
            self.procedures,
            self.contracts,
            self.runs,
            lines.join(", "),
            self.conditions
        )
    }
}
