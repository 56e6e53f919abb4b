//! Path, query and headers, with the limits of their values.

use serde_json::{Value, json};

use crate::{operation, refer, schema};

/// The parameter `name` of an operation.
#[track_caller]
fn parameter(id: &str, name: &str) -> Value {
    let operation = operation(id);
    let mut parameters = operation["parameters"].as_array().expect("parameters").iter();
    parameters.find(|parameter| parameter["name"] == name).cloned().expect(name)
}

#[test]
fn a_list_is_a_repeated_key_with_limits() {
    let expected = json!({
        "name": "genre",
        "in": "query",
        "required": false,
        "description": "Any of these.",
        "style": "form",
        "explode": true,
        "schema": { "type": "array", "items": refer("Genre"), "maxItems": 3 },
    });
    assert_eq!(parameter("books.list", "genre"), expected);
}

#[test]
fn an_optional_value_is_absent_and_never_null() {
    let expected = json!({
        "name": "shelf",
        "in": "query",
        "required": false,
        "description": "On which shelf.",
        "schema": { "type": "integer", "format": "int32", "minimum": 1, "maximum": 9 },
    });
    assert_eq!(parameter("books.list", "shelf"), expected);
    let sort = json!({ "type": "string", "default": "newest" });
    assert_eq!(parameter("books.list", "sort")["schema"], sort);
}

#[test]
fn a_value_with_a_name_is_referred_to_and_describes_itself() {
    let title = parameter("books.list", "title");
    assert_eq!(title["schema"], refer("Title"));
    assert_eq!(title["description"], "What a book is called.");
    let limit = parameter("books.list", "limit");
    assert_eq!((&limit["required"], &limit["schema"]), (&json!(false), &refer("Limit10To50")));
    assert_eq!(schema("Limit10To50")["default"], 10);
    let expected = json!({
        "type": "string",
        "description": "What a book is called.",
        "minLength": 1,
        "maxLength": 80,
        "pattern": "^[^\\u0000]*$",
        "examples": ["Dune"],
    });
    assert_eq!(schema("Title"), expected);
}

#[test]
fn each_place_has_its_parameters() {
    let id = parameter("books.put", "id");
    assert_eq!((&id["in"], &id["required"]), (&json!("path"), &json!(true)));
    assert_eq!(id["schema"], refer("BookId"));
    let header = parameter("books.put", "if-match");
    assert_eq!((&header["in"], &header["required"]), (&json!("header"), &json!(false)));
    assert_eq!(header["schema"], refer("Int64"));
    let query = parameter("books.put", "dry_run");
    assert_eq!((&query["in"], &query["required"]), (&json!("query"), &json!(true)));
    assert_eq!(query["schema"], json!({ "type": "boolean" }));
    // What is in the body is no parameter.
    assert_eq!(operation("books.put")["parameters"].as_array().map(Vec::len), Some(3));
}

#[test]
fn marked_and_unmarked_fields_of_a_read_share_the_query() {
    let at = parameter("books.copies", "as-of");
    assert_eq!((&at["in"], &at["schema"]), (&json!("query"), &refer("Timestamp")));
    assert_eq!(at["description"], "As of when.");
    let branch = parameter("books.copies", "inBranch");
    assert_eq!(branch["schema"], json!({ "type": "string", "maxLength": 20 }));
    assert_eq!(parameter("books.copies", "id")["in"], "path");
}

#[test]
fn an_input_that_is_no_body_is_no_component() {
    let document = crate::document();
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    for name in ["ListCopies", "ListBooks", "BookById"] {
        assert!(!schemas.contains_key(name), "{name}");
    }
}
