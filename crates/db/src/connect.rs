//! Opens the connections, with each database's settings.

use std::{fs, time::Duration};

use log::LevelFilter;
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbErr, RuntimeErr,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};

use crate::{ConnectError, DatabaseOptions, Location};

/// A statement that takes longer is logged as a warning.
const SLOW: Duration = Duration::from_secs(1);
/// A PostgreSQL connection that was idle for longer is asked whether it is still there before it is
/// used. Asking each time would cost more than most queries do.
const STALE: Duration = Duration::from_secs(5);

/// The connections that read and those that write.
pub(crate) async fn connect(
    options: &DatabaseOptions,
) -> Result<(DatabaseConnection, DatabaseConnection), ConnectError> {
    let unreachable = |error: DbErr| ConnectError::Unreachable {
        location: options.location.to_string(),
        reason: reason(&error, options.wait),
    };
    match &options.location {
        Location::Postgres(url) => {
            let mut pool = pool(url, options, options.connections);
            pool.test_before_acquire_if_idle_for(STALE);
            let connection = Database::connect(pool).await.map_err(unreachable)?;
            Ok((connection.clone(), connection))
        }
        Location::Memory => {
            let connection =
                Database::connect(sqlite(options, 1, false)).await.map_err(unreachable)?;
            Ok((connection.clone(), connection))
        }
        Location::Sqlite(path) => {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)
                    .map_err(|source| ConnectError::Folder { path: folder.to_owned(), source })?;
            }
            // The writer first: it makes the file and switches it to WAL.
            let writer = Database::connect(sqlite(options, 1, false)).await.map_err(unreachable)?;
            let reader = Database::connect(sqlite(options, options.connections, true))
                .await
                .map_err(unreachable)?;
            Ok((reader, writer))
        }
    }
}

/// The options that both databases share.
fn pool(url: &str, options: &DatabaseOptions, connections: u32) -> ConnectOptions {
    let mut pool = ConnectOptions::new(url);
    pool.max_connections(connections.max(1))
        .acquire_timeout(options.wait)
        .sqlx_logging_level(LevelFilter::Trace)
        .sqlx_slow_statements_logging_settings(LevelFilter::Warn, SLOW);
    pool
}

fn sqlite(options: &DatabaseOptions, connections: u32, read: bool) -> ConnectOptions {
    let url = if options.location == Location::Memory { "sqlite::memory:" } else { "sqlite:file" };
    let mut pool = pool(url, options, connections);
    // A connection is a handle on a file: there is nothing to ask it, and closing the last one
    // would end an in-memory database.
    pool.test_before_acquire(false).idle_timeout(None).max_lifetime(None);
    let (location, wait) = (options.location.clone(), options.wait);
    pool.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = match &location {
            // Here, not in the URL: a path may hold what means something else there.
            Location::Sqlite(path) => sqlite.filename(path).create_if_missing(true),
            Location::Memory | Location::Postgres(_) => sqlite,
        };
        sqlite
            .journal_mode(SqliteJournalMode::Wal)
            // With WAL this loses no consistency, and the last commits only when the whole machine
            // fails.
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(wait)
            .pragma("query_only", if read { "ON" } else { "OFF" })
    });
    pool
}

/// Why a database could not be opened: the driver's own sentence without SeaORM's and SQLx's
/// prefixes.
fn reason(error: &DbErr, wait: Duration) -> String {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error)) => match &**error {
            sea_orm::SqlxError::PoolTimedOut => {
                format!("nobody answered within {} s", wait.as_secs())
            }
            sea_orm::SqlxError::Database(refusal) => refusal.message().to_owned(),
            other => other.to_string(),
        },
        other => other.to_string(),
    }
}
