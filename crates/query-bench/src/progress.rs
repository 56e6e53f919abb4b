//! Says on standard error what is going on, so that standard output holds nothing but the figures.

use std::io::{IsTerminal, Write};

/// Writes one line. A closed standard error is no reason to stop half way.
pub fn say(text: &str) {
    let mut error = std::io::stderr();
    let _ = if error.is_terminal() {
        writeln!(error, "\x1b[2m{text}\x1b[0m")
    } else {
        writeln!(error, "{text}")
    };
}
