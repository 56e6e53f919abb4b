//! The manifests of a new application: where its library comes from, and nothing of this repository's own.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context, Result, bail};
use toml_edit::{DocumentMut, Item, TableLike, value};

use super::{Destination, Files, text};

const ROOT: &str = "Cargo.toml";

/// How the library's crates begin, besides the one that is only called so.
const LIBRARY: &str = "throughline";

/// What a package says of this repository.
const OURS: [&str; 2] = ["license", "repository"];

/// The tables of a manifest that name dependencies, at its top and under each `target`.
const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Where the library's crates come from.
#[derive(Debug)]
pub enum Library {
    /// From where this workspace has them.
    Here,
    /// From a repository.
    Git { url: String, rev: Option<String> },
}

impl Library {
    /// The library of a repository, if one is named.
    ///
    /// # Errors
    /// When the address or the revision is none.
    pub fn new(url: Option<String>, rev: Option<String>) -> Result<Self> {
        let is_word = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
        let Some(url) = url else { return Ok(Self::Here) };
        if !is_word(&url) || !url.contains(['/', ':']) {
            bail!(
                "`{url}` is no repository's address, such as https://example.org/throughline.git"
            );
        }
        if let Some(rev) = &rev
            && !is_word(rev)
        {
            bail!("`{rev}` is no commit and no tag");
        }
        Ok(Self::Git { url, rev })
    }
}

/// Rewrites all manifests; comments and order stay.
///
/// # Errors
/// When one of them is no TOML, or a crate of the library is not there.
pub fn rewrite(
    files: &mut Files,
    root: &Path,
    destination: &Destination,
    library: &Library,
) -> Result<()> {
    let mut used = BTreeSet::new();
    let packages: Vec<String> =
        files.keys().filter(|place| place.ends_with("/Cargo.toml")).cloned().collect();
    for place in packages {
        let mut manifest = parse(files, &place)?;
        used.extend(dependencies(manifest.as_table()));
        if let Some(package) = manifest.get_mut("package").and_then(Item::as_table_like_mut) {
            for key in OURS {
                package.remove(key);
            }
        }
        files.insert(place, manifest.to_string().into_bytes());
    }
    let mut manifest = parse(files, ROOT)?;
    let workspace = manifest.get_mut("workspace").and_then(Item::as_table_mut);
    let workspace = workspace.with_context(|| format!("{ROOT} has no `[workspace]`"))?;
    if let Some(package) = workspace.get_mut("package").and_then(Item::as_table_like_mut) {
        for key in OURS {
            package.remove(key);
        }
    }
    let dependencies = workspace.get_mut("dependencies").and_then(Item::as_table_mut);
    let dependencies =
        dependencies.with_context(|| format!("{ROOT} has no `[workspace.dependencies]`"))?;
    // The application's own stay for those that are still to come.
    let own = dependencies.iter().filter(|(_, dependency)| {
        let path = dependency.get("path").and_then(Item::as_str);
        path.is_some_and(|path| files.contains_key(&format!("{path}/Cargo.toml")))
    });
    used.extend(own.map(|(name, _)| name.to_owned()));
    keep(dependencies, &used);
    for (name, dependency) in dependencies.iter_mut() {
        let name = name.get();
        if name == LIBRARY || name.starts_with(&format!("{LIBRARY}-")) {
            point(name, dependency, root, destination, library)?;
        }
    }
    files.insert(ROOT.to_owned(), manifest.to_string().into_bytes());
    Ok(())
}

fn parse(files: &Files, place: &str) -> Result<DocumentMut> {
    text(files, place)?.parse().with_context(|| format!("{place} is no TOML"))
}

/// The names of all dependencies of a manifest, also those for one platform.
fn dependencies(manifest: &dyn TableLike) -> Vec<String> {
    let platforms = manifest.get("target").and_then(Item::as_table_like);
    let platforms = platforms
        .into_iter()
        .flat_map(|table| table.iter())
        .filter_map(|(_, item)| item.as_table_like());
    std::iter::once(manifest)
        .chain(platforms)
        .flat_map(|table| {
            DEPENDENCIES.iter().filter_map(move |name| table.get(name)?.as_table_like())
        })
        .flat_map(|table| table.iter().map(|(name, _)| name.to_owned()))
        .collect()
}

/// Drops the dependencies that nobody uses. What is said above the first of a group stays with the group.
fn keep(dependencies: &mut toml_edit::Table, used: &BTreeSet<String>) {
    let names: Vec<String> = dependencies.iter().map(|(name, _)| name.to_owned()).collect();
    let mut said: Option<String> = None;
    for (index, name) in names.iter().enumerate() {
        let Some(mut key) = dependencies.key_mut(name) else { continue };
        let decor = key.leaf_decor_mut();
        let above = decor.prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
        // An empty line begins a group.
        if index == 0 || above.starts_with('\n') {
            said = None;
            if !used.contains(name) {
                said = Some(above.to_owned());
            }
        } else if let Some(group) = said.take_if(|_| used.contains(name)) {
            decor.set_prefix(format!("{group}{above}"));
        }
        if !used.contains(name) {
            dependencies.remove(name);
        }
    }
}

/// Points a dependency to where the library comes from.
fn point(
    name: &str,
    dependency: &mut Item,
    root: &Path,
    destination: &Destination,
    library: &Library,
) -> Result<()> {
    let dependency = dependency
        .as_table_like_mut()
        .with_context(|| format!("{ROOT} does not say where `{name}` comes from"))?;
    match library {
        Library::Git { url, rev } => {
            for key in ["path", "git", "rev", "branch", "tag"] {
                dependency.remove(key);
            }
            dependency.insert("git", value(url));
            if let Some(rev) = rev {
                dependency.insert("rev", value(rev));
            }
        }
        Library::Here => {
            // Without a path it comes from a repository, wherever one stands.
            if let Some(path) = dependency.get("path").and_then(Item::as_str) {
                let path = root.join(path);
                let path = path
                    .canonicalize()
                    .with_context(|| format!("`{name}` is not at {}", path.display()))?;
                dependency.insert("path", value(destination.path_to(&path)?));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_stay_with_their_groups() -> Result<()> {
        let text = "[d]\n# First.\na = \"1\"\nb = \"1\"\n\n# Second.\nc = \"1\"\n# Of d alone.\nd = \"1\"\n\n# Third.\ne = \"1\"\n\n# Fourth.\nf = \"1\"\n";
        let mut manifest: DocumentMut = text.parse()?;
        let table = manifest["d"].as_table_mut().context("a table")?;
        keep(table, &["b", "d", "f"].map(str::to_owned).into());
        assert_eq!(
            manifest.to_string(),
            "[d]\n# First.\nb = \"1\"\n\n# Second.\n# Of d alone.\nd = \"1\"\n\n# Fourth.\nf = \"1\"\n"
        );
        Ok(())
    }
}
