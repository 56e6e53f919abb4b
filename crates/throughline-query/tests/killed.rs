//! Processes that are killed while a client has durable mutations under way: written and not sent, sent
//! and not answered, answered and not crossed out. The next process does what is left, and the server
//! does everything once.

#![cfg(feature = "tokio")]
#![allow(clippy::unwrap_used, reason = "in a test an unwrap that fails is the failure")]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use throughline_query::outbox::{Outbox, OutboxOptions};
use throughline_query::{Mutate, Mutation, QueryClient};

const CHILD: &str = "THROUGHLINE_QUERY_KILLED_CHILD";

/// What the server has done, in order, and how often it was asked for each.
#[derive(Default)]
struct Server {
    asked: HashMap<String, u32>,
    done: Vec<String>,
}

/// A server that does what it is asked once per key.
fn serve() -> (Arc<Mutex<Server>>, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (server, address) = (Arc::<Mutex<Server>>::default(), listener.local_addr().unwrap());
    let shared = Arc::clone(&server);
    // It ends with the test.
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut line = String::new();
            if BufReader::new(&stream).read_line(&mut line).is_err() || !line.ends_with('\n') {
                continue;
            }
            let (key, what) = line.trim_end().split_once(' ').unwrap();
            let mut server = shared.lock().unwrap();
            let asked = server.asked.entry(key.to_owned()).or_default();
            *asked += 1;
            if *asked == 1 {
                server.done.push(what.to_owned());
            }
            let _ = stream.write_all(b"ok\n");
        }
    });
    (server, address)
}

fn ask(address: &str, key: &str, what: &str) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(format!("{key} {what}\n").as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    if line == "ok\n" { Ok(()) } else { Err(std::io::ErrorKind::UnexpectedEof.into()) }
}

/// Tells the parent how far it is, and goes no further: it is killed now.
fn stop_at(point: &str) -> ! {
    println!("\nat {point}");
    std::io::stdout().flush().unwrap();
    loop {
        std::thread::park();
    }
}

/// Submits three mutations, and gets as far as it is told. Run by the test below with the path, the
/// server, and the point.
#[test]
#[ignore = "the child of another test"]
fn child_that_is_killed() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let mut told = told.split('\n');
    let (path, address) = (PathBuf::from(told.next().unwrap()), told.next().unwrap().to_owned());
    let (point, run) = (told.next().unwrap().to_owned(), told.next().unwrap().to_owned());
    let here = point.clone();
    let send = Mutation::new("send", move |cx: Mutate<String>| {
        let (address, here) = (address.clone(), here.clone());
        async move {
            let key = cx.idempotency_key().expect("it is written down");
            let is_second = cx.variables().ends_with('1');
            if here == "before sending" && is_second {
                stop_at(&here);
            }
            ask(&address, &key, cx.variables())?;
            if here == "after sending" && is_second {
                stop_at(&here);
            }
            Ok::<_, std::io::Error>(())
        }
    })
    .durable(|_, _| true)
    .scope("all");

    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let client = QueryClient::new().unwrap();
        client.register(&send);
        client.set_online(point != "written");
        let outbox = client.outbox(Outbox::open(&path, OutboxOptions::default()).unwrap().0);
        if point == "the end" {
            outbox.drained().await;
            assert!(outbox.entries().await.unwrap().is_empty());
            return;
        }
        for n in 0..3 {
            drop(client.mutate(&send, format!("{run}:{n}")));
        }
        outbox.written().await.unwrap();
        if point == "written" {
            stop_at(&point);
        }
        tokio::time::sleep(Duration::from_secs(600)).await;
    });
}

fn child(path: &Path, address: SocketAddr, point: &str, run: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child_that_is_killed", "--exact", "--ignored", "--nocapture"])
        .env(CHILD, format!("{}\n{address}\n{point}\n{run}", path.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn a_client_that_is_killed_loses_nothing_and_sends_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.log");
    let (server, address) = serve();
    let points =
        ["written", "before sending", "after sending", "written", "after sending", "written"];
    for (run, point) in points.into_iter().enumerate() {
        let mut child = child(&path, address, point, run);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let reached =
            lines.by_ref().map_while(Result::ok).any(|line| line == format!("at {point}"));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(reached, "run {run} did not get to where it is killed");
    }
    let last = child(&path, address, "the end", points.len()).wait_with_output().unwrap();
    assert!(last.status.success(), "{}", String::from_utf8_lossy(&last.stdout));

    let server = server.lock().unwrap();
    let expected: Vec<_> =
        (0..points.len()).flat_map(|run| (0..3).map(move |n| format!("{run}:{n}"))).collect();
    assert_eq!(server.done, expected);
    assert_eq!(server.asked.len(), expected.len());
    // Those that were killed before they heard the answer were asked for again, under their key.
    assert!(server.asked.values().any(|asked| *asked > 1));
}
