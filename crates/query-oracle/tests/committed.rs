//! The committed traces, replayed: what TanStack Query did, the cache does.

use std::collections::HashSet;
use std::path::Path;

use query_oracle::committed::{self, Recorded};
use query_oracle::{difference, foreign};

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
        match difference(&trace, &expectation) {
            Ok(None) => replayed += 1,
            Ok(Some(difference)) => panic!("{difference}\n  pins {}", trace["pins"]),
            Err(why) => panic!("{}: {why}", trace["id"]),
        }
    }
    assert!(replayed >= 300, "{replayed} traces are too few to say much");
}

#[test]
fn what_is_declared_to_differ_still_differs() {
    for Recorded { trace, expectation, declared } in recorded() {
        if declared && foreign(&trace).is_none() {
            let same = matches!(difference(&trace, &expectation), Ok(None));
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
    let (mut pins, mut bodies) = (HashSet::new(), HashSet::new());
    for Recorded { trace, .. } in recorded() {
        let said = trace["pins"].as_str().unwrap_or_default().to_owned();
        assert!(!said.is_empty(), "{} pins nothing", trace["id"]);
        assert!(pins.insert(said), "{} pins what another one pins", trace["id"]);
        let body = format!("{} {} {}", trace["header"], trace["fns"], trace["ops"]);
        assert!(bodies.insert(body), "{} does what another one does", trace["id"]);
    }
}
