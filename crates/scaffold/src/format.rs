//! Sources as `rustfmt` writes them.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// A text as `rustfmt` writes it, by the rules of the workspace.
///
/// # Errors
/// When `rustfmt` is not there or finds that this is no Rust.
pub fn formatted(root: &Path, place: &str, text: &str) -> Result<String> {
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--emit", "stdout", "--config-path"]).arg(root);
    rustfmt.current_dir(root).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = rustfmt
        .spawn()
        .context("`rustfmt` does not start: add it with `rustup component add rustfmt`")?;
    let mut input = child.stdin.take().context("rustfmt reads what it formats")?;
    let text = text.to_owned();
    let writing = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().context("lost track of rustfmt")?;
    // What it did not read it has said something about.
    let written = writing.join().is_ok_and(|written| written.is_ok());
    if !output.status.success() || !written {
        bail!("rustfmt does not take {place}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("rustfmt wrote something else than text for {place}"))
}

/// An edited file: formatted if it was formatted before, else as it was edited.
///
/// # Errors
/// When `rustfmt` is not there.
pub fn as_before(root: &Path, place: &str, old: &str, new: &str) -> Result<String> {
    let was_formatted = formatted(root, place, old)? == old;
    if was_formatted { formatted(root, place, new) } else { Ok(new.to_owned()) }
}
