//! What the whole workspace resolves to: some packages once, some never.

use anyhow::{Context, Result};
use toml_edit::DocumentMut;

use super::{Breach, read};
use crate::workspace::Workspace;

/// Packages that there may be one version of: two do not fit together, and each is minutes of
/// building.
const ONCE: [&str; 2] = ["axum", "sqlx"];

/// Packages that must not be there, and what takes their place.
const NEVER: [(&str, &str); 3] = [
    ("aws-lc-rs", "rustls runs on ring: switch the default features off and `ring` on"),
    ("aws-lc-sys", "rustls runs on ring: switch the default features off and `ring` on"),
    ("openssl-sys", "TLS is rustls: switch `native-tls` and the default features off"),
];

/// Checks Cargo.lock.
pub fn check(workspace: &Workspace) -> Result<Vec<Breach>> {
    let lock = read(&workspace.root().join("Cargo.lock"))?;
    let locked = locked(&lock).context("Cargo.lock is in a form that the door does not know")?;
    Ok(breaches(&locked))
}

/// The packages in Cargo.lock: name and version.
fn locked(lock: &str) -> Result<Vec<(String, String)>> {
    let lock: DocumentMut = lock.parse()?;
    let packages = lock
        .get("package")
        .and_then(|packages| packages.as_array_of_tables())
        .context("no packages")?;
    let text = |package: &toml_edit::Table, key| {
        package.get(key).and_then(|value| value.as_str()).map(str::to_owned)
    };
    Ok(packages
        .iter()
        .filter_map(|package| Some((text(package, "name")?, text(package, "version")?)))
        .collect())
}

/// What is there twice, or at all.
fn breaches(locked: &[(String, String)]) -> Vec<Breach> {
    let versions = |wanted: &str| -> Vec<&str> {
        locked
            .iter()
            .filter(|(name, _)| name == wanted)
            .map(|(_, version)| version.as_str())
            .collect()
    };
    let twice =
        ONCE.iter().map(|name| (name, versions(name))).filter(|(_, versions)| versions.len() > 1);
    let twice = twice.map(|(name, versions)| Breach {
        place: "Cargo.lock".to_owned(),
        rule: format!("there is one `{name}`"),
        found: format!("`{name}` is there as {}", versions.join(" and ")),
        remedy: format!(
            "`cargo tree --duplicates --invert {name}` shows who wants which; make them agree"
        ),
    });
    let there = NEVER.iter().filter(|(name, _)| !versions(name).is_empty());
    let there = there.map(|(name, remedy)| Breach {
        place: "Cargo.lock".to_owned(),
        rule: format!("there is no `{name}`"),
        found: format!("`{name}` is there"),
        remedy: format!("`cargo tree --target all --invert {name}` shows who wants it; {remedy}"),
    });
    twice.chain(there).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_is_there_twice_or_at_all() -> Result<()> {
        let lock = "version = 4\n\
            [[package]]\nname = \"sqlx\"\nversion = \"0.8.6\"\n\
            [[package]]\nname = \"sqlx\"\nversion = \"0.9.0\"\n\
            [[package]]\nname = \"axum\"\nversion = \"0.8.9\"\n\
            [[package]]\nname = \"aws-lc-sys\"\nversion = \"0.30.0\"\n";
        let found: Vec<String> =
            breaches(&locked(lock)?).into_iter().map(|breach| breach.found).collect();
        assert_eq!(found, ["`sqlx` is there as 0.8.6 and 0.9.0", "`aws-lc-sys` is there"]);
        Ok(())
    }
}
