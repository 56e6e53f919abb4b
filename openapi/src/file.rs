//! The file that the document is kept in: written, or compared with what the contracts say.

use std::{
    env, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};

/// The command that brings the file up to date.
const COMMAND: &str = "cargo xtask generate";

/// The file of the table of who may do what, beside the document.
pub(crate) const PERMISSIONS: &str = "permissions.md";

/// `openapi/openapi.json` of the repository that this is built from.
pub(crate) fn default() -> PathBuf {
    folder().join("openapi.json")
}

/// The folder of this package: as cargo says it when it runs this, else as it was when this was
/// built.
fn folder() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from)
}

/// A path for people: from the root of the repository when it is inside.
fn shown(path: &Path) -> String {
    let root = folder().parent().map(Path::to_path_buf).unwrap_or_default();
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

/// Writes the file, unless it says the same already.
pub(crate) fn write(path: &Path, text: &str) -> Result<ExitCode> {
    let shown = shown(path);
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        eprintln!("{shown} is up to date");
    } else {
        fs::write(path, text).with_context(|| format!("{shown} could not be written"))?;
        eprintln!("{shown} is written");
    }
    Ok(ExitCode::SUCCESS)
}

/// Compares the file with what the contracts say; exit code 1 when they differ.
pub(crate) fn check(path: &Path, text: &str) -> Result<ExitCode> {
    let shown = shown(path);
    let there = match fs::read_to_string(path) {
        Ok(there) => there,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("error: {shown} is not there: run `{COMMAND}`");
            return Ok(ExitCode::FAILURE);
        }
        Err(error) => return Err(error).with_context(|| format!("{shown} could not be read")),
    };
    match difference(&there, text) {
        None => {
            eprintln!("{shown} is up to date");
            Ok(ExitCode::SUCCESS)
        }
        Some(difference) => {
            eprintln!("error: {shown} is not what the contracts say: {difference}");
            eprintln!("run `{COMMAND}` and read what changes");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Where two documents differ first, and what they say there; `None` when they are the same.
fn difference(there: &str, text: &str) -> Option<String> {
    if there == text {
        return None;
    }
    let (mut ours, mut theirs) = (text.lines(), there.lines());
    let mut number = 1;
    let (ours, theirs) = loop {
        match (ours.next(), theirs.next()) {
            (Some(a), Some(b)) if a == b => number += 1,
            (None, None) => return Some("the line ends differ".to_owned()),
            pair => break pair,
        }
    };
    // Of the two, the one that knows in which operation it stands: after the end there is none.
    let place = place(if ours.is_some() { text } else { there }, number);
    let say = |line: Option<&str>| line.map_or("(the end)", str::trim).to_owned();
    Some(format!(
        "line {number}{place} differs\n  the file:      {}\n  the contracts: {}",
        say(theirs),
        say(ours)
    ))
}

/// The operation or shared part that a line stands in, by the indentation that the document always
/// has.
fn place(text: &str, number: usize) -> String {
    let mut names: [&str; 3] = [""; 3];
    for line in text.lines().take(number) {
        let indent = line.len() - line.trim_start().len();
        let Some((name, _)) =
            line.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'))
        else {
            continue;
        };
        let depth = (indent / 2).saturating_sub(1);
        if let Some(slot) = names.get_mut(depth) {
            *slot = name;
            names[depth + 1..].fill("");
        }
    }
    match names {
        ["paths", path, ""] if !path.is_empty() => format!(" ({path})"),
        ["paths", path, method] if !path.is_empty() => {
            format!(" ({} {path})", method.to_uppercase())
        }
        ["components", kind, name] if !name.is_empty() => format!(" (components/{kind}/{name})"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r##"{
  "openapi": "3.1.0",
  "paths": {
    "/tasks": {
      "get": {
        "operationId": "tasks.list",
        "summary": "List."
      }
    }
  },
  "components": {
    "schemas": {
      "Task": {
        "type": "object"
      }
    }
  }
}
"##;

    #[test]
    fn the_same_is_no_difference() {
        assert_eq!(difference(DOCUMENT, DOCUMENT), None);
    }

    #[test]
    fn a_difference_is_told_with_its_operation() {
        let stale = DOCUMENT.replace("List.", "Lists.");
        let expected = "line 7 (GET /tasks) differs\n  \
            the file:      \"summary\": \"Lists.\"\n  \
            the contracts: \"summary\": \"List.\"";
        assert_eq!(difference(&stale, DOCUMENT).as_deref(), Some(expected));
    }

    #[test]
    fn a_difference_is_told_with_its_component() {
        let stale = DOCUMENT.replace("\"type\": \"object\"", "\"type\": \"string\"");
        let told = difference(&stale, DOCUMENT).expect("they differ");
        assert!(told.starts_with("line 14 (components/schemas/Task) differs"), "{told}");
    }

    #[test]
    fn a_file_that_breaks_off_is_a_difference() {
        let told = difference("{\n", DOCUMENT).expect("they differ");
        assert!(told.contains("the file:      (the end)"), "{told}");
        let told = difference(&DOCUMENT.replace('\n', "\r\n"), DOCUMENT).expect("they differ");
        assert_eq!(told, "the line ends differ");
    }
}
