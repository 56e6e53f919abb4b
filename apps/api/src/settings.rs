//! What the server can be told, by flag or by environment variable.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Parser, ValueEnum};

/// The Throughline server.
///
/// Each setting is a flag and an environment variable; the flag wins.
#[derive(Clone, Debug, Parser)]
#[command(name = "api", version, max_term_width = 100)]
pub struct Settings {
    /// The address to listen on.
    #[arg(long, env = "BIND", default_value = "127.0.0.1:3000", value_name = "HOST:PORT")]
    pub bind: SocketAddr,

    /// The database: `postgres://user:password@host/name`, `sqlite://path`, or nothing for an SQLite file in the data directory.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<String>,

    /// Where the embedded database lives; made when it is not there.
    #[arg(long, env = "DATA_DIR", default_value = "data", value_name = "DIR")]
    pub data_dir: PathBuf,

    /// How many connections to the database at most.
    #[arg(long, env = "DATABASE_CONNECTIONS", default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_connections: u32,

    /// Apply what is missing of the database's schema before serving. `--dev` does so as well.
    #[arg(long, env = "MIGRATE", num_args = 0..=1, default_value_t = false, default_missing_value = "true", value_name = "BOOL")]
    pub migrate: bool,

    /// Development: migrate, make a demo account when there is none, cookies also over plain HTTP.
    #[arg(long, env = "DEV", num_args = 0..=1, default_value_t = false, default_missing_value = "true", value_name = "BOOL")]
    pub dev: bool,

    /// What to log: a level, or directives such as `info,server=debug,sqlx=warn`.
    #[arg(long, env = "LOG", default_value = "info,sea_orm_migration=warn", value_name = "FILTER")]
    pub log: String,

    /// How to write the log. By default text on a terminal and JSON elsewhere.
    #[arg(long, env = "LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,

    /// Origins whose pages may send writes beside the server's own: `https://app.example.org`. Several with commas.
    #[arg(long, env = "TRUSTED_ORIGINS", value_delimiter = ',', value_name = "ORIGIN", value_parser = origin)]
    pub trusted_origins: Vec<String>,

    /// The largest request body, in bytes.
    #[arg(long, env = "BODY_LIMIT", default_value_t = 1 << 20, value_name = "BYTES")]
    pub body_limit: usize,

    /// How many passwords are hashed at once; each takes 19 MiB. By default one for each core.
    #[arg(long, env = "HASH_CONCURRENCY", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub hash_concurrency: Option<u16>,

    /// How long requests under way may take to finish after a signal to stop, in seconds.
    #[arg(long, env = "STOP_GRACE", default_value_t = 10, value_name = "SECONDS")]
    pub stop_grace: u64,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// An origin as browsers send it: scheme and host, no path.
fn origin(text: &str) -> Result<String, String> {
    let text = text.trim();
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', ' ', '?', '#']) => {
            Ok(text.to_owned())
        }
        _ => Err("an origin is a scheme and a host, without a path: `https://app.example.org`"
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_well_formed() {
        use clap::CommandFactory;
        Settings::command().debug_assert();
    }

    #[test]
    fn origins_are_no_urls() {
        assert!(
            origin("https://app.example.org").is_ok() && origin("http://localhost:5173").is_ok()
        );
        for wrong in ["app.example.org", "https://a/b", "https://", "*", "ftp://a"] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }
}
