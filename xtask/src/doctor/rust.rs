//! The Rust toolchain and the C compiler.

use std::process::Command;

use anyhow::{Context, Result};

use super::{Finding, Remedy};
use crate::process;
use crate::workspace::Workspace;

/// Looks for the compilers and for what comes with them.
pub(super) fn look(workspace: &Workspace) -> Result<Vec<Finding>> {
    let manifest = workspace.root().join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest)
        .with_context(|| format!("could not read {}", manifest.display()))?;
    let needed = needed(&text).context("Cargo.toml names no `rust-version`")?;

    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut rustc = Command::new(rustc);
    let version = process::output(rustc.arg("--version").current_dir(workspace.root()));
    let rustup = Remedy::everywhere(format!(
        "rustup toolchain install stable; rustup itself is at https://rustup.rs. Needed: {needed}"
    ));
    let rust = match version.as_deref().map(str::trim) {
        Ok(version) if parsed(version) >= parsed(&needed) => {
            Finding::ok("Rust", format!("{version}; {needed} or newer is needed"))
        }
        Ok(version) => {
            Finding::missing("Rust", format!("{version} is older than {needed}"), rustup)
        }
        Err(_) => Finding::missing("Rust", "`rustc` does not start", rustup),
    };

    let component = |name: &'static str, command: &str, debian: &str| {
        let mut cargo = process::cargo(workspace.root());
        match process::output(cargo.args([command, "--version"])) {
            Ok(version) => Finding::ok(name, version.trim()),
            Err(_) => Finding::missing(
                name,
                format!("`cargo {command}` does not start"),
                Remedy::new(
                    format!("rustup component add {name}, or apt install {debian}"),
                    format!("rustup component add {name}"),
                ),
            ),
        }
    };
    Ok(vec![
        rust,
        component("rustfmt", "fmt", "rustfmt"),
        component("clippy", "clippy", "rust-clippy"),
        nextest(workspace),
        c_compiler(),
    ])
}

/// The runner of the tests that is used when it is there.
fn nextest(workspace: &Workspace) -> Finding {
    let mut cargo = process::cargo(workspace.root());
    match process::output(cargo.args(["nextest", "--version"])) {
        Ok(version) => {
            Finding::ok("cargo-nextest", version.lines().next().unwrap_or_default().trim())
        }
        Err(_) => Finding::optional(
            "cargo-nextest",
            "the tests run in `cargo test`, one program after the other",
            Remedy::everywhere("cargo install --locked cargo-nextest, or https://nexte.st"),
        ),
    }
}

/// SQLite and the cryptography are written in C.
fn c_compiler() -> Finding {
    let chosen = std::env::var("CC").ok().filter(|compiler| !compiler.is_empty());
    let name = chosen.unwrap_or_else(|| "cc".to_owned());
    // `CC` may hold flags as well.
    let mut words = name.split_whitespace();
    let version = words
        .next()
        .map(|program| process::output(Command::new(program).args(words).arg("--version")));
    match version {
        Some(Ok(version)) => {
            Finding::ok("C compiler", version.lines().next().unwrap_or(&name).trim())
        }
        _ => Finding::missing(
            "C compiler",
            format!("`{name}` does not start"),
            Remedy::new(
                "apt install build-essential",
                "xcode-select --install on macOS, the Visual Studio Build Tools on Windows, gcc or clang elsewhere",
            ),
        ),
    }
}

/// The oldest Rust that the workspace builds with.
fn needed(manifest: &str) -> Option<String> {
    let manifest: toml_edit::DocumentMut = manifest.parse().ok()?;
    let version = manifest.get("workspace")?.get("package")?.get("rust-version")?;
    version.as_str().map(str::to_owned)
}

/// The first word that is a version, as numbers that compare: `rustc 1.95.0-beta.1 (..)` is 1.95.0.
fn parsed(text: &str) -> Vec<u32> {
    let starts_with_digit =
        |word: &&str| word.chars().next().is_some_and(|letter| letter.is_ascii_digit());
    let Some(version) = text.split_whitespace().find(starts_with_digit) else {
        return Vec::new();
    };
    let version = version.split(['-', '+']).next().unwrap_or(version);
    version.split('.').map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(parsed("rustc 1.95.0-beta.1 (abc 2026-01-01)"), [1, 95, 0]);
        assert!(parsed("rustc 1.100.0 (abc 2026-01-01)") >= parsed("1.95"));
        assert!(parsed("rustc 1.94.1 (abc 2026-01-01)") < parsed("1.95"));
        assert!(parsed("1.95.0") >= parsed("1.95"));
        assert!(parsed("rustc") < parsed("1.95"));
    }

    #[test]
    fn the_needed_version_stands_in_the_workspace_manifest() {
        let manifest = "[workspace.package]\nrust-version = \"1.95\"\n";
        assert_eq!(needed(manifest).as_deref(), Some("1.95"));
        assert_eq!(needed("[package]\n"), None);
    }
}
