//! Writes Markdown tables whose columns also line up as plain text.

/// A table being put together. Its first column holds words, the others figures.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column heads.
    pub fn new(heads: &[&str]) -> Self {
        Self { rows: vec![heads.iter().map(|head| (*head).to_owned()).collect()] }
    }

    /// Adds a row, one cell for each column.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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

/// How many times `base` a figure is: `1.53 ×`.
pub fn ratio(figure: f64, base: f64) -> String {
    if base > 0.0 { format!("{:.2} ×", figure / base) } else { "–".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&["What", "Instructions"]);
        table.row(["axum".to_owned(), whole(1234.4)]);
        let expected =
            "| What | Instructions |\n| ---- | -----------: |\n| axum |        1 234 |\n";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [whole(7.0), whole(123.0), whole(1_234_567.0), whole(-1000.0)],
            ["7", "123", "1 234 567", "-1 000"]
        );
    }
}
