//! The committed traces, replayed: what TanStack Query did, the cache does.

use std::collections::HashSet;
use std::path::Path;

use query_oracle::committed::{self, Recorded};
use query_oracle::{Comparison, comparison, foreign};

fn recorded() -> Vec<Recorded> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../throughline-query/oracle");
    committed::traces(&folder).expect("the committed traces")
}

#[test]
fn what_tanstack_query_did_the_cache_does() {
    let mut replayed = 0;
    for Recorded { trace, expectation, declared } in recorded() {
        if declared || foreign(&trace).is_some() {
            continue;
        }
        match comparison(&trace, &expectation) {
            Ok(Comparison::Same) => replayed += 1,
            Ok(Comparison::Differs(difference)) => panic!("{difference}\n  pins {}", trace["pins"]),
            Ok(Comparison::SameUntilOvertaken) => {
                panic!("{} is not compared to its end", trace["id"])
            }
            Err(why) => panic!("{}: {why}", trace["id"]),
        }
    }
    assert!(replayed >= 300, "{replayed} traces are too few to say much");
}

#[test]
fn what_is_declared_to_differ_still_differs() {
    for Recorded { trace, expectation, declared } in recorded() {
        if declared && foreign(&trace).is_none() {
            let same = matches!(comparison(&trace, &expectation), Ok(Comparison::Same));
            assert!(
                !same,
                "{} does not differ any more: take it out of declared.json",
                trace["id"]
            );
        }
    }
}

#[test]
fn each_trace_says_what_it_pins_and_no_two_are_the_same() {
    let (mut pins, mut scripts) = (HashSet::new(), HashSet::new());
    for Recorded { trace, .. } in recorded() {
        let said = trace["pins"].as_str().unwrap_or_default().to_owned();
        assert!(!said.trim().is_empty() && !said.contains('\n'), "{} pins nothing", trace["id"]);
        assert!(pins.insert(said), "{} pins what another one pins", trace["id"]);
        let operations = trace["ops"].to_string();
        assert!(scripts.insert(operations), "{} does what another one does", trace["id"]);
    }
}

/// TanStack Query's own test files, the areas of ours that cover each, and about how many of its cases
/// can be said as a trace.
const AREAS: [(&str, &[&str], usize); 12] = [
    (
        "queryClient",
        &["client-data", "client-fetch", "client-filters", "client-defaults", "client-env"],
        145,
    ),
    (
        "queryObserver",
        &["observer", "observer-options", "observer-refetch", "observer-result", "optimistic"],
        65,
    ),
    ("query", &["query", "retry", "cancel"], 43),
    ("hydration", &["hydration"], 38),
    ("mutations, mutationObserver", &["mutation", "mutation-observer"], 41),
    ("mutationCache", &["mutation-cache"], 16),
    ("queriesObserver", &["queries-observer"], 18),
    ("queryCache", &["query-cache"], 14),
    ("streamedQuery", &["stream"], 13),
    ("infiniteQueryBehavior, infiniteQueryObserver", &["infinite"], 15),
    ("onlineManager, focusManager, timeout, environment", &["client-env", "server"], 12),
    ("persist, createPersister", &["persist", "persister"], 51),
];

#[test]
fn every_area_of_tanstack_querys_own_tests_has_traces() {
    let recorded = recorded();
    let named: HashSet<&str> =
        AREAS.iter().flat_map(|(_, areas, _)| areas.iter().copied()).collect();
    for (theirs, ours, least) in AREAS {
        let here = |trace: &&Recorded| {
            trace.trace["area"].as_str().is_some_and(|area| ours.contains(&area))
        };
        let there = recorded.iter().filter(here).count();
        assert!(there >= least, "{there} traces for {theirs} are fewer than {least}");
    }
    // What has no file of its own there: what types may forbid, and hashes of one's own.
    let others = ["untyped", "hashing"];
    for Recorded { trace, .. } in &recorded {
        let area = trace["area"].as_str().unwrap_or_default();
        assert!(named.contains(area) || others.contains(&area), "{} is of no area", trace["id"]);
    }
}
