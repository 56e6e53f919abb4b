//! What the door itself says, on standard error, in colour only where somebody looks at a terminal.

use std::fmt;
use std::io::{IsTerminal, Write};
use std::time::Duration;

/// Something that could not run on this machine, and how to get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What was left out, and because of what: `tests on PostgreSQL: it is not installed`.
    pub what: String,
    /// How to get it, as a sentence or a command.
    pub remedy: String,
}

impl Missing {
    /// Names what is missing and how to get it.
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}\n    {}", self.what, self.remedy)
    }
}

/// A heading before a longer step.
pub fn heading(text: &str) {
    write(&format!("\n{}", paint(Style::Heading, &format!("==> {text}"))));
}

/// A plain line.
pub fn line(text: &str) {
    write(text);
}

/// A line about something that went well.
pub fn success(text: &str) {
    write(&paint(Style::Good, text));
}

/// A line about something odd that did not stop the work.
pub fn warning(text: &str) {
    write(&format!("{} {text}", paint(Style::Warning, "warning:")));
}

/// The last line before the door closes in failure.
pub fn error(text: &str) {
    write(&format!("{} {text}", paint(Style::Bad, "error:")));
}

/// The list of what could not run here, last on the screen so that nobody misses it. Nothing when
/// it is empty.
pub fn missing(list: &[Missing]) {
    if list.is_empty() {
        return;
    }
    write(&format!("\n{}", paint(Style::Warning, "What could not run here:")));
    for missing in list {
        write(&format!("  - {missing}"));
    }
}

/// A duration for people: `0.4 s`, `12.0 s`, `3 min 05 s`.
pub fn duration(duration: Duration) -> String {
    if duration.as_secs() < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", duration.as_secs() / 60, duration.as_secs() % 60)
    }
}

/// Paints text when standard error is a terminal that wants colours (`NO_COLOR` is respected).
pub fn paint(style: Style, text: &str) -> String {
    if colours() { format!("\u{1b}[{}m{text}\u{1b}[0m", style.code()) } else { text.to_owned() }
}

/// The few styles in use.
#[derive(Clone, Copy)]
pub enum Style {
    /// Bold.
    Heading,
    /// Green.
    Good,
    /// Yellow.
    Warning,
    /// Red.
    Bad,
}

impl Style {
    /// The parameters of the escape sequence that starts this style.
    fn code(self) -> &'static str {
        match self {
            Style::Heading => "1",
            Style::Good => "32",
            Style::Warning => "33",
            Style::Bad => "31",
        }
    }
}

/// Whether standard error is a terminal that wants colours.
fn colours() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    !refused && std::io::stderr().is_terminal()
}

/// Writes one line. A closed standard error (`cargo xtask ci 2>&1 | head`) is no reason to stop
/// half way.
fn write(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(duration(Duration::from_millis(440)), "0.4 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 min 05 s");
    }
}
