//! What every source file does: it says what it is, it is named after its topic, and handlers leave
//! queries to `db`.

use std::path::Path;

use anyhow::Result;

use super::{Breach, files_below, read};
use crate::workspace::Workspace;

/// The folders that source files are in.
const ROOMS: [&str; 5] = ["apps", "crates", "migrations", "openapi", "xtask"];

/// Where the handlers are.
const HANDLERS: &str = "crates/server/src/";

/// What a query is made of. None of it belongs into a handler.
const QUERY_PARTS: [&str; 4] = [".filter(", "Column::", "COLUMN.", "created_by.eq"];

/// Names that say nothing of what is inside.
const NAMELESS: [&str; 7] = ["util", "utils", "helper", "helpers", "common", "misc", "prelude"];

/// Checks all source files.
pub fn check(workspace: &Workspace) -> Result<Vec<Breach>> {
    let mut breaches = Vec::new();
    for room in ROOMS {
        for path in files_below(&workspace.root().join(room), "rs")? {
            let place = workspace.relative(&path);
            let text = read(&path)?;
            breaches.extend(nameless(&place));
            breaches.extend(own_prelude(&place, &text));
            if is_module(&place) {
                breaches.extend(silent(&place, &text));
            }
            if place.starts_with(HANDLERS) {
                breaches.extend(queries(&place, &text));
            }
        }
    }
    Ok(breaches)
}

/// Whether a file is one of a crate's modules rather than a test, an example or a compile-fail
/// case.
fn is_module(place: &str) -> bool {
    let crate_and_rest =
        place.strip_prefix("crates/").or_else(|| place.strip_prefix("apps/")).unwrap_or(place);
    crate_and_rest.split('/').nth(1) == Some("src")
}

/// A module that does not open with a sentence about itself.
fn silent(place: &str, text: &str) -> Option<Breach> {
    let generated = text.lines().take(5).any(|line| line.contains("@generated"));
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    // A crate may open with its README instead.
    let speaks = first.starts_with("//! ") || first.starts_with("#![doc = include_str!(");
    (!generated && !speaks).then(|| Breach {
        place: place.to_owned(),
        rule: "every module opens with one true sentence".to_owned(),
        found: "the first line is no `//!` comment".to_owned(),
        remedy: "say in one sentence what lives here, and what does not".to_owned(),
    })
}

/// A file or folder whose name says nothing.
fn nameless(place: &str) -> Option<Breach> {
    let name = Path::new(place).with_extension("");
    let name = name
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .find(|part| NAMELESS.contains(&&**part))?;
    Some(Breach {
        place: place.to_owned(),
        rule: "a file is named after its topic, and there is no prelude of our own".to_owned(),
        found: format!("`{name}` says nothing of what is inside"),
        remedy:
            "name the topic (`cursor`, `clock`, `patch`); what is used once stays where it is used"
                .to_owned(),
    })
}

/// A prelude inside a file.
fn own_prelude(place: &str, text: &str) -> Option<Breach> {
    let (line, _) = code_lines(text).find(|(_, line)| {
        let line = line.trim_start().trim_start_matches("pub ").trim_start_matches("pub(crate) ");
        line.starts_with("mod prelude ")
            || line.starts_with("mod prelude;")
            || line.starts_with("mod prelude{")
    })?;
    Some(Breach {
        place: format!("{place}:{line}"),
        rule: "there is no prelude of our own: names say where they come from".to_owned(),
        found: "a module `prelude`".to_owned(),
        remedy: "export the names one by one, and import them by name".to_owned(),
    })
}

/// Parts of queries in a handler's file.
fn queries(place: &str, text: &str) -> Vec<Breach> {
    let found = code_lines(text).filter_map(|(number, line)| {
        let part = QUERY_PARTS.iter().find(|part| line.contains(**part))?;
        Some(Breach {
            place: format!("{place}:{number}"),
            rule: "no handler writes a filter: queries live in `db` and need the owner".to_owned(),
            found: format!("`{part}` in a handler's file"),
            remedy: "write the query in crates/db under the name of its question, with the owner \
                     as an argument; for an iterator, use `filter_map` or `retain`"
                .to_owned(),
        })
    });
    found.collect()
}

/// The lines of a file that are not comments, with their numbers.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_told_from_tests() {
        assert!(is_module("crates/db/src/tasks.rs"));
        assert!(is_module("apps/api/src/main.rs"));
        assert!(is_module("migrations/src/lib.rs"));
        assert!(!is_module("crates/server/tests/it/main.rs"));
        assert!(!is_module("xtask/tests/it.rs"));
    }

    #[test]
    fn a_module_has_to_say_what_it_is() {
        assert_eq!(silent("a.rs", "//! Says what it is.\n"), None);
        assert_eq!(silent("a.rs", "#![doc = include_str!(\"../README.md\")]\n"), None);
        assert_eq!(silent("a.rs", "// @generated by something\nfn a() {}\n"), None);
        assert!(silent("a.rs", "use std::fmt;\n").is_some());
        assert!(silent("a.rs", "").is_some());
    }

    #[test]
    fn names_that_say_nothing_are_found_as_files_and_folders() {
        assert!(nameless("crates/db/src/utils.rs").is_some());
        assert!(nameless("crates/server/tests/common/mod.rs").is_some());
        assert_eq!(nameless("crates/db/src/uncommon.rs"), None);
    }

    #[test]
    fn preludes_are_found_where_they_are_made() {
        assert!(own_prelude("a.rs", "pub mod prelude {\n}\n").is_some());
        assert_eq!(
            own_prelude("a.rs", "use sea_orm::entity::prelude::*;\n// mod prelude;\n"),
            None
        );
    }

    #[test]
    fn queries_in_handlers_are_found_outside_comments() {
        let handler =
            "//! Handlers.\n// No .filter( here.\nEntity::find().filter(Column::Id.eq(id))\n";
        let found = queries("crates/server/src/tasks.rs", handler);
        let [breach] = found.as_slice() else { panic!("one breach, not {found:?}") };
        assert_eq!(breach.place, "crates/server/src/tasks.rs:3");
    }
}
