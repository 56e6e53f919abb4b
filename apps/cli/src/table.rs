//! Lays out rows in columns by what they take on a terminal, not by their bytes.

use unicode_width::UnicodeWidthStr;

/// The space between two columns.
const GAP: &str = "  ";

/// How text may look where it goes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether colours are shown.
    pub color: bool,
    /// How many columns there are; `None` when nothing has to be cut.
    pub width: Option<usize>,
}

impl Style {
    /// `text` in bold.
    pub fn bold(self, text: &str) -> String {
        self.painted("1", text)
    }

    /// `text` paler than the rest.
    pub fn dim(self, text: &str) -> String {
        self.painted("2", text)
    }

    /// `text` in red.
    pub fn red(self, text: &str) -> String {
        self.painted("1;31", text)
    }

    fn painted(self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// A row, with cells that are safe to show.
#[derive(Debug)]
pub struct Row<const N: usize> {
    /// The cells.
    pub cells: [String; N],
    /// Whether it stands back.
    pub dim: bool,
}

/// The rows under their header, one line each; the last column is cut to fit.
pub fn table<const N: usize>(header: [&str; N], rows: &[Row<N>], style: Style) -> String {
    let mut widths = header.map(UnicodeWidthStr::width);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(&row.cells) {
            *width = cell.width().max(*width);
        }
    }
    let mut text = style.bold(&line(&header.map(str::to_owned), &widths, style.width));
    text.push('\n');
    for row in rows {
        let line = line(&row.cells, &widths, style.width);
        text.push_str(&if row.dim { style.dim(&line) } else { line });
        text.push('\n');
    }
    text
}

/// Names and values below each other; the lines of a value stay in its column.
pub fn fields(fields: &[(&str, String)], style: Style) -> String {
    let widest = fields.iter().map(|(name, _)| name.width()).max().unwrap_or_default();
    let mut text = String::new();
    for (name, value) in fields {
        let indent = " ".repeat(widest - name.width());
        for (index, line) in value.split('\n').enumerate() {
            match index {
                0 => text.push_str(&format!("{}{indent}{GAP}{line}", style.bold(name))),
                _ => text.push_str(&format!("{}{GAP}{line}", " ".repeat(widest))),
            }
            text.push('\n');
        }
    }
    text
}

fn line<const N: usize>(cells: &[String; N], widths: &[usize; N], limit: Option<usize>) -> String {
    let mut line = String::new();
    for (index, (cell, width)) in cells.iter().zip(widths).enumerate() {
        if index + 1 < N {
            // Padding by `{:width$}` would count characters, and some take two columns or none.
            line.push_str(&format!("{cell}{}{GAP}", " ".repeat(width - cell.width())));
        } else {
            let room = limit.map(|limit| limit.saturating_sub(line.width()));
            line.push_str(&cut(cell, room));
        }
    }
    line.trim_end().to_owned()
}

/// The beginning of `text` that takes at most `room` columns, with a mark where it is cut.
fn cut(text: &str, room: Option<usize>) -> String {
    // With less room than that, a line that wraps says more than a cut one.
    let Some(room) = room.filter(|room| *room >= 10 && text.width() > *room) else {
        return text.to_owned();
    };
    let ends = text.char_indices().map(|(index, _)| index);
    let end = ends.take_while(|end| text[..*end].width() < room).last().unwrap_or_default();
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(titles: &[&str]) -> Vec<Row<2>> {
        let row = |(index, title): (usize, &&str)| Row {
            cells: [if index == 0 { "1" } else { "日本" }.to_owned(), (*title).to_owned()],
            dim: index == 0,
        };
        titles.iter().enumerate().map(row).collect()
    }

    #[test]
    fn columns_stand_below_each_other_whatever_their_characters_take() {
        let text = table(["ID", "TITLE"], &rows(&["Milk", "Käse 🧀"]), Style::default());
        assert_eq!(text, "ID    TITLE\n1     Milk\n日本  Käse 🧀\n");
    }

    #[test]
    fn a_long_title_is_cut_only_on_a_terminal() {
        let long = "Buy two litres of milk";
        let whole = table(["ID", "TITLE"], &rows(&[long]), Style::default());
        assert!(whole.ends_with(&format!("1   {long}\n")), "{whole}");
        for (title, cut) in [(long, "1   Buy two l…"), ("日本日本日本", "1   日本日本…")]
        {
            let style = Style { color: false, width: Some(14) };
            let text = table(["ID", "TITLE"], &rows(&[title]), style);
            let line = text.lines().nth(1).unwrap();
            assert_eq!(line, cut);
            assert!(line.width() <= 14, "{line}");
        }
    }

    #[test]
    fn colours_change_no_column() {
        let style = Style { color: true, width: None };
        let text = table(["ID", "TITLE"], &rows(&["Milk", "Bread"]), style);
        assert_eq!(
            text,
            "\u{1b}[1mID    TITLE\u{1b}[0m\n\u{1b}[2m1     Milk\u{1b}[0m\n日本  Bread\n"
        );
    }

    #[test]
    fn the_lines_of_a_field_stay_in_their_column() {
        let text = fields(&[("id", "7".into()), ("description", "a\nb".into())], Style::default());
        assert_eq!(text, "id           7\ndescription  a\n             b\n");
    }
}
