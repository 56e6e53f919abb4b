//! The shared schemas.

use serde_json::json;

use crate::{document, refer, schema};

#[test]
fn an_output_has_each_kind_of_member() {
    let book = schema("Book");
    let properties = &book["properties"];
    assert_eq!(properties["author"], refer("Author"));
    let nothing = json!({ "type": "null" });
    assert_eq!(properties["cover"]["oneOf"], json!([refer("Cover"), nothing]));
    assert_eq!(properties["copies"]["type"], "object");
    assert_eq!(properties["copies"]["additionalProperties"]["type"], "integer");
    assert_eq!(properties["copies"]["description"], "How many copies each branch has.");
    assert_eq!(properties["notes"], json!({}));
    let required =
        ["id", "title", "author", "genre", "copies", "isbn", "added_at", "notes", "parts"];
    assert_eq!(book["required"], json!(required));
}

#[test]
fn a_type_may_hold_itself() {
    assert_eq!(schema("Part")["properties"]["parts"]["items"], refer("Part"));
}

#[test]
fn an_int64_is_a_string() {
    let isbn = schema("Int64");
    assert_eq!((&isbn["type"], &isbn["format"]), (&json!("string"), &json!("int64")));
    assert_eq!(schema("Book")["properties"]["isbn"], refer("Int64"));
}

#[test]
fn names_are_those_of_the_wire() {
    let author = schema("Author");
    assert_eq!(author["required"], json!(["fullName"]));
    assert_eq!(author["properties"]["bornIn"]["type"], json!(["integer", "null"]));
    assert_eq!(schema("Genre")["enum"], json!(["science-fiction", "poetry"]));
}

#[test]
fn a_tagged_enum_is_one_of_its_variants() {
    let cover = schema("Cover");
    let [hard, soft] = cover["oneOf"].as_array().expect("variants").as_slice() else {
        panic!("two variants: {cover}")
    };
    assert_eq!(hard["description"], "Cloth.");
    assert_eq!(hard["properties"]["kind"]["enum"], json!(["hard"]));
    assert_eq!(soft["properties"]["kind"]["enum"], json!(["soft"]));
}

#[test]
fn a_patch_requires_nothing_and_takes_null_where_null_may_be() {
    let update = schema("UpdateBook");
    assert_eq!(update.get("required"), None);
    assert_eq!(update["properties"]["title"], refer("Title"));
    let blurb = json!({ "type": ["string", "null"], "maxLength": 200 });
    assert_eq!(update["properties"]["blurb"], blurb);
    assert_eq!(update["properties"].get("id"), None);
}

#[test]
fn limits_and_patterns_stand_in_the_schema() {
    let properties = &schema("NewBook")["properties"];
    assert_eq!(
        (&properties["copies"]["minimum"], &properties["copies"]["maximum"]),
        (&json!(1), &json!(99))
    );
    assert_eq!(properties["shelf_mark"]["pattern"], "^[0-9]+$");
}

#[test]
fn a_page_is_named_after_its_rows() {
    let page = schema("BookPage");
    assert_eq!(page["properties"]["items"]["items"], refer("Book"));
    assert_eq!(page["properties"]["next"], refer("Cursor"));
    assert_eq!(page["required"], json!(["items"]));
}

#[test]
fn nothing_is_shared_that_nobody_refers_to() {
    let document = document();
    let text = document.to_string();
    for kind in ["schemas", "responses"] {
        for name in document["components"][kind].as_object().expect(kind).keys() {
            let reference = format!("\"#/components/{kind}/{name}\"");
            assert!(text.contains(&reference), "nobody refers to {reference}");
        }
    }
}
