//! A throwaway PostgreSQL cluster: made, started, stopped, removed.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::account::Account;
use crate::{process, signals, terminal};

/// How the folders of clusters begin; the maker's process id and some chance follow.
const PREFIX: &str = "throughline-postgres-";

/// The file whose lock says that a cluster's owner lives.
const LOCK: &str = "lock";

/// How old a folder without a lock must be before it is swept: its maker may be between two lines.
const UNLOCKED_FOR: Duration = Duration::from_secs(60 * 60);

/// The longest folder path that leaves room for a socket's name in the 104 bytes that macOS gives
/// it.
const LONGEST_SOCKET_FOLDER: usize = 80;

/// Locales to try, best first: one that knows letters beyond ASCII, as production does.
const LOCALES: [&str; 3] = ["C.UTF-8", "en_US.UTF-8", "C"];

/// How often to try another port when somebody takes the one that was free a moment ago.
const PORT_ATTEMPTS: u32 = 5;

/// A running cluster. Dropping it stops the server and removes all its files.
pub struct Cluster {
    /// Its folder: the data, the log, the socket.
    folder: PathBuf,
    /// Where the server programs are.
    binaries: PathBuf,
    /// Who runs the server.
    account: Account,
    /// The port on 127.0.0.1.
    port: u16,
    /// The superuser's password over TCP: others on this machine can reach the port, too.
    password: String,
    /// Held as long as we live; the system lets go of it when we are killed.
    _lock: File,
}

impl Cluster {
    /// Makes a cluster with the programs of this folder and starts it. Leftovers of killed runs are
    /// swept first.
    pub fn start(binaries: &Path) -> Result<Self> {
        let account = Account::for_server()?;
        sweep(binaries, &account);
        signals::check()?;
        let password = chance()?;
        let folder =
            std::env::temp_dir().join(format!("{PREFIX}{}-{}", std::process::id(), chance()?));
        // From here on the value owns the folder: whatever fails below, its drop cleans up.
        let lock = claim(&folder).with_context(|| {
            format!("could not make {}: set TMPDIR to a folder with room in it", folder.display())
        })?;
        let mut cluster = Self {
            folder,
            binaries: binaries.to_path_buf(),
            account,
            port: 0,
            password,
            _lock: lock,
        };
        cluster.account.own(&cluster.folder)?;
        cluster.initialise()?;
        signals::check()?;
        cluster.listen()?;
        signals::check()?;
        Ok(cluster)
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of the superuser, who may create databases.
    pub fn url(&self) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/postgres", self.password, self.port)
    }

    /// Writes the empty cluster.
    fn initialise(&self) -> Result<()> {
        let password_file = self.folder.join("password");
        fs::write(&password_file, &self.password)
            .and_then(|()| self.account.own_file(&password_file))
            .with_context(|| format!("could not write {}", password_file.display()))?;
        let mut outcome = Ok(());
        for locale in LOCALES {
            let mut initdb = self.program("initdb");
            // Whoever reaches the socket passed the folder's permissions; whoever reaches the port
            // shows the password.
            initdb.args([
                "--username=postgres",
                "--auth-local=trust",
                "--auth-host=password",
                "--encoding=UTF8",
            ]);
            initdb.args([
                format!("--locale={locale}"),
                format!("--pwfile={}", password_file.display()),
            ]);
            initdb.arg("--no-sync").arg("--pgdata").arg(self.data());
            outcome = process::output(&mut initdb).map(drop);
            if outcome.is_ok() {
                break;
            }
        }
        outcome.context("could not make a throwaway PostgreSQL cluster")
    }

    /// Starts the server on a free port.
    fn listen(&mut self) -> Result<()> {
        for _ in 0..PORT_ATTEMPTS {
            self.port = free_port()?;
            self.configure()?;
            let mut start = self.program("pg_ctl");
            start
                .args(["start", "--silent", "--wait", "--timeout=60", "--pgdata"])
                .arg(self.data());
            start.arg("--log").arg(self.log()).stdout(Stdio::null()).stderr(Stdio::null());
            if start.status().context("could not start `pg_ctl`")?.success() {
                return Ok(());
            }
            let log = fs::read_to_string(self.log()).unwrap_or_default();
            let _ = fs::remove_file(self.log());
            if !log.contains("could not bind") {
                bail!(
                    "the throwaway PostgreSQL cluster did not start; its log ends with:\n{}",
                    tail(&log, 20)
                );
            }
        }
        bail!(
            "none of {PORT_ATTEMPTS} free ports stayed free for the throwaway PostgreSQL cluster: \
             try again, or set TEST_POSTGRES_URL"
        )
    }

    /// Writes the server's settings: many connections, no waiting for a disk whose content nobody
    /// needs.
    fn configure(&self) -> Result<()> {
        let path = self.folder.to_string_lossy().into_owned();
        let socket = if path.len() <= LONGEST_SOCKET_FOLDER {
            path.replace('\'', "''")
        } else {
            String::new()
        };
        let settings = format!(
            "listen_addresses = '127.0.0.1'\n\
             port = {port}\n\
             unix_socket_directories = '{socket}'\n\
             max_connections = 200\n\
             fsync = off\n\
             synchronous_commit = off\n\
             full_page_writes = off\n",
            port = self.port,
        );
        let file = self.data().join("postgresql.auto.conf");
        fs::write(&file, settings).with_context(|| format!("could not write {}", file.display()))
    }

    /// Where the cluster's data is.
    fn data(&self) -> PathBuf {
        data(&self.folder)
    }

    /// Where the server writes its log.
    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// One of the server programs, ready to run as the account that may.
    fn program(&self, name: &str) -> Command {
        program(&self.binaries, name, &self.folder, &self.account)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        remove(&self.binaries, &self.folder, &self.account);
    }
}

/// Makes the folder and takes its lock. The lock is complete before it has its name, so that nobody
/// ever sees a lock that is free although its owner lives.
fn claim(folder: &Path) -> Result<File> {
    fs::create_dir(folder)?;
    let unnamed = folder.join("lock.new");
    let lock = File::create(&unnamed)?;
    lock.lock()?;
    fs::rename(unnamed, folder.join(LOCK))?;
    Ok(lock)
}

/// Removes clusters whose owner is gone. What cannot be removed is somebody else's, and left alone.
fn sweep(binaries: &Path, account: &Account) {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    for entry in entries {
        let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if ours && is_abandoned(&entry.path(), account) {
            terminal::line(&format!(
                "PostgreSQL: removing {}, left by a run that was killed",
                entry.path().display()
            ));
            remove(binaries, &entry.path(), account);
        }
    }
}

/// Whether a cluster's owner is gone: nobody holds its lock.
fn is_abandoned(folder: &Path, account: &Account) -> bool {
    let Ok(metadata) = fs::symlink_metadata(folder) else {
        return false;
    };
    if !metadata.is_dir() || !account.owns(&metadata) {
        return false;
    }
    match File::open(folder.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let age = metadata.modified().ok().and_then(|made| made.elapsed().ok());
            age.is_some_and(|age| age > UNLOCKED_FOR)
        }
        Err(_) => false,
    }
}

/// Stops a cluster's server, if it runs, and removes the cluster's folder.
fn remove(binaries: &Path, folder: &Path, account: &Account) {
    if server_runs(&data(folder)) {
        let mut stop = program(binaries, "pg_ctl", folder, account);
        stop.args(["stop", "--silent", "--wait", "--mode=immediate", "--pgdata"]).arg(data(folder));
        if let Err(error) = process::output(&mut stop) {
            terminal::warning(&format!("the throwaway PostgreSQL cluster did not stop: {error:#}"));
        }
    }
    match fs::remove_dir_all(folder) {
        Ok(()) => {}
        // Another run swept it at the same moment.
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            let folder = folder.display();
            terminal::warning(&format!(
                "{folder} could not be removed ({error}): please remove it by hand"
            ));
        }
    }
}

/// Whether the process that `postmaster.pid` names runs on this data. After a reboot, the number
/// may be anybody's.
fn server_runs(data: &Path) -> bool {
    let Ok(pid_file) = fs::read_to_string(data.join("postmaster.pid")) else {
        return false;
    };
    let Some(pid) = pid_file.lines().next().map(str::trim) else {
        return false;
    };
    let command_line = match fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(command_line) => String::from_utf8_lossy(&command_line).into_owned(),
        Err(_) => {
            process::output(Command::new("ps").args(["-o", "args=", "-p", pid])).unwrap_or_default()
        }
    };
    command_line.contains(&*data.to_string_lossy())
}

/// Where a cluster in this folder keeps its data.
fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// One of the server programs, run as the account that may and deaf to what the caller's
/// environment says of servers.
fn program(binaries: &Path, name: &str, folder: &Path, account: &Account) -> Command {
    let mut command = Command::new(binaries.join(name));
    for (variable, _) in
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG"))
    {
        command.env_remove(variable);
    }
    command.current_dir(folder).env("LC_ALL", "C").stdin(Stdio::null());
    account.take(&mut command);
    command
}

/// A port of the loopback that nobody listens on at this moment.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr().context("no free port on 127.0.0.1")?.port())
}

/// 128 bits that nobody guesses, as hexadecimal digits.
fn chance() -> Result<String> {
    let mut bytes = [0; 16];
    let mut source = File::open("/dev/urandom").context("could not open /dev/urandom")?;
    source.read_exact(&mut bytes).context("could not read /dev/urandom")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The last lines of a text.
fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all.get(all.len().saturating_sub(lines)..).unwrap_or_default().join("\n")
}

#[cfg(all(test, unix))]
mod tests {
    use std::net::TcpStream;

    use super::*;
    use crate::postgres::binaries;

    /// The programs, or nothing where PostgreSQL is not installed and `cargo xtask test` says so.
    fn programs() -> Option<PathBuf> {
        let found = binaries::find();
        if found.is_none() {
            eprintln!("PostgreSQL is not installed: nothing to try");
        }
        found
    }

    fn answers(port: u16) -> bool {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    }

    #[test]
    fn a_cluster_answers_and_leaves_nothing_behind() -> Result<()> {
        let Some(programs) = programs() else {
            return Ok(());
        };
        let cluster = Cluster::start(&programs)?;
        let mut psql = Command::new(programs.join("psql"));
        psql.args([
            "--no-align",
            "--tuples-only",
            "--command",
            "select lower('É') = 'é', current_setting('fsync')",
        ]);
        assert_eq!(process::output(psql.arg(cluster.url()))?.trim(), "t|off");

        let (folder, port) = (cluster.folder.clone(), cluster.port());
        assert!(folder.is_dir() && answers(port));
        drop(cluster);
        assert!(!folder.exists() && !answers(port));
        Ok(())
    }

    #[test]
    fn the_port_wants_the_password() -> Result<()> {
        let Some(programs) = programs() else {
            return Ok(());
        };
        let cluster = Cluster::start(&programs)?;
        let mut psql = Command::new(programs.join("psql"));
        psql.args(["--no-password", "--command", "select 1"]);
        let refused = process::output(
            psql.arg(format!("postgres://postgres@127.0.0.1:{}/postgres", cluster.port())),
        );
        assert!(refused.is_err_and(|error| error.to_string().contains("password")));
        Ok(())
    }

    #[test]
    fn a_panic_removes_the_cluster() -> Result<()> {
        let Some(programs) = programs() else {
            return Ok(());
        };
        let cluster = Cluster::start(&programs)?;
        let folder = cluster.folder.clone();
        let panicked = std::thread::spawn(move || {
            let _cluster = cluster;
            panic!("on purpose");
        });
        assert!(panicked.join().is_err());
        assert!(!folder.exists());
        Ok(())
    }

    #[test]
    fn a_cluster_whose_owner_was_killed_is_swept_and_one_whose_owner_lives_is_not() -> Result<()> {
        let Some(programs) = programs() else {
            return Ok(());
        };
        let living = Cluster::start(&programs)?;
        let killed = Cluster::start(&programs)?;
        let (folder, port) = (killed.folder.clone(), killed.port());
        // What the system does for a killed process: let go of the lock, drop nothing.
        killed._lock.unlock()?;
        std::mem::forget(killed);

        sweep(&programs, &Account::for_server()?);
        assert!(!folder.exists() && !answers(port));
        assert!(living.folder.is_dir() && answers(living.port()));
        Ok(())
    }
}
