//! One route at length.

use std::collections::BTreeMap;

use super::Route;

/// How far what is said of a part stands from the left.
const INDENT: usize = 11;

/// The widest line when there is no terminal to say it.
const WIDEST: usize = 100;

/// The narrowest room for text: a terminal that is narrower wraps by itself.
const NARROWEST: usize = 20;

/// The route at length, in lines as wide as the terminal.
pub(super) fn text(route: &Route, width: Option<usize>) -> String {
    let width = width.unwrap_or(WIDEST);
    let mut text = String::new();
    text.push_str(&wrapped("", &format!("{} {}", route.method, route.path), 0, width));
    text.push_str(&wrapped("  ", route.summary, 2, width));
    part(&mut text, "operation", [route.operation.to_owned()], width);
    part(&mut text, "who", [route.who()], width);

    let name = |name: &str, required: bool| format!("{name}{}", if required { "" } else { "?" });
    let fields: Vec<(String, &str, String)> = route
        .input
        .iter()
        .map(|field| (name(&field.name, field.required), field.place.as_str(), field.shape.text()))
        .collect();
    let widest = fields.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or(0);
    let fields = fields
        .into_iter()
        .map(|(name, place, shape)| format!("{name:widest$}  {place:6}  {shape}"));
    part(&mut text, "input", fields, width);

    let output = route.output.iter().map(|answer| match &answer.body {
        Some(body) => format!("{} {}", answer.status, body.text()),
        None => format!("{} without a body", answer.status),
    });
    part(&mut text, "output", output, width);

    let declared = route.errors.iter().filter(|error| error.declared);
    let declared =
        declared.map(|error| format!("{} {}: {}", error.status, error.code, error.title));
    part(&mut text, "errors", declared, width);
    let mut others: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for error in route.errors.iter().filter(|error| !error.declared) {
        others.entry(error.status).or_default().push(&error.code);
    }
    let others = others.into_iter().map(|(status, codes)| format!("{status} {}", codes.join(", ")));
    part(&mut text, "refusals", others, width);
    part(&mut text, "effects", route.effects(), width);
    text
}

/// A part with its lines; nothing says `-`.
fn part(text: &mut String, title: &str, lines: impl IntoIterator<Item = String>, width: usize) {
    let mut lines = lines.into_iter().peekable();
    let mut start = format!("  {title}");
    if lines.peek().is_none() {
        text.push_str(&format!("{start:INDENT$}  -\n"));
    }
    for line in lines {
        text.push_str(&wrapped(&format!("{start:INDENT$}  "), &line, INDENT + 4, width));
        start.clear();
    }
}

/// Words in lines of at most `width`: the first after `start`, the others after `indent` blanks. Blanks between words stay.
fn wrapped(start: &str, words: &str, indent: usize, width: usize) -> String {
    let width = width.max(indent + NARROWEST);
    let mut text = String::new();
    let mut line = start.to_owned();
    let mut empty = true;
    for word in words.split_inclusive(' ') {
        let length = line.chars().count() + word.trim_end().chars().count();
        if !empty && length > width {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(indent);
        }
        // A word that fits no line is broken.
        for letter in word.chars() {
            if line.chars().count() >= width && letter != ' ' {
                text.push_str(line.trim_end());
                text.push('\n');
                line = " ".repeat(indent);
            }
            line.push(letter);
        }
        empty = false;
    }
    text.push_str(line.trim_end());
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_long_words_anywhere() {
        let words = "one  two three fourfivesixseveneightnineten";
        assert_eq!(
            wrapped("> ", words, 4, 24),
            "> one  two three\n    fourfivesixseveneigh\n    tnineten\n"
        );
        assert_eq!(wrapped("> ", "", 4, 24), ">\n");
    }
}
