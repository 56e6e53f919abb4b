//! Links from a create to the operations on what it made.

use serde_json::{Map, Value, json};

use super::{
    components::Components,
    facts::Facts,
    routes::{Route, Routes},
};
use crate::Method;

/// Adds to a create's successes a link to each operation at the path of what was made: one
/// placeholder below the create, or, for a `PUT` under an id of the client's, the create's own.
pub(super) fn add(
    operation: &mut Value,
    facts: &Facts,
    procedures: &[Facts],
    routes: &Routes,
    components: &Components,
) {
    let Some(output) = facts.schemas.output.as_ref().filter(|_| facts.location) else { return };
    let own = routes.of(facts);
    let mut links = Map::new();
    for target in procedures.iter().filter(|target| target.id != facts.id) {
        let route = routes.of(target);
        let Some(made) = made(facts.method, own, route) else { continue };
        if components.property(output, made).is_none() {
            continue;
        }
        let parameters: Map<String, Value> = route
            .placeholders()
            .map(|name| {
                let value = match name == made {
                    true => format!("$response.body#/{name}"),
                    // Both paths begin alike, so the create was called with the same value.
                    false => format!("$request.path.{name}"),
                };
                (name.to_owned(), json!(value))
            })
            .collect();
        links.insert(
            target.id.to_owned(),
            json!({ "operationId": target.id, "parameters": parameters }),
        );
    }
    if links.is_empty() {
        return;
    }
    for status in facts.statuses.iter().map(u16::to_string) {
        operation["responses"][&status]["links"] = json!(links);
    }
}

/// The placeholder that names what a create made, when `target` is the path to it.
fn made<'a>(method: Method, create: &Route, target: &'a Route) -> Option<&'a str> {
    let below = target.template.strip_prefix(create.template.as_str())?;
    let last = match below {
        "" if method == Method::Put => target.template.rsplit_once('/')?.1,
        _ => below.strip_prefix('/')?,
    };
    last.strip_prefix('{')?.strip_suffix('}').filter(|name| !name.contains('}'))
}
