//! The document of contracts that hold each thing that a contract may hold.

#![cfg(feature = "document")]

mod contract;

mod effects;
mod flaws;
mod operations;
mod order;
mod parameters;
mod problems;
mod refusals;
mod schemas;

use serde_json::Value;
use throughline::document::{Document, Info, OpenApi};

use crate::contract::{books::BooksContract, loans::LoansContract};

/// The document of both contracts.
fn openapi() -> OpenApi {
    let info = Info {
        title: "Library".to_owned(),
        version: "2.1.0".to_owned(),
        license: Some("MIT".to_owned()),
        ..Info::default()
    };
    let document = Document::new(info).prefix("/api").server("https://library.example.org");
    let document = document.contract::<BooksContract>().contract::<LoansContract>();
    document.build().expect("the contracts do not contradict each other")
}

fn document() -> Value {
    openapi().to_value()
}

/// The operation with this id.
#[track_caller]
fn operation(id: &str) -> Value {
    let document = document();
    let paths = document["paths"].as_object().expect("paths");
    let mut operations = paths.values().filter_map(Value::as_object).flat_map(|path| path.values());
    operations.find(|operation| operation["operationId"] == id).cloned().expect(id)
}

/// The shared schema with this name.
#[track_caller]
fn schema(name: &str) -> Value {
    document()["components"]["schemas"].get(name).cloned().expect(name)
}

/// A reference to a shared schema.
fn refer(name: &str) -> Value {
    serde_json::json!({ "$ref": format!("#/components/schemas/{name}") })
}
