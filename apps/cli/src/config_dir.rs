//! Where this program keeps its files, by what is usual on each platform.

use std::{env, ffi::OsString, path::PathBuf};

/// The folder for this program's files; `None` when the environment names no place for any.
pub fn find() -> Option<PathBuf> {
    choose(|name| env::var_os(name).filter(|value| !value.is_empty()), env::home_dir())
}

fn choose(var: impl Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> Option<PathBuf> {
    if let Some(folder) = var("THROUGHLINE_CONFIG_DIR") {
        return Some(folder.into());
    }
    // A relative path here is to be ignored (XDG Base Directory Specification).
    let xdg = var("XDG_CONFIG_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let usual = if cfg!(windows) {
        var("APPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        home.map(|home| home.join("Library/Application Support"))
    } else {
        home.map(|home| home.join(".config"))
    };
    xdg.or(usual).map(|folder| folder.join("throughline"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(vars: &[(&str, &str)], expected: Option<&str>) {
        let var = |name: &str| {
            vars.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        let home = var("HOME").map(PathBuf::from);
        assert_eq!(choose(var, home), expected.map(PathBuf::from));
    }

    #[test]
    #[cfg(all(unix, not(target_os = "macos")))]
    fn the_nearest_wish_wins() {
        let all = [("THROUGHLINE_CONFIG_DIR", "/a"), ("XDG_CONFIG_HOME", "/b"), ("HOME", "/c")];
        check(&all, Some("/a"));
        check(&all[1..], Some("/b/throughline"));
        check(&all[2..], Some("/c/.config/throughline"));
        check(&[("XDG_CONFIG_HOME", "relative"), ("HOME", "/c")], Some("/c/.config/throughline"));
        check(&[], None);
    }
}
