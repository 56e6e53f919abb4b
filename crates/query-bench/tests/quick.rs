//! The benchmark works: whatever it does on both sides, the outcome is the same. What it takes is no matter here.
//!
//! Runs the pinned TanStack Query with Node, where `cargo xtask test` has it installed.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap that fails is the failure")]

use std::process::Command;

use query_bench::{Plan, folder, run};

/// The variable that leaves this test out when it is set.
const WITHOUT_NODE: &str = "THROUGHLINE_TEST_WITHOUT_NODE";

/// Whether the pinned version is there; false if the test is to be left out.
fn has_tanstack() -> bool {
    if std::env::var(WITHOUT_NODE).is_ok_and(|value| !value.is_empty()) {
        eprintln!("left out because of {WITHOUT_NODE}");
        return false;
    }
    let looked = Command::new("node").arg("packages.mjs").current_dir(folder()).output();
    let wrong = match looked {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => format!("Node could not be started ({error})"),
    };
    panic!(
        "no TanStack Query to compare with: {wrong}. Run the tests with `cargo xtask test`, which \
         installs it, or set {WITHOUT_NODE}=1 to leave this one out"
    );
}

#[test]
fn a_quick_run_finds_the_same_on_both_sides_and_has_all_figures() {
    if !has_tanstack() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    let _inside = runtime.enter();
    let report = run(&Plan::quickest()).unwrap();
    let json = serde_json::to_value(&report).unwrap();
    for row in json["operations"].as_array().unwrap() {
        for side in ["ours", "theirs"] {
            assert!(row[side]["best"].as_f64().unwrap() > 0.0, "{row}");
        }
    }
    for part in ["reads", "fan_out"] {
        assert_eq!(json[part].as_array().unwrap().len(), 1, "{part}");
    }
    for part in ["threads", "come_and_go", "memory"] {
        assert!(json[part].is_object(), "{part}");
    }
    assert!(report.to_string().contains("Conditions: "));
}
