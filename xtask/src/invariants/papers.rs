//! What the papers quote exists: paths, crates, links and commands of the door.

use anyhow::Result;

use super::{Breach, read};
use crate::workspace::{Package, Workspace};

/// The papers that are checked. The change log is not: it tells of things that are gone.
const PAPERS: [&str; 3] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];

/// How paths into the repository begin, also when the folder itself has gone.
const TOP_LEVEL: [&str; 9] =
    [".cargo", ".ci", ".config", "apps", "crates", "migrations", "openapi", "scripts", "xtask"];

/// How the library's crates begin.
const LIBRARY: &str = "throughline-";

/// How a command of the door begins.
const DOOR: &str = "cargo xtask ";

/// Something that a paper quotes.
#[derive(Debug, PartialEq, Eq)]
enum Quote<'a> {
    /// A path into the repository, or a link to a file.
    Path(&'a str),
    /// A crate of the library.
    Crate(&'a str),
    /// A command of the door.
    Command(&'a str),
}

/// Checks all papers that there are.
pub fn check(workspace: &Workspace, packages: &[Package]) -> Result<Vec<Breach>> {
    let commands = crate::command_names();
    let mut breaches = Vec::new();
    for paper in PAPERS {
        let path = workspace.root().join(paper);
        if !path.is_file() {
            continue;
        }
        for (line, quote) in quotes(&read(&path)?) {
            let (exists, found) = match quote {
                Quote::Path(path) => {
                    (workspace.root().join(path).exists(), format!("there is no `{path}`"))
                }
                Quote::Crate(name) => (
                    packages.iter().any(|package| package.name == name),
                    format!("there is no crate `{name}`"),
                ),
                Quote::Command(name) => (
                    commands.iter().any(|command| command == name),
                    format!("there is no `{DOOR}{name}`"),
                ),
            };
            if !exists {
                breaches.push(Breach {
                    place: format!("{paper}:{line}"),
                    rule: "what the papers quote exists".to_owned(),
                    found,
                    remedy: "quote what is there, or leave out the backticks".to_owned(),
                });
            }
        }
    }
    Ok(breaches)
}

/// Everything that a paper quotes, with the number of its line.
fn quotes(paper: &str) -> Vec<(usize, Quote<'_>)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (index, line) in paper.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        // Inside a fence only commands are quotes; the rest is code or a drawing.
        let quotes: Vec<Quote<'_>> = if fenced {
            command(line.trim_start().trim_start_matches("$ ")).into_iter().collect()
        } else {
            code_spans(line).filter_map(quoted).chain(links(line)).collect()
        };
        found.extend(quotes.into_iter().map(|quote| (index + 1, quote)));
    }
    found
}

/// The code spans of a line: what is between pairs of backticks.
fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').enumerate().filter(|(index, _)| index % 2 == 1).map(|(_, span)| span.trim())
}

/// The links of a line that lead to a file: `[text](path)`.
fn links(line: &str) -> impl Iterator<Item = Quote<'_>> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next());
    targets.filter(|target| !target.is_empty() && !target.contains(':')).map(Quote::Path)
}

/// What a code span quotes, if it is something that we know.
fn quoted(span: &str) -> Option<Quote<'_>> {
    command(span).or_else(|| path(span)).or_else(|| library_crate(span))
}

/// The door's command in a line such as `cargo xtask db migrate`.
fn command(line: &str) -> Option<Quote<'_>> {
    let name = line.strip_prefix(DOOR)?.split(' ').next()?;
    let is_name =
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-');
    (is_name && !name.starts_with('-')).then_some(Quote::Command(name))
}

/// A path into the repository, without a line number at its end. Patterns such as `crates/*/src`
/// are no paths.
fn path(span: &str) -> Option<Quote<'_>> {
    let path = span.split_once(':').map_or(span, |(path, _)| path);
    let is_path =
        path.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-".contains(letter));
    let (first, _) = path.split_once('/')?;
    (is_path && TOP_LEVEL.contains(&first)).then_some(Quote::Path(path))
}

/// A crate of the library.
fn library_crate(span: &str) -> Option<Quote<'_>> {
    let rest = span.strip_prefix(LIBRARY)?;
    let is_name =
        !rest.is_empty() && rest.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-');
    is_name.then_some(Quote::Crate(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(paper: &str) -> Vec<(usize, Quote<'_>)> {
        quotes(paper)
    }

    #[test]
    fn paths_crates_commands_and_links_are_quotes() {
        let paper = "See `crates/db/src/tasks.rs:12` and `throughline-axum`.\n\
            Run `cargo xtask db migrate`, read [the rooms](ARCHITECTURE.md#rooms).\n\
            ```sh\n$ cargo xtask dev\nls crates/gone\n```\n";
        let expected = [
            (1, Quote::Path("crates/db/src/tasks.rs")),
            (1, Quote::Crate("throughline-axum")),
            (2, Quote::Command("db")),
            (2, Quote::Path("ARCHITECTURE.md")),
            (4, Quote::Command("dev")),
        ];
        assert_eq!(found(paper), expected);
    }

    #[test]
    fn other_code_is_no_quote() {
        let paper = "`crates/<name>/src`, `crates/*`, `a/b`, `/tasks/{id}`, `text/html`, \
            `cargo xtask --help`, \
            `throughline-axum = \"0.1\"`, [site](https://example.org), [below](#below)\n";
        assert_eq!(found(paper), []);
    }
}
