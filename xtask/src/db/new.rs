//! `cargo xtask db new NAME`: a new migration's file, and its two lines in the list of all.

mod date;
mod list;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::terminal;
use crate::workspace::Workspace;

/// Where the migrations are.
const FOLDER: &str = "migrations/src";

/// The longest name that is taken, in characters: it stands in a file's name and in the history's table.
const LONGEST: usize = 60;

/// Writes a new migration's file, lists it, and says what to do next. A refusal changes nothing.
pub fn migration(workspace: &Workspace, name: &str) -> Result<ExitCode> {
    let folder = workspace.root().join(FOLDER);
    let module = write(&folder, name, date::today()?)?;
    terminal::success(&format!("{FOLDER}/{module}.rs is written, and listed in {FOLDER}/lib.rs"));
    terminal::line(
        "Write its `up` and its `down`, change the entity, then: cargo xtask db migrate, cargo \
         xtask db check",
    );
    Ok(ExitCode::SUCCESS)
}

/// Writes the file of the next migration and its lines in the list; returns the name of its module.
fn write(folder: &Path, name: &str, today: u32) -> Result<String> {
    refuse(name)?;
    let list = folder.join("lib.rs");
    let text =
        fs::read_to_string(&list).with_context(|| format!("could not read {}", list.display()))?;
    let known = known(folder)?;
    if let Some(same) = known.iter().find(|known| known.name == name) {
        bail!("there is a migration `{name}` already, {}: choose another name", same.module());
    }
    // Names go up with time, whatever the clock says.
    let last = known.iter().map(|known| known.date).max().unwrap_or(0);
    let number = known.iter().map(|known| known.number).max().unwrap_or(0) + 1;
    let new = Name { date: today.max(last), number, name: name.to_owned() };
    let module = new.module();
    let listed = list::with(&text, &module)
        .with_context(|| format!("could not list `{module}` in {}", list.display()))?;

    let file = folder.join(format!("{module}.rs"));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&file)
        .and_then(|mut file| file.write_all(template(&module, name).as_bytes()))
        .with_context(|| format!("could not write {}", file.display()));
    let listed = written.and_then(|()| {
        replace(&list, &listed).with_context(|| format!("could not write {}", list.display()))
    });
    if let Err(error) = listed {
        // The first failure is the answer.
        let _ = fs::remove_file(&file);
        return Err(error);
    }
    Ok(module)
}

/// Writes a file anew in one step: a reader finds the old text or the new one.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let beside = path.with_extension("rs.new");
    fs::write(&beside, text)
        .and_then(|()| fs::set_permissions(&beside, fs::metadata(path)?.permissions()))
        .and_then(|()| fs::rename(&beside, path))
        .inspect_err(|_| {
            let _ = fs::remove_file(&beside);
        })
}

/// A migration's name in its parts: `m20261120_000003_tasks`.
#[derive(Debug, PartialEq, Eq)]
struct Name {
    date: u32,
    number: u32,
    name: String,
}

impl Name {
    /// Reads the name of a module; `None` for a module that is no migration.
    fn of(module: &str) -> Option<Self> {
        let (date, rest) = module.strip_prefix('m')?.split_once('_')?;
        let (number, name) = rest.split_once('_')?;
        let digits = |text: &str, count| {
            text.len() == count && text.bytes().all(|letter| letter.is_ascii_digit())
        };
        (digits(date, 8) && digits(number, 6)).then_some(())?;
        Some(Self { date: date.parse().ok()?, number: number.parse().ok()?, name: name.to_owned() })
    }

    fn module(&self) -> String {
        let Self { date, number, name } = self;
        format!("m{date:08}_{number:06}_{name}")
    }
}

/// The migrations that there are, listed or not.
fn known(folder: &Path) -> Result<Vec<Name>> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("could not look into {}", folder.display()))?;
    let mut known = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let module = path.file_stem().and_then(|stem| stem.to_str());
        known.extend(module.and_then(Name::of));
    }
    Ok(known)
}

/// Refuses a name that would be none of a module.
fn refuse(name: &str) -> Result<()> {
    let first = name.chars().next();
    let say = |what: &str| {
        bail!("`{name}` is no name for a migration: {what}. Write one such as `add_due_to_tasks`")
    };
    if !first.is_some_and(|letter| letter.is_ascii_lowercase()) {
        return say("it has to begin with a letter from a to z");
    }
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    if !name.chars().all(|letter| is_plain(letter) || letter == '_') {
        return say("only a to z, 0 to 9 and `_` may stand in it");
    }
    if name.ends_with('_') || name.contains("__") {
        return say("its words are parted by one `_` each");
    }
    if name.len() > LONGEST {
        return say(&format!("it is longer than {LONGEST} characters"));
    }
    if Name::of(name).is_some() {
        return say("the date and the number are put before it");
    }
    Ok(())
}

/// What stands in a new migration: it fails until it is written, so that no database notes as done what was not.
fn template(module: &str, name: &str) -> String {
    let said = name.replace('_', " ");
    format!(
        r#"//! {}. Frozen: what is wrong here is put right by a later migration.

use sea_orm_migration::{{async_trait, prelude::*}};

/// The migration.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {{
    async fn up(&self, _manager: &SchemaManager) -> Result<(), DbErr> {{
        Err(DbErr::Migration("write `up` of {module} first".to_owned()))
    }}

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {{
        Err(DbErr::Migration("write `down` of {module} first".to_owned()))
    }}
}}
"#,
        capitalised(&said)
    )
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "//! History.\n\nmod m20261120_000003_tasks; // the first\n\n\
        mod run;\n\n        migrations.push(Box::new(m20261120_000003_tasks::Migration));\n";

    fn folder() -> Result<tempfile::TempDir> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("lib.rs"), LIST)?;
        fs::write(folder.path().join("m20261120_000003_tasks.rs"), "")?;
        Ok(folder)
    }

    fn names(folder: &Path) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    #[test]
    fn a_new_one_is_written_and_listed_after_the_last() -> Result<()> {
        let folder = folder()?;
        let module = write(folder.path(), "add_due_to_tasks", 20_261_127)?;
        assert_eq!(module, "m20261127_000004_add_due_to_tasks");
        let text = fs::read_to_string(folder.path().join(format!("{module}.rs")))?;
        assert!(text.starts_with("//! Add due to tasks. Frozen"), "{text}");
        let list = fs::read_to_string(folder.path().join("lib.rs"))?;
        let expected = LIST
            .replace("// the first\n", "// the first\nmod m20261127_000004_add_due_to_tasks;\n")
            .replace(
                "tasks::Migration));\n",
                "tasks::Migration));\n        \
                 migrations.push(Box::new(m20261127_000004_add_due_to_tasks::Migration));\n",
            );
        assert_eq!(list, expected);
        Ok(())
    }

    #[test]
    fn the_next_one_comes_after_it_even_when_the_clock_went_back() -> Result<()> {
        let folder = folder()?;
        write(folder.path(), "first", 20_261_127)?;
        let second = write(folder.path(), "second", 20_200_101)?;
        assert_eq!(second, "m20261127_000005_second");
        Ok(())
    }

    #[test]
    fn a_refusal_changes_nothing() -> Result<()> {
        let folder = folder()?;
        let long = "a".repeat(61);
        for name in [
            "",
            "Tasks",
            "2x",
            "a-b",
            "über",
            "_a",
            "a_",
            "a__b",
            "a b",
            "../a",
            "a.rs",
            "tasks",
            "type;",
            "m20261120_000003_tasks",
            &long,
        ] {
            assert!(write(folder.path(), name, 20_261_127).is_err(), "{name}");
        }
        // A list that is not as it was: nothing can be added to it.
        fs::write(folder.path().join("lib.rs"), "//! Another.\n")?;
        assert!(write(folder.path(), "fine", 20_261_127).is_err());
        assert_eq!(names(folder.path())?, ["lib.rs", "m20261120_000003_tasks.rs"]);
        assert_eq!(fs::read_to_string(folder.path().join("lib.rs"))?, "//! Another.\n");
        Ok(())
    }

    #[test]
    fn a_keyword_is_a_fine_name() -> Result<()> {
        assert_eq!(write(folder()?.path(), "type", 20_261_127)?, "m20261127_000004_type");
        Ok(())
    }
}
