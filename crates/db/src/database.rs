//! The handle to the database: reads from a pool, writes in transactions.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionSession, TransactionTrait,
};
use throughline::Transactional;

use crate::{ConnectError, DatabaseOptions, Error, connect::connect};

/// A transaction under way. Queries that write take one, so that none stands outside of
/// `cx.transact`.
pub type Transaction = sea_orm::DatabaseTransaction;

/// The database. A clone is the same database.
///
/// As a SeaORM connection it reads: `tasks::find(&self.db, owner, id)`. It writes in transactions:
/// `cx.transact(&self.db, ..)`.
///
/// On SQLite one connection writes, so that writers queue here instead of failing with "database is
/// locked", and readers see the last commit while it does. On PostgreSQL one pool does both.
#[derive(Clone, Debug)]
pub struct Database {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
}

impl Database {
    /// Opens the database; makes a SQLite file, and the folder that it is in, when there is none.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn connect(options: &DatabaseOptions) -> Result<Self, ConnectError> {
        let (reader, writer) = connect(options).await?;
        Ok(Self { reader, writer })
    }

    /// Which database it is.
    pub fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// The connections that read. On SQLite they refuse to write, unless it is in memory.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// The connections that write: for what brings its own transactions, as migrations and accounts
    /// do.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Whether the database answers within `patience`.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self, patience: Duration) -> Result<(), Error> {
        let asked = tokio::time::timeout(patience, self.reader.ping()).await;
        asked
            .unwrap_or(Err(DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout)))
            .map_err(Error::from)
    }

    /// Closes all connections, after what is under way has ended. SQLite then holds everything in
    /// its one file.
    ///
    /// # Errors
    /// What the driver reports.
    pub async fn close(self) -> Result<(), Error> {
        self.reader.close_by_ref().await?;
        self.writer.close_by_ref().await?;
        Ok(())
    }
}

impl Transactional for Database {
    type Transaction = Transaction;
    type Error = Error;

    /// Begins a transaction: `BEGIN IMMEDIATE` on SQLite, so that it never has to become a writer
    /// half way; the server's default, read committed, on PostgreSQL.
    async fn begin(&self) -> Result<Transaction, Error> {
        let immediate = Some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions {
            sqlite_transaction_mode: immediate,
            ..TransactionOptions::default()
        };
        Ok(self.writer.begin_with_options(options).await?)
    }

    async fn commit(&self, transaction: Transaction) -> Result<(), Error> {
        Ok(TransactionSession::commit(transaction).await?)
    }

    async fn rollback(&self, transaction: Transaction) -> Result<(), Error> {
        Ok(TransactionSession::rollback(transaction).await?)
    }
}

/// Reads; a statement without rows is refused, because it would write outside of a transaction.
#[sea_orm::prelude::async_trait::async_trait]
impl ConnectionTrait for Database {
    fn get_database_backend(&self) -> DbBackend {
        self.backend()
    }
    async fn execute_raw(&self, _: Statement) -> Result<ExecResult, DbErr> {
        Err(outside_transaction())
    }
    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(outside_transaction())
    }
    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.reader.query_one_raw(statement).await
    }
    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.reader.query_all_raw(statement).await
    }
}

fn outside_transaction() -> DbErr {
    DbErr::Custom("a write outside of a transaction: use `cx.transact`".to_owned())
}
