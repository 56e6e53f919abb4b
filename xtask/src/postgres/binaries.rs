//! Finds installed PostgreSQL server programs, which distributions like to keep off the PATH.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process;

/// The programs that a cluster needs, all from one folder so that their versions agree.
const PROGRAMS: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// Where distributions keep one folder per version: the parent, the start of a version's name, the
/// rest of the path.
const VERSIONED: [(&str, &str, &str); 5] = [
    ("/usr/lib/postgresql", "", "bin"),          // Debian, Ubuntu
    ("/usr", "pgsql-", "bin"),                   // the PostgreSQL project's own RPMs
    ("/opt/homebrew/opt", "postgresql@", "bin"), // Homebrew on Apple silicon
    ("/usr/local/opt", "postgresql@", "bin"),    // Homebrew on Intel
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"), // Postgres.app
];

/// The folder of the server programs, if they are installed: the PATH first, then what `pg_config`
/// says, then the places where packages put them, newest version first.
pub fn find() -> Option<PathBuf> {
    let on_path = process::on_path("initdb").and_then(|program| program.canonicalize().ok());
    let on_path = on_path.and_then(|program| program.parent().map(Path::to_path_buf));
    let configured = process::output(Command::new("pg_config").arg("--bindir")).ok();
    let configured = configured.map(|folder| PathBuf::from(folder.trim()));
    let installed =
        VERSIONED.iter().flat_map(|(parent, start, rest)| versions(Path::new(parent), start, rest));
    on_path.into_iter().chain(configured).chain(installed).find(|folder| is_complete(folder))
}

/// The folders `<parent>/<start><version>/<rest>`, newest version first.
fn versions(parent: &Path, start: &str, rest: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    let mut found: Vec<(Vec<u32>, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            Some((version(name.to_str()?.strip_prefix(start)?)?, entry.path().join(rest)))
        })
        .collect();
    found.sort_by_key(|(version, _)| Reverse(version.clone()));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// A version as numbers that compare as versions do: `9.6` is older than `15`.
fn version(text: &str) -> Option<Vec<u32>> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

/// Whether all programs are in the folder.
fn is_complete(folder: &Path) -> bool {
    PROGRAMS.iter().all(|program| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_version_comes_first() -> anyhow::Result<()> {
        let parent = tempfile::tempdir()?;
        for name in ["pg-9.6", "pg-15", "pg-17", "pg-common", "other-18"] {
            std::fs::create_dir(parent.path().join(name))?;
        }
        let found = versions(parent.path(), "pg-", "bin");
        let expected: Vec<_> =
            ["pg-17/bin", "pg-15/bin", "pg-9.6/bin"].map(|name| parent.path().join(name)).into();
        assert_eq!(found, expected);
        Ok(())
    }
}
