//! Every route of the contracts, as a table for people or as JSON for programs.

use anyhow::Result;
use serde::Serialize;
use throughline::{Describe, Level, Procedure, Security};

/// One route.
#[derive(Serialize)]
struct Route {
    method: &'static str,
    path: String,
    operation: &'static str,
    /// The name of the level.
    level: &'static str,
    /// The security schemes, each of which suffices.
    security: Vec<&'static str>,
    /// Whether a caller without credentials is admitted.
    anonymous: bool,
    summary: &'static str,
}

impl Route {
    /// Who may call, for people.
    fn who(&self) -> String {
        let mut ways = self.security.clone();
        if self.anonymous && !ways.is_empty() {
            ways.push("nothing");
        }
        if ways.is_empty() {
            self.level.to_owned()
        } else {
            format!("{} ({})", self.level, ways.join(", "))
        }
    }
}

/// Collects routes in the order of the contracts.
#[derive(Default)]
struct Routes(Vec<Route>);

impl Describe for Routes {
    fn procedure<P: Procedure>(&mut self) {
        let Security { schemes, optional, .. } = <P::Level as Level>::SECURITY;
        let level = std::any::type_name::<P::Level>();
        let path = if P::PATH == "/" { "" } else { P::PATH };
        self.0.push(Route {
            method: P::METHOD.as_str(),
            path: format!("{}{path}", openapi::PREFIX),
            operation: P::ID,
            level: level.rsplit_once("::").map_or(level, |(_, name)| name),
            security: schemes.iter().map(|scheme| scheme.name()).collect(),
            anonymous: optional || schemes.is_empty(),
            summary: P::DOC.lines().next().unwrap_or_default(),
        });
    }
}

fn routes() -> Vec<Route> {
    let mut routes = Routes::default();
    contract::describe(&mut routes);
    routes.0
}

/// The routes as a JSON array.
pub(crate) fn json() -> Result<String> {
    Ok(format!("{}\n", serde_json::to_string_pretty(&routes())?))
}

/// The routes as a table.
pub(crate) fn table() -> String {
    let titles = ["METHOD", "PATH", "OPERATION", "WHO", "SUMMARY"].map(str::to_owned);
    let rows = routes().into_iter().map(|route| {
        let who = route.who();
        [
            route.method.to_owned(),
            route.path,
            route.operation.to_owned(),
            who,
            route.summary.to_owned(),
        ]
    });
    align(std::iter::once(titles).chain(rows).collect())
}

/// Rows with each column as wide as its widest cell; the last one is left as it is.
fn align<const N: usize>(rows: Vec<[String; N]>) -> String {
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = vec![["a".to_owned(), "b".to_owned()], ["long".to_owned(), "c".to_owned()]];
        assert_eq!(align(rows), "a     b\nlong  c\n");
    }

    #[test]
    fn the_table_names_level_and_schemes() {
        let table = table();
        let line = table.lines().find(|line| line.contains("tasks.get")).expect("tasks.get");
        assert!(line.starts_with("GET "), "{line}");
        assert!(
            line.contains("/api/tasks/{id}") && line.contains("SignedIn (session, token)"),
            "{line}"
        );
        let open = |line: &str| line.contains("users.profile") && line.contains("Public");
        assert!(table.lines().any(open), "{table}");
    }
}
