//! How long it takes to hydrate fifty thousand queries, as TanStack Query writes them.

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
        .expect("a string takes all");
    }
    json.push_str("]}");
    json
}

/// How long this thread has been on a processor, where that can be told: other programs take less part
/// in it than in the time that passes.
fn busy() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(stat.split(' ').next()?.parse::<f64>().ok()? / 1e6)
}

fn main() {
    // A file that TanStack Query wrote, to compare the two on the same text; or else our own.
    let json = match std::env::var_os("DEHYDRATED") {
        Some(file) => std::fs::read_to_string(file).expect("the file can be read"),
        None => todos(50_000),
    };
    let (mut best, mut best_busy) = (f64::MAX, f64::MAX);
    for _ in 0..9 {
        let mut machine = Machine::new(Config::default(), 1_700_000_100_000);
        let (begin, busy_begin) = (Instant::now(), busy());
        let report = hydrate(&mut machine, &json, &HydrateOptions::default());
        let report = report.expect("it is JSON");
        best = best.min(begin.elapsed().as_secs_f64() * 1000.0);
        if let (Some(begin), Some(end)) = (busy_begin, busy()) {
            best_busy = best_busy.min(end - begin);
        }
        assert_eq!((report.queries, machine.len()), (50_000, 50_000));
    }
    println!(
        "{} bytes, parse and hydrate: {best:.1} ms, {best_busy:.1} ms of them busy",
        json.len(),
    );
}
