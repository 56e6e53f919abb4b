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

/// A whole crate to compile.
struct Whole {
    what: &'static str,
    /// The crate that is compiled anew, with what is above it.
    changed: Member,
    /// The crate that cargo is asked for.
    asked: Member,
}

/// What is compiled as a whole.
const WHOLE: [Whole; 6] = [
    Whole { what: "contract, with its client", changed: Member::Contract, asked: Member::Contract },
    Whole {
        what: "the same, with id and text types of its own",
        changed: Member::Values,
        asked: Member::Values,
    },
    Whole { what: "handlers and mount", changed: Member::Server, asked: Member::Server },
    Whole {
        what: "contract, client, handlers and mount",
        changed: Member::Contract,
        asked: Member::Server,
    },
    Whole {
        what: "plain axum + serde, no validation, no document",
        changed: Member::Plain,
        asked: Member::Plain,
    },
    Whole {
        what: "axum + garde + `utoipa::path`, no client",
        changed: Member::Annotated,
        asked: Member::Annotated,
    },
];

/// A line to change.
struct Change {
    what: &'static str,
    /// The line, and what takes its place.
    edit: (&'static str, &'static str),
    /// The crate that it stands in.
    changed: Member,
    /// The crate that cargo is asked for.
    asked: Member,
}

/// Which lines are changed.
const CHANGES: [Change; 7] = [
    Change {
        what: "input, contract alone",
        edit: EDIT_INPUT,
        changed: Member::Contract,
        asked: Member::Contract,
    },
    Change {
        what: "input, contract with handlers and mount",
        edit: EDIT_INPUT,
        changed: Member::Contract,
        asked: Member::Server,
    },
    Change {
        what: "input, plain axum + serde",
        edit: EDIT_INPUT,
        changed: Member::Plain,
        asked: Member::Plain,
    },
    Change {
        what: "input, axum + garde + `utoipa::path`",
        edit: EDIT_INPUT,
        changed: Member::Annotated,
        asked: Member::Annotated,
    },
    Change {
        what: "handler, handlers and mount",
        edit: EDIT_HANDLER,
        changed: Member::Server,
        asked: Member::Server,
    },
    Change {
        what: "handler, plain axum + serde",
        edit: EDIT_HANDLER,
        changed: Member::Plain,
        asked: Member::Plain,
    },
    Change {
        what: "handler, axum + garde + `utoipa::path`",
        edit: EDIT_HANDLER,
        changed: Member::Annotated,
        asked: Member::Annotated,
    },
];

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
        let mut sections = vec![self.section(
            "`cargo check`, not incremental, dependencies built",
            WHOLE.iter().map(|whole| self.whole("check", &generated, whole)),
        )?];
        if self.build {
            sections.push(self.section(
                "Debug build, not incremental, dependencies built",
                WHOLE.iter().map(|whole| self.whole("build", &generated, whole)),
            )?);
        }
        sections.push(self.section(
            "Incremental `cargo check` after one line",
            CHANGES.iter().map(|change| self.after(&generated, change)),
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

    /// The whole of one crate, and of what is above it up to the crate that is asked for.
    fn whole(&self, command: &str, generated: &Generated, whole: &Whole) -> Result<Row> {
        let root = generated.file(whole.changed, "lib.rs");
        let cargo = generated.cargo(command, whole.asked).incremental(false);
        // Which features the dependencies have follows from the crate that is asked for.
        cargo.measure()?;
        let load = load();
        let cost = median(self.runs as usize, |_| {
            touch(&root)?;
            cargo.measure()
        })?;
        Ok(Row { what: whole.what.to_owned(), cost, load })
    }

    /// What a changed line makes cargo check again.
    fn after(&self, generated: &Generated, change: &Change) -> Result<Row> {
        let (from, to) = change.edit;
        let edit = Edit::replace(generated.file(change.changed, "thing00.rs"), from, to)?;
        let cargo = generated.cargo("check", change.asked).incremental(true);
        // The compiler's own cache has to be there and to have seen both texts.
        touch(&generated.file(change.changed, "lib.rs"))?;
        touch(&generated.file(change.asked, "lib.rs"))?;
        for index in 0..3 {
            edit.turn(index)?;
            cargo.measure()?;
        }
        let load = load();
        let cost = median(self.runs as usize, |index| {
            edit.turn(index + 1)?;
            cargo.measure()
        });
        edit.undo()?;
        Ok(Row { what: change.what.to_owned(), cost: cost?, load })
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

    fn cargo(&self, command: &str, member: Member) -> Cargo {
        Cargo::new(&self.root, &[command, "--offline", "--package", member.package()])
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
