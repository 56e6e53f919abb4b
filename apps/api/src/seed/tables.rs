//! The tables that have demo rows, and what stands in each column of row `i`.

mod flows;
mod tasks;

/// The tables, in the order in which they are filled.
const TABLES: &[fn() -> Table] = &[tasks::table, flows::table];

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

/// All tables with demo rows, in the order in which they are filled.
pub fn all() -> Vec<Table> {
    TABLES.iter().map(|table| table()).collect()
}

const REMARKS: [&str; 4] =
    ["Coffee first", "Two of each, the blue ones", "Ask the neighbour", "Before noon if it rains"];

/// One of the words, by the remainder of a number.
fn choice(words: &[&str], number: &str) -> String {
    let cases: String = words
        .iter()
        .enumerate()
        .map(|(index, word)| format!(" WHEN {index} THEN '{word}'"))
        .collect();
    format!("CASE ({number}) % {}{cases} END", words.len())
}
