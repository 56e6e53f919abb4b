//! Copies of the application's sources, and what is in them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// What a copy holds: all that the command reads and writes.
const PARTS: [&str; 9] = [
    "Cargo.toml",
    "Cargo.lock",
    "rustfmt.toml",
    "crates/db",
    "crates/contract",
    "crates/server",
    "crates/client",
    "migrations",
    "openapi",
];

/// A copy of the sources, which goes with this.
pub struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    /// Copies the sources of the workspace that this is tested in.
    pub fn copy() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        for part in PARTS {
            copy(&root.join(part), &folder.path().join(part));
        }
        Self { folder }
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The command with these words, not started.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scaffold"));
        command.args(words).current_dir(self.root()).stdin(Stdio::null());
        command
    }

    /// Runs the command with these words.
    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs `new-feature` with these words, up to what needs a compiler.
    pub fn new_feature(&self, words: &[&str]) -> Output {
        self.run(&[&["new-feature", "--no-generate"], words].concat())
    }

    pub fn read(&self, place: &str) -> String {
        fs::read_to_string(self.root().join(place)).unwrap()
    }

    /// All files and what they say, without what the command keeps for itself between runs.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(self.root(), self.root(), &mut files);
        files.remove(Path::new(".scaffold/lock"));
        files
    }

    /// Puts these files back, and removes all others.
    pub fn restore(&self, files: &BTreeMap<PathBuf, Vec<u8>>) {
        for place in self.files().keys().filter(|place| !files.contains_key(*place)) {
            fs::remove_file(self.root().join(place)).unwrap();
        }
        for (place, bytes) in files {
            let place = self.root().join(place);
            if fs::read(&place).ok().as_ref() != Some(bytes) {
                fs::write(place, bytes).unwrap();
            }
        }
        for folder in ["crates/db/src/gadgets", ".scaffold/next", ".scaffold/journal"] {
            let folder = self.root().join(folder);
            if folder.is_dir() {
                fs::remove_dir_all(folder).unwrap();
            }
        }
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        for entry in fs::read_dir(from).unwrap() {
            let name = entry.unwrap().file_name();
            copy(&from.join(&name), &to.join(&name));
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            files.insert(path.strip_prefix(root).unwrap().to_path_buf(), fs::read(&path).unwrap());
        }
    }
}
