//! Changes a line of a source file and back, as somebody at work does.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

/// A file with one line that can stand in two ways.
#[derive(Debug)]
pub struct Edit {
    path: PathBuf,
    before: String,
    after: String,
}

impl Edit {
    /// Replaces the first `from` by `to`.
    ///
    /// # Errors
    /// When the file cannot be read or has no `from`.
    pub fn replace(path: impl Into<PathBuf>, from: &str, to: &str) -> Result<Self> {
        let path = path.into();
        let before = read(&path)?;
        if !before.contains(from) {
            bail!("{} has no `{from}` to change: choose another line here", path.display());
        }
        let after = before.replacen(from, to, 1);
        Ok(Self { path, before, after })
    }

    /// Adds a statement at the beginning of the first `async fn` that has a body.
    ///
    /// # Errors
    /// When the file cannot be read or has no such function.
    pub fn first_handler(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let before = read(&path)?;
        let Some(after) = with_statement(&before) else {
            bail!("{} has no `async fn` with a body to change", path.display());
        };
        Ok(Self { path, before, after })
    }

    /// Writes the changed text or, every second time, the first one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn turn(&self, index: usize) -> Result<()> {
        let text = if index.is_multiple_of(2) { &self.after } else { &self.before };
        fs::write(&self.path, text)
            .with_context(|| format!("could not write {}", self.path.display()))
    }

    /// Puts the first text back.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn undo(&self) -> Result<()> {
        self.turn(1)
    }
}

/// Makes a file look changed to cargo.
///
/// # Errors
/// When there is no such file or it is not ours to write.
pub fn touch(path: &Path) -> Result<()> {
    let touched = fs::File::options()
        .append(true)
        .open(path)
        .and_then(|file| file.set_modified(SystemTime::now()));
    touched.with_context(|| format!("could not touch {}", path.display()))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))
}

/// The text with a statement at the start of the first `async fn` body.
fn with_statement(text: &str) -> Option<String> {
    let start = text.find("async fn ")?;
    let open = start + text.get(start..)?.find("{\n")? + 1;
    let (head, tail) = text.split_at_checked(open)?;
    Some(format!("{head}\n        let _changed = 1;{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_goes_into_the_first_handler() {
        let text = "impl A for B {\n    async fn get(&self) -> u8 {\n        1\n    }\n}\n";
        let changed = with_statement(text).unwrap();
        assert!(changed.contains("-> u8 {\n        let _changed = 1;\n        1\n"), "{changed}");
        assert_eq!(with_statement("fn main() {\n}\n"), None);
    }

    #[test]
    fn an_edit_goes_forth_and_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rs");
        fs::write(&path, "one two one").unwrap();
        let edit = Edit::replace(&path, "one", "1").unwrap();
        edit.turn(0).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "1 two one");
        edit.undo().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one two one");
        assert!(Edit::replace(&path, "three", "3").is_err());
    }
}
