//! JSON from somebody who means ill: an error or a report, and the cache works on.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap that fails is the failure")]

use std::sync::Arc;

use serde_json::Value;
use throughline_query::{
    Abilities, Config, DehydrateOptions, HydrateError, HydrateOptions, HydrateReport, Key, Machine,
    MutationFilters, QueryOptions, Status, dehydrate, hydrate,
};

fn machine() -> Machine {
    Machine::new(Config::default(), 1_000)
}

fn take(json: &str) -> (Machine, HydrateReport) {
    let mut machine = machine();
    let report = hydrate(&mut machine, json, &HydrateOptions::default()).unwrap();
    (machine, report)
}

fn refusals(report: &HydrateReport) -> Vec<String> {
    report.refused.iter().map(ToString::to_string).collect()
}

/// A query with this as its key and this as its state.
fn one(key: &str, state: &str) -> String {
    format!(r#"{{"queries":[{{"queryKey":{key},"state":{state},"dehydratedAt":5}}]}}"#)
}

#[test]
fn what_is_wrong_is_told_by_its_path_and_the_rest_is_taken_in() {
    let good = r#"{"queryKey":["a"],"state":{"status":"success","data":1,"dataUpdatedAt":2}}"#;
    let json = format!(
        r#"{{
        "other": [[{{}}]],
        "mutations": [7, {{"state":{{"status":"pending","failureCount":-1}}}}, {{"scope":{{"id":7}},"state":{{"status":"pending"}}}}],
        "queries": [{good}, null, [], {{}}, {{"queryKey":"a"}}, {{"queryKey":["b"]}},
            {{"queryKey":["b"],"state":[]}},
            {{"queryKey":["b"],"state":{{"status":"done"}}}},
            {{"queryKey":["b"],"state":{{"status":"success"}}}},
            {{"queryKey":["b"],"state":{{"status":"success","data":1,"dataUpdatedAt":1e300}}}},
            {{"queryKey":["b"],"state":{{"status":"success","data":1,"dataUpdatedAt":1e999}}}},
            {{"queryKey":["b"],"state":{{"status":"success","data":1,"dataUpdateCount":-1}}}},
            {{"queryKey":["b"],"state":{{"status":"success","data":1,"dataUpdateCount":4294967296}}}},
            {{"queryKey":["b"],"state":{{"status":"success","data":1,"isInvalidated":"yes"}}}},
            {{"queryKey":["b"],"state":{{"status":"success","data":1}},"dehydratedAt":"now"}},
            {{"queryKey":[1e999],"state":{{"status":"success","data":1}}}},
            {{"queryKey":["c"],"state":{{"status":"error","error":{{"a":[]}}}},"promise":{{}},"new":1}}]}}"#
    );
    let (machine, report) = take(&json);
    assert_eq!((report.queries, report.mutations, machine.len()), (2, 0, 2));
    assert_eq!(machine.state(&Key::from("c")).unwrap().status, Status::Error);
    let told = refusals(&report);
    let paths: Vec<_> = told.iter().map(|told| told.split(':').next().unwrap()).collect();
    assert_eq!(
        paths,
        [
            "mutations[0]",
            "mutations[1].state.failureCount",
            "mutations[2].scope.id",
            "queries[1]",
            "queries[2]",
            "queries[4].queryKey",
            "queries[6].state",
            "queries[7].state.status",
            "queries[9].state.dataUpdatedAt",
            "queries[10].state.dataUpdatedAt",
            "queries[11].state.dataUpdateCount",
            "queries[12].state.dataUpdateCount",
            "queries[13].state.isInvalidated",
            "queries[14].dehydratedAt",
            "queries[3].queryKey",
            "queries[5].state.status",
            "queries[8].state.data",
            "queries[15].queryKey",
        ]
    );
    assert_eq!(
        told[8],
        "queries[9].state.dataUpdatedAt: expected milliseconds within the range of a JavaScript date"
    );
}

#[test]
fn text_that_is_no_json_changes_nothing() {
    let good = one("[1]", r#"{"status":"success","data":1}"#);
    let mut machine = machine();
    for cut in (0..good.len()).filter(|cut| good.is_char_boundary(*cut)) {
        let cut = hydrate(&mut machine, &good[..cut], &HydrateOptions::default());
        assert!(matches!(cut, Err(HydrateError::NotJson { .. })));
    }
    let options = HydrateOptions::default();
    for json in ["[]", "null", "7", "\"queries\""] {
        assert_eq!(hydrate(&mut machine, json, &options), Err(HydrateError::NotAnObject));
    }
    let options = HydrateOptions { max_bytes: 10, ..options };
    let large = hydrate(&mut machine, &good, &options);
    assert_eq!(large, Err(HydrateError::TooLarge { bytes: good.len(), limit: 10 }));
    assert!(machine.is_empty());
    assert_eq!(hydrate(&mut machine, "{}", &options).unwrap(), HydrateReport::default());
}

#[test]
fn depth_costs_the_entry_and_not_the_stack() {
    let deep = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for (depth, taken) in [(99, 1), (100, 1), (101, 0), (500, 0), (1_000_000, 0)] {
        let data = format!(r#"{{"status":"success","data":{}}}"#, deep(depth));
        let (mut machine, report) = take(&one("[1]", &data));
        assert_eq!(report.queries, taken, "{depth}");
        let data = machine.claim(&Key::new([1]), &Abilities::json::<Value>()).unwrap();
        assert_eq!(data.is_some(), taken == 1);
    }
    let (_, report) = take(&one(&deep(1_000_000), r#"{"status":"success","data":1}"#));
    assert_eq!(report.refused[0].path(), "queries[0].queryKey");
    for field in ["error", "fetchFailureReason"] {
        let state = format!(r#"{{"status":"error","{field}":{}}}"#, deep(100_000));
        let (_, report) = take(&one("[1]", &state));
        assert_eq!(report.refused[0].path(), format!("queries[0].state.{field}"));
    }
    let ignored = format!(r#"{{"status":"success","data":1,"new":{}}}"#, deep(100_000));
    assert_eq!(take(&one("[1]", &ignored)).1.queries, 1);
}

#[test]
fn of_fields_with_one_name_the_last_counts() {
    let json = r#"{"queries":7,"queries":[
        {"queryKey":[1],"queryKey":[2],"state":{"status":"pending","status":"success","data":1,"data":2}},
        {"queryKey":[2],"queryHash":"x","state":{"status":"success","data":3,"dataUpdatedAt":1}},
        {"queryKey":[2],"queryHash":"y","state":{"status":"success","data":4,"dataUpdatedAt":1}}]}"#;
    let (machine, report) = take(json);
    assert_eq!((report.queries, machine.len()), (3, 1));
    let json = dehydrate(&machine, &DehydrateOptions::default()).json;
    assert!(json.contains(r#""data":3,"#), "newer by a millisecond wins, equal does not");
}

#[test]
fn there_may_only_be_so_many() {
    let entry = r#"{"queryKey":[1],"state":{"status":"pending"}}"#;
    let json = format!(r#"{{"queries":[{}]}}"#, vec![entry; 1_000].join(","));
    let options = HydrateOptions { max_entries: 10, ..HydrateOptions::default() };
    let report = hydrate(&mut machine(), &json, &options).unwrap();
    assert_eq!((report.queries, report.refused.len(), report.refused_more), (10, 100, 890));
    let json = format!(r#"{{"queries":[{}]}}"#, vec!["7"; 100_000].join(","));
    let (_, report) = take(&json);
    assert_eq!((report.refused.len(), report.refused_more), (100, 99_900));
}

// --- Many cases ---

struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below.max(1)
    }
}

const SEED: &str = r#"{"mutations":[{"mutationKey":["todos","add"],"state":{"context":{"undo":7},"error":null,"failureCount":0,"failureReason":null,"isPaused":true,"status":"pending","variables":{"title":"Bread"},"submittedAt":1700000000000},"scope":{"id":"todos"},"meta":{"n":1}},{"state":{"isPaused":true,"status":"pending","submittedAt":1}}],"queries":[{"dehydratedAt":1700000000000,"state":{"data":{"id":1,"tags":["a","é\n\u00e9\ud83d\ude00"],"n":-1.5e3},"dataUpdateCount":1,"dataUpdatedAt":1000,"error":null,"errorUpdateCount":0,"errorUpdatedAt":0,"fetchFailureCount":0,"fetchFailureReason":null,"fetchMeta":null,"isInvalidated":false,"status":"success","fetchStatus":"idle"},"queryKey":["todos",1,{"b":[1,2.5],"a":null}],"queryHash":"[\"todos\",1,{\"a\":null,\"b\":[1,2.5]}]","meta":{"a":true}},{"dehydratedAt":1,"state":{"data":{"pages":[["page",0]],"pageParams":[0]},"dataUpdatedAt":1,"status":"success","fetchMeta":{"fetchMore":{"direction":"forward"}}},"queryKey":["pages"],"queryHash":"[\"pages\"]","queryType":"infinite"},{"dehydratedAt":1,"state":{"error":{},"status":"error","errorUpdatedAt":5,"fetchFailureCount":4,"fetchFailureReason":{}},"queryKey":["failed"],"queryHash":"[\"failed\"]"}]}"#;

const WORDS: [&str; 28] = [
    "null",
    "true",
    "0",
    "-1",
    "1e999",
    "-0",
    "9007199254740993",
    "18446744073709551616",
    "\"\"",
    "[]",
    "{}",
    "[[",
    "]]",
    "{\"",
    "\":",
    ",",
    "\"state\":",
    "\"status\":\"success\"",
    "\"data\":",
    "\\u0000",
    "\\ud800",
    "\u{0}",
    "\u{7f}",
    "é",
    "\"queryKey\":[]",
    "\"pending\"",
    "[null]",
    "1.5",
];

fn mutate(text: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.next(4) {
        let at = random.next(text.len());
        let end = (at + random.next(40)).min(text.len());
        match random.next(8) {
            0 => text.truncate(at),
            1 if !text.is_empty() => text[at] ^= 1 << random.next(8),
            2 => _ = text.drain(at..end),
            3 => {
                let part = text[at..end].to_vec();
                let to = random.next(text.len());
                text.splice(to..to, part);
            }
            4..=6 => {
                // A value somewhere becomes another.
                let word = WORDS[random.next(WORDS.len())];
                let colon =
                    text[at..].iter().position(|byte| *byte == b':').map(|colon| at + colon + 1);
                if let Some(from) = colon {
                    let rest = text[from..].iter();
                    let ends = rest.take_while(|byte| !matches!(byte, b',' | b'}' | b']')).count();
                    text.splice(from..from + ends, word.bytes());
                }
            }
            _ => {
                let word = WORDS[random.next(WORDS.len())];
                text.splice(at..at, word.bytes());
            }
        }
    }
}

/// Hydrates, and does with what came of it all that a program does.
fn survives(text: &str, typed: &Arc<QueryOptions>) -> bool {
    let mut machine = machine();
    if hydrate(&mut machine, text, &HydrateOptions::default()).is_err() {
        assert!(machine.is_empty(), "an error changes nothing");
        return false;
    }
    let everything = DehydrateOptions {
        queries: Some(Arc::new(|_| true)),
        mutations: Some(Arc::new(|_| true)),
        ..DehydrateOptions::default()
    };
    let written = dehydrate(&machine, &everything);
    assert!(written.report.is_whole() || written.report.unfinished > 0);
    // What we write is JSON to others, too, and means the same to us.
    serde_json::from_str::<serde::de::IgnoredAny>(&written.json).unwrap();
    let mut again = self::machine();
    let report = hydrate(&mut again, &written.json, &HydrateOptions::default()).unwrap();
    assert_eq!(report.refused, [], "{text}");
    assert_eq!(dehydrate(&again, &everything).json, written.json, "{text}");

    for key in machine.keys_of(&Default::default()) {
        let infinite = key == Key::from("pages");
        let observer = machine.observe(&key, typed, infinite);
        machine.subscribe(observer);
    }
    machine.resume_mutations(1);
    machine.settle();
    machine.mutations_of(&MutationFilters::default());
    machine.set_now(10_000_000);
    machine.take(throughline_query::Event::Tick);
    machine.settle();
    machine.forget();
    machine.settle();
    true
}

#[test]
fn mutated_json_is_survived() {
    let cases = if cfg!(debug_assertions) { 4_000 } else { 150_000 };
    let typed = Arc::new(QueryOptions {
        abilities: Arc::new(Abilities::json::<Value>()).into(),
        ..QueryOptions::default()
    });
    assert!(survives(SEED, &typed));
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut accepted = 0;
    for _ in 0..cases {
        let mut text = SEED.as_bytes().to_vec();
        mutate(&mut text, &mut random);
        accepted += usize::from(survives(&String::from_utf8_lossy(&text), &typed));
    }
    println!("{accepted} of {cases} were JSON");
    assert!(accepted > cases / 20, "most of it was not even JSON");
}
