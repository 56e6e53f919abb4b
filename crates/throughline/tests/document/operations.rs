//! What an operation is called, who may call it, what it answers when all is well.

use serde_json::{Value, json};

use crate::{document, operation, refer};

#[test]
fn paths_have_the_prefix_and_stand_once_whatever_their_placeholders_are_called() {
    let document = document();
    let paths: Vec<&String> = document["paths"].as_object().expect("paths").keys().collect();
    let expected = [
        "/api/books",
        "/api/books/audit",
        "/api/books/check",
        "/api/books/close",
        "/api/books/import",
        "/api/books/search",
        "/api/books/{id}",
        "/api/books/{id}/copies",
        "/api/readers/{name}/loans",
        "/api/readers/{name}/loans/{id}",
    ];
    assert_eq!(paths, expected);
    // `review` calls the placeholder `book`, and is at `{id}` all the same.
    assert_eq!(document["paths"]["/api/books/{id}"]["post"]["operationId"], "books.review");
    assert_eq!(operation("books.review")["parameters"][0]["name"], "id");
}

#[test]
fn an_operation_has_the_words_of_its_contract() {
    let create = operation("books.create");
    assert_eq!(create["summary"], "Add a book.");
    assert_eq!(create["description"], "The same book sent again\nis the same book.");
    assert_eq!(create["tags"], json!(["books"]));
    assert_eq!(operation("books.list").get("description"), None);
    let expected = json!([
        { "name": "books", "description": "Books of the library.\n\nEverybody may look." },
        { "name": "loans", "description": "Loans to readers." },
    ]);
    assert_eq!(document()["tags"], expected);
}

#[test]
fn the_document_says_what_it_is_of() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let license = json!({ "name": "MIT", "identifier": "MIT" });
    let info = json!({ "title": "Library", "version": "2.1.0", "license": license });
    assert_eq!(document["info"], info);
    assert_eq!(document["servers"], json!([{ "url": "https://library.example.org" }]));
}

#[test]
fn security_is_that_of_the_level() {
    let security = |id| operation(id)["security"].clone();
    assert_eq!(security("books.get"), json!([]));
    assert_eq!(security("books.list"), json!([{ "session": [] }, { "token": [] }, {}]));
    assert_eq!(security("books.create"), json!([{ "session": [] }, { "token": [] }]));
    assert_eq!(security("books.delete"), json!([{ "token": [] }, { "key": [] }]));
    let expected = json!({
        "session": { "type": "apiKey", "in": "cookie", "name": "session" },
        "token": { "type": "http", "scheme": "bearer" },
        "key": { "type": "apiKey", "in": "header", "name": "x-library-key" },
    });
    assert_eq!(document()["components"]["securitySchemes"], expected);
}

/// The successes of an operation.
fn successes(id: &str) -> Vec<(String, Value)> {
    let responses = operation(id)["responses"].as_object().cloned().expect("responses");
    responses.into_iter().filter(|(status, _)| status.starts_with('2')).collect()
}

#[test]
fn each_success_of_an_output_is_there() {
    let [(status, page)] = successes("books.list").try_into().expect("one success");
    assert_eq!(status, "200");
    assert_eq!(page["content"]["application/json"]["schema"], refer("BookPage"));

    let [(_, again), (status, made)] = successes("books.create").try_into().expect("two");
    assert_eq!(status, "201");
    assert_eq!(made["headers"]["Location"]["required"], true);
    assert_eq!(made["content"]["application/json"]["schema"], refer("Book"));
    assert_eq!(again["content"], made["content"]);
    assert_eq!(again.get("headers"), None);

    let [(status, nothing)] = successes("books.delete").try_into().expect("one success");
    assert_eq!(status, "204");
    assert_eq!(nothing.get("content"), None);

    let [(_, count)] = successes("books.audit").try_into().expect("one success");
    assert_eq!(count["content"]["application/json"]["schema"]["type"], "integer");
}

#[test]
fn a_body_is_there_when_the_input_has_one() {
    let body = |id| operation(id)["requestBody"].clone();
    let json = |id| body(id)["content"]["application/json"]["schema"].clone();
    assert_eq!(body("books.create")["required"], true);
    assert_eq!(json("books.create"), refer("NewBook"));
    assert_eq!(json("books.update"), refer("UpdateBook"));
    assert_eq!(json("books.search"), refer("SearchBooks"));
    let expected = json!({
        "type": "array",
        "description": "The books.",
        "items": refer("NewBook"),
        "minItems": 1,
        "maxItems": 100,
    });
    assert_eq!(json("books.import"), expected);
    for without in ["books.list", "books.get", "books.copies", "books.delete", "books.close"] {
        assert_eq!(body(without), Value::Null, "{without}");
    }
}

#[test]
fn a_create_links_to_what_can_be_done_with_what_it_made() {
    let made = json!({ "id": "$response.body#/id" });
    let link =
        |id: &str, parameters: &Value| json!({ "operationId": id, "parameters": parameters });
    let links = |id, status: &str| operation(id)["responses"][status]["links"].clone();
    let expected = json!({
        "books.get": link("books.get", &made),
        "books.put": link("books.put", &made),
        "books.update": link("books.update", &made),
        "books.review": link("books.review", &made),
        "books.delete": link("books.delete", &made),
    });
    assert_eq!(links("books.create", "201"), expected);
    assert_eq!(links("books.create", "200"), expected);

    // A create under an id of the client's links to the others at its own path.
    let put = links("books.put", "201");
    assert_eq!(put["books.get"], link("books.get", &made));
    assert_eq!(put.get("books.put"), None);
    assert_eq!(put.get("books.copies"), None);

    // What the paths have in common is taken from the request.
    let below = json!({ "name": "$request.path.name", "id": "$response.body#/id" });
    assert_eq!(links("loans.create", "201"), json!({ "loans.get": link("loans.get", &below) }));
    assert_eq!(links("books.list", "200"), Value::Null);
}
