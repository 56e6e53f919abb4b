//! The generated files without the features that are left out, as generating them anew would write them: that would need
//! a build.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use super::{Files, ordered::Ordered, text};

const DOCUMENT: &str = "openapi/openapi.json";
const PERMISSIONS: &str = "openapi/permissions.md";

/// The kinds of components that others refer to.
const KINDS: [&str; 2] = ["responses", "schemas"];

/// Takes the operations of these features out, and what only they refer to, and the library's licence.
///
/// # Errors
/// When the document is none.
pub fn strip(files: &mut Files, features: &[String]) -> Result<()> {
    let mut document: Ordered = serde_json::from_str(&text(files, DOCUMENT)?)
        .with_context(|| format!("{DOCUMENT} is no JSON: run `cargo xtask generate`"))?;
    without(&mut document, features);
    let mut json = serde_json::to_string_pretty(&document)?;
    json.push('\n');
    files.insert(DOCUMENT.to_owned(), json.into_bytes());
    let table: String = text(files, PERMISSIONS)?
        .lines()
        .filter(|line| !features.iter().any(|feature| line.starts_with(&format!("| `{feature}."))))
        .map(|line| format!("{line}\n"))
        .collect();
    files.insert(PERMISSIONS.to_owned(), table.into_bytes());
    Ok(())
}

fn without(document: &mut Ordered, features: &[String]) {
    let is_left_out = |name: Option<&str>| {
        name.is_some_and(|name| features.iter().any(|feature| feature == name))
    };
    if let Some(Ordered::Object(info)) = document.get_mut("info") {
        info.retain(|(name, _)| name != "license");
    }
    if let Some(Ordered::Array(tags)) = document.get_mut("tags") {
        tags.retain(|tag| !is_left_out(tag.get("name").and_then(Ordered::as_str)));
    }
    if let Some(Ordered::Object(paths)) = document.get_mut("paths") {
        for (_, path) in paths.iter_mut() {
            if let Ordered::Object(operations) = path {
                operations.retain(|(_, operation)| match operation.get("tags") {
                    Some(Ordered::Array(tags)) => !tags.iter().any(|tag| is_left_out(tag.as_str())),
                    _ => true,
                });
            }
        }
        paths.retain(
            |(_, path)| !matches!(path, Ordered::Object(operations) if operations.is_empty()),
        );
    }
    let reached = reached(document);
    for kind in KINDS {
        let components = document.get_mut("components").and_then(|all| all.get_mut(kind));
        if let Some(Ordered::Object(components)) = components {
            components.retain(|(name, _)| reached.contains(&reference(kind, name)));
        }
    }
}

/// What the operations refer to, directly or through others.
fn reached(document: &Ordered) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut waiting = BTreeSet::new();
    if let Some(paths) = document.get("paths") {
        references(paths, &mut waiting);
    }
    while let Some(next) = waiting.pop_first() {
        let mut steps = next.trim_start_matches("#/").split('/');
        let component = steps.try_fold(document, |value, step| value.get(step));
        if reached.insert(next.clone())
            && let Some(component) = component
        {
            references(component, &mut waiting);
        }
    }
    reached
}

fn references(value: &Ordered, found: &mut BTreeSet<String>) {
    match value {
        Ordered::Plain(_) => {}
        Ordered::Array(items) => items.iter().for_each(|item| references(item, found)),
        Ordered::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    Some(target) if name == "$ref" => {
                        found.insert(target.to_owned());
                    }
                    _ => references(value, found),
                }
            }
        }
    }
}

fn reference(kind: &str, name: &str) -> String {
    format!("#/components/{kind}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_feature_refers_to_goes_with_it() -> Result<()> {
        let mut document: Ordered = serde_json::from_str(
            r##"{"tags":[{"name":"a"},{"name":"b"}],
            "paths":{"/a":{"get":{"tags":["a"],"x":{"$ref":"#/components/schemas/A"}}},
                     "/b":{"get":{"tags":["b"],"x":{"$ref":"#/components/responses/B"}}}},
            "components":{"responses":{"B":{"$ref":"#/components/schemas/B"}},
                          "schemas":{"A":{"$ref":"#/components/schemas/Both"},"B":{"$ref":"#/components/schemas/Both"},"Both":{}},
                          "securitySchemes":{"s":{}}}}"##,
        )?;
        without(&mut document, &["b".to_owned()]);
        assert_eq!(
            serde_json::to_string(&document)?,
            r##"{"tags":[{"name":"a"}],"paths":{"/a":{"get":{"tags":["a"],"x":{"$ref":"#/components/schemas/A"}}}},"components":{"responses":{},"schemas":{"A":{"$ref":"#/components/schemas/Both"},"Both":{}},"securitySchemes":{"s":{}}}}"##
        );
        Ok(())
    }
}
