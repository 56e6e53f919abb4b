//! A cache in a file: what was acknowledged is there again, whatever happened to the file.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap that fails is the failure")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use throughline_query::outbox::{NewEntry, Outbox, OutboxOptions};
use throughline_query::persist::{
    Entry, FileOptions, FilePersister, Kind, MemoryPersister, PersistError, Persister, SaveOptions,
    Saver, Stored,
};
use throughline_query::{
    Abilities, Config, Data, Event, Key, Machine, MutationOptions, QueryOptions,
};

fn query(id: impl ToString, json: impl Into<Option<&'static str>>) -> Entry {
    Entry {
        kind: Kind::Query,
        id: id.to_string(),
        saved_at: 1,
        updated_at: 1,
        json: json.into().map(str::to_owned),
    }
}

fn open(path: &Path) -> FilePersister {
    FilePersister::open(path, FileOptions::default()).unwrap()
}

fn stored(path: &Path) -> Stored {
    open(path).restore().unwrap()
}

fn ids(stored: &Stored) -> Vec<&str> {
    stored.entries.iter().map(|entry| entry.id.as_str()).collect()
}

// --- The file ---

fn behaves(mut make: impl FnMut() -> Box<dyn Persister>) {
    let mut persister = make();
    assert_eq!(ids(&persister.restore().unwrap()), [""; 0]);
    persister.append(&[query("a", "1"), query("b", "2"), query("gone", None)]).unwrap();
    persister.append(&[query("a", "3")]).unwrap();
    persister.append(&[query("c", "4"), query("c", None), query("d", "5")]).unwrap();
    persister.append(&[]).unwrap();
    let check = |persister: &mut Box<dyn Persister>| {
        let stored = persister.restore().unwrap();
        assert_eq!(stored.entries, [query("b", "2"), query("a", "3"), query("d", "5")]);
    };
    check(&mut persister);
    persister.compact().unwrap();
    check(&mut persister);
    drop(persister);
    let mut persister = make();
    check(&mut persister);
    let other = Entry { kind: Kind::Mutation, ..query("a", "6") };
    persister.append(std::slice::from_ref(&other)).unwrap();
    persister.append(&[query("a", None), query("b", None), query("d", None)]).unwrap();
    persister.compact().unwrap();
    assert_eq!(persister.restore().unwrap().entries, [other]);
    persister.remove().unwrap();
    drop(persister);
    assert_eq!(ids(&make().restore().unwrap()), [""; 0]);
}

#[test]
fn a_file_keeps_what_counts() {
    let folder = tempfile::tempdir().unwrap();
    behaves(|| Box::new(open(&folder.path().join("deep/er/cache.log"))));
}

#[test]
fn memory_keeps_what_counts() {
    let memory = MemoryPersister::default();
    behaves(|| Box::new(memory.clone()));
}

#[test]
fn only_one_can_have_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.log");
    let first = open(&path);
    let second = FilePersister::open(&path, FileOptions::default());
    assert!(matches!(second, Err(PersistError::Locked(_))));
    drop(first);
    open(&path);
}

#[test]
fn a_file_for_another_buster_is_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.log");
    open(&path).append(&[query("a", "1")]).unwrap();
    let options = FileOptions { buster: "2".to_owned(), ..FileOptions::default() };
    let mut persister = FilePersister::open(&path, options.clone()).unwrap();
    let stored = persister.restore().unwrap();
    assert!(stored.busted && stored.entries.is_empty());
    persister.append(&[query("b", "2")]).unwrap();
    drop(persister);
    let stored = FilePersister::open(&path, options).unwrap().restore().unwrap();
    assert!(!stored.busted);
    assert_eq!(ids(&stored), ["b"]);
}

#[test]
fn it_is_written_anew_when_most_of_it_is_out_of_date() {
    let folder = tempfile::tempdir().unwrap();
    let mut persister = open(&folder.path().join("cache.log"));
    let long: &'static str = format!("\"{}\"", "x".repeat(100_000)).leak();
    persister.append(&[query("kept", long)]).unwrap();
    while !persister.wants_compaction() {
        persister.append(&[query("changes", long)]).unwrap();
    }
    let (before, live) = persister.size();
    assert!(before > 1 << 20 && live < 201_000);
    persister.compact().unwrap();
    assert!(persister.size().0 < live + 200 && !persister.wants_compaction());
    persister.append(&[query("more", "1")]).unwrap();
    assert_eq!(ids(&persister.restore().unwrap()), ["kept", "changes", "more"]);
}

// --- Damage ---

/// A small log, and where each entry ends in it.
fn small_log(path: &Path) -> (Vec<u8>, Vec<u64>) {
    let mut persister = open(path);
    let mut ends = vec![persister.size().0];
    for entry in [query("a", "1"), query("é", "[2]"), query("a", "\"3\""), query("b", "null")] {
        persister.append(&[entry]).unwrap();
        ends.push(persister.size().0);
    }
    (std::fs::read(path).unwrap(), ends)
}

#[test]
fn a_file_cut_at_any_byte_has_all_that_was_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.log");
    let (bytes, ends) = small_log(&path);
    for cut in 0..=bytes.len() {
        std::fs::write(&path, &bytes[..cut]).unwrap();
        let mut persister = open(&path);
        let found = persister.restore().unwrap();
        let whole = ends.iter().filter(|end| **end <= cut as u64).count();
        let expected: &[&str] = match whole {
            0 | 1 => &[],
            2 => &["a"],
            3 => &["a", "é"],
            4 => &["é", "a"],
            _ => &["é", "a", "b"],
        };
        assert_eq!(ids(&found), expected, "cut at {cut}");
        let is_clean = cut == 0 || ends.contains(&(cut as u64));
        assert_eq!(found.damage.is_none(), is_clean, "cut at {cut}");
        if let Some(damage) = found.damage {
            let kept = if whole == 0 { 0 } else { ends[whole - 1] };
            assert_eq!((damage.offset, damage.bytes), (kept, cut as u64 - kept));
            let aside = std::fs::read(&damage.quarantine).unwrap();
            assert_eq!(aside, &bytes[kept as usize..cut], "nothing is thrown away");
        }
        // The file is good again, and goes on.
        persister.append(&[query("new", "1")]).unwrap();
        drop(persister);
        let found = stored(&path);
        assert!(found.damage.is_none());
        assert_eq!(ids(&found), [expected, &["new"]].concat());
    }
    let beside = std::fs::read_dir(folder.path()).unwrap().count();
    assert!(beside <= 2 + 8, "the quarantine does not grow without end");
}

#[test]
fn a_flipped_bit_costs_at_most_the_entry_it_is_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.log");
    let (bytes, ends) = small_log(&path);
    for at in 0..bytes.len() {
        // Each of them is a few syncs of the disk; all bits are flipped in the tests of the format.
        let bit = at % 8;
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << bit;
        std::fs::write(&path, &flipped).unwrap();
        let found = stored(&path);
        assert!(found.damage.is_some(), "byte {at}, bit {bit}");
        let entry = ends.iter().filter(|end| **end <= at as u64).count();
        let expected: &[&str] = match entry {
            // Without its head nothing can be said of the file.
            0 => &[],
            1 => &["é", "a", "b"],
            2 => &["a", "b"],
            3 => &["a", "é", "b"],
            _ => &["é", "a"],
        };
        assert_eq!(ids(&found), expected, "byte {at}, bit {bit}");
        assert!(stored(&path).damage.is_none());
    }
}

#[test]
fn a_file_of_something_else_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.log");
    let refused = |wanted: &str| {
        let error = FilePersister::open(&path, FileOptions::default()).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    };
    for content in [&b"{\"json\": 1}"[..], &[0xff; 1000], b"\n"] {
        std::fs::write(&path, content).unwrap();
        refused("something else");
        assert_eq!(std::fs::read(&path).unwrap(), content);
    }
    std::fs::remove_file(&path).unwrap();
    let (mut outbox, _) = Outbox::open(&path, OutboxOptions::default()).unwrap();
    outbox.enqueue(NewEntry::of("pay", &1).unwrap(), 1).unwrap();
    drop(outbox);
    refused("throughline-query outbox, and not a throughline-query cache");
    assert_eq!(Outbox::open(&path, OutboxOptions::default()).unwrap().1.entries, 1);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    refused("no regular file");
}

#[test]
fn a_file_that_is_damaged_from_its_first_record_on_is_put_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.log");
    let content = [0xff, 0x1e, 0, 0xff, 0xff, 0xff, 0xff];
    std::fs::write(&path, content).unwrap();
    let found = stored(&path);
    assert!(found.entries.is_empty());
    assert_eq!(std::fs::read(found.damage.unwrap().quarantine).unwrap(), content);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("cache.log"), folder.path().join("link.log"));
    drop(open(&path));
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let mut persister = open(&link);
    assert!(matches!(
        FilePersister::open(&path, FileOptions::default()),
        Err(PersistError::Locked(_))
    ));
    persister.compact().unwrap();
    drop(persister);
    assert!(std::fs::symlink_metadata(&link).unwrap().file_type().is_symlink());
}

// --- The end of the process ---

const CHILD: &str = "THROUGHLINE_QUERY_PERSIST_CHILD";

/// Appends until it is killed, and says of each append that it returned. Run by the test below.
#[test]
#[ignore = "the child of another test"]
fn child_that_appends() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let mut persister = open(Path::new(&path));
    let begin = persister.restore().unwrap().entries.len();
    let mut out = std::io::stdout().lock();
    for at in begin.. {
        let json: &'static str = if at % 7 == 0 { "[\"long\",\"longer\"]" } else { "1" };
        let changing =
            Entry { json: Some(format!("\"{}\"", "y".repeat(3_000))), ..query("z", None) };
        persister.append(&[query(at, json), changing]).unwrap();
        writeln!(out, "\nack {at}").unwrap();
        out.flush().unwrap();
        if at % 5 == 0 {
            persister.compact().unwrap();
        }
    }
}

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.log");
    let mut acknowledged = Vec::new();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64 ^ u64::from(std::process::id());
    for _ in 0..25 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["child_that_appends", "--exact", "--ignored", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let acks = std::thread::spawn(move || {
            let mut acks = Vec::new();
            while let Some(Ok(line)) = lines.next() {
                acks.extend(line.strip_prefix("ack ").map(str::to_owned));
            }
            acks
        });
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        std::thread::sleep(Duration::from_micros(10_000 + random % 50_000));
        child.kill().unwrap();
        child.wait().unwrap();
        // The last line may be cut; it was written after the append in any case.
        acknowledged.extend(acks.join().unwrap());
        let found = stored(&path);
        let there: std::collections::HashSet<_> = ids(&found).into_iter().collect();
        for ack in &acknowledged {
            assert!(there.contains(ack.as_str()), "{ack} of {}", acknowledged.len());
        }
    }
    assert!(acknowledged.len() > 50, "the children got nothing done");
}

// --- The cache ---

fn machine(now: i64) -> Machine {
    let mut machine = Machine::new(Config::default(), now);
    machine.set_query_defaults(
        &Key::default(),
        QueryOptions {
            abilities: Arc::new(Abilities::json::<Value>()).into(),
            ..QueryOptions::default()
        },
    );
    machine
}

fn mutation() -> MutationOptions {
    MutationOptions {
        key: Key::from("add").into(),
        mutator: Data::new(()).into(),
        abilities: Arc::new(Abilities::json::<Value>()).into(),
        scope: Arc::<str>::from("s").into(),
        ..MutationOptions::default()
    }
}

#[test]
fn only_what_changed_is_written() {
    let mut machine = machine(1_000);
    let mut saver = Saver::new(SaveOptions::default());
    saver.restore(&mut machine, Stored::default());
    for id in 0..100 {
        machine.set(&Key::from(("n", id)), Data::new(json!(id)), None);
    }
    assert_eq!(saver.collect(&mut machine).entries.len(), 100);
    assert!(saver.collect(&mut machine).entries.is_empty());
    machine.set(&Key::from(("n", 7)), Data::new(json!("seven")), None);
    machine.invalidate(
        &throughline_query::Filters::exact(("n", 8)),
        None,
        throughline_query::RefetchHow::default(),
        1,
    );
    machine.remove_queries(&throughline_query::Filters::exact(("n", 9)));
    let save = saver.collect(&mut machine);
    let mut written: Vec<_> =
        save.entries.iter().map(|entry| (entry.id.as_str(), entry.json.is_some())).collect();
    written.sort_unstable();
    assert_eq!(written, [("[\"n\",7]", true), ("[\"n\",8]", true), ("[\"n\",9]", false)]);
    // What could not be written is not forgotten.
    machine.return_changes(save.changes);
    assert_eq!(saver.collect(&mut machine).entries.len(), 3);
}

#[test]
fn old_entries_are_left_out_and_forgotten() {
    let day = 24 * 60 * 60 * 1000;
    let mut memory = MemoryPersister::default();
    let mut first = machine(day);
    let mut saver = Saver::new(SaveOptions::default());
    saver.restore(&mut first, memory.restore().unwrap());
    first.set(&Key::from("old"), Data::new(json!(1)), Some(10));
    first.set(&Key::from("new"), Data::new(json!(2)), Some(day));
    first.take(Event::Online(false));
    let observer = first.observe_mutation(&mutation());
    first.mutate(observer, Some(Data::new(json!({ "n": 1 }))), None, 1);
    first.settle();
    memory.append(&saver.collect(&mut first).entries).unwrap();
    assert_eq!(memory.restore().unwrap().entries.len(), 3);

    let mut second = machine(day + 11);
    let mut saver = Saver::new(SaveOptions::default());
    let report = saver.restore(&mut second, memory.restore().unwrap());
    assert_eq!((report.queries, report.mutations, report.expired), (1, 1, 1));
    assert!(second.state(&Key::from("old")).is_none());
    memory.append(&report.forget).unwrap();
    assert_eq!(memory.restore().unwrap().entries.len(), 2);
    assert!(saver.collect(&mut second).entries.is_empty(), "what was read is not written again");

    // The mutation goes on, with typed variables, and is forgotten when it is done.
    second.set_now(day + 20);
    second.resume_mutations(1);
    second.settle();
    let call = second.take_effects().into_iter().find_map(|effect| match effect {
        throughline_query::Effect::Mutate(call) => Some(call),
        _ => None,
    });
    assert!(call.is_none(), "its defaults were not set when it was read");
    let save = saver.collect(&mut second);
    assert_eq!(save.entries.len(), 1);
    assert!(save.entries[0].json.is_none(), "{save:?}");
    memory.append(&save.entries).unwrap();
    assert_eq!(memory.restore().unwrap().entries.len(), 1);

    // After more than a day without a save nothing counts any more.
    let mut third = machine(3 * day);
    let report = Saver::new(SaveOptions::default()).restore(&mut third, memory.restore().unwrap());
    assert_eq!((report.queries, report.mutations, report.expired), (0, 0, 1));
}

#[test]
fn a_restored_mutation_is_sent_with_its_own_variables() {
    let mut memory = MemoryPersister::default();
    let mut first = machine(1_000);
    let mut saver = Saver::new(SaveOptions::default());
    saver.restore(&mut first, Stored::default());
    first.take(Event::Online(false));
    for n in 0..3 {
        let observer = first.observe_mutation(&mutation());
        first.mutate(observer, Some(Data::new(json!(n))), None, 1);
    }
    first.settle();
    memory.append(&saver.collect(&mut first).entries).unwrap();

    let mut second = machine(2_000);
    second.set_mutation_defaults(&Key::from("add"), mutation());
    let mut saver = Saver::new(SaveOptions::default());
    saver.restore(&mut second, memory.restore().unwrap());
    second.resume_mutations(1);
    second.settle();
    let mut sent = Vec::new();
    while let Some(call) = second.take_effects().into_iter().find_map(|effect| match effect {
        throughline_query::Effect::Mutate(call) => Some(call),
        _ => None,
    }) {
        sent.push(call.variables.unwrap().downcast_ref::<Value>().cloned().unwrap());
        second.take(Event::Mutated(call.run, Some(Data::new(()))));
        second.settle();
    }
    assert_eq!(sent, [json!(0), json!(1), json!(2)], "in the order of their scope");
    memory.append(&saver.collect(&mut second).entries).unwrap();
    assert!(memory.restore().unwrap().entries.is_empty());
}

#[test]
fn a_value_of_another_type_counts_as_absent() {
    let mut memory = MemoryPersister::default();
    let entry = r#"{"dehydratedAt":1,"state":{"data":"text","dataUpdatedAt":5,"status":"success"},"queryKey":["n"],"queryHash":"[\"n\"]"}"#;
    memory.append(&[query("[\"n\"]", entry)]).unwrap();
    let mut machine = Machine::new(Config::default(), 10);
    let report =
        Saver::new(SaveOptions::default()).restore(&mut machine, memory.restore().unwrap());
    assert_eq!((report.queries, report.refused.len()), (1, 0));
    let options = QueryOptions {
        abilities: Arc::new(Abilities::json::<u32>()).into(),
        ..QueryOptions::default()
    };
    let observer = machine.observe(&Key::from("n"), &Arc::new(options), false);
    assert!(machine.result(observer).unwrap().data.is_none());
    assert_eq!(machine.state(&Key::from("n")).unwrap().data_updated_at, 0);
}

#[test]
fn an_observer_sees_a_typed_value_without_a_fetch() {
    let mut memory = MemoryPersister::default();
    let entry = r#"{"dehydratedAt":1,"state":{"data":7,"dataUpdatedAt":5,"status":"success"},"queryKey":["n"],"queryHash":"[\"n\"]"}"#;
    memory.append(&[query("[\"n\"]", entry)]).unwrap();
    let mut machine = Machine::new(Config::default(), 10);
    Saver::new(SaveOptions::default()).restore(&mut machine, memory.restore().unwrap());
    let options = Arc::new(QueryOptions {
        abilities: Arc::new(Abilities::json::<u32>()).into(),
        stale_time: throughline_query::Dynamic::Value(throughline_query::StaleTime::Never).into(),
        ..QueryOptions::default()
    });
    let observer = machine.observe(&Key::from("n"), &options, false);
    machine.subscribe(observer);
    machine.settle();
    let effects = machine.take_effects();
    assert!(!effects.iter().any(|effect| matches!(effect, throughline_query::Effect::Fetch(_))));
    let data = machine.result(observer).unwrap().data.clone().unwrap();
    assert_eq!(data.downcast_ref::<u32>(), Some(&7));
    // What is hydrated later, and newer, comes typed to whoever observes; what is of another type
    // does not come.
    for (data, at, seen) in [("8", 6, 8), ("\"text\"", 7, 8)] {
        let json = format!(
            r#"{{"queries":[{{"state":{{"data":{data},"dataUpdatedAt":{at},"status":"success"}},"queryKey":["n"]}}]}}"#
        );
        throughline_query::hydrate(&mut machine, &json, &Default::default()).unwrap();
        let data = machine.result(observer).unwrap().data.clone().unwrap();
        assert_eq!(data.downcast_ref::<u32>(), Some(&seen));
    }
}
