//! Starts tools: cargo and others, with their output on the screen or collected, and with signals
//! passed on.

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use crate::signals;

/// The cargo that started the door, so that a toolchain chosen on the command line (`cargo +beta
/// xtask`) stays chosen.
pub fn cargo(root: &Path) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root);
    // What `cargo run` says of the door itself. Some build scripts (that of `ring`) run again when it is another, so
    // that plain cargo and the door would build half of the dependencies anew for each other.
    let of_the_door = |name: &OsString| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
    };
    for name in std::env::vars_os().map(|(name, _)| name).filter(of_the_door) {
        command.env_remove(name);
    }
    command
}

/// `cargo run --package <package> -- <arguments>`. On a terminal the build's progress is shown;
/// elsewhere only what the program itself says.
pub fn cargo_run(root: &Path, package: &str, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = cargo(root);
    command.arg("run");
    if !std::io::stderr().is_terminal() {
        command.arg("--quiet");
    }
    command.args(["--package", package, "--"]).args(arguments);
    command
}

/// Runs a tool with its output on the screen and returns how it ended.
///
/// Signals that come meanwhile are passed on, and the tool is waited for in any case: it may have
/// things to put away.
pub fn status(command: &mut Command) -> Result<ExitStatus> {
    signals::check()?;
    signals::prepare(command);
    let mut child = command.spawn().with_context(|| not_started(command))?;
    signals::register(child.id());
    let status = child.wait();
    signals::unregister();
    status.with_context(|| format!("lost track of {}", describe(command)))
}

/// Runs a tool with its output on the screen; an error unless it succeeds.
pub fn run(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    signals::check()?;
    if !status.success() {
        bail!("{} failed ({status})", describe(command));
    }
    Ok(())
}

/// Runs a tool quietly and returns what it wrote to standard output; an error with what it wrote to
/// standard error unless it succeeds.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| not_started(command))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed ({}):\n{}", describe(command), output.status, said.trim());
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("{} wrote something else than text", describe(command)))
}

/// A tool's exit status as our own: its code, or 128 and the signal's number, as shells do.
pub fn exit_code(status: ExitStatus) -> ExitCode {
    if let Some(code) = status.code() {
        return ExitCode::from(u8::try_from(code).unwrap_or(1));
    }
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return ExitCode::from(u8::try_from(128 + signal).unwrap_or(1));
    }
    ExitCode::FAILURE
}

/// Where a program of this name is on the PATH, if it is.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

/// Whether this is a run of continuous integration, where what is missing is a failure.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}

/// The command as somebody would type it.
pub fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(program).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    format!("`{}`", words.join(" "))
}

/// The sentence for a tool that does not start.
fn not_started(command: &Command) -> String {
    format!(
        "could not start {}: is `{}` installed?",
        describe(command),
        command.get_program().to_string_lossy()
    )
}
