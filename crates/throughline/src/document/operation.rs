//! One operation: what it is called, what goes in, what comes out, who may call.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    components::Components, facts::Facts, parameters::parameters, problems::Problems, routes::Route,
};
use crate::Scheme;

/// The operation, without links and effects.
pub(super) fn operation(
    facts: &Facts,
    route: &Route,
    components: &mut Components,
    problems: &mut Problems,
) -> Value {
    let (summary, description) = facts.doc.split_once('\n').unwrap_or((facts.doc, ""));
    let mut operation = json!({ "operationId": facts.id, "tags": [facts.tag] });
    let members = [("summary", summary), ("description", description.trim())];
    for (name, text) in members.into_iter().filter(|(_, text)| !text.is_empty()) {
        operation[name] = json!(text);
    }
    let parameters = parameters(facts, route, components);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(schema) = &facts.schemas.body {
        operation["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
    operation["security"] = security(facts, components);
    let mut responses = problems.responses(facts, components);
    responses.extend(successes(facts, components));
    let responses: Map<String, Value> =
        responses.into_iter().map(|(status, response)| (status.to_string(), response)).collect();
    operation["responses"] = responses.into();
    operation
}

/// The successes by their status.
fn successes(facts: &Facts, components: &Components) -> BTreeMap<u16, Value> {
    let one = |status: u16| {
        let mut response = json!({ "description": success(status, facts, components) });
        if let Some(schema) = facts.schemas.output.as_ref().filter(|_| status != 204) {
            response["content"] = json!({ "application/json": { "schema": schema } });
        }
        if facts.location && status == 201 {
            response["headers"] = json!({
                "Location": {
                    "description": "Where it is to be found from now on.",
                    "required": true,
                    "schema": { "type": "string", "format": "uri-reference" },
                },
            });
        }
        (status, response)
    };
    facts.statuses.iter().map(|status| one(*status)).collect()
}

/// What a success means; what its body is says the body's own schema.
fn success(status: u16, facts: &Facts, components: &Components) -> String {
    match status {
        201 => "It was made by this call.".to_owned(),
        200 if facts.statuses.contains(&201) => "It was there before this call.".to_owned(),
        204 => "It is done; there is nothing to say.".to_owned(),
        _ => {
            let schema = facts.schemas.output.as_ref().map(|schema| components.resolve(schema));
            let described = schema.and_then(|schema| schema["description"].as_str());
            let line = described.and_then(|text| text.lines().next());
            line.unwrap_or("It went well.").to_owned()
        }
    }
}

/// The ways to show who calls, each of which suffices.
fn security(facts: &Facts, components: &mut Components) -> Value {
    let mut alternatives = Vec::new();
    for scheme in facts.security.schemes {
        components.scheme(scheme.name(), scheme_value(scheme), facts.id);
        alternatives.push(json!({ scheme.name(): [] }));
    }
    if facts.security.optional && !alternatives.is_empty() {
        alternatives.push(json!({}));
    }
    alternatives.into()
}

fn scheme_value(scheme: &Scheme) -> Value {
    match scheme {
        Scheme::Cookie { cookie, .. } => {
            json!({ "type": "apiKey", "in": "cookie", "name": cookie })
        }
        Scheme::Bearer { .. } => json!({ "type": "http", "scheme": "bearer" }),
        Scheme::Header { header, .. } => {
            json!({ "type": "apiKey", "in": "header", "name": header })
        }
    }
}
