//! The workspace on disk: its root, its packages and where builds go.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use serde_json::Value;

use crate::process;

/// The workspace that this door belongs to.
pub struct Workspace {
    /// The folder of the root manifest.
    root: PathBuf,
}

/// A package of the workspace.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name in its manifest.
    pub name: String,
    /// The folder that its manifest is in.
    pub folder: PathBuf,
    /// Whether others can depend on it.
    pub is_library: bool,
    /// The features that it declares itself, without `default`.
    pub features: Vec<String>,
}

impl Workspace {
    /// Finds the workspace: the folder above this crate's manifest.
    pub fn find() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .parent()
            .map(Path::to_path_buf)
            .filter(|root| root.join("Cargo.lock").is_file());
        let root = root.with_context(|| {
            format!(
                "no workspace above {}: start the door with `cargo xtask` inside the repository",
                manifest.display()
            )
        })?;
        Ok(Self { root })
    }

    /// The folder that everything else is in.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where `cargo xtask dev` and `cargo xtask db` keep the embedded database.
    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// Where tools live that are fetched for this workspace alone.
    pub fn tools(&self) -> PathBuf {
        self.target().join("tools")
    }

    /// Where builds go.
    pub fn target(&self) -> PathBuf {
        let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        self.root.join(target)
    }

    /// A path below the root as text, for messages; with `/` everywhere.
    pub fn relative(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.root).unwrap_or(path);
        path.to_string_lossy().replace('\\', "/")
    }

    /// The packages, as cargo sees them.
    pub fn packages(&self) -> Result<Vec<Package>> {
        let mut metadata = process::cargo(&self.root);
        metadata.args(["metadata", "--no-deps", "--format-version", "1"]);
        let metadata =
            process::output(&mut metadata).context("could not list the workspace's packages")?;
        packages_of(&metadata)
            .context("`cargo metadata` answered in a form that the door does not know")
    }
}

/// Reads the packages out of the answer of `cargo metadata --no-deps`.
fn packages_of(metadata: &str) -> Result<Vec<Package>> {
    let metadata: Value = serde_json::from_str(metadata)?;
    let packages = metadata["packages"].as_array().ok_or_else(|| anyhow!("no `packages`"))?;
    packages.iter().map(package_of).collect()
}

/// Reads one package.
fn package_of(package: &Value) -> Result<Package> {
    let name = package["name"].as_str().ok_or_else(|| anyhow!("a package without `name`"))?;
    let manifest = package["manifest_path"]
        .as_str()
        .ok_or_else(|| anyhow!("`{name}` has no `manifest_path`"))?;
    let targets =
        package["targets"].as_array().ok_or_else(|| anyhow!("`{name}` has no `targets`"))?;
    let kinds: BTreeSet<&str> = targets
        .iter()
        .filter_map(|target| target["kind"].as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let features = package["features"].as_object();
    Ok(Package {
        name: name.to_owned(),
        folder: Path::new(manifest).parent().map(Path::to_path_buf).unwrap_or_default(),
        is_library: kinds.contains("lib") || kinds.contains("proc-macro"),
        features: features
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .filter(|name| name != "default")
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_packages_from_metadata() -> Result<()> {
        let packages = packages_of(
            r#"{"packages": [
                {"name": "db", "manifest_path": "/w/crates/db/Cargo.toml",
                 "targets": [{"kind": ["lib"]}, {"kind": ["test"]}],
                 "features": {"default": [], "orm": []}},
                {"name": "api", "manifest_path": "/w/apps/api/Cargo.toml",
                 "targets": [{"kind": ["bin"]}], "features": {}}
            ]}"#,
        )?;
        let [db, api] = packages.as_slice() else { panic!("two packages, not {packages:?}") };
        assert_eq!(
            (db.name.as_str(), db.folder.as_path(), db.is_library),
            ("db", Path::new("/w/crates/db"), true)
        );
        assert_eq!(db.features, ["orm"]);
        assert!(!api.is_library);
        Ok(())
    }
}
