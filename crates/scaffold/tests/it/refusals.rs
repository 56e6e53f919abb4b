//! Names and fields that must be refused, with what is said, or that must do.

use crate::tree::Tree;

/// Words after `new-feature`, and a part of what is said.
const REFUSED: &[(&[&str], &str)] = &[
    // Names.
    (&["type", "a:bool"], "a feature is called after many: `types`"),
    (&["types", "a:bool"], "`type` is a keyword of Rust"),
    (&["matches", "a:bool"], "`match` is a keyword of Rust"),
    (&["User", "a:bool"], "do you mean `user`?"),
    (&["user", "a:bool"], "a feature is called after many: `users`"),
    (&["users", "a:bool"], "`users` are the accounts' own table"),
    (&["task", "a:bool"], "a feature is called after many: `tasks`"),
    (&["tasks", "a:bool"], "`tasks` is there already"),
    (&["order", "a:bool"], "a feature is called after many: `orders`"),
    (&["groups", "a:bool"], "`groups` is a reserved word of SQL"),
    (&["select", "a:bool"], "a feature is called after many: `selects`"),
    (&["über", "a:bool"], "is not written with small letters"),
    (&["a-b", "a:bool"], "do you mean `a_b`?"),
    (&["2x", "a:bool"], "beginning with a letter"),
    (&["OrderItems", "a:bool"], "do you mean `order_items`?"),
    (&["", "a:bool"], "a name is missing"),
    (&["../evil", "a:bool"], "is not written with small letters"),
    (&["a b", "a:bool"], "do you mean `a_b`?"),
    (&["notes;drop", "a:bool"], "is not written with small letters"),
    (&["a_very_long_name_for_a_list_of_things", "a:bool"], "has more than 36 characters"),
    (&["sheep", "a:bool"], "`--singular sheep_item`"),
    (&["sheep", "a:bool", "--singular", "sheep"], "need two names"),
    (&["pages", "a:bool"], "`page` is a name"),
    (&["boxes", "a:bool"], "`box` is a keyword of Rust"),
    (&["results", "a:bool"], "`Result` is a type"),
    (&["options", "a:bool"], "`options` is a name"),
    (&["levels", "a:bool"], "`levels` is a name"),
    (&["people", "a:bool"], "`people` is a name"),
    (&["task_summaries", "a:bool"], "a schema `TaskSummary` already"),
    // Lists of fields.
    (&["gadgets"], "has no fields"),
    (&["gadgets", "a:bool", "a:string:1..2"], "two fields `a`"),
    (&["gadgets", "it:ref(tasks)", "it_id:ref(flows)"], "two fields `it`"),
    (&["gadgets", "id:string:1..2"], "each row has it already"),
    (&["gadgets", "version:i64"], "counts the changes"),
    (&["gadgets", "config:ref(configs)"], "there is no feature `configs` to refer to: there are"),
    (&["gadgets", "task:ref(task)"], "do you mean `ref(tasks)`?"),
    (&["gadgets", "parent:ref(gadgets)?"], "refers to `gadgets` itself"),
    (&["gadgets", "n:i64:1..0"], "the range 1..0 is empty"),
    (&["gadgets", "t:string:1..0"], "1 to"),
    (&["gadgets", "t:string:1..99999999999"], "no bound of this type"),
    (&["gadgets", "type:string:1..2"], "`kind` is free"),
    (&["gadgets", "select:bool"], "it is a reserved word of SQL"),
    (&["gadgets", "title"], "a field is `name:type`"),
    (&["gadgets", "Title:string"], "do you mean `title`?"),
    (&["gadgets", "title:text"], "do you mean string?"),
    (&["gadgets", "price:decimal"], "Money is i64"),
    (&["gadgets", "status:enum(one)"], "two values or more"),
    (&["gadgets", "error:string:1..9"], "`GadgetError`"),
    (&["gadgets", "id_x:string:1..9", "x:enum(a,b)", "x:bool"], "two fields `x`"),
    (&["gadgets", "a:bool", "--only", "frobnicate"], "invalid value 'frobnicate'"),
];

/// Words after `new-feature` that are as good as any.
const FINE: &[&[&str]] = &[
    &["orders", "order_number:string:1..9:unique"],
    &["order_items", "a:bool"],
    &["categories", "title:string"],
    &["sheep", "a:bool", "--singular", "sheep_item"],
    &["parcels", "n:i32:-5..=5=0", "r:f64:-1.5..1.5"],
    &["gadgets", "first:ref(tasks)?", "second:ref(tasks)?", "by:ref(users)?"],
    &["gadgets", "a:string:1..1:unique", "b:string?:500..1000", "c:i64:1..1"],
    &["gadgets", "a:bool", "--only", "list"],
    &["gadgets", "a:bool", "--only", "create,get", "--no-owner"],
    &["gadgets", "a:json", "--only", "update", "--admin", "--public-read"],
];

#[test]
fn what_is_refused_changes_nothing_and_says_what_to_write() {
    let tree = Tree::copy();
    let before = tree.files();
    let mut wrong = Vec::new();
    for (words, says) in REFUSED {
        let refused = tree.new_feature(words);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        let is_refused = matches!(refused.status.code(), Some(1 | 2));
        if !is_refused || !said.starts_with("error: ") || !said.contains(says) {
            wrong.push(format!("{words:?}: {said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tree.files() == before, "a refusal changed something");
}

#[test]
fn what_is_fine_is_shown_without_a_change() {
    let tree = Tree::copy();
    let before = tree.files();
    for words in FINE {
        let shown = tree.new_feature(&[words, &["--dry-run"][..]].concat());
        let said = String::from_utf8_lossy(&shown.stderr).into_owned();
        assert!(shown.status.success(), "{words:?}: {said}");
        let diff = String::from_utf8(shown.stdout).unwrap();
        assert!(
            diff.contains("+++ b/crates/contract/src/") && diff.contains("+pub mod "),
            "{diff}"
        );
    }
    assert!(tree.files() == before, "a look changed something");
}

#[test]
fn a_second_run_refuses() {
    let tree = Tree::copy();
    let words = ["gadgets", "title:string:1..9"];
    let first = tree.new_feature(&words);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let after = tree.files();
    let second = tree.new_feature(&words);
    assert!(String::from_utf8_lossy(&second.stderr).contains("`gadgets` is there already"));
    assert!(tree.files() == after);
}

#[test]
fn whatever_was_formatted_differently_stays_so() {
    let tree = Tree::copy();
    let place = "crates/db/src/schema.rs";
    let odd = tree.read(place).replace(
        "use crate::{flows, tasks, users};",
        "use crate::{ flows, // of each\n  tasks,   users};",
    );
    std::fs::write(tree.root().join(place), &odd).unwrap();
    let made = tree.new_feature(&["gadgets", "a:bool"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let now = tree.read(place);
    assert!(now.contains("use crate::{ flows, // of each\n  gadgets, tasks,   users};"), "{now}");
    assert!(now.contains("    table::<gadgets::Entity>(gadgets::INDEXES),\n"), "{now}");
}

#[test]
fn without_words_and_without_a_terminal_it_says_what_to_type() {
    let refused = Tree::copy().run(&["new-feature"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("there is no terminal to ask on"), "{said}");
}
