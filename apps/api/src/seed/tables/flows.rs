//! Demo flows.

use db::flows::Column as C;
use sea_orm::{IdenStatic, Iterable};

use super::{REMARKS, Table, Value, choice};

const TIMES: [&str; 4] = ["Morning", "Noon", "Evening", "Night"];

/// A routine for a time of the day each.
pub fn table() -> Table {
    let value = |column: &C| match column {
        C::Id => Value::Id,
        C::Title => Value::Sql(format!("{} || ' routine ' || i", choice(&TIMES, "i"))),
        C::Content => Value::Sql(format!(
            "{} || ', then ' || lower({})",
            choice(&REMARKS, "i"),
            choice(&REMARKS, "i / 4 + 1")
        )),
        C::Version => Value::Sql("1".to_owned()),
        C::CreatedAt | C::UpdatedAt => Value::Time,
        C::CreatedBy => Value::Owner,
    };
    let columns = C::iter().map(|column| (column.as_str(), value(&column)));
    Table { name: "flows", tag: "002", columns: columns.collect() }
}
