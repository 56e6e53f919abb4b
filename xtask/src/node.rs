//! Node.js on this machine: which version, and what npm says when it fails.

use std::process::{Command, Stdio};

use crate::process;
use crate::terminal::Missing;

/// The oldest Node on which everything runs that is started here. Debian 12 has 18.19.
const OLDEST: (u32, u32) = (18, 17);

/// Finds Node, new enough, and one of its programs beside it.
///
/// `unchecked` says what is left out without them.
///
/// # Errors
///
/// What is missing, and how to get it.
pub fn find(unchecked: &str, program: &str) -> Result<(), Missing> {
    let remedy = format!(
        "install Node.js {}.{} or newer with npm: https://nodejs.org, or apt install nodejs npm",
        OLDEST.0, OLDEST.1
    );
    let version = process::output(Command::new("node").arg("--version"))
        .map_err(|_| Missing::new(format!("{unchecked}: Node.js is not installed"), &remedy))?;
    if parsed(&version).is_none_or(|version| version < OLDEST) {
        return Err(Missing::new(
            format!("{unchecked}: Node.js {} is too old", version.trim()),
            remedy,
        ));
    }
    if process::on_path(program).is_none() {
        return Err(Missing::new(format!("{unchecked}: {program} is not installed"), remedy));
    }
    Ok(())
}

/// Keeps npm, and what is started through it, from asking, advertising and looking for updates.
pub fn quiet(command: &mut Command) -> &mut Command {
    command
        .stdin(Stdio::null())
        .env("NPM_CONFIG_UPDATE_NOTIFIER", "false")
        .env("NPM_CONFIG_FUND", "false")
        .env("NPM_CONFIG_AUDIT", "false")
}

/// The line in which npm says why: the last one that is not about its log.
pub fn npm_reason(said: &str) -> String {
    let mut lines = said.lines().map(str::trim);
    let reason =
        lines.rfind(|line| !line.is_empty() && !line.contains("A complete log of this run"));
    let reason = reason.unwrap_or_default();
    // As npm 9 begins its lines, and as later ones do.
    let stripped = ["npm ERR! ", "npm error "].iter().find_map(|sign| reason.strip_prefix(sign));
    stripped.unwrap_or(reason).to_owned()
}

/// Major and minor number of what `node --version` prints.
fn parsed(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_not_where_the_log_is() {
        let said = "npm error code ETARGET\nnpm error No such version.\n\
            npm error A complete log of this run can be found in: /l\n";
        assert_eq!(npm_reason(said), "No such version.");
        assert_eq!(npm_reason("npm ERR! No such version.\n"), "No such version.");
    }

    #[test]
    fn node_versions_compare() {
        assert_eq!(parsed("v20.19.2\n"), Some((20, 19)));
        assert!(parsed("v18.20.4").is_some_and(|version| version >= OLDEST));
        assert!(parsed("v18.13.0").is_some_and(|version| version < OLDEST));
        assert_eq!(parsed("nodejs"), None);
    }
}
