//! Databases on the server of `TEST_POSTGRES_URL`, copied from a template that is migrated once.

use std::{env, thread};

use db::{Database, DatabaseOptions, Location};
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbErr, Statement};
use sea_orm_migration::MigratorTrait;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::both::POSTGRES_URL;

/// What the names of all our databases begin with.
const PREFIX: &str = "throughline_test";
/// The advisory lock that is held while a template is made.
const LOCK: i64 = 0x74_68_72_74_65_73_74;

/// A database on the server, which is dropped with this.
#[derive(Debug)]
pub(crate) struct Dropped {
    name: String,
    url: String,
}

impl Dropped {
    /// Its URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // On a thread with a runtime of its own: a test's runtime cannot be waited for from within.
        let dropping = thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime
                .block_on(async { server().await.ok()?.execute_unprepared(&statement).await.ok() })
        });
        if !matches!(dropping.join(), Ok(Some(_))) {
            eprintln!("the database {} stays behind on the server", self.name);
        }
    }
}

/// A new database with nothing in it.
pub(crate) async fn empty() -> Dropped {
    let server = server().await.expect("the server of TEST_POSTGRES_URL answers");
    create(&server, "template0").await.expect("a database can be created")
}

/// A new database with today's schema.
pub(crate) async fn migrated() -> Dropped {
    let server = server().await.expect("the server of TEST_POSTGRES_URL answers");
    copy_of_template(&server).await.expect("a database can be created")
}

/// A copy of the template, which the first test of a run makes and the others wait for.
async fn copy_of_template(server: &DatabaseConnection) -> Result<Dropped, DbErr> {
    let template = format!("{PREFIX}_template_{}", fingerprint().await);
    loop {
        // Copying shares the lock, so that no other run replaces the template meanwhile.
        server.execute_unprepared(&format!("SELECT pg_advisory_lock_shared({LOCK})")).await?;
        let copied = match templates(server).await?.contains(&template) {
            true => Some(create(server, &template).await?),
            false => None,
        };
        server.execute_unprepared(&format!("SELECT pg_advisory_unlock_shared({LOCK})")).await?;
        if let Some(copy) = copied {
            return Ok(copy);
        }
        server.execute_unprepared(&format!("SELECT pg_advisory_lock({LOCK})")).await?;
        make_template(server, &template).await?;
        server.execute_unprepared(&format!("SELECT pg_advisory_unlock({LOCK})")).await?;
    }
}

async fn create(server: &DatabaseConnection, template: &str) -> Result<Dropped, DbErr> {
    let name = format!("{PREFIX}_{}", Uuid::new_v4().simple());
    server.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await?;
    let url = url_of(&name);
    Ok(Dropped { name, url })
}

/// The templates that there are.
async fn templates(server: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let all = "SELECT datname FROM pg_database WHERE starts_with(datname, '";
    names(server, &format!("{all}{PREFIX}_template_')")).await
}

/// Makes the template, unless somebody just has.
async fn make_template(server: &DatabaseConnection, name: &str) -> Result<(), DbErr> {
    let old = templates(server).await?;
    if old.iter().any(|old| old == name) {
        return Ok(());
    }
    // Of earlier migrations, or left half made.
    for old in old {
        server.execute_unprepared(&format!("DROP DATABASE IF EXISTS {old} WITH (FORCE)")).await?;
    }
    let half = format!("{name}_half");
    server.execute_unprepared(&format!("CREATE DATABASE {half} TEMPLATE template0")).await?;
    let options = DatabaseOptions::new(Location::Postgres(url_of(&half)));
    let db = Database::connect(&options).await.expect("a new database can be opened");
    migrations::up(&db).await.expect("a new database can be migrated");
    db.close().await.expect("a database can be closed");
    server.execute_unprepared(&format!("ALTER DATABASE {half} RENAME TO {name}")).await?;
    Ok(())
}

/// What the template depends on: the migrations' names and, because those under way change without
/// changing their names, what they make on SQLite and the test run.
async fn fingerprint() -> String {
    let mut hash = Sha256::new();
    for migration in migrations::Migrator::migrations() {
        hash.update(migration.name());
    }
    let db = Database::connect(&DatabaseOptions::new(Location::Memory))
        .await
        .expect("memory can be opened");
    migrations::up(&db).await.expect("a new database can be migrated");
    for sql in
        names(db.reader(), "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
            .await
            .expect("has a schema")
    {
        hash.update(sql);
    }
    hash.update(env::var("NEXTEST_RUN_ID").unwrap_or_default());
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// One text from each row.
async fn names(connection: &DatabaseConnection, sql: &str) -> Result<Vec<String>, DbErr> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection.query_all_raw(statement).await?.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// One connection to the server, in the database that its URL names.
async fn server() -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(server_url());
    options.max_connections(1).sqlx_logging(false);
    sea_orm::Database::connect(options).await
}

fn server_url() -> String {
    env::var(POSTGRES_URL).expect("TEST_POSTGRES_URL is set")
}

/// The server's URL with another database in it.
fn url_of(database: &str) -> String {
    with_database(&server_url(), database)
}

fn with_database(url: &str, database: &str) -> String {
    let (before, query) =
        url.split_once('?').map_or((url, None), |(before, query)| (before, Some(query)));
    let authority = before.find("://").map_or(0, |at| at + 3);
    let path = before[authority..].find('/').map_or(before.len(), |at| authority + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{database}{query}", &before[..path])
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn puts_another_database_into_a_url() {
        let check = |url, expected| assert_eq!(with_database(url, "new"), expected);
        check("postgres://u:p@host:5432/old", "postgres://u:p@host:5432/new");
        check("postgres://host", "postgres://host/new");
        check("postgres:///old?host=/tmp/x", "postgres:///new?host=/tmp/x");
    }
}
