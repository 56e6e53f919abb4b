//! Routes as a table, a line each.

use super::Route;

/// The columns, in the order of their weight: what does not fit a terminal is left out from the right.
const TITLES: [&str; 9] =
    ["METHOD", "PATH", "OPERATION", "WHO", "SUMMARY", "INPUT", "OUTPUT", "ERRORS", "EFFECTS"];

/// How many columns stand in each table, however narrow.
const KEPT: usize = 3;

/// A column that would be narrower than this is left out.
const NARROWEST: usize = 12;

/// What stands between two columns.
const GAP: usize = 2;

/// The routes as a table: whole, or as wide as a terminal.
pub(super) fn text(routes: &[Route], width: Option<usize>) -> String {
    let titles = TITLES.map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(titles).chain(routes.iter().map(row)).collect();
    let Some(width) = width else { return align(&rows, &natural(&rows)) };
    let widths = fit(&natural(&rows), width);
    let mut text = align(&rows, &widths);
    if widths.len() < TITLES.len() {
        let hint = "A route's name, `--long` or a pipe shows the rest.";
        text.push_str(&format!("\n{}\n", cut(hint, width)));
    }
    text
}

fn row(route: &Route) -> Vec<String> {
    let input = route.input.iter();
    let input: Vec<String> = input
        .map(|field| format!("{}{}", field.name, if field.required { "" } else { "?" }))
        .collect();
    let mut output: Vec<String> = Vec::new();
    for answer in &route.output {
        let name = answer.body.as_ref().map(|body| body.name()).unwrap_or_default();
        output.push(format!("{} {name}", answer.status).trim_end().to_owned());
    }
    let errors = route.errors.iter().filter(|error| error.declared);
    let errors: Vec<String> =
        errors.map(|error| format!("{} {}", error.status, error.code)).collect();
    vec![
        route.method.to_owned(),
        route.path.clone(),
        route.operation.to_owned(),
        route.who(),
        route.summary.to_owned(),
        input.join(", "),
        output.join(", "),
        errors.join(", "),
        route.effects().join(", "),
    ]
}

/// The width of each column's widest cell.
fn natural(rows: &[Vec<String>]) -> Vec<usize> {
    let columns = rows.first().map_or(0, Vec::len);
    let widest = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    (0..columns).map(|column| widest(column).unwrap_or(0)).collect()
}

/// The widths of the columns that fit: the last of them may be cut.
fn fit(natural: &[usize], width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = Vec::new();
    let mut left = width;
    for (column, wanted) in natural.iter().enumerate() {
        let room = if column == 0 { left } else { left.saturating_sub(GAP) };
        if *wanted > room && column >= KEPT && room < NARROWEST {
            break;
        }
        let taken = (*wanted).min(room);
        widths.push(taken);
        left = room - taken;
        if taken < *wanted && column >= KEPT {
            break;
        }
    }
    widths
}

/// Rows with each column of its width; what is longer is cut.
fn align(rows: &[Vec<String>], widths: &[usize]) -> String {
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(widths).map(|(cell, width)| {
            let cell = cut(cell, *width);
            format!("{cell:width$}")
        });
        format!("{}\n", cells.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end())
    };
    rows.iter().map(line).collect()
}

/// The text, or as much of it as fits, with a sign that there is more.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).take(width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [vec!["a".to_owned(), "b".to_owned()], vec!["long".to_owned(), "c".to_owned()]];
        assert_eq!(align(&rows, &natural(&rows)), "a     b\nlong  c\n");
    }

    #[test]
    fn what_does_not_fit_is_left_out_from_the_right() {
        assert_eq!(fit(&[4, 10, 10, 30, 20], 60), [4, 10, 10, 30]);
        assert_eq!(fit(&[4, 10, 10, 30, 20], 50), [4, 10, 10, 20]);
        assert_eq!(fit(&[4, 10, 10, 30, 20], 32), [4, 10, 10]);
        assert_eq!(fit(&[4, 10, 10, 30, 20], 200), [4, 10, 10, 30, 20]);
        assert_eq!(fit(&[4, 10, 10, 30, 20], 20), [4, 10, 2]);
    }

    #[test]
    fn a_cut_text_says_so() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abcdef", 0), "");
    }
}
