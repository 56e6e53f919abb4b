//! `cargo xtask dev`: builds the server and runs it on an embedded database under `data/`.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::process;
use crate::workspace::Workspace;

/// Build and run the server for development.
///
/// The embedded SQLite database lives under `data/`; the server migrates it, seeds a demo account
/// when it is empty, and prints the addresses, the demo sign-in and a `curl` line. `DATA_DIR`,
/// `BIND` and `DATABASE_URL` from the environment win over these defaults.
#[derive(Args)]
pub struct Dev {
    /// The port on 127.0.0.1 [default: 3000].
    #[arg(long)]
    port: Option<u16>,
    /// Further arguments for the server, after `--`.
    #[arg(last = true, value_name = "SERVER ARGUMENTS")]
    arguments: Vec<String>,
}

impl Dev {
    /// Runs the server until it ends and returns its exit code.
    pub fn run(self, workspace: &Workspace) -> Result<ExitCode> {
        let mut arguments = vec!["--dev".to_owned()];
        arguments.extend(self.arguments);
        // Always with cargo's progress: the first build takes minutes.
        let mut server = process::cargo(workspace.root());
        server.args(["run", "--package", "api", "--"]).args(arguments);
        if self.port.is_some() || std::env::var_os("BIND").is_none() {
            server.env("BIND", format!("127.0.0.1:{}", self.port.unwrap_or(3000)));
        }
        if std::env::var_os("DATA_DIR").is_none() {
            server.env("DATA_DIR", workspace.data());
        }
        process::status(&mut server).map(process::exit_code)
    }
}
