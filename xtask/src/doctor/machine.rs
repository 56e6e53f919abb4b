//! Room on the disk, folders that can be written to, the port of the server, and git's hooks.

use std::fs::{self, OpenOptions};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Finding, Remedy};
use crate::process;
use crate::workspace::Workspace;

/// The port that `cargo xtask dev` serves on.
const PORT: u16 = 3000;

/// Less free room than this, in GiB, and a build does not come to its end.
const LEAST_ROOM: u64 = 3;

/// So much room, in GiB, builds and tests take in all, with some to spare.
const ROOM: u64 = 15;

/// Looks at the machine.
pub(super) fn look(workspace: &Workspace) -> Vec<Finding> {
    let target = workspace.target();
    let mut findings = vec![
        writable("build folder", &target, workspace, "CARGO_TARGET_DIR"),
        writable("data folder", &data(workspace), workspace, "DATA_DIR"),
    ];
    findings.extend(room(&target));
    findings.push(port());
    findings.push(hooks(workspace));
    findings
}

/// Where the embedded database is.
fn data(workspace: &Workspace) -> PathBuf {
    std::env::var_os("DATA_DIR")
        .map_or_else(|| workspace.data(), |folder| workspace.root().join(folder))
}

/// Whether files can be made in a folder, or the folder itself when it is not there.
fn writable(name: &'static str, folder: &Path, workspace: &Workspace, variable: &str) -> Finding {
    let shown = workspace.relative(folder);
    let existing = existing(folder);
    let probe = existing.join(format!(".throughline-doctor-{}", std::process::id()));
    let made = OpenOptions::new().write(true).create_new(true).open(&probe);
    match made.and_then(|_| fs::remove_file(&probe)) {
        Ok(()) if existing == folder => Finding::ok(name, format!("{shown} can be written to")),
        Ok(()) => Finding::ok(name, format!("{shown} is made when it is needed")),
        Err(error) => Finding::missing(
            name,
            format!("{} cannot be written to: {error}", existing.display()),
            Remedy::everywhere(format!("chown or chmod it, or set {variable} to another folder")),
        ),
    }
}

/// The folder, or the nearest one above it that is there.
fn existing(folder: &Path) -> &Path {
    folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(folder)
}

/// How much room there is for builds. Nothing where `df` is not known.
fn room(target: &Path) -> Option<Finding> {
    let mut df = Command::new("df");
    let answer = process::output(df.arg("-Pk").arg(existing(target))).ok()?;
    let free = available(&answer)? / (1024 * 1024);
    let name = "disk";
    let remedy = Remedy::everywhere(
        "cargo clean removes old builds; CARGO_TARGET_DIR moves them to another disk",
    );
    Some(if free < LEAST_ROOM {
        Finding::missing(name, format!("{free} GiB are free, a build takes {LEAST_ROOM}"), remedy)
    } else if free < ROOM {
        let found = format!("{free} GiB are free, builds and tests take up to {ROOM}");
        Finding::optional(name, found, remedy)
    } else {
        Finding::ok(name, format!("{free} GiB are free"))
    })
}

/// The free room in KiB, out of what `df -Pk` says. A device's name may have blanks in it, so it is counted from the column
/// with the per cent sign.
fn available(answer: &str) -> Option<u64> {
    let words: Vec<&str> = answer.lines().nth(1)?.split_whitespace().collect();
    let percent = words.iter().position(|word| word.ends_with('%'))?;
    words.get(percent.checked_sub(1)?)?.parse().ok()
}

/// Whether the server's port is free.
fn port() -> Finding {
    match TcpListener::bind(("127.0.0.1", PORT)) {
        Ok(_) => Finding::ok("port 3000", "is free for `cargo xtask dev`"),
        Err(error) => Finding::optional(
            "port 3000",
            format!("cannot be listened on: {error}"),
            Remedy::everywhere("cargo xtask dev --port 3001"),
        ),
    }
}

/// The hooks that git runs here: the project needs none.
fn hooks(workspace: &Workspace) -> Finding {
    let mut git = Command::new("git");
    git.args(["rev-parse", "--git-path", "hooks"]).current_dir(workspace.root());
    let Ok(folder) = process::output(&mut git) else {
        let why = match process::on_path("git") {
            Some(_) => "none: this is no checkout of git",
            None => "not looked at: git is not installed",
        };
        return Finding::ok("git hooks", why);
    };
    let mut hooks = in_use(&workspace.root().join(folder.trim()));
    hooks.sort();
    if hooks.is_empty() {
        Finding::ok("git hooks", "none, and none are needed")
    } else {
        Finding::ok("git hooks", format!("your own: {}; the project needs none", hooks.join(", ")))
    }
}

/// The hooks in a folder, without git's examples.
fn in_use(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| !name.contains('.')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_room_is_read_from_what_df_says() {
        let answer = "Filesystem     1024-blocks      Used Available Capacity Mounted on\n\
            /dev/my disk     263174212 123456789 126349824      50% /\n";
        assert_eq!(available(answer), Some(126_349_824));
        assert_eq!(available("Filesystem\n"), None);
    }

    #[test]
    fn examples_are_no_hooks() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        for name in ["pre-commit", "pre-push.sample"] {
            fs::write(folder.path().join(name), "")?;
        }
        assert_eq!(in_use(folder.path()), ["pre-commit"]);
        assert!(in_use(&folder.path().join("gone")).is_empty());
        Ok(())
    }

    #[test]
    fn a_folder_that_is_not_there_is_judged_by_the_one_above_it() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let below = folder.path().join("a/b");
        assert_eq!(existing(&below), folder.path());
        Ok(())
    }
}
