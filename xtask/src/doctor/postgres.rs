//! PostgreSQL for the tests: a server that answers, or programs to start one with.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{Finding, Remedy};
use crate::postgres::{self, URL};

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The request to encrypt, which a server answers with one letter before anybody signs in (PostgreSQL's protocol, section
/// 54.2.10).
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Looks for PostgreSQL.
pub(super) fn look() -> Vec<Finding> {
    let url = std::env::var(URL).ok().filter(|url| !url.is_empty());
    vec![match url {
        Some(url) => server(&url),
        None => programs(),
    }]
}

/// The server that somebody else runs.
fn server(url: &str) -> Finding {
    let name = "PostgreSQL";
    let remedy = || {
        Remedy::everywhere(format!(
            "start that server, or unset {URL}: then a throwaway cluster is started from installed programs"
        ))
    };
    let Some(place) = Place::of(url) else {
        let found = format!("{URL} is no URL such as postgres://user:password@host:5432/database");
        return Finding::optional(name, found, remedy());
    };
    match place.answers() {
        Ok(()) => Finding::ok(name, format!("the server of {URL} answers at {place}")),
        Err(error) => {
            Finding::optional(name, format!("{place}, which {URL} names: {error:#}"), remedy())
        }
    }
}

/// The programs of a throwaway cluster.
fn programs() -> Finding {
    let name = "PostgreSQL";
    match postgres::installed() {
        Ok(Some(folder)) => Finding::ok(name, format!("programs in {}", folder.display())),
        Ok(None) => Finding::optional(
            name,
            "its server programs are not installed: tests run on SQLite alone",
            Remedy::new(
                "apt install postgresql",
                format!(
                    "brew install postgresql@17, or {URL}=postgres://user:password@host/database"
                ),
            ),
        ),
        Err(error) => Finding::optional(
            name,
            format!("{error:#}"),
            Remedy::everywhere("useradd --system postgres"),
        ),
    }
}

/// Where a server listens.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// Host and port.
    Tcp(String, u16),
    /// A socket's file.
    Socket(String),
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(host, port) => write!(out, "{host}:{port}"),
            Self::Socket(path) => out.write_str(path),
        }
    }
}

impl Place {
    /// Reads the place out of a URL: host and port before the path, or in the query.
    fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        if !matches!(scheme, "postgres" | "postgresql") {
            return None;
        }
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        let authority = before.split('/').next().unwrap_or_default();
        let address = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (address, None),
        };
        let (mut host, mut port) = (host.to_owned(), port.map(str::to_owned));
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "host" => host = value.replace("%2F", "/").replace("%2f", "/"),
                "port" => port = Some(value.to_owned()),
                _ => {}
            }
        }
        let host = host.replace("%2F", "/").replace("%2f", "/");
        let port = port.map_or(Some(5432), |port| port.parse().ok())?;
        Some(match host.trim_matches(['[', ']']) {
            "" => Self::Tcp("localhost".to_owned(), port),
            folder if folder.starts_with('/') => Self::Socket(format!("{folder}/.s.PGSQL.{port}")),
            host => Self::Tcp(host.to_owned(), port),
        })
    }

    /// Whether PostgreSQL answers there.
    fn answers(&self) -> Result<()> {
        match self {
            Self::Tcp(host, port) => {
                let addresses = (host.as_str(), *port).to_socket_addrs();
                let addresses = addresses.context("the host's name is not known")?;
                let mut outcome = Err(anyhow::anyhow!("the host has no address"));
                for address in addresses {
                    match TcpStream::connect_timeout(&address, PATIENCE) {
                        Ok(stream) => {
                            stream.set_read_timeout(Some(PATIENCE))?;
                            return greet(stream);
                        }
                        Err(error) => outcome = Err(error).context("nobody answers"),
                    }
                }
                outcome
            }
            #[cfg(unix)]
            Self::Socket(path) => {
                let stream =
                    std::os::unix::net::UnixStream::connect(path).context("nobody answers")?;
                stream.set_read_timeout(Some(PATIENCE))?;
                greet(stream)
            }
            #[cfg(not(unix))]
            Self::Socket(_) => bail!("there are no such sockets here"),
        }
    }
}

/// Asks whether it encrypts; PostgreSQL says yes or no.
fn greet(mut stream: impl Read + Write) -> Result<()> {
    stream.write_all(&SSL_REQUEST).context("it hung up")?;
    let mut answer = [0];
    stream.read_exact(&mut answer).context("it does not answer")?;
    if !matches!(answer, [b'S' | b'N']) {
        bail!("whoever listens there is not PostgreSQL");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_place_is_read_without_the_password() {
        let shown = |url: &str| Place::of(url).map(|place| place.to_string());
        assert_eq!(shown("postgres://me:s@cr:et@db:6000/app").as_deref(), Some("db:6000"));
        assert_eq!(shown("postgresql://[::1]/app").as_deref(), Some("::1:5432"));
        assert_eq!(shown("postgres:///app").as_deref(), Some("localhost:5432"));
        assert_eq!(
            shown("postgres:///app?host=%2Ftmp&port=6000").as_deref(),
            Some("/tmp/.s.PGSQL.6000")
        );
        for url in ["mysql://host/app", "host", "postgres://host:port/app"] {
            assert_eq!(shown(url), None, "{url}");
        }
    }

    #[test]
    fn somebody_else_on_the_port_is_not_postgresql() -> Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let place = Place::Tcp("127.0.0.1".to_owned(), listener.local_addr()?.port());
        let server = std::thread::spawn(move || -> std::io::Result<()> {
            let (mut stream, _) = listener.accept()?;
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        });
        let error = place.answers().expect_err("this is no PostgreSQL");
        assert!(error.to_string().contains("not PostgreSQL"), "{error:#}");
        server.join().expect("no panic")?;
        let error = place.answers().expect_err("nobody is there any more");
        assert_eq!(error.to_string(), "nobody answers");
        Ok(())
    }
}
