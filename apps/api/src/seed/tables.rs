//! The tables that have demo rows, and what stands in each column of row `i`.

use db::{flows, tasks};
use sea_orm::{IdenStatic, Iterable};

use crate::settings::SeedTable;

/// A table with demo rows.
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Three hexadecimal digits that its demo rows' ids have and those of other tables have not.
    pub tag: &'static str,
    /// The columns, each with what stands in it.
    pub columns: Vec<(&'static str, Value)>,
}

/// What stands in a column of row `i`.
pub enum Value {
    /// An id made from `i`.
    Id,
    /// A point in time made from `i`: each row is a second newer than the one before it.
    Time,
    /// Whose rows they are.
    Owner,
    /// An expression of `i` that both databases understand.
    Sql(String),
}

/// The table's demo rows.
pub fn of(table: SeedTable) -> Table {
    match table {
        SeedTable::Tasks => {
            use tasks::Column as C;
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
        SeedTable::Flows => {
            use flows::Column as C;
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
    }
}

const VERBS: [&str; 8] = ["Buy", "Fetch", "Mend", "Paint", "Sell", "Sort", "Wash", "Weigh"];
const THINGS: [&str; 8] =
    ["apples", "bicycles", "books", "chairs", "lamps", "milk", "nails", "post"];
const REMARKS: [&str; 4] =
    ["Coffee first", "Two of each, the blue ones", "Ask the neighbour", "Before noon if it rains"];
const TIMES: [&str; 4] = ["Morning", "Noon", "Evening", "Night"];

/// One of the words, by the remainder of a number.
fn choice(words: &[&str], number: &str) -> String {
    let cases: String = words
        .iter()
        .enumerate()
        .map(|(index, word)| format!(" WHEN {index} THEN '{word}'"))
        .collect();
    format!("CASE ({number}) % {}{cases} END", words.len())
}
