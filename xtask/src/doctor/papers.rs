//! Node and Python, which check the document and hold the query cache against TanStack Query.

use std::process::Command;

use super::{Finding, Remedy};
use crate::workspace::Workspace;
use crate::{documents, node, process, tanstack};

/// Looks for Node, what is installed with it, and the validator.
pub(super) fn look(workspace: &Workspace) -> Vec<Finding> {
    let oracle = tanstack::is_wanted(workspace).then(|| oracle(workspace));
    [Some(node_and_npm()), oracle, Some(validator(workspace))].into_iter().flatten().collect()
}

/// Node with npm.
fn node_and_npm() -> Finding {
    let name = "Node.js";
    match node::find("what Node.js checks", "npm") {
        Err(missing) => Finding::optional(
            name,
            missing.what,
            Remedy::new("apt install nodejs npm", missing.remedy),
        ),
        Ok(()) => {
            let version = |program| {
                let version = process::output(Command::new(program).arg("--version"));
                version.unwrap_or_default().trim().to_owned()
            };
            Finding::ok(name, format!("{} with npm {}", version("node"), version("npm")))
        }
    }
}

/// The pinned packages of the oracle.
fn oracle(workspace: &Workspace) -> Finding {
    let name = "TanStack Query";
    match tanstack::installed(workspace) {
        Ok(()) => Finding::ok(name, "the pinned packages are installed"),
        Err(reason) => Finding::optional(
            name,
            reason,
            Remedy::everywhere("cargo xtask test installs them, with Node.js and a network"),
        ),
    }
}

/// The validator of the document.
fn validator(workspace: &Workspace) -> Finding {
    let name = "Python validator";
    match documents::find_validator(workspace) {
        Ok(program) => Finding::ok(name, program.join(" ")),
        Err(missing) => {
            let remedy = Remedy::new(
                format!("apt install python3-venv && {}", missing.remedy),
                missing.remedy,
            );
            Finding::optional(name, missing.what, remedy)
        }
    }
}
