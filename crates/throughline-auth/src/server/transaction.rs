//! Transactions on the connections that write.

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions,
    TransactionSession, TransactionTrait,
};
use throughline::{Fault, Transactional};

/// The connections that write.
#[derive(Clone, Debug)]
pub(super) struct Writer(pub(super) DatabaseConnection);

impl Transactional for Writer {
    type Transaction = DatabaseTransaction;
    type Error = Fault;

    /// Begins a transaction: on SQLite as a writer from the start, so that it never has to become one half way.
    async fn begin(&self) -> Result<DatabaseTransaction, Fault> {
        let sqlite_transaction_mode = Some(SqliteTransactionMode::Immediate);
        let options =
            TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() };
        Ok(self.0.begin_with_options(options).await?)
    }

    async fn commit(&self, transaction: DatabaseTransaction) -> Result<(), Fault> {
        Ok(TransactionSession::commit(transaction).await?)
    }

    async fn rollback(&self, transaction: DatabaseTransaction) -> Result<(), Fault> {
        Ok(TransactionSession::rollback(transaction).await?)
    }
}

impl Writer {
    /// As `cx.transact`, where there is no request.
    pub(super) async fn transact<T, E: From<Fault>>(
        &self,
        work: impl AsyncFnOnce(&DatabaseTransaction) -> Result<T, E>,
    ) -> Result<T, E> {
        let transaction = self.begin().await?;
        match work(&transaction).await {
            Ok(done) => {
                self.commit(transaction).await?;
                Ok(done)
            }
            Err(refused) => {
                // The first failure is the answer: a connection that cannot even roll back is dropped by its pool.
                if self.rollback(transaction).await.is_err() {
                    tracing::warn!("a transaction could not be rolled back");
                }
                Err(refused)
            }
        }
    }
}
