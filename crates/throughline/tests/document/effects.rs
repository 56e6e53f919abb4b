//! Effects on cached reads, as runtime expressions.

use serde_json::{Value, json};

use crate::operation;

fn effects(id: &str) -> Value {
    operation(id)["x-effects"].clone()
}

#[test]
fn an_effect_without_a_match_is_on_all_cached_calls() {
    assert_eq!(effects("books.create")[0], json!({ "invalidates": "books.list" }));
}

#[test]
fn an_effect_takes_its_values_from_each_place() {
    let expected = json!([
        { "invalidates": "books.list" },
        {
            "invalidates": "books.audit",
            "match": { "version": "$request.header.if-match", "dry_run": "$request.query.dry_run" },
        },
        { "sets": "books.get", "match": { "id": "$request.path.id" }, "value": "$response.body" },
    ]);
    assert_eq!(effects("books.put"), expected);
    let whole = json!({ "invalidates": "books.check", "match": { "books": "$request.body" } });
    assert_eq!(effects("books.import")[1], whole);
}

#[test]
fn an_effect_takes_its_values_from_the_output() {
    let expected = json!({
        "sets": "books.get",
        "match": { "id": "$response.body#/id" },
        "value": "$response.body",
    });
    assert_eq!(effects("books.create")[1], expected);
    let part = json!({
        "sets": "books.get",
        "match": { "id": "$response.body#/book/id" },
        "value": "$response.body#/book",
    });
    assert_eq!(effects("loans.create")[3], part);
}

#[test]
fn an_effect_speaks_the_names_of_the_wire() {
    let expected = json!([
        { "invalidates": "books.get", "match": { "id": "$request.body#/bookId" } },
        { "invalidates": "books.copies", "match": { "id": "$response.body#/bookId" } },
        {
            "sets": "loans.get",
            "match": { "name": "$request.path.name", "id": "$response.body#/id" },
            "value": "$response.body",
        },
    ]);
    let effects = effects("loans.create").as_array().cloned().expect("effects");
    assert_eq!(json!(effects[..3]), expected);
    // The placeholder `book` of `review` is called `id` at its path.
    let review = json!([{ "invalidates": "books.get", "match": { "id": "$request.path.id" } }]);
    assert_eq!(self::effects("books.review"), review);
}

#[test]
fn a_removal_is_told() {
    let expected = json!([{ "removes": "books.get", "match": { "id": "$request.path.id" } }]);
    assert_eq!(effects("books.delete"), expected);
}

#[test]
fn a_read_has_no_effects() {
    assert_eq!(effects("books.get"), Value::Null);
}
