//! What the server can be told, by flag or by environment variable.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum, builder::PossibleValuesParser};
use throughline_auth::Email;
use throughline_axum::Network;

use crate::seed;

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
    #[arg(long, env = "MIGRATE", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", value_name = "BOOL")]
    pub migrate: bool,

    /// Development: migrate, make a demo account when there is none, cookies also over plain HTTP.
    #[arg(long, env = "DEV", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", value_name = "BOOL")]
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

    /// Proxies whose `X-Forwarded-For` is believed, as `10.0.0.0/8` or a single address; several with commas. Without them a client's address is the one that its connection comes from.
    #[arg(long, env = "TRUSTED_PROXIES", value_delimiter = ',', value_name = "NETWORK")]
    pub trusted_proxies: Vec<Network>,

    /// The largest request body, in bytes.
    #[arg(long, env = "BODY_LIMIT", default_value_t = 1 << 20, value_name = "BYTES")]
    pub body_limit: usize,

    /// How many passwords are hashed at once; each takes 19 MiB. By default one for each core.
    #[arg(long, env = "HASH_CONCURRENCY", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub hash_concurrency: Option<u16>,

    /// How long the audit is kept, in days.
    #[arg(long, env = "AUDIT_DAYS", default_value_t = 365, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub audit_days: u32,

    /// How long requests under way may take to finish after a signal to stop, in seconds.
    #[arg(long, env = "STOP_GRACE", default_value_t = 10, value_name = "SECONDS")]
    pub stop_grace: u64,

    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the program can do instead of serving; the settings stand before it.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Manage admins, as whoever runs the server.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Fill a development database with demo data: the demo account, and rows of its own. What is there already stays.
    Seed(SeedOptions),
}

/// What demo data is made.
#[derive(Clone, Debug, Args)]
pub struct SeedOptions {
    /// How many rows in each table.
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u64).range(..=100_000_000))]
    pub rows: u64,
    /// Only this table; may be given several times. By default all of them.
    #[arg(long, value_name = "TABLE", value_parser = PossibleValuesParser::new(seed::table_names()))]
    pub table: Vec<String>,
    /// Also in a database that does not look like one for development.
    #[arg(long)]
    pub yes: bool,
}

/// What can be done about admins.
#[derive(Clone, Debug, Subcommand)]
pub enum AdminCommand {
    /// Make the person under this e-mail address an admin. The server may run meanwhile.
    Grant {
        /// The address under which the person has an account.
        email: Email,
    },
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
