//! The document of the gauntlet's contracts: what was only written as contract stands in it.

use serde_json::{Value, json};
use throughline::document::{Document, Info};

use crate::contract::{GadgetsContract, shelves::ShelvesContract};

fn document() -> Value {
    let info = Info { title: "Gauntlet".into(), version: "1".into(), ..Info::default() };
    let document = Document::new(info)
        .prefix("/api")
        .contract::<GadgetsContract>()
        .contract::<ShelvesContract>();
    document.build().unwrap_or_else(|error| panic!("{error}")).to_value()
}

/// The codes that an operation declares for a status, followed through references.
fn codes(document: &Value, operation: &Value, status: &str) -> Vec<String> {
    let follow = |value: &Value| match value["$ref"].as_str() {
        Some(reference) => {
            document.pointer(&reference[1..]).expect("a reference that leads somewhere").clone()
        }
        None => value.clone(),
    };
    let response = follow(&operation["responses"][status]);
    let schema = &response["content"]["application/problem+json"]["schema"];
    let alternatives = schema["oneOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
    let code = |schema: &Value| {
        let code = &follow(schema)["properties"]["code"];
        code["const"]
            .as_str()
            .or_else(|| code["enum"][0].as_str())
            .unwrap_or_else(|| panic!("no code in {schema}"))
            .to_owned()
    };
    let mut codes: Vec<String> = alternatives.iter().map(code).collect();
    codes.sort();
    codes
}

#[test]
fn every_fault_that_an_operation_can_answer() {
    let document = document();
    let put = &document["paths"]["/api/gadgets/{id}"]["put"];
    let statuses: Vec<&str> =
        put["responses"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        statuses,
        ["200", "201", "400", "401", "403", "404", "408", "409", "413", "415", "422", "500", "503"]
    );
    assert_eq!(codes(&document, put, "409"), ["gadget.name_taken", "gadget.stale"]);
    assert_eq!(codes(&document, put, "400"), ["request.malformed_json", "request.malformed_url"]);
    assert_eq!(codes(&document, put, "403"), ["request.cross_site"]);
    let delete = &document["paths"]["/api/gadgets/{id}"]["delete"];
    assert_eq!(codes(&document, delete, "403"), ["request.cross_site", "request.forbidden"]);
    let list = &document["paths"]["/api/gadgets"]["get"];
    assert_eq!(
        codes(&document, list, "400"),
        ["request.malformed_cursor", "request.malformed_url"]
    );
    assert!(list["responses"].get("401").is_none() && list["responses"].get("403").is_none());
    let fill = &document["paths"]["/api/shelves/{name}/gadgets"]["post"];
    assert_eq!(codes(&document, fill, "409"), ["gadget.name_taken", "gadget.stale", "shelf.full"]);
    assert_eq!(codes(&document, fill, "404"), ["gadget.not_found"]);
}

#[test]
fn security_is_said_per_operation() {
    let document = document();
    let security = |path: &str, method: &str| document["paths"][path][method]["security"].clone();
    assert_eq!(security("/api/gadgets/{id}", "get"), json!([]));
    assert_eq!(security("/api/gadgets/{id}", "put"), json!([{"session": []}, {"token": []}]));
    let maybe = security("/api/gadgets", "get");
    assert!(
        maybe.as_array().is_some_and(|all| all.contains(&json!({})) && all.len() == 3),
        "{maybe}"
    );
}

#[test]
fn parameters_and_bodies() {
    let document = document();
    let list = &document["paths"]["/api/gadgets"]["get"];
    let parameter = |name: &str| {
        let all = list["parameters"].as_array().unwrap();
        all.iter()
            .find(|parameter| parameter["name"] == name)
            .unwrap_or_else(|| panic!("no {name}"))
            .clone()
    };
    assert_eq!(parameter("condition")["schema"]["type"], "array");
    let weight = parameter("weight");
    assert_eq!(
        (&weight["schema"]["minimum"], &weight["schema"]["maximum"]),
        (&json!(1), &json!(9)),
        "{weight}"
    );
    assert_ne!(weight["required"], json!(true));
    let put = &document["paths"]["/api/gadgets/{id}"]["put"];
    let places: Vec<_> = put["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["in"].clone(), p["name"].clone()))
        .collect();
    for place in [("path", "id"), ("header", "if-serial"), ("query", "dry_run")] {
        assert!(places.contains(&(json!(place.0), json!(place.1))), "{places:?}");
    }
    let schemas = &document["components"]["schemas"];
    let body = &schemas["PutGadget"];
    let mut required: Vec<_> =
        body["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    required.sort_unstable();
    assert_eq!(required, ["condition", "labels", "name", "serial"]);
    assert!(
        body["properties"].get("id").is_none() && body["properties"]["labels"]["maxItems"] == 3,
        "{body}"
    );
    assert_eq!(schemas["GadgetName"]["maxLength"], 20);
    assert_eq!(schemas["GadgetName"]["pattern"], "^[^\\u0000]*$");
    assert_eq!(schemas["Int64"]["type"], "string");
    assert_eq!(schemas["Condition"]["enum"], json!(["brand-new", "worn", "broken"]));
    assert_eq!(schemas["Happening"]["oneOf"].as_array().map(Vec::len), Some(3));
    assert!(schemas["ChangeGadget"].get("required").is_none(), "{}", schemas["ChangeGadget"]);
    let import = &document["paths"]["/api/gadgets/import"]["post"]["requestBody"]["content"]["application/json"]
        ["schema"];
    assert_eq!((&import["type"], &import["maxItems"]), (&json!("array"), &json!(3)), "{import}");
}

#[test]
fn effects_are_runtime_expressions() {
    let document = document();
    let effects = |path: &str, method: &str| document["paths"][path][method]["x-effects"].clone();
    assert_eq!(
        effects("/api/gadgets/{id}", "put"),
        json!([
            { "invalidates": "gadgets.list" },
            { "invalidates": "shelves.list" },
            { "sets": "gadgets.get", "match": { "id": "$request.path.id" }, "value": "$response.body" },
        ])
    );
    assert_eq!(
        effects("/api/shelves/{name}/gadgets", "post"),
        json!([
            { "invalidates": "shelves.list" },
            { "invalidates": "shelves.get", "match": { "name": "$request.path.name" } },
            { "invalidates": "gadgets.get", "match": { "id": "$request.body#/gadget" } },
        ])
    );
    assert_eq!(effects("/api/gadgets/{id}", "patch")[0]["match"]["id"], "$response.body#/id");
}
