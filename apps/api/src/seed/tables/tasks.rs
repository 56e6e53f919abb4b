//! Demo tasks.

use db::tasks::Column as C;
use sea_orm::{IdenStatic, Iterable};

use super::{REMARKS, Table, Value, choice};

const VERBS: [&str; 8] = ["Buy", "Fetch", "Mend", "Paint", "Sell", "Sort", "Wash", "Weigh"];
const THINGS: [&str; 8] =
    ["apples", "bicycles", "books", "chairs", "lamps", "milk", "nails", "post"];

/// Two words and a number each; some have a description, some are done.
pub fn table() -> Table {
    let value = |column: &C| match column {
        C::Id => Value::Id,
        C::Title => Value::Sql(format!(
            "{} || ' ' || {} || ' ' || i",
            choice(&VERBS, "i"),
            choice(&THINGS, "i / 8")
        )),
        C::Description => Value::Sql(format!(
            "CASE i % 4 WHEN 0 THEN NULL ELSE {} END",
            choice(&REMARKS, "i / 4")
        )),
        C::Completed => Value::Sql("(i % 3 = 0)".to_owned()),
        C::Version => Value::Sql("1".to_owned()),
        C::CreatedAt | C::UpdatedAt => Value::Time,
        C::CreatedBy => Value::Owner,
    };
    let columns = C::iter().map(|column| (column.as_str(), value(&column)));
    Table { name: "tasks", tag: "001", columns: columns.collect() }
}
