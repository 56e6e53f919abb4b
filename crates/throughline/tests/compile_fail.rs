//! What the macros refuse: each file in `compile_fail/cases` is a program that holds mistakes, and says at the
//! line of each which error it must give.
//!
//! `//~ E0277: text` asks for an error with this code in this line whose message, labels or notes hold the
//! text; `//~ error: text` asks for one without a code. Each `^` after the `~` moves one line up; after `*`
//! the same may be said again, also elsewhere, for rustc repeats what follows from one mistake. An error that
//! nothing asks for is a failure, and so is a case without annotations that does not compile.
//!
//! Only our own sentences are compared, never rustc's whole output, so that the cases hold on other compilers.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

#[test]
fn each_mistake_is_refused_where_it_stands() {
    let cases = cases();
    let package = Package::write(&cases);
    let built = package.check();
    let mut report = String::new();
    for case in &cases {
        let found = built.errors.get(&case.name).map_or(&[][..], Vec::as_slice);
        let mut mismatches = judge(&case.expected, found);
        if case.expected.is_empty() && mismatches.is_empty() && !built.finished.contains(&case.name)
        {
            mismatches.push("it was not built".to_owned());
        }
        for mismatch in mismatches {
            let _ = writeln!(report, "{}: {mismatch}\n", case.path.display());
        }
    }
    for error in &built.elsewhere {
        let _ = writeln!(report, "outside of the cases:\n{error}\n");
    }
    assert!(cases.len() > 20, "the cases are not where they should be: {}", cases.len());
    assert!(
        report.is_empty() && !built.finished.is_empty(),
        "{report}\n--- cargo said ---\n{}",
        built.said
    );
}

/// One program with mistakes.
struct Case {
    name: String,
    path: PathBuf,
    expected: Vec<Expected>,
}

/// One error that a case asks for.
#[derive(Debug)]
struct Expected {
    line: usize,
    code: Option<String>,
    text: String,
    /// Whether it may be said again.
    again: bool,
}

impl Expected {
    fn is_said_by(&self, found: &Found) -> bool {
        found.code == self.code && found.text.contains(&self.text)
    }
}

/// One error that rustc gave.
#[derive(Debug)]
struct Found {
    /// The line in the case, when the error stands in one.
    line: Option<usize>,
    code: Option<String>,
    /// The message and all that is said beside it.
    text: String,
    rendered: String,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail/cases");
    let files = fs::read_dir(&folder).expect("the cases are beside this file");
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    let case = |path: PathBuf| {
        let source = fs::read_to_string(&path).expect("a case is UTF-8");
        let name =
            path.file_stem().and_then(|name| name.to_str()).expect("a plain name").to_owned();
        Case { name, expected: annotations(&source), path }
    };
    paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .map(case)
        .collect()
}

fn annotations(source: &str) -> Vec<Expected> {
    let mut found = Vec::new();
    for (index, line) in source.lines().enumerate() {
        let Some((_, annotation)) = line.split_once("//~") else { continue };
        let text = annotation.trim_start_matches('^');
        let up = annotation.len() - text.len();
        let (again, text) = text.strip_prefix('*').map_or((false, text), |text| (true, text));
        let (code, text) = text.trim().split_once(": ").expect("`//~ CODE: text`");
        let code = Some(code.to_owned()).filter(|code| code != "error");
        assert!(code.as_ref().is_none_or(|code| code.starts_with('E')), "no code: {line}");
        found.push(Expected { line: index + 1 - up, code, text: text.trim().to_owned(), again });
    }
    found
}

/// The mismatches between what a case asks for and what rustc gave, as sentences.
fn judge(expected: &[Expected], found: &[Found]) -> Vec<String> {
    let mut left: Vec<&Found> = found.iter().collect();
    let mut mismatches = Vec::new();
    for wanted in expected {
        let fits = |found: &&Found| found.line == Some(wanted.line) && wanted.is_said_by(found);
        match left.iter().position(fits) {
            Some(index) => drop(left.remove(index)),
            None => mismatches.push(format!(
                "line {} does not give `{}: {}`",
                wanted.line,
                wanted.code.as_deref().unwrap_or("error"),
                wanted.text
            )),
        }
    }
    let again =
        |found: &&Found| expected.iter().any(|known| known.again && known.is_said_by(found));
    for extra in left.into_iter().filter(|found| !again(found)) {
        let line =
            extra.line.map_or("no line of the case".to_owned(), |line| format!("line {line}"));
        mismatches
            .push(format!("{line} gives an error that nothing asks for:\n{}", extra.rendered));
    }
    mismatches
}

/// A package whose programs are the cases. It is no member of the workspace, but has its versions and its lock.
struct Package {
    manifest: PathBuf,
    target: PathBuf,
    workspace: PathBuf,
}

/// What one run of cargo gave.
#[derive(Default)]
struct Built {
    errors: BTreeMap<String, Vec<Found>>,
    finished: BTreeSet<String>,
    elsewhere: Vec<String>,
    said: String,
}

impl Package {
    fn write(cases: &[Case]) -> Self {
        let library = Path::new(env!("CARGO_MANIFEST_DIR"));
        let workspace = library.ancestors().nth(2).expect("crates/throughline").to_owned();
        // `<target>/tmp`, which cargo makes for integration tests.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("compile-fail");
        let folder = target.join("package");
        fs::create_dir_all(&folder).expect("the target directory can be written");

        let root = fs::read_to_string(workspace.join("Cargo.toml")).expect("the workspace");
        let wanted = ["http = ", "thiserror = ", "uuid = "];
        let versions: String = root
            .lines()
            .filter(|line| wanted.iter().any(|start| line.starts_with(start)))
            .fold(String::new(), |versions, line| versions + line + "\n");
        let mut manifest = format!(
            "[package]\nname = \"compile-fail\"\nversion = \"0.0.0\"\nedition = \"2024\"\nautobins = false\n\n\
             [workspace]\n\n[dependencies]\n{versions}throughline = {{ path = '{}' }}\n",
            library.display()
        );
        for Case { name, path, .. } in cases {
            let _ = write!(manifest, "\n[[bin]]\nname = \"{name}\"\npath = '{}'\n", path.display());
        }
        write_if_changed(&folder.join("Cargo.toml"), &manifest);
        let lock =
            fs::read_to_string(workspace.join("Cargo.lock")).expect("the workspace has a lock");
        fs::write(folder.join("Cargo.lock"), lock).expect("the target directory can be written");
        Self { manifest: folder.join("Cargo.toml"), target, workspace }
    }

    fn check(&self) -> Built {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["check", "--bins", "--keep-going", "--offline", "--message-format=json"])
            .arg("--manifest-path")
            .arg(&self.manifest)
            .arg("--target-dir")
            .arg(&self.target)
            // Where cargo's configuration is looked for.
            .current_dir(&self.workspace)
            // Lints that are errors in the workspace, and clippy, are no matter of the cases.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("RUSTC_WORKSPACE_WRAPPER")
            .output()
            .expect("cargo can be started");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let mut built = Built { said, ..Built::default() };
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
            built.read(&message);
        }
        built
    }
}

fn write_if_changed(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text).expect("the target directory can be written");
    }
}

impl Built {
    fn read(&mut self, message: &Value) {
        let target = message["target"]["name"].as_str().unwrap_or_default().to_owned();
        let is_case = message["target"]["kind"][0] == "bin";
        match message["reason"].as_str() {
            Some("compiler-artifact") if is_case => drop(self.finished.insert(target)),
            Some("compiler-message") if message["message"]["level"] == "error" => {
                let error = &message["message"];
                let rendered = error["rendered"].as_str().unwrap_or_default().to_owned();
                let path = message["target"]["src_path"].as_str().unwrap_or_default();
                if !is_case {
                    self.elsewhere.push(rendered);
                } else if error["spans"].as_array().is_some_and(|spans| !spans.is_empty()) {
                    let found = Found {
                        line: line_in(error, path),
                        code: error["code"]["code"].as_str().map(str::to_owned),
                        text: words(error),
                        rendered,
                    };
                    self.errors.entry(target).or_default().push(found);
                } else if !rendered.contains("aborting due to") {
                    self.elsewhere.push(rendered);
                }
            }
            _ => {}
        }
    }
}

/// The line of the error in the case: where its span stands, or where the macro was called that made it.
fn line_in(error: &Value, path: &str) -> Option<usize> {
    let spans = error["spans"].as_array()?;
    let primary = spans.iter().filter(|span| span["is_primary"] == true);
    let mut lines = primary.filter_map(|span| {
        let mut span = span;
        loop {
            let file = span["file_name"].as_str()?;
            if Path::new(path).ends_with(file) || path == file {
                return span["line_start"].as_u64();
            }
            span = span["expansion"].get("span")?;
        }
    });
    lines.next().and_then(|line| usize::try_from(line).ok())
}

/// All that an error says: its message, its labels, its notes and helps.
fn words(error: &Value) -> String {
    let mut words = error["message"].as_str().unwrap_or_default().to_owned();
    for span in error["spans"].as_array().into_iter().flatten() {
        words.push('\n');
        words.push_str(span["label"].as_str().unwrap_or_default());
    }
    for child in error["children"].as_array().into_iter().flatten() {
        words.push('\n');
        words.push_str(&self::words(child));
    }
    words
}

mod the_judge {
    use super::*;

    fn found(line: usize, code: Option<&str>, text: &str) -> Found {
        let (code, text) = (code.map(str::to_owned), text.to_owned());
        Found { line: Some(line), code, rendered: text.clone(), text }
    }

    const SOURCE: &str = "fn a() {} //~ E0001: wrong here\n//~^ error: said here\n";

    #[test]
    fn reads_codes_texts_and_lines() {
        let all = annotations(SOURCE);
        let all: Vec<_> =
            all.iter().map(|e| (e.line, e.code.as_deref(), e.text.as_str())).collect();
        assert_eq!(all, [(1, Some("E0001"), "wrong here"), (1, None, "said here")]);
    }

    #[test]
    fn is_content_with_what_was_asked_for() {
        let given = [found(1, None, "it said here: x"), found(1, Some("E0001"), "wrong here")];
        assert!(judge(&annotations(SOURCE), &given).is_empty());
        assert!(judge(&[], &[]).is_empty());
    }

    #[test]
    fn hears_the_same_again_only_where_that_is_allowed() {
        let given =
            [found(1, Some("E0001"), "wrong here"), found(9, Some("E0001"), "so wrong here")];
        assert_eq!(judge(&annotations("//~ E0001: wrong here"), &given).len(), 1);
        assert!(judge(&annotations("//~* E0001: wrong here"), &given).is_empty());
        assert_eq!(judge(&annotations("//~* E0001: wrong here"), &given[1..]).len(), 1);
    }

    #[test]
    fn misses_what_does_not_come_and_names_what_nobody_asked_for() {
        let cases = [
            (vec![], 2),
            (vec![found(1, None, "said here")], 1),
            (vec![found(2, None, "said here"), found(1, Some("E0001"), "wrong here")], 2),
            (vec![found(1, None, "said here"), found(1, Some("E0002"), "wrong here")], 2),
            (vec![found(1, None, "said here"), found(1, Some("E0001"), "other words")], 2),
        ];
        for (given, mismatches) in cases {
            assert_eq!(judge(&annotations(SOURCE), &given).len(), mismatches, "{given:?}");
        }
    }
}
