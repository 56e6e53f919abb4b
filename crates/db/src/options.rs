//! Where the database is and how it is used.

use std::{
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use sea_orm::sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions};

use crate::ConnectError;

/// Where the database is and how it is used.
#[derive(Clone, Debug)]
pub struct DatabaseOptions {
    /// Where it is.
    pub location: Location,
    /// How many connections at most: of PostgreSQL all, of SQLite those that read (one more
    /// writes). Default: 10.
    pub connections: u32,
    /// How long to wait for a connection, and on SQLite for another process's lock, before the
    /// database counts as unavailable. Default: 5 s.
    pub wait: Duration,
}

impl DatabaseOptions {
    /// The file that stands in the data folder when there is no URL.
    pub const FILE: &str = "throughline.db";

    /// The defaults for a database at this place.
    pub fn new(location: Location) -> Self {
        Self { location, connections: 10, wait: Duration::from_secs(5) }
    }

    /// The database at `url`, or else the file [`DatabaseOptions::FILE`] in `data_dir`.
    ///
    /// # Errors
    /// [`ConnectError::Url`].
    pub fn resolve(url: Option<&str>, data_dir: &Path) -> Result<Self, ConnectError> {
        let location = match url {
            Some(url) => url.parse()?,
            None => Location::Sqlite(data_dir.join(Self::FILE)),
        };
        Ok(Self::new(location))
    }
}

/// Where a database is. Shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// SQLite in memory, gone when it is closed. It has one connection: a read waits for a
    /// transaction to end.
    Memory,
    /// A database of a PostgreSQL server, as its URL.
    Postgres(String),
}

impl Location {
    /// Whether the database is on this machine: a file, memory, or a server on the loopback or behind a socket.
    pub fn is_local(&self) -> bool {
        let Self::Postgres(url) = self else { return true };
        let Ok(options) = url.parse::<PgConnectOptions>() else { return false };
        let host = options.get_host().trim_matches(['[', ']']);
        options.get_socket().is_some()
            || host.starts_with('/')
            || host == "localhost"
            || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl FromStr for Location {
    type Err = ConnectError;

    /// Reads `sqlite:<path>`, `sqlite::memory:` or `postgres://..`.
    fn from_str(url: &str) -> Result<Self, ConnectError> {
        let refuse = |reason: String| ConnectError::Url { url: without_password(url), reason };
        match url.split_once(':') {
            Some(("sqlite", ":memory:" | "//:memory:")) => Ok(Self::Memory),
            Some(("sqlite", _)) => {
                let options: SqliteConnectOptions =
                    url.parse().map_err(|error| refuse(format!("{error}")))?;
                let file = options.get_filename();
                if file.as_os_str().is_empty() {
                    return Err(refuse("it names no file".to_owned()));
                }
                Ok(Self::Sqlite(file.to_owned()))
            }
            Some(("postgres" | "postgresql", _)) => {
                url.parse::<PgConnectOptions>().map_err(|error| refuse(format!("{error}")))?;
                Ok(Self::Postgres(url.to_owned()))
            }
            Some((scheme, _)) => {
                Err(refuse(format!("`{scheme}` is neither `sqlite` nor `postgres`")))
            }
            None => Err(refuse("it has no scheme".to_owned())),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Memory => f.write_str("sqlite::memory:"),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

/// The URL with what may be secret left out: everything between the user's name and the last `@`,
/// and the query.
fn without_password(url: &str) -> String {
    let shown = url.split_once('?').map_or(url, |(before, _)| before);
    match (shown.find("://"), shown.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 <= at => {
            let (start, account) = shown[..at].split_at(scheme + 3);
            let user = account.split(':').next().unwrap_or_default();
            format!("{start}{user}{}", &shown[at..])
        }
        _ => shown.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(url: &str) -> String {
        url.parse::<Location>()
            .map_or_else(|error| error.to_string(), |location| location.to_string())
    }

    #[test]
    fn reads_what_people_write() {
        assert_eq!(location("sqlite:data/app.db"), "sqlite:data/app.db");
        assert_eq!(location("sqlite://data/app.db?mode=rwc"), "sqlite:data/app.db");
        assert_eq!(location("sqlite:///var/lib/app.db"), "sqlite:/var/lib/app.db");
        assert_eq!(location("sqlite::memory:"), "sqlite::memory:");
        assert_eq!(location("postgresql://localhost/app"), "postgresql://localhost/app");
    }

    #[test]
    fn says_what_is_wrong_with_a_url_without_its_password() {
        assert!(location("mysql://root:secret@host/app").contains("`mysql` is neither"));
        assert!(location("data/app.db").contains("no scheme"));
        assert!(location("sqlite:").contains("no file"));
        for url in
            ["mysql://root:sec@ret@host/app", "postgres://u:sec@ret@host:port/app?password=sec@ret"]
        {
            let shown = location(url);
            assert!(!shown.contains("ret"), "{shown}");
        }
    }

    #[test]
    fn tells_this_machine_from_others() {
        let is_local = |url: &str| url.parse::<Location>().expect("a location").is_local();
        for url in [
            "sqlite:app.db",
            "sqlite::memory:",
            "postgres://localhost/app",
            "postgres://me:secret@127.0.0.1:5433/app",
            "postgres://[::1]/app",
            "postgres:///app?host=/run/postgresql",
        ] {
            assert!(is_local(url), "{url}");
        }
        for url in ["postgres://db.example.org/app", "postgres://10.0.0.7/app"] {
            assert!(!is_local(url), "{url}");
        }
    }

    #[test]
    fn without_a_url_it_is_a_file_in_the_data_folder() {
        let options =
            DatabaseOptions::resolve(None, Path::new("data")).expect("a path always resolves");
        assert_eq!(options.location, Location::Sqlite("data/throughline.db".into()));
    }
}
