//! What the README tells to type works as it is written.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::process::{Server, api};

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("apps/api is two folders down")
        .to_owned()
}

/// The fenced blocks of one language, in their order.
fn blocks(markdown: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if line == format!("```{language}") {
            found.push(
                lines
                    .by_ref()
                    .take_while(|line| *line != "```")
                    .map(|line| format!("{line}\n"))
                    .collect(),
            );
        }
    }
    found
}

/// A development server, as `cargo xtask dev` starts it, and the README with its address in place of the usual one.
fn serve() -> (Server, String, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    let mut command = api();
    command.arg("--dev").arg("--data-dir").arg(home.path());
    let server = Server::start(command);
    let readme = fs::read_to_string(root().join("README.md")).expect("there is a README");
    let readme = readme.replace("http://localhost:3000", &server.url());
    (server, readme, home)
}

#[test]
fn the_curl_lines_run() {
    let (_server, readme, _home) = serve();
    let shell = blocks(&readme, "sh");
    let lines: Vec<&String> = shell.iter().filter(|block| block.starts_with("curl ")).collect();
    assert!(!lines.is_empty(), "the README has no curl line");
    for line in lines {
        check_curl(line);
    }
}

#[test]
fn the_line_that_a_development_server_prints_runs() {
    let (mut server, _readme, _home) = serve();
    let line = server.line("curl ").replace("localhost", "127.0.0.1");
    check_curl(&line);
}

/// Runs a line that signs in and lists tasks.
fn check_curl(line: &str) {
    let done = Command::new("sh").arg("-c").arg(line).output().expect("there is a shell");
    let text = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
    assert!(text.contains("demo@example.org") && text.contains("\"items\":"), "{line}: {text}");
}

#[test]
fn the_rust_lines_run() {
    let (_server, readme, _home) = serve();
    let blocks = blocks(&readme, "rust");
    assert_eq!(blocks.len(), 1, "the README has one Rust program");
    // A package of its own, as a reader would make one, with the versions of this workspace.
    let target = Path::new(env!("CARGO_BIN_EXE_api"))
        .ancestors()
        .nth(2)
        .expect("target/debug/api")
        .to_owned();
    let package = target.join("readme");
    fs::create_dir_all(package.join("src")).unwrap();
    fs::write(package.join("src/main.rs"), &blocks[0]).unwrap();
    fs::copy(root().join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    let client = root().join("crates/client");
    let manifest = format!(
        "[package]\nname = \"readme\"\nedition = \"2024\"\n\n[dependencies]\nclient = {{ path = {client:?} }}\n\
         tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n\n[workspace]\n\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n"
    );
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let done = Command::new(cargo)
        .args(["run", "--quiet", "--offline"])
        .current_dir(&package)
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .expect("cargo runs");
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{err}");
    assert!(
        out.contains("Buy milk is at Some(\"/api/tasks/") && out.contains("as expected"),
        "{out}{err}"
    );
}
