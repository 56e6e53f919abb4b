//! A database that exists for one test.

use std::ops::Deref;

use db::{Database, DatabaseOptions, Location};
use tempfile::TempDir;

use crate::{Kind, postgres};

/// A database that exists for one test, and is gone when this is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    db: Database,
    kind: Kind,
    options: DatabaseOptions,
    _home: Home,
}

/// What has to be removed afterwards.
#[derive(Debug)]
enum Home {
    /// The folder with SQLite's files.
    Folder { _folder: TempDir },
    /// A database on the server.
    Server { _database: postgres::Dropped },
}

impl TestDatabase {
    /// A database with today's schema and no rows.
    pub async fn migrated(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let made = Self::empty(kind).await;
                migrations::up(&made.db).await.expect("a new database can be migrated");
                made
            }
            Kind::Postgres => Self::on_server(postgres::migrated().await).await,
        }
    }

    /// A database with nothing in it.
    pub async fn empty(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let folder = TempDir::with_prefix("throughline-test-")
                    .expect("a temporary folder can be made");
                let options = DatabaseOptions::new(Location::Sqlite(folder.path().join("test.db")));
                Self::open(kind, options, Home::Folder { _folder: folder }).await
            }
            Kind::Postgres => Self::on_server(postgres::empty().await).await,
        }
    }

    /// Which database it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The same database for whoever opens it on their own.
    pub fn options(&self) -> &DatabaseOptions {
        &self.options
    }

    /// The URL of the same database, for another process.
    pub fn url(&self) -> String {
        match &self.options.location {
            Location::Postgres(url) => url.clone(),
            Location::Sqlite(path) => format!("sqlite:{}", path.display()),
            Location::Memory => "sqlite::memory:".to_owned(),
        }
    }

    async fn on_server(database: postgres::Dropped) -> Self {
        let options = DatabaseOptions::new(Location::Postgres(database.url().to_owned()));
        Self::open(Kind::Postgres, options, Home::Server { _database: database }).await
    }

    async fn open(kind: Kind, mut options: DatabaseOptions, home: Home) -> Self {
        // Many tests share one server.
        options.connections = 4;
        let db = Database::connect(&options).await.expect("a new database can be opened");
        Self { db, kind, options, _home: home }
    }
}

/// Every question and transaction goes to the database.
impl Deref for TestDatabase {
    type Target = Database;
    fn deref(&self) -> &Database {
        &self.db
    }
}
