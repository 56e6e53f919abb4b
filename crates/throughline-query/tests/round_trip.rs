//! What TanStack Query writes we read, what we write it reads, and nothing is lost on the way.
//!
//! Runs the pinned version with Node, from `oracle/`, where `cargo xtask test` has it installed.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap that fails is the failure")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};
use throughline_query::{
    Abilities, Config, Data, DehydrateOptions, Failure, Fetcher, HydrateOptions, Key, Machine,
    MutationOptions, QueryOptions, RawJson, dehydrate, hydrate,
};

/// The variable that leaves these tests out when it is set.
const WITHOUT_NODE: &str = "THROUGHLINE_TEST_WITHOUT_NODE";

/// The folder that has the pinned version installed; `None` if these tests are to be left out.
///
/// It is not installed from here: tests run side by side, and one would find what another one has
/// half installed.
fn oracle() -> Option<PathBuf> {
    if std::env::var(WITHOUT_NODE).is_ok_and(|value| !value.is_empty()) {
        eprintln!("left out because of {WITHOUT_NODE}");
        return None;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle");
    let looked = Command::new("node").arg("packages.mjs").current_dir(&folder).output();
    let wrong = match looked {
        Ok(output) if output.status.success() => return Some(folder),
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => format!("Node could not be started ({error})"),
    };
    panic!(
        "no TanStack Query to talk to: {wrong}. Run the tests with `cargo xtask test`, which \
         installs it, type `npm ci --prefix {}`, or set {WITHOUT_NODE}=1 to leave them out",
        folder.display()
    );
}

fn tanstack(oracle: &Path, mode: &str, input: &str) -> String {
    let script = include_str!("round_trip/tanstack.mjs");
    let mut node = Command::new("node")
        .args(["--input-type=module", "-e", script, "--", mode])
        // Read before the module is; with `-e` the first argument has the place of the script.
        .env("NODE_ENV", "production")
        .current_dir(oracle)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It may write before it has read all; it writes little.
    node.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "TanStack Query failed to {mode}");
    String::from_utf8(output.stdout).unwrap()
}

/// Without what cannot be the same: when it was written, what a query was doing, and the order.
fn comparable(json: &str) -> Value {
    let mut state: Value = serde_json::from_str(json).unwrap();
    for query in state["queries"].as_array_mut().unwrap() {
        query.as_object_mut().unwrap().remove("dehydratedAt").unwrap();
        query["state"]["fetchStatus"] = "idle".into();
        query["state"]["fetchMeta"] = Value::Null;
    }
    for list in ["queries", "mutations"] {
        state[list].as_array_mut().unwrap().sort_by_key(|entry| entry.to_string());
    }
    state
}

fn everything() -> DehydrateOptions {
    DehydrateOptions {
        queries: Some(Arc::new(|_| true)),
        mutations: Some(Arc::new(|_| true)),
        ..DehydrateOptions::default()
    }
}

fn machine() -> Machine {
    Machine::new(Config::default(), 1_800_000_000_000)
}

#[test]
fn what_tanstack_writes_comes_through_us_unchanged() {
    let Some(oracle) = oracle() else { return };
    let theirs = tanstack(&oracle, "write", "");
    let mut machine = machine();
    let report = hydrate(&mut machine, &theirs, &HydrateOptions::default()).unwrap();
    assert_eq!(report.refused, []);
    assert_eq!((report.queries, report.mutations), (9, 2));
    let ours = dehydrate(&machine, &everything()).json;
    assert_eq!(comparable(&ours), comparable(&theirs));
    // And it takes it back.
    let again = tanstack(&oracle, "read", &ours);
    assert_eq!(comparable(&again), comparable(&theirs));
    // The data is what it was once somebody knows its type.
    let abilities = Abilities::json_pages::<(String, u32), u32>();
    let pages = machine.claim(&Key::from("pages"), &abilities).unwrap().unwrap();
    let written = (abilities.to_json.unwrap())(&pages).unwrap();
    assert_eq!(written, json!({ "pages": [["page", 0], ["page", 1]], "pageParams": [0, 1] }));
}

#[test]
fn what_we_write_comes_through_tanstack_unchanged() {
    let Some(oracle) = oracle() else { return };
    let mut machine = machine();
    let value = QueryOptions {
        abilities: Arc::new(Abilities::json::<Value>()).into(),
        fetcher: Fetcher::Call(Data::new(())).into(),
        meta: Arc::new(json!({ "who": "us" })).into(),
        ..QueryOptions::default()
    };
    machine.set_query_defaults(&Key::default(), value.clone());
    machine.set(&Key::from(("typed", 1)), Data::new(json!({ "a": [1, "é\u{1}"] })), Some(10));
    machine.set(&Key::from(("text", "\"\\")), Data::new(RawJson::parse("{}").unwrap()), Some(20));
    machine.set(&Key::from(f64::NAN.to_string()), Data::new(json!(null)), Some(30));
    // One that fails, and one that does not come to an end.
    for name in ["failed", "pending"] {
        machine.fetch_query(&Key::from(name), &Arc::new(value.clone()), false, 1);
    }
    let run = machine.take_effects().into_iter().find_map(|effect| match effect {
        throughline_query::Effect::Fetch(call) if call.key == Key::from("failed") => Some(call.run),
        _ => None,
    });
    let failure = Failure::new("a secret");
    machine.take(throughline_query::Event::FetchFailed(run.unwrap(), failure));
    machine.settle();
    machine.take(throughline_query::Event::Online(false));
    let options = MutationOptions {
        key: Key::from(("todos", "add")).into(),
        mutator: Data::new(()).into(),
        scope: Arc::<str>::from("todos \"1\"").into(),
        abilities: Arc::new(Abilities::json::<Value>()).into(),
        ..MutationOptions::default()
    };
    let observer = machine.observe_mutation(&options);
    machine.mutate(observer, Some(Data::new(json!({ "title": "Bread" }))), None, 2);
    machine.settle();

    let ours = dehydrate(&machine, &everything());
    assert!(ours.report.unwritable.is_empty() && !ours.json.contains("secret"));
    assert_eq!((ours.report.queries, ours.report.mutations), (5, 1));
    let theirs = tanstack(&oracle, "read", &ours.json);
    assert_eq!(comparable(&theirs), comparable(&ours.json));
}
