//! Working offline: what is done is shown at once and written to an outbox; the program ends in the
//! middle of sending, begins again, and sends what is left, under the same idempotency keys. The server
//! is asked more than once and does everything once.
//!
//! `cargo run -p throughline-query --example offline_outbox`

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use throughline_query::outbox::{NewEntry, Outbox, OutboxOptions, Outcome, Senders};
use throughline_query::{Bound, Fetch, Manual, Query, QueryClient};

type Notes = Bound<Vec<String>, io::Error>;

/// What the server has done.
#[derive(Default)]
struct Done {
    by_key: HashMap<String, String>,
    notes: Vec<String>,
    asked: u32,
}

/// A server on this machine that takes lines of an idempotency key and a note. It does what it is asked
/// once per key. The first time it does it and says nothing, as if the network had gone.
#[derive(Clone)]
struct Server {
    done: Arc<Mutex<Done>>,
    address: SocketAddr,
}

impl Server {
    fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let server = Self { done: Arc::default(), address: listener.local_addr()? };
        let this = server.clone();
        // It ends with the program.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = this.answer(stream);
            }
        });
        Ok(server)
    }

    fn done(&self) -> MutexGuard<'_, Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line)?;
        let Some((key, note)) = line.trim_end().split_once(' ') else { return Ok(()) };
        let mut done = self.done();
        done.asked += 1;
        if done.by_key.insert(key.to_owned(), note.to_owned()).is_none() {
            done.notes.push(note.to_owned());
        }
        if done.asked > 1 { stream.write_all(b"ok\n") } else { Ok(()) }
    }
}

/// Asks the server to keep a note.
fn send(server: SocketAddr, key: &str, note: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    writeln!(stream, "{key} {note}")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    if line == "ok\n" { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn senders(server: SocketAddr) -> Senders<Outcome> {
    let mut senders = Senders::new();
    senders.on("note.add", move |note: String, sending| {
        match send(server, &sending.idempotency_key, &note) {
            Ok(()) => Outcome::Done,
            // Nobody knows whether it was done, so it is sent again.
            Err(error) => Outcome::Retry { error: error.to_string(), after: Some(Duration::ZERO) },
        }
    });
    senders
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Shows a note at once, and queues it. When this returns, it is on the disk.
fn add(
    client: &QueryClient,
    notes: &Notes,
    outbox: &mut Outbox,
    note: &str,
) -> Result<(), Box<dyn Error>> {
    outbox.enqueue(NewEntry::of("note.add", note)?.scope("notes"), now())?;
    let note = note.to_owned();
    client.update(notes, move |notes| notes.push(note))?;
    Ok(())
}

fn keys(outbox: &Outbox) -> Vec<String> {
    outbox.entries().map(|entry| entry.idempotency_key.clone()).collect()
}

/// The program, the first time: there is no network, and when there is one it ends in the middle of
/// sending.
fn first_run(
    path: &Path,
    server: &Server,
    say: &mut impl FnMut(String),
) -> Result<Vec<String>, Box<dyn Error>> {
    let manual = Manual::new();
    let client = QueryClient::builder().build(manual.runtime());
    client.set_online(false);
    let notes = Query::new("notes", |_: Fetch<()>| async { Ok(Vec::new()) }).at(());
    client.set(&notes, Vec::new())?;

    let (mut outbox, _) = Outbox::open(path, OutboxOptions::default())?;
    for note in ["buy milk", "call Ada"] {
        add(&client, &notes, &mut outbox, note)?;
    }
    say(format!("offline: shown {:?}, queued {}", client.get(&notes), outbox.entries().count()));

    // There is a network again, but the program ends before there is an answer: nobody writes down
    // what came of the first entry.
    client.set_online(true);
    let sending = outbox.next(now(), |_| true)?.ok_or("nothing to send")?;
    let sent = send(server.address, &sending.idempotency_key, &sending.variables.to::<String>()?);
    say(format!("attempt {}: answered {}; the program ends", sending.attempt, sent.is_ok()));
    Ok(keys(&outbox))
}

/// The program, the second time: there is a network.
fn second_run(
    path: &Path,
    server: &Server,
    before: &[String],
    say: &mut impl FnMut(String),
) -> Result<(), Box<dyn Error>> {
    let (mut outbox, opened) = Outbox::open(path, OutboxOptions::default())?;
    say(format!("again: {} entries, {} interrupted", opened.entries, opened.interrupted));
    say(format!("the idempotency keys are the same: {}", keys(&outbox) == before));

    let senders = senders(server.address);
    let drained = outbox.drain(&senders, now)?;
    say(format!("sent: {} done, {} left", drained.done, outbox.entries().count()));
    let server = server.done();
    say(format!("the server was asked {} times and has {:?}", server.asked, server.notes));
    Ok(())
}

/// What the example does; `say` gets its lines.
pub fn run(mut say: impl FnMut(String)) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("outbox.log");
    let server = Server::start()?;
    let keys = first_run(&path, &server, &mut say)?;
    second_run(&path, &server, &keys, &mut say)
}

fn main() -> Result<(), Box<dyn Error>> {
    run(|line| println!("{line}"))
}
