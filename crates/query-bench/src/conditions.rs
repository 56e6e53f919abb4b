//! Under which conditions figures were taken: without them a figure means nothing.

use std::fs;
use std::process::Command;

use serde::Serialize;

use crate::node::About;

/// The machine, the toolchain and the sources. What cannot be found out is `None`.
#[derive(Clone, Debug, Serialize)]
pub struct Conditions {
    rustc: Option<String>,
    node: Option<String>,
    tanstack: Option<String>,
    moka: Option<String>,
    cpu: Option<String>,
    cpus: Option<usize>,
    system: Option<String>,
    commit: Option<String>,
    load_before: Option<f64>,
    load_after: Option<f64>,
}

impl Conditions {
    /// Now and here.
    pub fn now(about: Option<&About>) -> Self {
        Self {
            rustc: said("rustc", &["--version"]),
            node: about.map(|about| about.node.clone()),
            tanstack: about.map(|about| about.tanstack.clone()),
            moka: locked("moka"),
            cpu: cpu(),
            cpus: std::thread::available_parallelism().ok().map(Into::into),
            system: said("uname", &["-s", "-r", "-m"]),
            commit: said("git", &["describe", "--always", "--dirty", "--abbrev=9"]),
            load_before: load(),
            load_after: None,
        }
    }

    /// It is over.
    pub fn end(&mut self) {
        self.load_after = load();
    }
}

impl std::fmt::Display for Conditions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named = |name: &str, version: &Option<String>| {
            version.as_ref().map(|version| format!("{name} {version}"))
        };
        let load = self.load_before.zip(self.load_after);
        let load =
            load.map(|(a, b)| format!("load average {a:.2} at the start, {b:.2} at the end"));
        let parts = [
            self.rustc.clone(),
            named("Node", &self.node),
            named("@tanstack/query-core", &self.tanstack),
            named("moka", &self.moka),
            self.cpu.clone(),
            self.cpus.map(|cpus| format!("{cpus} processors")),
            self.system.clone(),
            named("commit", &self.commit),
            load,
            Some("the smaller of clock and processor time, the best round of each".to_owned()),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
    }
}

/// The load average over the last minute, where the system tells.
fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// The first line that a program says, or nothing when it cannot be asked.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let folder = env!("CARGO_MANIFEST_DIR");
    let output = Command::new(program).args(arguments).current_dir(folder).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().next().unwrap_or_default().trim();
    (output.status.success() && !line.is_empty()).then(|| line.to_owned())
}

fn cpu() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_owned())
}

/// The version of a package in `Cargo.lock`.
fn locked(package: &str) -> Option<String> {
    let lock = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock")).ok()?;
    let after = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?.1;
    after.split_once('"').map(|(version, _)| version.to_owned())
}
