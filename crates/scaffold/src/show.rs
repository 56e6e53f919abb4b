//! What a run would change, for people: a tree and a diff.

use std::{collections::BTreeMap, io::IsTerminal};

use similar::TextDiff;

use crate::journal::Change;

/// The files as a tree, new ones with `+` and their lines, changed ones with `~` and how many lines are added.
pub fn tree(changes: &[Change]) -> String {
    let sorted: BTreeMap<&str, &Change> =
        changes.iter().map(|change| (change.place.as_str(), change)).collect();
    let mut text = String::new();
    let mut folders: Vec<&str> = Vec::new();
    for (place, change) in sorted {
        let parts: Vec<&str> = place.split('/').collect();
        let (folder, file) = parts.split_at(parts.len() - 1);
        let shared = folder.iter().zip(&folders).take_while(|(a, b)| a == b).count();
        for (depth, name) in folder.iter().enumerate().skip(shared) {
            text.push_str(&format!("{}{name}/\n", "  ".repeat(depth)));
        }
        folders = folder.to_vec();
        let name = file.first().copied().unwrap_or_default();
        let (sign, lines) = match &change.old {
            None => ('+', format!("{} lines", change.new.lines().count())),
            Some(old) => {
                let (added, removed) = counts(old, &change.new);
                (
                    '~',
                    if removed == 0 {
                        format!("{added} added")
                    } else {
                        format!("{added} added, {removed} removed")
                    },
                )
            }
        };
        text.push_str(&format!("{}{sign} {name}  ({lines})\n", "  ".repeat(folder.len())));
    }
    text
}

/// What changes in files that are there, and new files whole, as a unified diff.
pub fn diff(changes: &[Change]) -> String {
    let colored = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut text = String::new();
    for change in changes {
        let old = change.old.as_deref().unwrap_or_default();
        let diff = TextDiff::from_lines(old, &change.new);
        let from = if change.old.is_some() {
            format!("a/{}", change.place)
        } else {
            "/dev/null".to_owned()
        };
        let whole = diff
            .unified_diff()
            .context_radius(3)
            .header(&from, &format!("b/{}", change.place))
            .to_string();
        if !colored {
            text.push_str(&whole);
            continue;
        }
        for line in whole.lines() {
            let color = match line.as_bytes().first() {
                Some(b'+') => "\x1b[32m",
                Some(b'-') => "\x1b[31m",
                Some(b'@') => "\x1b[36m",
                _ => "",
            };
            let reset = if color.is_empty() { "" } else { "\x1b[0m" };
            text.push_str(&format!("{color}{line}{reset}\n"));
        }
    }
    text
}

/// Lines added and removed.
fn counts(old: &str, new: &str) -> (usize, usize) {
    let diff = TextDiff::from_lines(old, new);
    diff.iter_all_changes().fold((0, 0), |(added, removed), change| match change.tag() {
        similar::ChangeTag::Insert => (added + 1, removed),
        similar::ChangeTag::Delete => (added, removed + 1),
        similar::ChangeTag::Equal => (added, removed),
    })
}
