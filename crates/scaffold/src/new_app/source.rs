//! The files of this workspace that a new application begins with, as git sees them.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use super::Files;
use crate::house::House;

/// The files and folders that an application consists of.
const ROOMS: [&str; 19] = [
    ".cargo",
    ".ci",
    ".config",
    ".editorconfig",
    ".gitattributes",
    ".gitignore",
    "Cargo.lock",
    "Cargo.toml",
    "apps/api",
    "clippy.toml",
    "crates/client",
    "crates/contract",
    "crates/db",
    "crates/scaffold",
    "crates/server",
    "crates/testing",
    "migrations",
    "openapi",
    "rustfmt.toml",
];

/// The door, which is the last of the rooms.
const DOOR: &str = "xtask";

/// What is in a room and stays behind: tests that compare this workspace with itself.
const STAYS: [&str; 1] = ["crates/scaffold/tests/"];

/// What is never part of the sources, where no git says so.
const LEFT_BEHIND: [&str; 2] = ["target", "data"];

/// The files, as they are in the working tree: those that git tracks or would.
///
/// # Errors
/// When a room is missing or a file cannot be read.
pub fn files(house: &House) -> Result<Files> {
    let mut files = Files::new();
    for place in listed(house.root())? {
        if !is_copied(&place) {
            continue;
        }
        let path = house.path(&place);
        // Deleted, and git does not know yet.
        if !path.is_file() {
            continue;
        }
        let bytes = fs::read(&path).with_context(|| format!("{place} cannot be read"))?;
        files.insert(place, bytes);
    }
    for room in ROOMS.iter().chain([&DOOR]) {
        let folder = format!("{room}/");
        if !files.keys().any(|place| place == room || place.starts_with(&folder)) {
            bail!("{room} is not there, which an application needs: bring it back");
        }
    }
    Ok(files)
}

/// Whether a file is one of the application's.
fn is_copied(place: &str) -> bool {
    let is_in = |room: &&str| {
        place.strip_prefix(*room).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    ROOMS.iter().chain([&DOOR]).any(is_in) && !STAYS.iter().any(|folder| place.starts_with(folder))
}

/// What git tracks, and what it would if somebody added it; without git, what is in the rooms.
fn listed(root: &Path) -> Result<Vec<String>> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .stdin(Stdio::null())
        .output();
    let reason = match listed {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8(output.stdout).context("a path is no text")?;
            return Ok(text
                .split('\0')
                .filter(|place| !place.is_empty())
                .map(str::to_owned)
                .collect());
        }
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => format!("git does not start: {error}"),
    };
    eprintln!(
        "Git does not list the files, so all that is in the application's folders is taken ({reason})"
    );
    let mut places = Vec::new();
    for room in ROOMS.iter().chain([&DOOR]) {
        walk(root, room, &mut places)?;
    }
    Ok(places)
}

/// All files at a place, without what builds and servers leave there.
fn walk(root: &Path, place: &str, places: &mut Vec<String>) -> Result<()> {
    let path = root.join(place);
    if !path.is_dir() {
        places.push(place.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(&path).with_context(|| format!("{place} cannot be read"))? {
        let name = entry.with_context(|| format!("{place} cannot be read"))?.file_name();
        let name = name.to_str().with_context(|| format!("a file's name in {place} is no text"))?;
        if !LEFT_BEHIND.contains(&name) {
            walk(root, &format!("{place}/{name}"), places)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_copied;

    #[test]
    fn only_the_rooms_of_an_application_are_copied() {
        for place in ["crates/db/src/lib.rs", "Cargo.toml", ".ci/run", "xtask/src/main.rs"] {
            assert!(is_copied(place), "{place}");
        }
        for place in [
            "crates/db-admin/src/lib.rs",
            "crates/throughline/src/lib.rs",
            "crates/scaffold/tests/it/main.rs",
            "Cargo.toml.orig",
            "README.md",
            "apps/cli/Cargo.toml",
        ] {
            assert!(!is_copied(place), "{place}");
        }
    }
}
