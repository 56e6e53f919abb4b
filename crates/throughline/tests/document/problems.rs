//! What an operation can refuse with: as much as it really can, and no more.

use serde_json::{Value, json};

use crate::{document, operation, refer, schema};

/// The codes that an operation documents, as `status code`.
fn codes(id: &str) -> Vec<String> {
    let document = document();
    let responses = operation(id)["responses"].as_object().cloned().expect("responses");
    let mut found = Vec::new();
    for (status, response) in responses.into_iter().filter(|(status, _)| !status.starts_with('2')) {
        let reference = response["$ref"].as_str().expect("by reference");
        let response = document.pointer(&reference[1..]).expect("the response is there");
        let schema = &response["content"]["application/problem+json"]["schema"];
        let alternatives = schema["oneOf"].as_array().cloned();
        for alternative in alternatives.unwrap_or_else(|| vec![schema.clone()]) {
            let reference = alternative["$ref"].as_str().expect("by reference");
            let problem = document.pointer(&reference[1..]).expect("the schema is there");
            let properties = &problem["properties"];
            assert_eq!(properties["status"]["const"].to_string(), status);
            let code = properties["code"]["const"].as_str().expect("a code");
            found.push(format!("{status} {code}"));
        }
    }
    found
}

/// What every operation can answer.
const ALWAYS: [&str; 3] =
    ["400 request.malformed_url", "500 request.internal", "503 request.unavailable"];

#[track_caller]
fn check(id: &str, beside: &[&str]) {
    let mut expected: Vec<&str> = ALWAYS.iter().chain(beside).copied().collect();
    expected.sort_unstable();
    let mut found = codes(id);
    found.sort_unstable();
    assert_eq!(found, expected, "{id}");
}

#[test]
fn a_public_read_answers_little() {
    check(
        "books.get",
        &["404 book.not_found", "409 book.stale", "409 book.title_taken", "422 request.invalid"],
    );
    check("books.copies", &["422 request.invalid"]);
}

#[test]
fn a_cursor_may_be_malformed_also_inside_a_body() {
    check("books.list", &["400 request.malformed_cursor", "422 request.invalid"]);
    let expected = [
        "400 request.malformed_cursor",
        "400 request.malformed_json",
        "408 request.timeout",
        "413 request.too_large",
        "415 request.unsupported_media_type",
        "422 request.invalid",
    ];
    check("books.search", &expected);
}

#[test]
fn a_write_is_refused_across_sites_and_without_credentials() {
    let expected = [
        "400 request.malformed_json",
        "401 request.unauthenticated",
        "403 loan.too_many",
        "403 request.cross_site",
        "404 book.not_found",
        "408 request.timeout",
        "409 book.stale",
        "409 book.title_taken",
        "413 request.too_large",
        "415 request.unsupported_media_type",
        "422 request.invalid",
    ];
    check("loans.create", &expected);
}

#[test]
fn a_level_that_forbids_says_so() {
    check(
        "books.close",
        &["401 request.unauthenticated", "403 request.cross_site", "403 request.forbidden"],
    );
    let expected = ["401 request.unauthenticated", "403 request.forbidden", "422 request.invalid"];
    check("books.audit", &expected);
}

#[test]
fn an_error_has_the_envelope_and_its_own_fields() {
    let expected = json!({
        "type": "object",
        "description": "There is no such book.",
        "properties": {
            "type": { "type": "string", "const": "urn:problem-type:book.not_found" },
            "title": { "type": "string", "const": "There is no such book." },
            "status": { "type": "integer", "const": 404 },
            "detail": { "type": "string", "description": "What was the matter this time." },
            "code": { "type": "string", "const": "book.not_found" },
            "request_id": {
                "type": "string",
                "description": "The id under which the server logged the request.",
            },
            "id": { "$ref": "#/components/schemas/BookId", "description": "The id that was asked for." },
        },
        "required": ["type", "title", "status", "code", "request_id", "detail", "id"],
    });
    assert_eq!(schema("BookNotFound"), expected);
    // A fault may have no detail; a field may be absent.
    let required = json!(["type", "title", "status", "code", "request_id"]);
    assert_eq!(schema("RequestInternal")["required"], required);
    let required = json!(["type", "title", "status", "code", "request_id", "detail", "wanted"]);
    assert_eq!(schema("BookTitleTaken")["required"], required);
}

#[test]
fn an_invalid_request_is_told_where() {
    let invalid = schema("RequestInvalid");
    assert_eq!(invalid["properties"]["errors"]["items"], refer("Violation"));
    let violation = schema("Violation");
    assert_eq!(violation["required"], json!(["in", "pointer", "code", "detail"]));
    assert_eq!(violation["properties"]["in"]["enum"], json!(["path", "query", "header", "body"]));
}

#[test]
fn several_codes_on_one_status_are_told_apart_by_their_code() {
    let reference = operation("books.put")["responses"]["409"].clone();
    assert_eq!(reference, json!({ "$ref": "#/components/responses/BookStaleOrBookTitleTaken" }));
    let response = document()["components"]["responses"]["BookStaleOrBookTitleTaken"].clone();
    let expected = json!({
        "oneOf": [refer("BookStale"), refer("BookTitleTaken")],
        "discriminator": {
            "propertyName": "code",
            "mapping": {
                "book.stale": "#/components/schemas/BookStale",
                "book.title_taken": "#/components/schemas/BookTitleTaken",
            },
        },
    });
    assert_eq!(response["content"]["application/problem+json"]["schema"], expected);
    let lines =
        "- `book.stale`: The book has changed.\n- `book.title_taken`: Another book has this title.";
    assert_eq!(response["description"], lines);
}

#[test]
fn a_response_is_named_after_its_codes() {
    let name = |id, status: &str| operation(id)["responses"][status]["$ref"].clone();
    let response = |name: &str| Value::from(format!("#/components/responses/{name}"));
    assert_eq!(name("books.close", "403"), response("RequestCrossSiteOrForbidden"));
    assert_eq!(name("loans.create", "403"), response("RequestCrossSiteOrLoanTooMany"));
    // A wrapped error is the same response as where it was declared.
    assert_eq!(name("loans.create", "404"), name("books.get", "404"));
}

#[test]
fn a_refusal_has_the_headers_that_http_asks_for() {
    let responses = document()["components"]["responses"].clone();
    let header = |response: &str, name: &str| responses[response]["headers"][name].is_object();
    assert!(header("RequestUnauthenticated", "WWW-Authenticate"));
    assert!(header("RequestUnavailable", "Retry-After"));
    assert_eq!(responses["RequestInternal"].get("headers"), None);
}
