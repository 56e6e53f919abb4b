//! What every manifest says: lints and versions come from the workspace, a folder is called what
//! its package is called.

use anyhow::{Context, Result};
use toml_edit::{DocumentMut, Item, TableLike};

use super::{Breach, read};
use crate::workspace::{Package, Workspace};

/// The tables of a manifest that name dependencies, at its top and under each `target`.
const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Checks the manifest of each package.
pub fn check(workspace: &Workspace, packages: &[Package]) -> Result<Vec<Breach>> {
    let mut breaches = Vec::new();
    for package in packages {
        let path = package.folder.join("Cargo.toml");
        let place = workspace.relative(&path);
        breaches.extend(misnamed(&place, package));
        let manifest: DocumentMut =
            read(&path)?.parse().with_context(|| format!("{place} is not TOML"))?;
        breaches.extend(breaches_in(&place, manifest.as_table()));
    }
    Ok(breaches)
}

/// A package whose folder has another name.
fn misnamed(place: &str, package: &Package) -> Option<Breach> {
    let folder = package.folder.file_name()?.to_string_lossy();
    (folder != package.name).then(|| Breach {
        place: place.to_owned(),
        rule: "a folder is called what its package is called".to_owned(),
        found: format!("package `{}` is in folder `{folder}`", package.name),
        remedy: "rename one of them".to_owned(),
    })
}

/// What is wrong inside one manifest.
fn breaches_in(place: &str, manifest: &dyn TableLike) -> Vec<Breach> {
    let mut breaches = Vec::new();
    if !inherits(manifest.get("lints")) {
        breaches.push(Breach {
            place: place.to_owned(),
            rule: "every package has the workspace's lints".to_owned(),
            found: "there is no `workspace = true` under `[lints]`".to_owned(),
            remedy: "add `[lints]` and `workspace = true`".to_owned(),
        });
    }
    for (name, dependency) in dependencies(manifest) {
        if !inherits(Some(dependency)) {
            breaches.push(Breach {
                place: place.to_owned(),
                rule: "versions are said once, in the root's `[workspace.dependencies]`".to_owned(),
                found: format!("`{name}` does not come from the workspace"),
                remedy: format!(
                    "name it in the root's Cargo.toml and write `{name}.workspace = true` here"
                ),
            });
        }
    }
    breaches
}

/// All dependencies that a manifest names, also those for one platform.
fn dependencies(manifest: &dyn TableLike) -> Vec<(&str, &Item)> {
    let platforms = manifest.get("target").and_then(Item::as_table_like);
    let platforms = platforms
        .into_iter()
        .flat_map(|table| table.iter())
        .filter_map(|(_, item)| item.as_table_like());
    let tables = std::iter::once(manifest).chain(platforms);
    tables
        .flat_map(|table| {
            DEPENDENCIES.iter().filter_map(move |name| table.get(name)?.as_table_like())
        })
        .flat_map(|dependencies| dependencies.iter())
        .collect()
}

/// Whether an entry says `workspace = true`.
fn inherits(item: Option<&Item>) -> bool {
    let table = item.and_then(Item::as_table_like);
    table.and_then(|table| table.get("workspace")).and_then(Item::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(manifest: &str) -> Result<Vec<String>> {
        let manifest: DocumentMut = manifest.parse()?;
        Ok(breaches_in("Cargo.toml", manifest.as_table())
            .into_iter()
            .map(|breach| breach.found)
            .collect())
    }

    #[test]
    fn a_manifest_that_inherits_everything_is_fine() -> Result<()> {
        let manifest = "[lints]\nworkspace = true\n\
            [dependencies]\na.workspace = true\nb = { workspace = true, optional = true }\n";
        assert_eq!(found(manifest)?, Vec::<String>::new());
        Ok(())
    }

    #[test]
    fn own_versions_are_found_everywhere() -> Result<()> {
        let manifest = "[lints]\nworkspace = true\n\
            [dependencies]\na = \"1\"\n\
            [dev-dependencies]\nb = { path = \"../b\" }\n\
            [target.'cfg(unix)'.dependencies]\nc = { version = \"1\" }\n\
            [build-dependencies.d]\ngit = \"https://example.org/d\"\n";
        let expected =
            ["a", "b", "d", "c"].map(|name| format!("`{name}` does not come from the workspace"));
        assert_eq!(found(manifest)?, expected);
        Ok(())
    }

    #[test]
    fn missing_lints_are_found() -> Result<()> {
        assert_eq!(
            found("[package]\nname = \"a\"\n")?,
            ["there is no `workspace = true` under `[lints]`"]
        );
        Ok(())
    }
}
