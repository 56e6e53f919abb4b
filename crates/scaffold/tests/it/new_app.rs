//! A new application: what is written, and what is refused. That it builds and passes its tests, continuous integration
//! shows.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;
use toml_edit::DocumentMut;

/// The workspace that this is tested in.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().canonicalize().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scaffold"));
    command.arg("new-app").args(arguments).current_dir(root()).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A new application, written to a folder `shop` that goes with this.
fn made(options: &[&str]) -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("shop");
    let output = run(&[&[folder.to_str().unwrap()], options].concat());
    assert!(output.status.success(), "{}", said(&output));
    (home, folder)
}

/// All files below a folder and what they say, without what git keeps.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let place = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            match path.is_dir() {
                true if place == ".git" => {}
                true => collect(root, &path, files),
                false => {
                    files.insert(place, fs::read(&path).unwrap());
                }
            }
        }
    }
    let mut all = BTreeMap::new();
    collect(folder, folder, &mut all);
    all
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn manifest(folder: &Path) -> DocumentMut {
    fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap()
}

#[test]
fn it_is_an_application_of_one_feature_on_the_library_that_is_here() {
    let (home, folder) = made(&["--no-git"]);
    has_the_rooms_of_an_application(&home, &folder);
    mentions_no_other_feature(&folder);
    has_a_file_for_each_module(&folder);
    finds_the_library(&folder);
    #[cfg(unix)]
    starts_what_is_started_here(&folder);
}

fn has_the_rooms_of_an_application(home: &TempDir, folder: &Path) {
    assert_eq!(names(home.path()), ["shop"]);
    let files = files(folder);
    for place in [
        "Cargo.lock",
        "README.md",
        ".cargo/config.toml",
        ".gitignore",
        "apps/api/src/main.rs",
        "apps/api/src/seed/tables/tasks.rs",
        "crates/contract/src/tasks.rs",
        "crates/db/src/tasks/table.rs",
        "crates/scaffold/templates/feature/contract.rs.jinja",
        "crates/server/tests/it/tasks.rs",
        "openapi/openapi.json",
        "xtask/src/main.rs",
    ] {
        assert!(files.contains_key(place), "{place} is not there");
    }
    let crates = names(&folder.join("crates"));
    assert_eq!(crates, ["client", "contract", "db", "scaffold", "server", "testing"]);
    assert_eq!(names(&folder.join("apps")), ["api"]);
    let readme = String::from_utf8_lossy(&files["README.md"]);
    assert!(readme.starts_with("# shop\n") && !readme.contains("{{"), "{readme}");
}

fn mentions_no_other_feature(folder: &Path) {
    for (place, bytes) in files(folder) {
        let text = String::from_utf8(bytes).unwrap().to_lowercase();
        let text = text.replace("overflow", "").replace("workflow", "");
        let found = text.lines().find(|line| line.contains("flow"));
        assert!(!place.contains("flow") && found.is_none(), "{place}: {found:?}");
    }
}

fn has_a_file_for_each_module(folder: &Path) {
    let files = files(folder);
    for (place, bytes) in files.iter().filter(|(place, _)| place.ends_with(".rs")) {
        let text = std::str::from_utf8(bytes).unwrap();
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{place}: {error}"));
        let (path, file) = place.rsplit_once('/').unwrap();
        let below = match file {
            "main.rs" | "lib.rs" => path.to_owned(),
            file => format!("{path}/{}", file.trim_end_matches(".rs")),
        };
        for item in parsed.items {
            if let syn::Item::Mod(module) = item
                && module.content.is_none()
            {
                let module = format!("{below}/{}.rs", module.ident);
                assert!(files.contains_key(&module), "{place} lists {module}, which is not there");
            }
        }
    }
}

fn finds_the_library(folder: &Path) {
    let manifest = manifest(folder);
    let dependencies = manifest["workspace"]["dependencies"].as_table().unwrap();
    for name in ["throughline", "throughline-axum", "throughline-client", "throughline-auth"] {
        let path = folder.join(dependencies[name]["path"].as_str().unwrap());
        let there = fs::read_to_string(path.join("Cargo.toml")).unwrap();
        assert!(there.contains(&format!("name = \"{name}\"\n")), "{name} is not at {path:?}");
    }
    assert!(!dependencies.contains_key("shuttle"), "nobody uses it here");
    let said = manifest.to_string();
    assert!(
        said.contains("# Data.\n") && said.contains("# Secrets.\n") && !said.contains("license")
    );
}

#[test]
fn its_library_may_come_from_a_repository() {
    let url = "https://example.org/throughline.git";
    let (_home, folder) = made(&["--git", url, "--rev", "v1"]);
    let manifest = manifest(&folder);
    assert!(folder.join(".git").is_dir());
    let dependency = &manifest["workspace"]["dependencies"]["throughline-auth"];
    assert_eq!((dependency["git"].as_str(), dependency["rev"].as_str()), (Some(url), Some("v1")));
    assert!(dependency.get("path").is_none());
    assert_eq!(manifest["workspace"]["dependencies"]["db"]["path"].as_str(), Some("crates/db"));
}

#[test]
fn a_dry_run_lists_what_a_run_writes_also_into_an_empty_folder_of_a_repository() {
    let home = tempfile::tempdir().unwrap();
    let begun = Command::new("git").args(["init", "--quiet"]).current_dir(home.path()).status();
    assert!(begun.unwrap().success());
    let folder = home.path().join("shop");
    let output = run(&[folder.to_str().unwrap(), "--dry-run"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(names(home.path()), [".git"]);
    let listed = String::from_utf8(output.stdout).unwrap();
    fs::create_dir(&folder).unwrap();
    let output = run(&[folder.to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("is in one"), "{}", said(&output));
    assert!(listed.lines().eq(files(&folder).keys()), "{listed}");
    assert!(!folder.join(".git").exists());
}

#[cfg(unix)]
fn starts_what_is_started_here(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = |place: &str| fs::metadata(folder.join(place)).unwrap().permissions().mode();
    assert_ne!(mode(".ci/run") & 0o100, 0);
    assert_eq!(mode("Cargo.toml") & 0o100, 0);
}

#[test]
fn what_is_refused_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    fs::create_dir(home.path().join("full")).unwrap();
    fs::write(home.path().join("full/mine"), "mine").unwrap();
    fs::write(home.path().join("file"), "mine").unwrap();
    let before = files(home.path());
    let inside = root().join("shop").to_str().unwrap().to_owned();
    let room = root().join("crates/shop").to_str().unwrap().to_owned();
    let (long, good) = (at(&"a".repeat(65)), at("good"));
    for (arguments, reason) in [
        (vec![at("full")], "is there and not empty"),
        (vec![at("file")], "is no folder"),
        (vec![at("file/shop")], "is no folder"),
        (vec![at("missing/shop")], "there is no folder"),
        (vec![inside], "is inside of"),
        (vec![room], "is inside of"),
        (vec![root().to_str().unwrap().to_owned()], "is there and not empty"),
        (vec![at("2x")], "is no name for an application"),
        (vec![at("über")], "is no name for an application"),
        (vec![at("a b")], "is no name for an application"),
        (vec![at("a\nb")], "is no name for an application"),
        (vec![at(".hidden")], "is no name for an application"),
        (vec![long], "is no name for an application"),
        (vec!["/".to_owned()], "does not end with a name"),
        (vec![at("full/..")], "does not end with a name"),
        (vec![String::new()], "a value is required"),
        (vec![], "required"),
        (vec![good.clone(), "--rev".to_owned(), "v1".to_owned()], "--git"),
        (vec![good.clone(), "--git".to_owned(), "here".to_owned()], "is no repository's address"),
        (vec![good, "--git".to_owned(), "a b/c".to_owned()], "is no repository's address"),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let refused = run(&arguments);
        assert!(!refused.status.success(), "{arguments:?} is not refused");
        assert!(said(&refused).contains(reason), "{arguments:?}: {}", said(&refused));
        assert_eq!(files(home.path()), before, "{arguments:?}");
        assert_eq!(names(home.path()), ["file", "full"], "{arguments:?}");
    }
    assert!(!root().join("shop").exists() && !root().join("crates/shop").exists());
}

#[test]
fn a_kill_leaves_nothing_to_see_and_the_next_run_succeeds() {
    let (home, clean) = made(&["--no-git"]);
    let wanted = files(&clean);
    let folder = home.path().join("killed");
    let staged = home.path().join(".killed.new-app");
    // Killed as soon as so many files are there.
    for count in [1, 60, 120] {
        let mut child = command(&[folder.to_str().unwrap(), "--no-git"]);
        let mut child = child.stderr(Stdio::null()).spawn().unwrap();
        let there = || written(&staged) >= count;
        while !there() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        if folder.exists() {
            // It was faster than the kill.
            fs::remove_dir_all(&folder).unwrap();
        }
        let visible = names(home.path()).into_iter().filter(|name| !name.starts_with('.'));
        assert_eq!(visible.collect::<Vec<_>>(), ["shop"]);
    }
    let output = run(&[folder.to_str().unwrap(), "--no-git"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(names(home.path()), ["killed", "shop"]);
    let mut found = files(&folder);
    // Its name is the only difference.
    found.insert("README.md".to_owned(), wanted["README.md"].clone());
    let other = found.iter().filter(|(place, bytes)| wanted.get(*place) != Some(bytes));
    assert_eq!(other.map(|(place, _)| place).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(found.len(), wanted.len());
}

/// How many files are below a folder that is being written and removed.
fn written(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| if entry.path().is_dir() { written(&entry.path()) } else { 1 })
        .sum()
}
