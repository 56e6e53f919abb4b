//! The pinned TanStack Query, which tests of the query cache talk to.

use std::process::Command;

use crate::node;
use crate::process;
use crate::terminal::Missing;
use crate::workspace::Workspace;

/// Where its versions are pinned.
const FOLDER: &str = "crates/throughline-query/oracle";

/// The package whose tests talk to it.
pub const PACKAGE: &str = "throughline-query";

/// Tells those tests that there is no Node, which they otherwise insist on.
pub const WITHOUT_NODE: &str = "THROUGHLINE_TEST_WITHOUT_NODE";

/// Whether there is something here that talks to it.
pub fn is_wanted(workspace: &Workspace) -> bool {
    workspace.root().join(FOLDER).is_dir()
}

/// Has npm install what the lock file says, unless it is there, or nothing here talks to it.
///
/// # Errors
///
/// What is missing, and how to get it.
pub fn provide(workspace: &Workspace) -> Result<(), Missing> {
    if !is_wanted(workspace) {
        return Ok(());
    }
    let unchecked = "tests of the query cache with the real TanStack Query";
    if std::env::var_os(WITHOUT_NODE).is_some_and(|value| !value.is_empty()) {
        return Err(Missing::new(
            format!("{unchecked}: switched off by {WITHOUT_NODE}"),
            format!("unset {WITHOUT_NODE}"),
        ));
    }
    node::find(unchecked, "npm")?;
    let mut install = Command::new("node");
    install.args(["packages.mjs", "install"]).current_dir(workspace.root().join(FOLDER));
    process::output(node::quiet(&mut install)).map(drop).map_err(|error| {
        let reason = node::npm_reason(&format!("{error:#}"));
        Missing::new(
            format!("{unchecked}: its packages could not be fetched ({reason})"),
            format!("try `npm ci` in {FOLDER} with a network"),
        )
    })
}

/// Whether what the lock file says is installed. Installs nothing.
///
/// # Errors
///
/// What is not as it should be.
pub fn installed(workspace: &Workspace) -> Result<(), String> {
    let mut look = Command::new("node");
    look.arg("packages.mjs").current_dir(workspace.root().join(FOLDER));
    match process::output(&mut look) {
        Ok(_) => Ok(()),
        Err(_) if process::on_path("node").is_none() => Err("there is no Node.js".to_owned()),
        Err(_) => Err(format!("the packages of {FOLDER}/package-lock.json are not installed")),
    }
}
