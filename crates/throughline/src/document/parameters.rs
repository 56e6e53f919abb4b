//! The path's placeholders, the query's keys and the headers of an operation.

use serde_json::{Value, json};

use super::{
    Flaw,
    components::{Components, referred},
    facts::{Facts, place},
    routes::Route,
};
use crate::{Field, Place};

/// The parameters of an operation, in the order of the input's fields.
pub(super) fn parameters(facts: &Facts, route: &Route, components: &mut Components) -> Vec<Value> {
    let mut parameters = Vec::new();
    for field in facts.outside() {
        match facts.schemas.parameters.get(field.name) {
            Some(schema) => {
                parameters.push(parameter(field, place(field), schema, route, components));
            }
            None => components.flaws.push(Flaw::Parameter {
                operation: facts.id.to_owned(),
                field: field.field.to_owned(),
                name: field.name.to_owned(),
            }),
        }
    }
    parameters
}

fn parameter(
    field: &Field,
    place: Place,
    schema: &Value,
    route: &Route,
    components: &Components,
) -> Value {
    let mut schema = without_null(schema.clone());
    let mut parameter = json!({
        "name": route.name(field, place),
        "in": place,
        // A path without one of its segments is another path.
        "required": field.required || place == Place::Path,
    });
    let own = schema.as_object_mut().and_then(|schema| schema.remove("description"));
    let description = own.or_else(|| components.resolve(&schema).get("description").cloned());
    if let Some(description) = description {
        parameter["description"] = description;
    }
    if let Some(deprecated) = schema.as_object_mut().and_then(|schema| schema.remove("deprecated"))
    {
        parameter["deprecated"] = deprecated;
    }
    if field.repeated && place == Place::Query {
        parameter["style"] = json!("form");
        parameter["explode"] = json!(true);
    }
    parameter["schema"] = schema;
    parameter
}

/// A schema without the alternative `null`: outside a body a value is absent, never null.
fn without_null(mut schema: Value) -> Value {
    let Some(members) = schema.as_object_mut() else { return schema };
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            members.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(values)) = members.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if members.get("default").is_some_and(Value::is_null) {
        members.remove("default");
    }
    for key in ["oneOf", "anyOf"] {
        let Some(Value::Array(alternatives)) = members.get_mut(key) else { continue };
        alternatives.retain(|alternative| alternative["type"] != "null");
        if let [only] = alternatives.as_slice() {
            let only = without_null(only.clone());
            members.remove(key);
            for (name, value) in only.as_object().into_iter().flatten() {
                members.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    // The limits of an item that may be null stand in the item.
    if referred(&schema).is_none()
        && let Some(items) = schema.get_mut("items")
    {
        *items = without_null(items.take());
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_outside_a_body_is_never_null() {
        let check = |schema, expected| assert_eq!(without_null(schema), expected);
        check(
            json!({ "type": ["integer", "null"], "maximum": 5 }),
            json!({ "type": "integer", "maximum": 5 }),
        );
        check(
            json!({ "oneOf": [{ "$ref": "#/a" }, { "type": "null" }], "description": "d" }),
            json!({ "$ref": "#/a", "description": "d" }),
        );
        check(json!({ "enum": ["a", null], "default": null }), json!({ "enum": ["a"] }));
        check(
            json!({ "type": "string", "default": "x" }),
            json!({ "type": "string", "default": "x" }),
        );
    }
}
