//! How long it takes to hydrate fifty thousand queries: `cargo test --release --test hydrate_speed -- --ignored --nocapture`.

use std::fmt::Write;
use std::time::Instant;

use throughline_query::{Config, HydrateOptions, Machine, hydrate};

/// What TanStack Query writes for todos with three-segment keys; 476 bytes each.
fn todos(count: usize) -> String {
    let mut json = String::from(r#"{"mutations":[],"queries":["#);
    let note = "x".repeat(40);
    for id in 0..count {
        let comma = if id > 0 { "," } else { "" };
        let (list, done, at) = (id % 100, id % 2 == 0, 1_700_000_000_000_u64 + id as u64);
        write!(
            json,
            r#"{comma}{{"dehydratedAt":1700000099999,"state":{{"data":{{"id":{id},"title":"Todo number {id}","done":{done},"tags":["a","b"],"note":"{note}"}},"dataUpdateCount":1,"dataUpdatedAt":{at},"error":null,"errorUpdateCount":0,"errorUpdatedAt":0,"fetchFailureCount":0,"fetchFailureReason":null,"fetchMeta":null,"isInvalidated":false,"status":"success","fetchStatus":"idle"}},"queryKey":["todo",{list},{{"id":{id}}}],"queryHash":"[\"todo\",{list},{{\"id\":{id}}}]"}}"#,
        )
        .unwrap();
    }
    json.push_str("]}");
    json
}

#[test]
#[ignore = "a measurement, for release builds"]
fn fifty_thousand_queries() {
    let json = todos(50_000);
    let mut best = f64::MAX;
    for _ in 0..9 {
        let mut machine = Machine::new(Config::default(), 1_700_000_100_000);
        let begin = Instant::now();
        let report = hydrate(&mut machine, &json, &HydrateOptions::default()).unwrap();
        best = best.min(begin.elapsed().as_secs_f64() * 1000.0);
        assert_eq!((report.queries, machine.len()), (50_000, 50_000));
    }
    println!("{} bytes, parse and hydrate: {best:.1} ms", json.len());
}
