//! Writes demo rows, made by the database itself: no row crosses the wire.

use db::{Database, Error};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use throughline::Transactional;
use throughline_auth::UserId;
use uuid::Uuid;

use super::tables::{Table, Value};

/// When row 0 was made: the start of 2020, in Unix seconds.
const START: u64 = 1_577_836_800;

/// Writes those of the rows `first` to `last` that are not there, in one transaction, and says how many that were.
pub async fn write(
    db: &Database,
    table: &Table,
    owner: UserId,
    first: u64,
    last: u64,
) -> Result<u64, Error> {
    if count(db, table, first, last).await? == last - first + 1 {
        return Ok(0);
    }
    let insert = insert(db.backend(), table, first, last);
    let owner = Uuid::from(owner);
    let tx = db.begin().await?;
    let statement = Statement::from_sql_and_values(db.backend(), insert, [owner.into()]);
    match tx.execute_raw(statement).await {
        Ok(done) => {
            db.commit(tx).await?;
            Ok(done.rows_affected())
        }
        Err(error) => {
            // The first failure is the answer.
            drop(db.rollback(tx).await);
            Err(error.into())
        }
    }
}

/// How many of the rows are there.
async fn count(db: &Database, table: &Table, first: u64, last: u64) -> Result<u64, Error> {
    let sign = if db.backend() == DbBackend::Sqlite { ["?1", "?2"] } else { ["$1", "$2"] };
    let [from, to] = sign;
    let count = format!("SELECT count(*) FROM {} WHERE id BETWEEN {from} AND {to}", table.name);
    let ids = [id(table, first).into(), id(table, last).into()];
    let statement = Statement::from_sql_and_values(db.backend(), count, ids);
    let row = db.reader().query_one_raw(statement).await?;
    let count: i64 = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(0);
    Ok(count.unsigned_abs())
}

/// The statement that makes the rows.
fn insert(backend: DbBackend, table: &Table, first: u64, last: u64) -> String {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let values: Vec<String> =
        table.columns.iter().map(|(_, value)| sql(backend, table, value)).collect();
    let (name, names, values) = (table.name, names.join(", "), values.join(", "));
    let (with, from) = match backend {
        DbBackend::Sqlite => (
            format!(
                "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
            ),
            "n".to_owned(),
        ),
        _ => (String::new(), format!("generate_series({first}::bigint, {last}::bigint) AS n(i)")),
    };
    // `WHERE true`: without it SQLite reads `ON CONFLICT` as the condition of a join.
    format!(
        "INSERT INTO {name} ({names}) {with}SELECT {values} FROM {from} WHERE true ON CONFLICT (id) DO NOTHING"
    )
}

/// What stands in a column, in the database's own words.
fn sql(backend: DbBackend, table: &Table, value: &Value) -> String {
    let tag = table.tag;
    match (value, backend) {
        (Value::Sql(expression), _) => expression.clone(),
        (Value::Owner, DbBackend::Sqlite) => "?1".to_owned(),
        (Value::Owner, _) => "$1".to_owned(),
        // As SQLx writes a whole second.
        (Value::Time, DbBackend::Sqlite) => {
            format!("strftime('%Y-%m-%dT%H:%M:%S+00:00', {START} + i, 'unixepoch')")
        }
        (Value::Time, _) => format!("to_timestamp({START} + i)"),
        (Value::Id, DbBackend::Sqlite) => {
            format!("unhex(printf('%012x7{tag}8%015x', ({START} + i) * 1000, i))")
        }
        (Value::Id, _) => format!(
            "(lpad(to_hex(({START} + i) * 1000), 12, '0') || '7{tag}8' || lpad(to_hex(i), 15, '0'))::uuid"
        ),
    }
}

/// The id of row `i`: a UUID of version 7, so that ids go up with time, with the table and `i` in place of chance.
fn id(table: &Table, i: u64) -> Uuid {
    let tag = u128::from(u64::from_str_radix(table.tag, 16).unwrap_or_default());
    let time = u128::from((START + i) * 1000);
    Uuid::from_u128(time << 80 | 7 << 76 | tag << 64 | 8 << 60 | u128::from(i))
}
