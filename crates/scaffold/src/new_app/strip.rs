//! Takes a feature out: its files, and the lines by which the rest of the application knows it.

use std::path::Path;

use anyhow::{Result, bail};

use super::{Files, text};
use crate::{edit::Edit, format, name::Name};

/// The tests of a process that use what a new application has not: the terminal client.
const FOREIGN_TESTS: [&str; 2] = ["end_to_end", "terminal"];

/// Where the tests of the process are.
const PROCESS_TESTS: &str = "apps/api/tests/it";

/// Takes a feature out of the files.
///
/// # Errors
/// When a file that names it is not as the house writes it, or still names it afterwards.
pub fn feature(files: &mut Files, root: &Path, name: &Name) -> Result<()> {
    let (plural, types) = (name.snake(), name.pascal());
    let migrations: Vec<String> = files
        .keys()
        .filter_map(|place| place.strip_prefix("migrations/src/")?.strip_suffix(".rs"))
        .filter(|module| module.starts_with('m') && module.ends_with(&format!("_{plural}")))
        .map(str::to_owned)
        .collect();
    files.retain(|place, _| !belongs_to(place, &plural, &migrations));
    let (contract, client) = (format!("{types}Contract"), format!("{types}Client"));
    let mut change = |place: &str, with: &dyn Fn(&mut Edit<'_>) -> Result<()>| -> Result<()> {
        let old = text(files, place)?;
        let mut edit = Edit::new(place, old.clone())?;
        with(&mut edit)?;
        let new = edit.finish();
        for left in [&contract, &client, &format!("{plural}::")] {
            if names(&new, left) {
                bail!(
                    "{place} still names `{left}` without the feature: take it out of the list by hand, or move what names it"
                );
            }
        }
        if new != old {
            let new = format::as_before(root, place, &old, &new)?;
            files.insert(place.to_owned(), new.into_bytes());
        }
        Ok(())
    };
    change("crates/db/src/lib.rs", &|edit| edit.remove_module(&plural))?;
    change("crates/db/src/schema.rs", &|edit| {
        edit.remove_used("crate", &plural)?;
        edit.remove_element("TABLES", &plural)
    })?;
    change("crates/db/tests/it/main.rs", &|edit| edit.remove_module(&plural))?;
    change("crates/contract/src/lib.rs", &|edit| {
        edit.remove_module(&plural)?;
        edit.remove_field_in_macro("api", &plural)?;
        edit.remove_statement("describe", &contract)
    })?;
    change("crates/contract/tests/it/main.rs", &|edit| {
        edit.remove_element_of_local("contracts", &contract)
    })?;
    change("crates/server/src/lib.rs", &|edit| edit.remove_module(&plural))?;
    change("crates/server/src/router.rs", &|edit| {
        edit.remove_used("contract", &plural)?;
        edit.remove_call("contract", &contract)
    })?;
    change("crates/server/tests/it/main.rs", &|edit| {
        edit.remove_module(&plural)?;
        edit.remove_functions_in_macro("on_both", &plural)
    })?;
    change("crates/server/tests/it/walk.rs", &|edit| edit.remove_element("SHARED", &plural))?;
    change("crates/client/src/lib.rs", &|edit| edit.remove_used("contract", &plural))?;
    change("migrations/src/lib.rs", &|edit| {
        for module in &migrations {
            edit.remove_module(module)?;
            edit.remove_statement("migrations", module)?;
        }
        Ok(())
    })?;
    change("apps/api/src/seed/tables.rs", &|edit| {
        edit.remove_module(&plural)?;
        edit.remove_element("TABLES", &plural)
    })?;
    change(&format!("{PROCESS_TESTS}/main.rs"), &|edit| edit.remove_module(&plural))
}

/// Takes out the tests that need what a new application has not.
///
/// # Errors
/// When their list is no Rust.
pub fn tests(files: &mut Files, root: &Path) -> Result<()> {
    let place = format!("{PROCESS_TESTS}/main.rs");
    let old = text(files, &place)?;
    let mut edit = Edit::new(&place, old.clone())?;
    for test in FOREIGN_TESTS {
        files.remove(&format!("{PROCESS_TESTS}/{test}.rs"));
        edit.remove_module(test)?;
    }
    let new = format::as_before(root, &place, &old, &edit.finish())?;
    files.insert(place, new.into_bytes());
    Ok(())
}

/// Whether a file is the feature's alone.
fn belongs_to(place: &str, plural: &str, migrations: &[String]) -> bool {
    let folders = [
        "crates/db/src",
        "crates/db/tests/it",
        "crates/contract/src",
        "crates/server/src",
        "crates/server/tests/it",
        "apps/api/src/seed/tables",
        PROCESS_TESTS,
    ];
    let is_file = |folder: &str, name: &str| {
        let rest = place.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
        let rest = rest.and_then(|rest| rest.strip_prefix(name));
        rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
    };
    folders.iter().any(|folder| is_file(folder, plural))
        || migrations.iter().any(|module| is_file("migrations/src", module))
}

/// Whether code has this in it, as words of their own.
fn names(code: &str, words: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .any(|line| line.match_indices(words).any(|(at, _)| !line[..at].ends_with(is_word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_count() {
        assert!(names("a::gadgets::b()", "gadgets::"));
        assert!(!names("a::subgadgets::b()", "gadgets::"));
        assert!(!names("  // gadgets::b()", "gadgets::"));
        assert!(belongs_to("crates/db/src/gadgets/table.rs", "gadgets", &[]));
        assert!(!belongs_to("crates/db/src/gadgets_of_ours.rs", "gadgets", &[]));
        let migrations = ["m20260101_000001_gadgets".to_owned()];
        assert!(belongs_to("migrations/src/m20260101_000001_gadgets.rs", "gadgets", &migrations));
    }
}
