//! Writes Markdown tables whose columns also line up as plain text.

use std::fmt;

/// A table being put together. Its first column holds words, the others figures.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column heads.
    pub fn new(heads: Vec<String>) -> Self {
        Self { rows: vec![heads] }
    }

    /// Adds a row, one cell for each column.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.first().map_or(0, Vec::len);
        let cells = |column: usize| self.rows.iter().filter_map(move |row| row.get(column));
        let width =
            |column| cells(column).map(|cell| cell.chars().count()).max().unwrap_or(0).max(3);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (index, row) in self.rows.iter().enumerate() {
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                if column == 0 {
                    write!(f, "| {cell:<width$} |")?;
                } else {
                    write!(f, " {cell:>width$} |")?;
                }
            }
            writeln!(f)?;
            if index == 0 {
                let dashes = |(column, width): (usize, &usize)| match column {
                    0 => format!("| {:-<width$} |", ""),
                    _ => format!(" {:->width$}: |", "", width = width - 1),
                };
                writeln!(f, "{}", widths.iter().enumerate().map(dashes).collect::<String>())?;
            }
        }
        Ok(())
    }
}

/// A whole number with its thousands apart: `12 345`.
pub fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
    let mut text = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A number with as many places as matter: `1 234`, `12.3`, `1.23`.
pub fn number(number: f64) -> String {
    match number.abs() {
        100.0.. => whole(number),
        10.0.. => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

/// How many times: `1.53 ×`.
pub fn ratio(times: f64) -> String {
    format!("{} ×", number(times))
}

/// Nanoseconds in the unit that suits them: `3.4 µs`.
pub fn time(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        1e9.. => (nanoseconds / 1e9, "s"),
        1e6.. => (nanoseconds / 1e6, "ms"),
        1e3.. => (nanoseconds / 1e3, "µs"),
        _ => (nanoseconds, "ns"),
    };
    format!("{} {unit}", number(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(vec!["what".to_owned(), "time".to_owned()]);
        table.row(["get".to_owned(), time(12_345.0)]);
        let expected = "| what |    time |\n| ---- | ------: |\n| get  | 12.3 µs |\n";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn figures_have_as_many_places_as_matter() {
        let figures = [number(1_234_567.4), number(12.34), number(1.234), number(0.012)];
        assert_eq!(figures, ["1 234 567", "12.3", "1.23", "0.01"]);
        let times = [time(7.25), time(7_250.0), time(7_250_000.0), time(2e9), ratio(1.5)];
        assert_eq!(times, ["7.25 ns", "7.25 µs", "7.25 ms", "2.00 s", "1.50 ×"]);
    }
}
