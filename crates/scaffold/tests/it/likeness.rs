//! What is written is what the house writes: compared with features that were written by hand.

use std::collections::BTreeSet;

use quote::ToTokens;
use syn::{ImplItem, Item, TraitItem};

use crate::tree::Tree;

/// The layers of a feature; `X` is its name.
const LAYERS: [&str; 5] = [
    "crates/db/src/X.rs",
    "crates/db/src/X/table.rs",
    "crates/db/src/X/queries.rs",
    "crates/contract/src/X.rs",
    "crates/server/src/X.rs",
];

/// The signatures of all items: names, types, attributes, without documentation and without bodies.
fn signatures(text: &str) -> BTreeSet<String> {
    let file = syn::parse_file(text).unwrap();
    file.items.into_iter().flat_map(signature).collect()
}

fn signature(mut item: Item) -> Vec<String> {
    fn bare(attributes: &mut Vec<syn::Attribute>) {
        attributes.retain(|attribute| {
            // What a value says of itself to readers is documentation, too.
            !attribute.path().is_ident("doc") && !attribute.path().is_ident("text")
        });
    }
    let shown = |item: &dyn Fn() -> String| vec![item()];
    match &mut item {
        Item::Struct(item) => {
            bare(&mut item.attrs);
            let name = item.ident.to_string();
            let mut all: Vec<String> = item
                .fields
                .iter_mut()
                .map(|field| {
                    bare(&mut field.attrs);
                    format!("{name}: {}", field.to_token_stream())
                })
                .collect();
            item.fields = syn::Fields::Unit;
            all.push(item.to_token_stream().to_string());
            all
        }
        Item::Enum(item) => {
            bare(&mut item.attrs);
            let name = item.ident.to_string();
            item.variants
                .iter_mut()
                .map(|variant| {
                    bare(&mut variant.attrs);
                    variant.fields.iter_mut().for_each(|field| bare(&mut field.attrs));
                    format!("{name}: {}", variant.to_token_stream())
                })
                .collect()
        }
        Item::Trait(item) => {
            let name = item.ident.to_string();
            item.items
                .iter_mut()
                .filter_map(|item| match item {
                    TraitItem::Fn(method) => {
                        bare(&mut method.attrs);
                        Some(format!("{name}: {}", method.to_token_stream()))
                    }
                    _ => None,
                })
                .collect()
        }
        Item::Fn(item) => shown(&|| item.sig.to_token_stream().to_string()),
        Item::Impl(item) => {
            let name = item.self_ty.to_token_stream().to_string();
            item.items
                .iter()
                .filter_map(|item| match item {
                    ImplItem::Fn(method) => {
                        Some(format!("{name}: {}", method.sig.to_token_stream()))
                    }
                    _ => None,
                })
                .collect()
        }
        Item::Const(item) => shown(&|| item.ident.to_string()),
        _ => Vec::new(),
    }
}

#[test]
fn flows_by_another_name_are_what_somebody_wrote_by_hand() {
    let tree = Tree::copy();
    let made = tree.new_feature(&["notes", "title:string:3..256", "content:string:5..512"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for layer in LAYERS {
        let by_hand = tree.read(&layer.replace('X', "flows"));
        let by_hand = by_hand.replace("Flow", "Note").replace("flow", "note");
        let written = tree.read(&layer.replace('X', "notes"));
        assert_eq!(signatures(&by_hand), signatures(&written), "{layer}");
        let lines = |text: &str| i64::try_from(text.lines().count()).unwrap();
        let difference = (lines(&by_hand) - lines(&written)).abs();
        assert!(difference <= 3, "{layer}: {difference} lines of difference");
    }
}

/// What tasks have that a draft has not, each for a reason of their own.
const OF_TASKS: [&str; 4] = ["replace", "Put", "put", "impl"];

#[test]
fn tasks_by_another_name_have_what_somebody_wrote_by_hand() {
    let tree = Tree::copy();
    let fields =
        ["title:string:1..256", "description:string?:..1000", "completed:bool", "note:string?:..9"];
    let made = tree.new_feature(&[&["todos"], &fields[..3]].concat());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for layer in LAYERS {
        let by_hand = tree.read(&layer.replace('X', "tasks"));
        let by_hand = by_hand
            .replace("Description", "TaskDescription")
            .replace("Column::TaskDescription", "Column::Description")
            .replace("SearchText", "TaskSearch")
            .replace("Title", "TaskTitle")
            .replace("Column::TaskTitle", "Column::Title")
            .replace("Task", "Todo")
            .replace("task", "todo");
        let written = signatures(&tree.read(&layer.replace('X', "todos")));
        let missing: Vec<String> = signatures(&by_hand)
            .into_iter()
            .filter(|signature| !written.contains(signature))
            .filter(|signature| !OF_TASKS.iter().any(|own| signature.contains(own)))
            .collect();
        // A new task is not done: its create takes a title alone.
        let missing: Vec<&String> =
            missing.iter().filter(|signature| !signature.starts_with("CreateTodo")).collect();
        assert!(missing.is_empty(), "{layer}: {missing:#?}");
    }
}
