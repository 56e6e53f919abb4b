//! Who runs a throwaway cluster: ourselves, or, because PostgreSQL refuses root, an account without
//! rights.

pub use self::platform::Account;

#[cfg(unix)]
mod platform {
    //! Accounts as Unix has them.

    use std::fs::Metadata;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    use std::path::Path;
    use std::process::Command;

    use anyhow::{Context, Result, bail};

    use crate::process;

    /// Accounts to become when we are root, best first.
    const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

    /// The account that runs the server.
    pub struct Account {
        /// Its user id.
        user: u32,
        /// Its group id, where it is another account than our own and has to be taken on.
        group: Option<u32>,
    }

    impl Account {
        /// Ours, or one without rights when we are root.
        pub fn for_server() -> Result<Self> {
            let user = rustix::process::geteuid().as_raw();
            if user != 0 {
                return Ok(Self { user, group: None });
            }
            for name in UNPRIVILEGED {
                if let (Ok(user), Ok(group)) = (id("-u", name), id("-g", name)) {
                    return Ok(Self { user, group: Some(group) });
                }
            }
            bail!(
                "PostgreSQL does not run as root, and there is no account `{}` to run it as: \
                 add one with `useradd --system postgres`, or set TEST_POSTGRES_URL",
                UNPRIVILEGED.join("` or `")
            )
        }

        /// Lets a command start as this account. The standard library sets user, group and an empty
        /// list of further groups before the program starts, so neither `su` nor `runuser` is
        /// needed.
        pub fn take(&self, command: &mut Command) {
            if let Some(group) = self.group {
                command.uid(self.user).gid(group).env("HOME", "/");
            }
            // Ctrl-C ends the tests first and the server after them.
            command.process_group(0);
        }

        /// Gives the cluster's folder to this account, closed to everybody else.
        pub fn own(&self, folder: &Path) -> Result<()> {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
                .and_then(|()| self.own_file(folder))
                .with_context(|| {
                    format!(
                        "could not give {} to the account that runs PostgreSQL",
                        folder.display()
                    )
                })
        }

        /// Gives a file to this account.
        pub fn own_file(&self, file: &Path) -> std::io::Result<()> {
            if self.group.is_some() { chown(file, Some(self.user), self.group) } else { Ok(()) }
        }

        /// Whether a file is this account's, or our own.
        pub fn owns(&self, metadata: &Metadata) -> bool {
            metadata.uid() == self.user || metadata.uid() == rustix::process::geteuid().as_raw()
        }
    }

    /// Asks `id` for a number of an account.
    fn id(which: &str, account: &str) -> Result<u32> {
        let answer = process::output(Command::new("id").args([which, account]))?;
        answer.trim().parse().with_context(|| format!("`id` answered {answer:?}"))
    }
}

#[cfg(not(unix))]
mod platform {
    //! Throwaway clusters are made on Unix only.

    use std::fs::Metadata;
    use std::path::Path;
    use std::process::Command;

    use anyhow::{Result, bail};

    /// Nobody.
    pub struct Account;

    impl Account {
        /// Says what to do instead.
        pub fn for_server() -> Result<Self> {
            bail!(
                "throwaway PostgreSQL clusters are made on Unix only: \
                 set TEST_POSTGRES_URL to a server that runs"
            )
        }

        /// Nothing to take.
        pub fn take(&self, _command: &mut Command) {}

        /// Nothing to own.
        pub fn own(&self, _folder: &Path) -> Result<()> {
            Ok(())
        }

        /// Nothing to own.
        pub fn own_file(&self, _file: &Path) -> std::io::Result<()> {
            Ok(())
        }

        /// Nothing is owned.
        pub fn owns(&self, _metadata: &Metadata) -> bool {
            false
        }
    }
}
