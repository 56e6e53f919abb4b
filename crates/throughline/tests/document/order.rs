//! The document as text: the same on every machine and in every program.

use throughline::{
    Contract,
    document::{Document, Info},
};

use crate::{
    contract::{books::BooksContract, loans::LoansContract},
    openapi,
};

#[test]
fn the_same_contracts_make_the_same_text() {
    let text = openapi().to_json_pretty();
    assert_eq!(text, openapi().to_json_pretty());
    assert!(text.ends_with("}\n") && !text.ends_with("\n\n"));
    let parsed: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(parsed, openapi().to_value());
    assert_eq!(parsed, serde_json::to_value(openapi()).expect("serializes"));
}

/// The names of the members that are indented this far, in their order.
fn names(text: &str, indent: usize) -> Vec<&str> {
    let start = format!("{}\"", " ".repeat(indent));
    let names = text.lines().filter_map(|line| line.strip_prefix(&start)?.split('"').next());
    names.collect()
}

#[test]
fn the_order_is_the_usual_one_at_the_top_and_among_methods() {
    let text = openapi().to_json_pretty();
    assert_eq!(names(&text, 2), ["openapi", "info", "servers", "tags", "paths", "components"]);
    let path = text.split("\"/api/books/{id}\": {").nth(1).expect("the path");
    let path = path.split("\n    }").next().expect("its end");
    assert_eq!(names(path, 6), ["get", "post", "put", "patch", "delete"]);
}

#[test]
fn a_list_of_contracts_makes_the_same_document() {
    fn describe<V: throughline::Describe>(visitor: &mut V) {
        BooksContract::describe(visitor);
        LoansContract::describe(visitor);
    }
    let info = || Info { title: "Library".to_owned(), ..Info::default() };
    let listed = Document::new(info()).tag::<BooksContract>().tag::<LoansContract>();
    let listed = listed.contracts(describe).build().expect("a document");
    let named = Document::new(info()).contract::<BooksContract>().contract::<LoansContract>();
    // A tag that is described twice is described the same.
    let named = named.tag::<BooksContract>();
    assert_eq!(listed, named.build().expect("a document"));
}

#[test]
fn a_member_of_its_own_stands_after_the_first_line() {
    let document = Document::new(Info::default()).extension("x-generated", "by a test");
    let text = document.build().expect("a document").to_json_pretty();
    let lines: Vec<&str> = text.lines().take(3).collect();
    assert_eq!(lines, ["{", "  \"openapi\": \"3.1.0\",", "  \"x-generated\": \"by a test\","]);
}
