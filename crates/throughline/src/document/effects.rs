//! What a write does to cached reads, as `x-effects`.

use serde_json::{Map, Value, json};

use super::{
    Flaw,
    components::Components,
    facts::{Facts, place},
    routes::Routes,
};
use crate::{EffectKind, EffectSpec, Source, validate::escape};

/// Adds the effects of an operation.
pub(super) fn add(
    operation: &mut Value,
    facts: &Facts,
    procedures: &[Facts],
    routes: &Routes,
    components: &mut Components,
) {
    let mut effects = Vec::new();
    for spec in facts.effects {
        match effect(facts, spec, procedures, routes, components) {
            Ok(effect) => effects.push(effect),
            Err(reason) => components.flaws.push(Flaw::Effect {
                operation: facts.id.to_owned(),
                read: spec.read.to_owned(),
                reason,
            }),
        }
    }
    if !effects.is_empty() {
        operation["x-effects"] = effects.into();
    }
}

fn effect(
    facts: &Facts,
    spec: &EffectSpec,
    procedures: &[Facts],
    routes: &Routes,
    components: &Components,
) -> Result<Value, String> {
    let Some(read) = procedures.iter().find(|read| read.id == spec.read) else {
        return Err(format!(
            "no contract of the document has an operation `{}`; add the contract",
            spec.read
        ));
    };
    let mut effect = json!({ spec.kind.as_str(): spec.read });
    let mut matches = Map::new();
    for condition in spec.matches {
        let field = read.field(condition.field);
        let field = field.ok_or_else(|| format!("its input has no field `{}`", condition.field))?;
        let key = routes.of(read).name(field, place(field)).to_owned();
        let value = match condition.source {
            Source::Input(name) => {
                let field = facts.field(name);
                let field =
                    field.ok_or_else(|| format!("the write's input has no field `{name}`"))?;
                routes.of(facts).expression(field, place(field))
            }
            Source::Output(path) => output(facts, path, components)?,
        };
        matches.insert(key, json!(value));
    }
    if !matches.is_empty() {
        effect["match"] = matches.into();
    }
    if spec.kind == EffectKind::Sets {
        effect["value"] = json!(output(facts, spec.value, components)?);
    }
    Ok(effect)
}

/// The runtime expression for a path into the output, `owner.id`, which names fields as Rust does.
fn output(facts: &Facts, path: &str, components: &Components) -> Result<String, String> {
    if path.is_empty() {
        return Ok("$response.body".to_owned());
    }
    let mut schema = facts.schemas.output.as_ref().ok_or("the write has no output")?;
    let mut pointer = String::new();
    for name in path.split('.') {
        let properties = components.properties(schema);
        // `rename_all` changes letter case and underscores, and nothing else.
        let exact = properties.iter().find(|(known, _)| *known == name);
        let found =
            exact.or_else(|| properties.iter().find(|(known, _)| bare(known) == bare(name)));
        let (known, inner) = found.ok_or_else(|| {
            format!("the body of the write has no member `{name}`; let the field of the output keep its name on the wire")
        })?;
        pointer.push('/');
        pointer.push_str(&escape(known));
        schema = inner;
    }
    Ok(format!("$response.body#{pointer}"))
}

/// A name without what `rename_all` may change.
fn bare(name: &str) -> String {
    name.chars()
        .filter(|letter| !matches!(letter, '_' | '-'))
        .flat_map(char::to_lowercase)
        .collect()
}
