//! What would be lost by changing a schema: rows, and values of columns.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use db::Transaction;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExprTrait, Statement, TransactionSession, TransactionTrait,
    sea_query::{Alias, Asterisk, Expr, Query, SelectStatement},
};

use crate::MigrateError;

/// What a change would lose of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The table.
    pub table: String,
    /// The column whose values are lost; `None` for whole rows.
    pub column: Option<String>,
    /// How many rows, or values.
    pub count: u64,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, column, count } = self;
        let s = if *count == 1 { "" } else { "s" };
        match column {
            None => write!(f, "{count} row{s} of `{table}`"),
            Some(column) => write!(f, "{count} value{s} of `{table}.{column}`"),
        }
    }
}

/// The tables with their columns.
type Shape = BTreeMap<String, BTreeSet<String>>;

/// What `change` would lose: it is made in a savepoint, compared, and undone.
pub(crate) async fn of(
    tx: &Transaction,
    change: impl AsyncFnOnce(&Transaction) -> Result<(), MigrateError>,
) -> Result<Vec<Loss>, MigrateError> {
    let before = shape(tx).await?;
    let rows_before = rows(tx, &before).await?;

    let tried = tx.begin().await?;
    change(&tried).await?;
    let after = shape(&tried).await?;
    let rows_after = rows(&tried, &after).await?;
    TransactionSession::rollback(tried).await?;

    let mut lost = Vec::new();
    for (table, columns) in before {
        let count = rows_before[&table].saturating_sub(*rows_after.get(&table).unwrap_or(&0));
        if count > 0 {
            lost.push(Loss { table: table.clone(), column: None, count });
        }
        let Some(left) = after.get(&table) else { continue };
        for column in columns.difference(left) {
            let count = count_of(tx, &values(&table, column)).await?;
            if count > 0 {
                let column = Some(column.clone());
                lost.push(Loss { table: table.clone(), column, count });
            }
        }
    }
    Ok(lost)
}

async fn shape(connection: &Transaction) -> Result<Shape, DbErr> {
    let backend = connection.get_database_backend();
    let query = match backend {
        DbBackend::Sqlite => SQLITE,
        _ => POSTGRES,
    };
    let mut shape = Shape::new();
    for row in connection.query_all_raw(Statement::from_string(backend, query)).await? {
        shape.entry(row.try_get_by_index(0)?).or_default().insert(row.try_get_by_index(1)?);
    }
    Ok(shape)
}

const SQLITE: &str = "
    SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.name NOT LIKE 'seaql_%' AND m.name NOT LIKE 'sqlite_%'";

const POSTGRES: &str = "
    SELECT c.relname::text, a.attname::text
    FROM pg_attribute a
         JOIN pg_class c ON c.oid = a.attrelid
         JOIN pg_namespace s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND s.nspname = current_schema()
          AND a.attnum > 0 AND NOT a.attisdropped AND c.relname NOT LIKE 'seaql_%'";

async fn rows(connection: &Transaction, shape: &Shape) -> Result<BTreeMap<String, u64>, DbErr> {
    let mut rows = BTreeMap::new();
    for table in shape.keys() {
        let all = Query::select()
            .expr(Expr::col(Asterisk).count())
            .from(Alias::new(table.as_str()))
            .take();
        rows.insert(table.clone(), count_of(connection, &all).await?);
    }
    Ok(rows)
}

fn values(table: &str, column: &str) -> SelectStatement {
    Query::select().expr(Expr::col(Alias::new(column)).count()).from(Alias::new(table)).take()
}

async fn count_of(connection: &Transaction, query: &SelectStatement) -> Result<u64, DbErr> {
    let row = connection.query_one(query).await?;
    let count: i64 = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(0);
    Ok(count.unsigned_abs())
}
