//! What is in the workspace already, read from its sources: they need not compile.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// A workspace of the house's layout.
#[derive(Clone, Debug)]
pub struct House {
    root: PathBuf,
}

/// The places where features are registered; a workspace without one of them is none of the house's.
pub const REGISTERS: [&str; 12] = [
    "crates/db/src/lib.rs",
    "crates/db/src/schema.rs",
    "crates/db/tests/it/main.rs",
    "crates/contract/src/lib.rs",
    "crates/contract/tests/it/main.rs",
    "crates/server/src/lib.rs",
    "crates/server/src/router.rs",
    "crates/server/tests/it/main.rs",
    "crates/server/tests/it/walk.rs",
    "crates/client/src/lib.rs",
    "migrations/src/lib.rs",
    "openapi/openapi.json",
];

impl House {
    /// The workspace that this folder is in.
    ///
    /// # Errors
    /// When neither the folder nor one above it is a workspace of the house's layout.
    pub fn above(folder: &Path) -> Result<Self> {
        let root = folder.ancestors().find(|folder| {
            folder.join("Cargo.lock").is_file()
                && folder.join("crates/contract/src/lib.rs").is_file()
        });
        let Some(root) = root else {
            bail!(
                "{} is in no workspace with a crate `contract`: start this with `cargo xtask new-feature` inside of one",
                folder.display()
            );
        };
        let house = Self { root: root.to_path_buf() };
        for place in REGISTERS {
            if !house.path(place).is_file() {
                bail!(
                    "{place} is not there, where features are registered: bring it back, or write the feature by hand"
                );
            }
        }
        Ok(house)
    }

    /// The folder of the root manifest.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A place below the root.
    pub fn path(&self, place: &str) -> PathBuf {
        self.root.join(place)
    }

    /// The text of a file below the root.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self, place: &str) -> Result<String> {
        fs::read_to_string(self.path(place)).with_context(|| format!("{place} cannot be read"))
    }

    /// The text of a file below the root; `None` when there is no such file.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read_if_there(&self, place: &str) -> Result<Option<String>> {
        match fs::read_to_string(self.path(place)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{place} cannot be read")),
        }
    }

    /// A file below the root as Rust.
    ///
    /// # Errors
    /// When it cannot be read or is no Rust.
    pub fn parse(&self, place: &str) -> Result<syn::File> {
        parse(place, &self.read(place)?)
    }

    /// The modules that a crate's root names.
    ///
    /// # Errors
    /// When it cannot be read or is no Rust.
    pub fn modules(&self, place: &str) -> Result<Vec<String>> {
        let file = self.parse(place)?;
        let modules = file.items.iter().filter_map(|item| match item {
            syn::Item::Mod(module) => Some(module.ident.to_string()),
            _ => None,
        });
        Ok(modules.collect())
    }

    /// The document as it was generated last.
    ///
    /// # Errors
    /// When it cannot be read or is no JSON.
    pub fn document(&self) -> Result<serde_json::Value> {
        let text = self.read("openapi/openapi.json")?;
        serde_json::from_str(&text)
            .context("openapi/openapi.json is no JSON: run `cargo xtask generate`")
    }

    /// The names of the files in a folder below the root.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn files(&self, folder: &str) -> Result<Vec<String>> {
        let entries =
            fs::read_dir(self.path(folder)).with_context(|| format!("{folder} cannot be read"))?;
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.with_context(|| format!("{folder} cannot be read"))?.file_name();
            names.push(name.to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }
}

/// A text as Rust.
///
/// # Errors
/// When it is none, with the line.
pub fn parse(place: &str, text: &str) -> Result<syn::File> {
    syn::parse_file(text).map_err(|error| {
        let start = error.span().start();
        anyhow::anyhow!("{place}:{}: {error}: mend it first", start.line)
    })
}
