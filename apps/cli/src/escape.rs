//! Makes text from elsewhere safe to show: a title may hold characters that a terminal obeys.
//! hold some.

/// Whether a terminal may obey the character, or a reader be misled by it: control characters,
/// line and paragraph separators, and those that turn the direction of writing.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` in one line, with what is unsafe written out: a line break as `\n`, an escape as
/// `\u{1b}`.
pub fn line(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    safe
}

/// `text` with its line breaks kept and everything else as in [`line`].
pub fn lines(text: &str) -> String {
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// JSON that says the same and has no unsafe character in it. JSON itself escapes only those below
/// U+0020.
pub fn json(document: &str) -> String {
    let mut safe = String::with_capacity(document.len());
    for c in document.chars() {
        // The line breaks of the layout stay; within a string they are escaped already.
        if c != '\n' && is_unsafe(c) {
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clears the screen in two ways, sets the window's title, moves up, and turns the direction.
    const HOSTILE: &str = "a\u{1b}[2J\u{9b}2J\u{1b}]0;x\u{7}\r\n\t\u{7f}\u{202e}z\u{2028}é🎉";

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        assert_eq!(
            line(HOSTILE),
            "a\\u{1b}[2J\\u{9b}2J\\u{1b}]0;x\\u{7}\\r\\n\\t\\u{7f}\\u{202e}z\\u{2028}é🎉"
        );
        assert_eq!(lines("a\nb\u{1b}\r\nc"), "a\nb\\u{1b}\nc");
    }

    #[test]
    fn json_says_the_same_without_raw_characters() {
        let document = serde_json::to_string_pretty(&[HOSTILE]).unwrap();
        let safe = json(&document);
        assert!(!safe.chars().any(|c| c != '\n' && is_unsafe(c)), "{safe:?}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&safe).unwrap(), [HOSTILE]);
    }
}
