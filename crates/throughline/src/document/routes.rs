//! The paths of a document: each shape once, whatever its placeholders are called.

use std::collections::BTreeMap;

use super::{Flaw, facts::Facts};
use crate::{Field, Method, Place, validate::escape};

/// Where one operation stands.
#[derive(Debug)]
pub(super) struct Route {
    /// The path with the prefix, as the document writes it.
    pub(super) template: String,
    /// The operation's own names of the placeholders, with those of the template.
    names: Vec<(String, String)>,
}

impl Route {
    /// The name of an input's field in the document.
    pub(super) fn name<'a>(&'a self, field: &'a Field, place: Place) -> &'a str {
        let renamed = self.names.iter().find(|(own, _)| place == Place::Path && own == field.name);
        renamed.map_or(field.name, |(_, name)| name)
    }

    /// The runtime expression for an input's field.
    pub(super) fn expression(&self, field: &Field, place: Place) -> String {
        let name = self.name(field, place);
        match place {
            Place::Path => format!("$request.path.{name}"),
            Place::Query => format!("$request.query.{name}"),
            Place::Header => format!("$request.header.{name}"),
            Place::Body if field.whole_body => "$request.body".to_owned(),
            Place::Body => format!("$request.body#/{}", escape(name)),
        }
    }

    /// The names of the placeholders in the document.
    pub(super) fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(_, name)| name.as_str())
    }
}

/// Where each operation stands.
#[derive(Debug)]
pub(super) struct Routes(BTreeMap<&'static str, Route>);

impl Routes {
    /// Places the operations. OpenAPI takes `/a/{x}` and `/a/{y}` for one path, so the first
    /// operation at a path names the placeholders for all.
    pub(super) fn new(prefix: &str, procedures: &[Facts], flaws: &mut Vec<Flaw>) -> Self {
        if !prefix.is_empty() && (!prefix.starts_with('/') || prefix.ends_with('/')) {
            flaws.push(Flaw::Prefix(prefix.to_owned()));
        }
        let mut templates: BTreeMap<String, &str> = BTreeMap::new();
        let mut taken: BTreeMap<(String, Method), &str> = BTreeMap::new();
        let mut known: BTreeMap<&str, String> = BTreeMap::new();
        let mut routes = BTreeMap::new();
        for facts in procedures {
            let route = format!("{} {}", facts.method, full_path(prefix, facts.path));
            if let Some(first) = known.get(facts.id) {
                let (id, first) = (facts.id.to_owned(), first.clone());
                flaws.push(Flaw::OperationId { id, first, second: route });
                continue;
            }
            known.insert(facts.id, route);
            let template = *templates.entry(shape(facts.path)).or_insert(facts.path);
            if let Some(first) = taken.insert((shape(facts.path), facts.method), facts.id) {
                flaws.push(Flaw::Route {
                    first: first.to_owned(),
                    second: facts.id.to_owned(),
                    method: facts.method,
                    path: full_path(prefix, template),
                });
            }
            let names = placeholders(facts.path).map(str::to_owned);
            let names = names.zip(placeholders(template).map(str::to_owned)).collect();
            routes.insert(facts.id, Route { template: full_path(prefix, template), names });
        }
        Self(routes)
    }

    /// Where an operation stands.
    pub(super) fn of(&self, facts: &Facts) -> &Route {
        // Each operation has been placed under its id, and a second one of that id is a flaw.
        &self.0[facts.id]
    }
}

/// A path with the prefix before it; `/` alone adds nothing to a prefix.
fn full_path(prefix: &str, path: &str) -> String {
    if path == "/" && !prefix.is_empty() { prefix.to_owned() } else { format!("{prefix}{path}") }
}

/// The names of a path's placeholders.
fn placeholders(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|piece| piece.split_once('}')).map(|(name, _)| name)
}

/// A path without the names of its placeholders.
fn shape(path: &str) -> String {
    let segment = |segment: &str| if segment.starts_with('{') { "{}" } else { segment }.to_owned();
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_what_they_are_called() {
        assert_eq!(shape("/a/{x}/b/{y}"), "/a/{}/b/{}");
        assert_eq!(placeholders("/a/{x}/b/{y}").collect::<Vec<_>>(), ["x", "y"]);
    }

    #[test]
    fn the_prefix_stands_before_each_path() {
        assert_eq!(full_path("/api", "/tasks"), "/api/tasks");
        assert_eq!(full_path("/api", "/"), "/api");
        assert_eq!(full_path("", "/"), "/");
    }
}
