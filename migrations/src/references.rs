//! Rows and tables that refer to what is not there, which SQLite allows while it enforces nothing.

use std::fmt;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

/// Rows of one table that refer to rows of another which are not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dangling {
    /// The table with such rows.
    pub table: String,
    /// The table that they refer to, which may be gone itself.
    pub parent: String,
    /// How many rows.
    pub rows: u64,
}

impl fmt::Display for Dangling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, parent, rows } = self;
        let s = if *rows == 1 { "row" } else { "rows" };
        write!(f, "{rows} {s} of `{table}` that refer to nothing in `{parent}`")
    }
}

/// The rows that refer to nothing. PostgreSQL has none: it enforces each foreign key always.
pub(crate) async fn dangling(connection: &impl ConnectionTrait) -> Result<Vec<Dangling>, DbErr> {
    let backend = connection.get_database_backend();
    if backend != DbBackend::Sqlite {
        return Ok(Vec::new());
    }
    let check = r#"SELECT "table", parent, count(*) FROM pragma_foreign_key_check
                   GROUP BY "table", parent ORDER BY "table", parent"#;
    let mut all = Vec::new();
    for row in connection.query_all_raw(Statement::from_string(backend, check)).await? {
        let rows: i64 = row.try_get_by_index(2)?;
        all.push(Dangling {
            table: row.try_get_by_index(0)?,
            parent: row.try_get_by_index(1)?,
            rows: rows.unsigned_abs(),
        });
    }
    Ok(all)
}

/// The tables with a foreign key to a table that is not there, each with that table. PostgreSQL has none.
pub(crate) async fn orphans(
    connection: &impl ConnectionTrait,
) -> Result<Vec<(String, String)>, DbErr> {
    let backend = connection.get_database_backend();
    if backend != DbBackend::Sqlite {
        return Ok(Vec::new());
    }
    let check = r#"SELECT DISTINCT m.name, f."table"
                   FROM sqlite_master m, pragma_foreign_key_list(m.name) f
                   WHERE m.type = 'table' AND lower(f."table") NOT IN
                         (SELECT lower(name) FROM sqlite_master WHERE type = 'table')
                   ORDER BY m.name"#;
    let rows = connection.query_all_raw(Statement::from_string(backend, check)).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}
