//! The outbox: nothing is lost and nothing is done twice, whenever the process ends.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap that fails is the failure")]

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use throughline_query::outbox::{
    Drained, NewEntry, Outbox, OutboxError, OutboxOptions, OutboxState, Outcome, Senders, deposit,
};
use throughline_query::persist::PersistError;

fn open(path: &Path) -> Outbox {
    Outbox::open(path, OutboxOptions::default()).unwrap().0
}

fn new(op: &str, scope: Option<&str>) -> NewEntry {
    let entry = NewEntry::of(op, &op).unwrap();
    match scope {
        Some(scope) => entry.scope(scope),
        None => entry,
    }
}

fn all(_: &str) -> bool {
    true
}

#[test]
fn entries_of_a_scope_wait_for_each_other_and_others_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = open(&folder.path().join("outbox.log"));
    for (op, scope) in [("a1", Some("a")), ("a2", Some("a")), ("b1", Some("b")), ("x", None)] {
        outbox.enqueue(new(op, scope), 1).unwrap();
    }
    let mut sent: Vec<_> = std::iter::from_fn(|| outbox.next(1, all).unwrap()).collect();
    let ops: Vec<_> = sent.iter().map(|sending| sending.op.as_str()).collect();
    assert_eq!(ops, ["a1", "b1", "x"]);
    let first = sent.remove(0);
    outbox.finish(&first, Outcome::Retry { error: "down".into(), after: None }, 10).unwrap();
    assert!(outbox.next(1_009, all).unwrap().is_none());
    assert_eq!(outbox.next_at(all), Some(1_010));
    let again = outbox.next(1_010, all).unwrap().unwrap();
    assert_eq!((again.op.as_str(), again.attempt), ("a1", 2));
    assert_eq!(again.idempotency_key, first.idempotency_key);
    // An outcome of the first attempt that comes late says nothing of the second.
    assert!(matches!(outbox.finish(&first, Outcome::Done, 11), Err(OutboxError::NoSuchEntry)));
    outbox.finish(&again, Outcome::Done, 12).unwrap();
    assert!(matches!(outbox.finish(&again, Outcome::Done, 12), Err(OutboxError::NoSuchEntry)));
    assert_eq!(outbox.next(12, all).unwrap().unwrap().op, "a2");
}

#[test]
fn what_was_being_sent_is_sent_again_under_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.log");
    let mut outbox = open(&path);
    let id = outbox.enqueue(new("op", None).idempotency_key("mine"), 1).unwrap();
    assert_eq!(outbox.enqueue(new("op", None).idempotency_key("mine"), 2).unwrap(), id);
    outbox.next(3, all).unwrap().unwrap();
    drop(outbox);
    let (mut outbox, opened) = Outbox::open(&path, OutboxOptions::default()).unwrap();
    assert_eq!((opened.entries, opened.interrupted, opened.unreadable), (1, 1, 0));
    let again = outbox.next(4, all).unwrap().unwrap();
    assert_eq!((again.idempotency_key.as_str(), again.attempt), ("mine", 2));
}

#[test]
fn what_fails_for_good_lies_aside_and_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.log");
    let options = OutboxOptions { max_attempts: Some(2), ..OutboxOptions::default() };
    let (mut outbox, _) = Outbox::open(&path, options).unwrap();
    for op in ["refused", "never up", "unreadable", "panics", "fine", "unknown", "behind"] {
        let scope = if ["unknown", "behind"].contains(&op) { "blocked" } else { "s" };
        outbox.enqueue(new(op, Some(scope)), 1).unwrap();
    }
    let mut senders = Senders::new();
    let again = || Outcome::Retry { error: "down".into(), after: Some(Duration::ZERO) };
    senders
        .on("refused", |_: String, _| Outcome::Failed { error: "no".into() })
        .on("never up", move |_: String, _| again())
        .on("unreadable", |_: u8, _| Outcome::Done)
        .on("panics", |_: String, _| panic!("expected in the output"))
        .on("fine", |_: String, _| Outcome::Done)
        .on("behind", |_: String, _| Outcome::Done);
    let clock = AtomicU64::new(1);
    let clock = || clock.fetch_add(1_000, Ordering::Relaxed) as i64;
    let mut total = Drained::default();
    while outbox.entries().any(|entry| entry.op == "fine") {
        let drained = outbox.drain(&senders, clock).unwrap();
        total.done += drained.done;
        total.unknown = drained.unknown;
    }
    assert_eq!((total.done, total.unknown), (1, 1));
    let unknown: Vec<_> = outbox.unknown(|op| senders.knows(op)).map(|e| e.op.as_str()).collect();
    assert_eq!(unknown, ["unknown"]);
    drop(outbox);

    let mut outbox = open(&path);
    let aside: Vec<_> = outbox
        .entries()
        .filter(|entry| entry.state == OutboxState::Failed)
        .map(|entry| (entry.id, entry.op.clone(), entry.error.clone().unwrap()))
        .collect();
    assert_eq!(aside.len(), 4, "{aside:?}");
    assert_eq!(aside[0].2, "no");
    assert_eq!(aside[1].2, "given up after 2 attempts: down");
    assert!(aside[2].2.starts_with("the variables cannot be read"));
    assert_eq!(aside[3].2, "given up after 2 attempts: the sender panicked");
    outbox.requeue(aside[0].0, 1).unwrap();
    assert!(outbox.requeue(aside[0].0, 1).is_err(), "it is not aside any more");
    outbox.discard(aside[1].0, 1).unwrap();
    let ready = outbox.next(1, |op| op == "refused").unwrap().unwrap();
    assert_eq!(ready.op, "refused");
    drop(outbox);
    assert_eq!(open(&path).entries().count(), 5);
}

#[test]
fn one_process_sends_and_others_leave_entries_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.log");
    let key = deposit(&path, new("early", None), 1).unwrap();
    let mut outbox = open(&path);
    let entry = outbox.entries().next().unwrap();
    assert_eq!((&entry.idempotency_key, entry.op.as_str()), (&key, "early"));
    let second = Outbox::open(&path, OutboxOptions::default());
    assert!(matches!(second, Err(OutboxError::Persist(PersistError::Locked(_)))));
    for n in 0..50 {
        deposit(&path, new(&n.to_string(), Some("s")), 2).unwrap();
    }
    std::fs::write(path.with_file_name("outbox.log.deposits").join("0.json"), "{").unwrap();
    assert_eq!(outbox.take_deposits().unwrap(), 50);
    assert_eq!(outbox.take_deposits().unwrap(), 0);
    let ops: Vec<_> = outbox.entries().skip(1).map(|entry| entry.op.clone()).collect();
    assert_eq!(ops, (0..50).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn damage_costs_what_it_hits_and_nothing_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.log");
    let mut outbox = open(&path);
    for n in 0..10 {
        outbox.enqueue(new(&n.to_string(), None), 1).unwrap();
    }
    drop(outbox);
    let bytes = std::fs::read(&path).unwrap();
    for at in (0..bytes.len()).step_by(11) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        std::fs::write(&path, &flipped).unwrap();
        let (outbox, opened) = Outbox::open(&path, OutboxOptions::default()).unwrap();
        assert!(opened.damage.is_some() && opened.entries >= 9, "byte {at}: {opened:?}");
        assert_eq!(outbox.entries().count(), opened.entries);
    }
}

#[test]
fn the_file_does_not_grow_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.log");
    let mut outbox = open(&path);
    let kept = outbox.enqueue(new("kept", Some("k")), 1).unwrap();
    let long = "x".repeat(10_000);
    for _ in 0..100 {
        outbox.enqueue(NewEntry::of("long", &long).unwrap(), 1).unwrap();
        let sending = outbox.next(1, |op| op == "long").unwrap().unwrap();
        outbox.finish(&sending, Outcome::Done, 1).unwrap();
    }
    assert!(std::fs::metadata(&path).unwrap().len() < 300_000);
    drop(outbox);
    assert_eq!(open(&path).entries().map(|entry| entry.id).collect::<Vec<_>>(), [kept]);
}

// --- The end of the process ---

/// What the server did, in order, and how often it was asked.
#[derive(Default)]
struct Done {
    by_key: HashMap<String, String>,
    effects: Vec<String>,
    asked: u64,
}

/// A server that does what it is asked once per key. Now and then it does it and does not answer.
fn serve(done: Arc<Mutex<Done>>, stop: Arc<AtomicBool>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let Ok(mut stream) = stream else { continue };
            let mut line = String::new();
            // A client that is killed in the middle of a line has not asked.
            if BufReader::new(&stream).read_line(&mut line).is_err() || !line.ends_with('\n') {
                continue;
            }
            let (key, effect) = line.trim_end().split_once(' ').unwrap();
            let mut done = done.lock().unwrap();
            done.asked += 1;
            let silent = done.asked.is_multiple_of(5);
            match done.by_key.get(key) {
                Some(before) => assert_eq!(before, effect, "a key stands for one thing"),
                None => {
                    done.by_key.insert(key.to_owned(), effect.to_owned());
                    done.effects.push(effect.to_owned());
                }
            }
            drop(done);
            if !silent {
                let _ = stream.write_all(b"ok\n");
            }
        }
    });
    address
}

fn ask(address: &str, key: &str, effect: &str) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(format!("{key} {effect}\n").as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    if line == "ok\n" { Ok(()) } else { Err(std::io::ErrorKind::UnexpectedEof.into()) }
}

const CHILD: &str = "THROUGHLINE_QUERY_OUTBOX_CHILD";
const SCOPES: u64 = 3;

/// Queues and sends until it is killed, or all is sent if there is nothing to queue. Run by the test
/// below with the path, the server, and the number of the run.
#[test]
#[ignore = "the child of another test"]
fn child_that_sends() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let [path, address, run] = told.split('\n').collect::<Vec<_>>()[..] else { panic!("{told}") };
    let (address, run) = (address.to_owned(), run.parse::<u64>().ok());
    let mut senders = Senders::new();
    senders.on("do", move |effect: String, sending| {
        match ask(&address, &sending.idempotency_key, &effect) {
            Ok(()) => Outcome::Done,
            Err(error) => Outcome::Retry { error: error.to_string(), after: Some(Duration::ZERO) },
        }
    });
    let mut outbox = open(Path::new(path));
    let mut out = std::io::stdout().lock();
    let mut queued = 0..run.map_or(0, |_| u64::MAX);
    loop {
        for n in queued.by_ref().take(4) {
            let scope = n % SCOPES;
            let effect = format!("{scope}:{:03}:{n:06}", run.unwrap_or(0));
            let new = NewEntry::of("do", &effect).unwrap().scope(scope.to_string());
            if n % 4 == 3 {
                deposit(path, new, 1).unwrap();
                outbox.take_deposits().unwrap();
            } else {
                outbox.enqueue(new, 1).unwrap();
            }
            writeln!(out, "\nack {effect}").unwrap();
            out.flush().unwrap();
        }
        outbox.drain(&senders, || 1).unwrap();
        if run.is_none() {
            assert_eq!(outbox.entries().count(), 0);
            return;
        }
    }
}

fn child(path: &Path, address: SocketAddr, run: Option<u64>) -> std::process::Child {
    let run = run.map_or_else(|| "none".to_owned(), |run| run.to_string());
    Command::new(std::env::current_exe().unwrap())
        .args(["child_that_sends", "--exact", "--ignored", "--nocapture"])
        .env(CHILD, format!("{}\n{address}\n{run}", path.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn a_killed_process_loses_nothing_and_does_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.log");
    let (done, stop) = (Arc::new(Mutex::new(Done::default())), Arc::new(AtomicBool::new(false)));
    let address = serve(Arc::clone(&done), Arc::clone(&stop));
    let mut acknowledged = Vec::new();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64 ^ u64::from(std::process::id());
    for run in 0..30 {
        let mut child = child(&path, address, Some(run));
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
        std::thread::sleep(Duration::from_micros(10_000 + random % 60_000));
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged.extend(acks.join().unwrap());
    }
    let last = child(&path, address, None).wait_with_output().unwrap();
    assert!(last.status.success(), "{}", String::from_utf8_lossy(&last.stdout));
    stop.store(true, Ordering::Relaxed);
    let _ = TcpStream::connect(address);

    let done = done.lock().unwrap();
    let mut times = BTreeMap::<&str, u32>::new();
    for effect in &done.effects {
        *times.entry(effect).or_default() += 1;
    }
    for ack in &acknowledged {
        // One whose acknowledgement was cut off is another text, which nobody has done.
        if ack.len() == "0:000:000000".len() {
            assert_eq!(times.get(ack.as_str()), Some(&1), "{ack}");
        }
    }
    assert!(times.values().all(|times| *times == 1), "something was done twice");
    for scope in 0..SCOPES {
        let of_scope =
            done.effects.iter().filter(|effect| effect.starts_with(&format!("{scope}:")));
        assert!(of_scope.is_sorted(), "scope {scope} is out of order");
    }
    assert!(acknowledged.len() > 60, "the children got little done: {}", acknowledged.len());
    assert!(done.asked > done.effects.len() as u64, "nothing was ever sent twice");
    println!("{} done, asked {} times", done.effects.len(), done.asked);
}
