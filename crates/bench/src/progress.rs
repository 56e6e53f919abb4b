//! Says on standard error what is going on, so that standard output holds nothing but the figures.

use std::io::Write;

/// Writes one line. A closed standard error is no reason to stop half way.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
