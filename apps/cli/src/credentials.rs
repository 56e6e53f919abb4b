//! The file with the sessions of this user, which nobody else may read.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// What is kept between two runs. It has secrets in it, hence no `Debug`.
#[derive(Default, Serialize, Deserialize)]
pub struct Kept {
    /// The server that was signed in to last.
    pub server: Option<String>,
    /// The sessions, by the server's address.
    #[serde(default)]
    pub sessions: BTreeMap<String, KeptSession>,
}

/// The session on one server.
#[derive(Default, Serialize, Deserialize)]
pub struct KeptSession {
    /// Who is signed in.
    pub email: String,
    /// The cookies, by their names.
    pub cookies: BTreeMap<String, String>,
}

/// The file `credentials.json` in a folder.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in `folder`, which need not exist.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("credentials.json")
    }

    /// What is kept; nothing when there is no file.
    ///
    /// # Errors
    /// When the file cannot be read, is none of ours, or is one that others can read.
    pub fn load(&self) -> Result<Kept, Failure> {
        let path = self.path();
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Kept::default()),
            Err(error) => return Err(failed("read", &path, &error)),
        };
        // Asked of the open file, not of the path: between the two it could become another one.
        let mode = exposed(&file).map_err(|error| failed("read", &path, &error))?;
        if let Some(mode) = mode {
            let text = format!("others can read {}: its mode is {mode:03o}", path.display());
            let hint =
                format!("run `chmod 600 {0}`, or delete it and sign in again", path.display());
            return Err(Failure::new("client.credentials", text).hint(hint));
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(|error| failed("read", &path, &error))?;
        serde_json::from_str(&text).map_err(|error| {
            let text = format!("{} is damaged: {error}", path.display());
            Failure::new("client.credentials", text).hint("delete it and sign in again")
        })
    }

    /// Changes what is kept, all or nothing, one process after the other.
    ///
    /// # Errors
    /// As [`load`](Self::load), and when the file cannot be written.
    pub fn change(&self, change: impl FnOnce(&mut Kept)) -> Result<(), Failure> {
        let path = self.path();
        let failed = |error: io::Error| failed("write", &path, &error);
        create_private_folder(&self.folder).map_err(failed)?;
        let lock = self.folder.join("credentials.lock");
        let lock = private(&mut OpenOptions::new()).write(true).create(true).open(lock);
        let lock = lock.map_err(failed)?;
        // Some network file systems have no locks. Two sign-ins at once may then forget one of
        // them.
        let _ = lock.lock();
        let mut kept = self.load()?;
        change(&mut kept);
        let text = serde_json::to_string_pretty(&kept).map_err(|error| failed(error.into()))?;
        self.replace(&path, &text).map_err(failed)
    }

    /// Writes a new file and puts it in the place of the old one, so that a reader meets either.
    fn replace(&self, path: &Path, text: &str) -> io::Result<()> {
        let new = self.folder.join("credentials.json.new");
        // Left over from a process that was killed; its mode is not to be trusted.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private(&mut OpenOptions::new()).write(true).create_new(true).open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)
    }
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new("client.credentials", format!("cannot {what} {}: {error}", path.display()))
        .hint("THROUGHLINE_CONFIG_DIR names another folder")
}

/// The file is its owner's alone from the moment that it exists.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// The file's mode, when it lets anybody else in.
#[cfg(unix)]
fn exposed(file: &File) -> io::Result<Option<u32>> {
    let mode = std::os::unix::fs::MetadataExt::mode(&file.metadata()?) & 0o777;
    Ok((mode & 0o077 != 0).then_some(mode))
}

/// Elsewhere a user's folder is private by inheritance.
#[cfg(not(unix))]
fn exposed(_: &File) -> io::Result<Option<u32>> {
    Ok(None)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("a/throughline"));
        (folder, store)
    }

    fn sign_in(kept: &mut Kept) {
        kept.server = Some("http://a".to_owned());
    }

    #[test]
    fn what_is_kept_is_there_again_and_only_the_owners() {
        let (_guard, store) = store();
        assert!(store.load().unwrap().server.is_none());
        store.change(sign_in).unwrap();
        assert_eq!(store.load().unwrap().server.as_deref(), Some("http://a"));
        assert_eq!((mode(&store.path()), mode(&store.folder)), (0o600, 0o700));
        let mut files: Vec<_> =
            fs::read_dir(&store.folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        files.sort();
        assert_eq!(files, ["credentials.json", "credentials.lock"]);
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let (_guard, store) = store();
        store.change(sign_in).unwrap();
        for open in [0o640, 0o604, 0o620, 0o601] {
            fs::set_permissions(store.path(), fs::Permissions::from_mode(open)).unwrap();
            let text = store.load().err().unwrap().to_string();
            assert!(text.contains(&format!("{open:03o}")) && text.contains("chmod 600"), "{text}");
            assert!(store.change(sign_in).is_err());
        }
    }

    #[test]
    fn what_a_killed_process_left_does_no_harm() {
        let (_guard, store) = store();
        store.change(sign_in).unwrap();
        let left = store.folder.join("credentials.json.new");
        fs::write(&left, "half").unwrap();
        fs::set_permissions(&left, fs::Permissions::from_mode(0o666)).unwrap();
        store.change(|kept| kept.server = None).unwrap();
        assert!(store.load().unwrap().server.is_none());
        assert_eq!(mode(&store.path()), 0o600);
    }

    #[test]
    fn a_damaged_file_is_named_and_kept() {
        let (_guard, store) = store();
        store.change(sign_in).unwrap();
        fs::write(store.path(), "{").unwrap();
        assert!(store.change(sign_in).unwrap_err().to_string().contains("is damaged"));
        assert_eq!(fs::read_to_string(store.path()).unwrap(), "{");
    }

    #[test]
    fn changes_at_the_same_time_are_all_kept() {
        let (_guard, store) = store();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let store = store.clone();
                scope.spawn(move || {
                    let server = format!("http://{number}");
                    store.change(|kept| {
                        kept.sessions.insert(server, KeptSession::default());
                    })
                });
            }
        });
        assert_eq!(store.load().unwrap().sessions.len(), 8);
    }
}
