//! Who may not reach whom, directly or through others, as `cargo tree` sees it.

use anyhow::{Context, Result};

use super::Breach;
use crate::process;
use crate::workspace::{Package, Workspace};

/// A package and what it must not reach.
struct Border {
    /// The package.
    package: &'static str,
    /// Whether the workspace may be without it.
    optional: bool,
    /// What it must not reach. A name stands for its family, too: `sqlx` for `sqlx-core`.
    never: &'static [&'static str],
    /// The rule as a sentence.
    rule: &'static str,
    /// What to do when it is broken, besides looking for the way in.
    remedy: &'static str,
}

/// The borders between the rooms.
const BORDERS: [Border; 5] = [
    Border {
        package: "contract",
        optional: false,
        never: &["sea-orm", "axum", "sqlx"],
        rule: "the contract reaches no database and no server: clients of all kinds compile it",
        remedy: "take values from `db` without its feature `orm`, and leave the rest to `server`",
    },
    Border {
        package: "client",
        optional: false,
        never: &["sea-orm", "axum", "sqlx"],
        rule: "the client reaches no database and no server",
        remedy: "depend on `contract`, and on nothing that serves it",
    },
    Border {
        package: "throughline-query",
        optional: true,
        never: &["reqwest", "throughline"],
        rule: "the query cache knows no transport and no contract",
        remedy: "take what is needed through a trait of the cache's, and implement it in `client`",
    },
    Border {
        package: "db",
        optional: false,
        never: &["sea-orm", "sqlx", "libsqlite3-sys", "sea-query"],
        rule: "`db` without `orm` reaches no database crate: its values are also the client's",
        remedy: "make the dependency optional and name it under the feature `orm`",
    },
    Border {
        package: "openapi",
        optional: false,
        never: &["server", "axum"],
        rule: "the document is made from the contract, without compiling a handler",
        remedy: "depend on `contract` and on `throughline`, and on nothing that serves them",
    },
];

/// Checks all borders.
pub fn check(workspace: &Workspace, packages: &[Package]) -> Result<Vec<Breach>> {
    let mut breaches = Vec::new();
    for border in &BORDERS {
        let Some(package) = packages.iter().find(|package| package.name == border.package) else {
            if !border.optional {
                breaches.push(missing_room(border));
            }
            continue;
        };
        let place = workspace.relative(&package.folder.join("Cargo.toml"));
        for name in reached(workspace, border.package)? {
            if border.never.iter().any(|never| is_family(&name, never, packages)) {
                breaches.push(Breach {
                    place: place.clone(),
                    rule: border.rule.to_owned(),
                    found: format!("`{}` reaches `{name}`", border.package),
                    remedy: format!(
                        "`{} --invert {name}` shows the way in; {}",
                        tree_command(border.package),
                        border.remedy
                    ),
                });
            }
        }
    }
    Ok(breaches)
}

/// The breach that a room is not there at all: a rule that checks nothing would be no rule.
fn missing_room(border: &Border) -> Breach {
    Breach {
        place: "Cargo.toml".to_owned(),
        rule: border.rule.to_owned(),
        found: format!("the workspace has no package `{}`", border.package),
        remedy: "give it its name back, or change xtask/src/invariants/dependencies.rs".to_owned(),
    }
}

/// The names of all packages that a package reaches with its default features, on any platform,
/// without tests.
fn reached(workspace: &Workspace, package: &str) -> Result<Vec<String>> {
    let mut tree = process::cargo(workspace.root());
    tree.args(tree_command(package).split(' ').skip(1))
        .args(["--prefix", "none", "--format", "{p}"]);
    let tree = process::output(&mut tree)
        .with_context(|| format!("could not list what `{package}` depends on"))?;
    Ok(names_in(&tree))
}

/// The command that shows what a package reaches. `db` is asked without features whatever its
/// default is.
fn tree_command(package: &str) -> String {
    let features = if package == "db" { " --no-default-features" } else { "" };
    format!("cargo tree --package {package}{features} --edges normal --target all")
}

/// The package names in the output of `cargo tree --prefix none --format {p}`, each once, without
/// the first, which is the package that was asked about.
fn names_in(tree: &str) -> Vec<String> {
    let mut names: Vec<String> =
        tree.lines().skip(1).filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    names.retain(|name| !name.is_empty());
    names.sort();
    names.dedup();
    names
}

/// Whether a package is the one that is forbidden or of its family. The workspace's own packages
/// are no family: that `throughline` is forbidden says nothing of `throughline-query`.
fn is_family(name: &str, forbidden: &str, packages: &[Package]) -> bool {
    let is_own = packages.iter().any(|package| package.name == forbidden);
    name == forbidden
        || (!is_own && name.strip_prefix(forbidden).is_some_and(|rest| rest.starts_with('-')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str) -> Package {
        Package {
            name: name.to_owned(),
            folder: Default::default(),
            is_library: true,
            features: Vec::new(),
        }
    }

    #[test]
    fn names_are_read_from_a_tree() {
        let tree = "db v0.1.0 (/w/db)\nserde v1.0.0\n\
            serde_derive v1.0.0 (proc-macro)\nserde v1.0.0 (*)\n\n";
        assert_eq!(names_in(tree), ["serde", "serde_derive"]);
    }

    #[test]
    fn a_forbidden_name_covers_its_family_except_among_our_own() {
        let packages = [package("throughline"), package("throughline-query")];
        assert!(is_family("sqlx-core", "sqlx", &packages));
        assert!(!is_family("sqlxfoo", "sqlx", &packages));
        assert!(is_family("throughline", "throughline", &packages));
        assert!(!is_family("throughline-query", "throughline", &packages));
    }
}
