//! SIGKILL at random instants: the next command finishes what was begun, or nothing was.

use std::{
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use crate::tree::Tree;

const WORDS: [&str; 7] = [
    "new-feature",
    "--no-generate",
    "gadgets",
    "title:string:1..100",
    "task:ref(tasks)?",
    "status:enum(draft,active)=draft",
    "sku:string:1..64:unique",
];

/// A number that nobody foresees, below this one.
fn random(below: u128) -> u64 {
    use std::hash::{BuildHasher, Hasher};
    let hash = std::collections::hash_map::RandomState::new().build_hasher().finish();
    u64::try_from(u128::from(hash) % below.max(1)).unwrap()
}

#[test]
fn after_a_kill_at_any_instant_the_next_command_finishes_or_nothing_was_begun() {
    let tree = Tree::copy();
    let before = tree.files();
    let started = Instant::now();
    assert!(tree.run(&WORDS).status.success());
    let whole = started.elapsed();
    let after = tree.files();
    let (mut finished, mut untouched) = (0, 0);
    for kill in 0..50 {
        tree.restore(&before);
        let mut child =
            tree.command(&WORDS).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        if kill % 2 == 0 {
            // Anywhere in a run.
            thread::sleep(Duration::from_micros(random(whole.as_micros())));
        } else {
            // While files are put in place, which is the shorter part.
            let journal = tree.root().join(".scaffold/journal");
            while !journal.exists() && child.try_wait().unwrap().is_none() {
                thread::yield_now();
            }
            thread::sleep(Duration::from_micros(random(30_000)));
        }
        // It may have ended just now.
        let _ = child.kill();
        child.wait().unwrap();
        let mut next = tree.run(&["recover"]);
        // What it was just starting may hold its lock for a moment longer than it lives; not for long.
        for _ in 0..500 {
            if !String::from_utf8_lossy(&next.stderr).contains("another run is writing") {
                break;
            }
            thread::sleep(Duration::from_millis(10));
            next = tree.run(&["recover"]);
        }
        assert!(next.status.success(), "{}", String::from_utf8_lossy(&next.stderr));
        let now = tree.files();
        if now == after {
            finished += 1;
        } else {
            assert!(now == before, "kill {kill} left half a feature");
            untouched += 1;
        }
        if now == before {
            let again = tree.run(&WORDS);
            assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
            assert!(tree.files() == after, "a run after kill {kill} made something else");
        }
    }
    println!(
        "{finished} runs were finished by the next command or had ended, {untouched} had not begun"
    );
    assert_eq!(finished + untouched, 50);
}

#[test]
fn a_file_that_somebody_changed_meanwhile_is_named_and_kept() {
    let tree = Tree::copy();
    let before = tree.files();
    let place = "crates/server/src/router.rs";
    loop {
        tree.restore(&before);
        let mut child =
            tree.command(&WORDS).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let journal = tree.root().join(".scaffold/journal");
        while !journal.exists() && child.try_wait().unwrap().is_none() {
            thread::yield_now();
        }
        let _ = child.kill();
        child.wait().unwrap();
        // Until a kill came before the router was changed.
        if journal.exists() && tree.read(place).as_bytes() == before[std::path::Path::new(place)] {
            break;
        }
    }
    let theirs = format!("{}// theirs\n", tree.read(place));
    std::fs::write(tree.root().join(place), &theirs).unwrap();
    let refused = tree.run(&["recover"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains(&format!("{place} was changed while `new-feature gadgets`")), "{said}");
    assert!(said.contains("--abandon"), "{said}");
    assert_eq!(tree.read(place), theirs);
    assert!(tree.run(&["new-feature", "--abandon"]).status.success());
    assert!(tree.run(&["recover"]).status.success());
    assert_eq!(tree.read(place), theirs);
}
