//! Where a new application goes: checked first, written aside, and in place in one step.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Component, Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use super::Files;
use crate::{house::House, name::shown};

/// A folder that can be made, or that is there and empty.
#[derive(Debug)]
pub struct Destination {
    /// The folder that it is in, without links.
    parent: PathBuf,
    name: String,
    is_in_repository: bool,
}

impl Destination {
    /// Looks at a folder, and changes nothing.
    ///
    /// # Errors
    /// Why no application can be written there.
    pub fn check(folder: &Path, root: &Path) -> Result<Self> {
        let there = std::path::absolute(folder)
            .with_context(|| format!("`{}` is no path", folder.display()))?;
        let Some(Component::Normal(name)) = there.components().next_back() else {
            bail!("`{}` does not end with a name for the folder", folder.display())
        };
        let name = name.to_string_lossy().into_owned();
        let letters =
            name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if !letters || !name.starts_with(|c: char| c.is_ascii_alphabetic()) || name.len() > 64 {
            bail!(
                "`{}` is no name for an application: begin with a letter, and use letters, digits, `-`, `_` and `.`, 64 at most",
                shown(&name)
            );
        }
        let parent = there.parent().unwrap_or(&there);
        let parent = match parent.canonicalize() {
            Ok(parent) if parent.is_dir() => parent,
            Ok(_) => bail!("{} is no folder", parent.display()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                bail!("there is no folder {}: make it first", parent.display())
            }
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be used", parent.display()));
            }
        };
        let target = parent.join(&name);
        match fs::symlink_metadata(&target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be used", target.display()));
            }
            Ok(there) if !there.is_dir() => {
                bail!("{} is there, and is no folder", target.display())
            }
            Ok(_) => {
                let mut entries = fs::read_dir(&target)
                    .with_context(|| format!("{} cannot be read", target.display()))?;
                if entries.next().is_some() {
                    bail!("{} is there and not empty: nothing is written over", target.display());
                }
            }
        }
        let root = root.canonicalize().context("the workspace's folder is gone")?;
        let ignored = is_ignored(&parent, &target);
        if target.starts_with(&root) && ignored != Some(true) {
            bail!(
                "{} is inside of {}: choose a folder outside, such as {}",
                target.display(),
                root.display(),
                root.with_file_name(&name).display()
            );
        }
        Ok(Self { parent, name, is_in_repository: ignored == Some(false) })
    }

    /// The folder's own name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder.
    pub fn folder(&self) -> PathBuf {
        self.parent.join(&self.name)
    }

    /// Whether a repository is there already that does not ignore it.
    pub fn is_in_repository(&self) -> bool {
        self.is_in_repository
    }

    /// How the application calls another folder: from its own when that is near, else from the top of the disk.
    ///
    /// # Errors
    /// When the path is no text.
    pub fn path_to(&self, other: &Path) -> Result<String> {
        let folder = self.folder();
        let shared =
            folder.components().zip(other.components()).take_while(|(a, b)| a == b).count();
        let up = folder.components().count() - shared;
        let near = shared > 1 && up <= 2;
        let path: PathBuf = match near {
            true => std::iter::repeat_n(Component::ParentDir, up)
                .chain(other.components().skip(shared))
                .collect(),
            false => other.to_path_buf(),
        };
        let path = path.to_str().with_context(|| format!("{} is no text", path.display()))?;
        Ok(if near { path.replace('\\', "/") } else { path.to_owned() })
    }

    /// Makes a folder beside it, in which it is written.
    ///
    /// # Errors
    /// When that cannot be done, or another run is doing it.
    pub fn stage(&self) -> Result<Staged> {
        let folder = self.parent.join(format!(".{}.new-app", self.name));
        if folder.exists() {
            // Left by a run that was killed, or in use by one.
            let lock = lock(&folder)?;
            fs::remove_dir_all(&folder)
                .with_context(|| format!("{} cannot be removed", folder.display()))?;
            drop(lock);
        }
        fs::create_dir(&folder)
            .with_context(|| format!("nothing can be written in {}", self.parent.display()))?;
        let lock = lock(&folder)?;
        Ok(Staged { folder, target: self.folder(), finished: false, _lock: lock })
    }
}

/// An application that is being written; removed unless it is finished.
#[derive(Debug)]
pub struct Staged {
    folder: PathBuf,
    target: PathBuf,
    finished: bool,
    /// Held until this is dropped, or the process ends.
    _lock: Option<File>,
}

impl Staged {
    /// Where it is written.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes the files. What can be started here can be started there.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, files: &Files, house: &House) -> Result<()> {
        for (place, bytes) in files {
            let path = self.folder.join(place);
            let folder = path.parent().unwrap_or(&self.folder);
            fs::create_dir_all(folder)
                .and_then(|()| fs::write(&path, bytes))
                .and_then(|()| match fs::metadata(house.path(place)) {
                    Ok(source) => fs::set_permissions(&path, source.permissions()),
                    // The file is new here.
                    Err(_) => Ok(()),
                })
                .with_context(|| format!("{} cannot be written", path.display()))?;
        }
        Ok(())
    }

    /// Puts it in place.
    ///
    /// # Errors
    /// When somebody has put something there meanwhile.
    pub fn finish(mut self) -> Result<()> {
        fs::rename(&self.folder, &self.target)
            .with_context(|| format!("{} cannot be put in place", self.target.display()))?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.finished
            && let Err(error) = fs::remove_dir_all(&self.folder)
        {
            eprintln!("{} is left behind, and can be removed ({error})", self.folder.display());
        }
    }
}

/// The right to use a folder, where folders can be locked.
fn lock(folder: &Path) -> Result<Option<File>> {
    if !cfg!(unix) {
        return Ok(None);
    }
    let lock =
        File::open(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => {
            bail!("another run is writing {}: wait until it has ended", folder.display())
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} cannot be locked", folder.display()))
        }
    }
}

/// Whether the repository that a folder is in ignores this path; `None` without a repository, or without git.
fn is_ignored(parent: &Path, path: &Path) -> Option<bool> {
    let status = Command::new("git")
        .args(["check-ignore", "--quiet", "--"])
        .arg(path)
        .current_dir(parent)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()?;
    match status.code() {
        Some(0) => Some(true),
        Some(1) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(folder: &str) -> Destination {
        let folder = Path::new(folder);
        Destination {
            parent: folder.parent().map(Path::to_path_buf).unwrap_or_default(),
            name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            is_in_repository: false,
        }
    }

    #[test]
    fn what_is_near_is_found_from_the_application() -> Result<()> {
        let library = Path::new("/home/ada/throughline/crates/throughline");
        for (folder, path) in [
            ("/home/ada/shop", "../throughline/crates/throughline"),
            ("/home/ada/work/shop", "../../throughline/crates/throughline"),
            ("/home/ada/throughline/target/shop", "../../crates/throughline"),
            ("/home/ada/a/b/shop", "/home/ada/throughline/crates/throughline"),
            ("/srv/shop", "/home/ada/throughline/crates/throughline"),
        ] {
            assert_eq!(at(folder).path_to(library)?, path, "{folder}");
        }
        Ok(())
    }
}
