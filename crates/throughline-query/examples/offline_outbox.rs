//! Working offline: what is done is shown at once and written to the client's outbox; the program ends
//! in the middle of sending, begins again, shows what is still wanted, and sends it under the same
//! idempotency keys. The server is asked more than once and does everything once.
//!
//! `cargo run -p throughline-query --example offline_outbox`

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use throughline_query::outbox::{Outbox, OutboxOptions};
use throughline_query::persist::{FileOptions, FilePersister, PersistOptions};
use throughline_query::{Bound, ClientOutbox, Mutate, Mutation, Persisting, Query, QueryClient};

type Notes = Bound<Vec<String>, io::Error>;
type Adding = Mutation<String, (), io::Error>;

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

/// The program: its definitions, and a client that keeps its cache and its outbox in files.
struct Program {
    client: QueryClient,
    kept: Persisting,
    outbox: ClientOutbox,
    notes: Notes,
    adding: Adding,
}

impl Program {
    fn start(folder: &Path, server: SocketAddr, online: bool) -> Result<Self, Box<dyn Error>> {
        // Nobody fetches them here; they are what the program has.
        let notes = Query::unfetched("notes").json();
        let (shown, refused) = (notes.clone(), io::ErrorKind::PermissionDenied);
        let adding = Mutation::new("note.add", move |cx: Mutate<String>| async move {
            let key = cx.idempotency_key().ok_or(io::ErrorKind::Other)?;
            let note = cx.variables().clone();
            let sent = tokio::task::spawn_blocking(move || send(server, &key, &note));
            sent.await.map_err(io::Error::other)?
        })
        // Nobody knows whether a broken connection has done it; a refusal is one.
        .durable(move |_, error| error.failed().is_some_and(|error| error.kind() != refused))
        .scope("notes")
        .optimistic(
            move |_| shown.at(()),
            |note, notes: &Vec<String>| {
                Some([&notes[..], std::slice::from_ref(note)].concat())
            },
        );

        let client = QueryClient::new()?;
        client.mount();
        client.set_online(online);
        client.register(&adding);
        let file = FilePersister::open(folder.join("cache.log"), FileOptions::default())?;
        let kept = client.persist(file, PersistOptions::default());
        let (outbox, _) = Outbox::open(folder.join("outbox.log"), OutboxOptions::default())?;
        let outbox = client.outbox(outbox);
        Ok(Self { client, kept, outbox, notes: notes.at(()), adding })
    }

    fn shown(&self) -> String {
        self.client.get(&self.notes).map(|notes| notes.join(", ")).unwrap_or_default()
    }
}

/// The program, the first time: there is no network, and when there is one the program ends in the middle
/// of sending.
async fn first_run(
    folder: &Path,
    server: &Server,
    say: &mut impl FnMut(String),
) -> Result<Vec<String>, Box<dyn Error>> {
    let program = Program::start(folder, server.address, false)?;
    program.kept.restored().await?;
    program.client.set(&program.notes, vec!["water the plants".to_owned()])?;
    for note in ["buy milk", "call Ada"] {
        // Whether it is awaited or not, it happens.
        drop(program.client.mutate(&program.adding, note.to_owned()));
    }
    program.outbox.written().await?;
    let entries = program.outbox.entries().await?;
    say(format!("offline: shown [{}], written {}", program.shown(), entries.len()));

    // There is a network again; the server does the first one, and the answer is lost.
    program.client.set_online(true);
    while server.done().asked == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    program.kept.flush().await?;
    say("the network is back, and the program ends while it sends".to_owned());
    Ok(entries.into_iter().map(|entry| entry.idempotency_key).collect())
}

/// The program, the second time: there is a network.
async fn second_run(
    folder: &Path,
    server: &Server,
    before: &[String],
    say: &mut impl FnMut(String),
) -> Result<(), Box<dyn Error>> {
    let program = Program::start(folder, server.address, false)?;
    program.kept.restored().await?;
    // What waits is a mutation again, and shows.
    let entries = program.outbox.entries().await?;
    say(format!("again: shown [{}], written {}", program.shown(), entries.len()));
    let is_same = entries.iter().map(|entry| &entry.idempotency_key).eq(before);
    say(format!("the idempotency keys are the same: {is_same}"));

    program.client.set_online(true);
    program.outbox.drained().await;
    say(format!("sent: {} left", program.outbox.entries().await?.len()));
    let server = server.done();
    say(format!("the server was asked {} times and has {:?}", server.asked, server.notes));
    Ok(())
}

/// What the example does; `say` gets its lines.
pub fn run(mut say: impl FnMut(String)) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let server = Server::start()?;
    // Each has a runtime of its own, which ends with it as a process would.
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build();
    let keys = runtime()?.block_on(first_run(folder.path(), &server, &mut say))?;
    runtime()?.block_on(second_run(folder.path(), &server, &keys, &mut say))
}

fn main() -> Result<(), Box<dyn Error>> {
    run(|line| println!("{line}"))
}
