//! Durable mutations.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use throughline_query::outbox::{
    DurableError, NewEntry, Outbox, OutboxOptions, OutboxState, deposit,
};
use throughline_query::{
    Fetch, Manual, Mutate, Mutated, Mutation, MutationFilters, Query, QueryClient, QueryError,
};

use crate::support::{Count, Oops, world};

/// A server: what it was asked, with which keys, and whether it can be reached.
#[derive(Clone, Default)]
struct Server {
    asked: Arc<Mutex<Vec<(String, String)>>>,
    is_down: Arc<AtomicBool>,
}

impl Server {
    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(what, _)| what.clone()).collect()
    }

    fn keys(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(_, key)| key.clone()).collect()
    }

    fn add(&self) -> Mutation<String, usize, Oops> {
        self.named("add")
    }

    fn named(&self, name: &'static str) -> Mutation<String, usize, Oops> {
        let server = self.clone();
        Mutation::new(name, move |cx: Mutate<String>| {
            let server = server.clone();
            async move {
                let key = cx.idempotency_key().expect("it is written down");
                let what = cx.variables().clone();
                server.asked.lock().unwrap().push((what.clone(), key.to_string()));
                if server.is_down.load(Ordering::SeqCst) {
                    return Err(Oops("down"));
                }
                if what.starts_with("bad") { Err(Oops("refused")) } else { Ok(what.len()) }
            }
        })
        .durable(|_, error| error.failed() == Some(&Oops("down")))
    }
}

fn open(path: &Path) -> Outbox {
    Outbox::open(path, OutboxOptions::default()).unwrap().0
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.log");
    (folder, path)
}

fn states(path: &Path) -> Vec<(String, OutboxState)> {
    let outbox = open(path);
    outbox.entries().map(|entry| (entry.variables.to().unwrap(), entry.state)).collect()
}

#[test]
fn without_an_outbox_it_is_refused() {
    let (manual, client) = world();
    let server = Server::default();
    let outcome = manual.block_on(client.mutate(&server.add(), "milk".to_owned())).unwrap();
    let Err(QueryError::Other(failure)) = outcome else { panic!("{outcome:?}") };
    assert!(matches!(failure.downcast_ref(), Some(DurableError::NoOutbox)));
    let observer = client.observe_mutation(&server.add());
    assert!(manual.block_on(observer.mutate("milk".to_owned())).unwrap().is_err());
    assert!(server.asked().is_empty());
}

#[test]
fn it_is_written_before_it_is_sent_and_crossed_out_when_it_is_done() {
    let (_folder, path) = folder();
    let (manual, client) = world();
    let outbox = client.outbox(open(&path));
    let file = path.clone();
    let add = Mutation::new("add", move |cx: Mutate<String>| {
        let written = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        let key = cx.idempotency_key().unwrap();
        let is_written = written.contains(&*key) && written.contains(cx.variables());
        async move { Ok::<_, Oops>(is_written) }
    })
    .durable(|_, _| false);
    assert!(*manual.block_on(client.mutate(&add, "milk".to_owned())).unwrap().unwrap());
    assert!(manual.block_on(outbox.entries()).unwrap().unwrap().is_empty());
    // An observer of mutations does the same.
    let adding = client.observe_mutation(&add);
    assert!(*manual.block_on(adding.mutate("bread".to_owned())).unwrap().unwrap());
    // What waits for the network is written without it.
    client.set_online(false);
    drop(client.mutate(&add, "eggs".to_owned()));
    manual.block_on(outbox.written()).unwrap().unwrap();
    let entries = manual.block_on(outbox.entries()).unwrap().unwrap();
    assert_eq!((entries.len(), entries[0].op.as_str()), (1, "add"));
    manual.block_on(outbox.close()).unwrap();
    assert_eq!(states(&path), [("eggs".to_owned(), OutboxState::Queued)]);
}

#[test]
fn what_was_done_offline_outlives_the_process_and_is_sent_once() {
    let (_folder, path) = folder();
    let server = Server::default();
    let settled = Count::default();
    let count = settled.clone();
    let add = server.add().scope("list").on_settled(move |_: Mutated<_, _, _>| {
        count.up();
        async { Ok(()) }
    });
    let (manual, client) = world();
    client.set_online(false);
    client.outbox(open(&path));
    let asked: Vec<_> = (0..5).map(|n| client.mutate(&add, format!("{n}"))).collect();
    manual.advance(Duration::from_secs(1));
    assert_eq!(client.is_mutating(&MutationFilters::default()), 5);
    drop(client);
    manual.run();
    for one in asked {
        assert!(matches!(manual.block_on(one).unwrap(), Err(QueryError::Closed)));
    }
    assert_eq!(states(&path).len(), 5);

    let client = QueryClient::builder().build(manual.runtime());
    client.mount();
    client.set_online(false);
    let outbox = client.outbox(open(&path));
    manual.run();
    // Nobody knows the operation yet.
    assert_eq!(client.is_mutating(&MutationFilters::default()), 0);
    client.register(&add);
    manual.run();
    assert_eq!(client.is_mutating(&add.all()), 5);
    assert!(server.asked().is_empty());
    // A new one waits behind the old ones.
    let sixth = client.mutate(&add, "5".to_owned());
    client.set_online(true);
    assert!(manual.block_on(sixth).unwrap().is_ok());
    assert_eq!(server.asked(), ["0", "1", "2", "3", "4", "5"]);
    assert_eq!(settled.get(), 6);
    manual.block_on(outbox.close()).unwrap();
    assert!(states(&path).is_empty());
}

#[test]
fn a_failure_that_leaves_it_open_is_tried_again_under_the_same_key() {
    let (_folder, path) = folder();
    let (manual, client) = world();
    let server = Server::default();
    server.is_down.store(true, Ordering::SeqCst);
    client.outbox(open(&path));
    let (add, other) = (server.add().scope("s"), server.named("other").scope("s"));
    let first = client.mutate(&add, "milk".to_owned());
    let second = client.mutate(&other, "bread".to_owned());
    manual.advance(Duration::from_secs(4));
    assert_eq!(server.asked(), ["milk", "milk", "milk"]);
    server.is_down.store(false, Ordering::SeqCst);
    assert!(manual.block_on(first).unwrap().is_ok());
    assert!(manual.block_on(second).unwrap().is_ok());
    assert_eq!(server.asked(), ["milk", "milk", "milk", "milk", "bread"]);
    let keys = server.keys();
    assert!(keys[..4].iter().all(|key| *key == keys[0]) && keys[4] != keys[0]);
}

#[test]
fn what_fails_for_good_is_put_aside_and_can_be_sent_again() {
    let (_folder, path) = folder();
    let (manual, client) = world();
    let server = Server::default();
    let outbox = client.outbox(open(&path));
    let add = server.add().scope("s");
    let refused = client.mutate(&add, "bad".to_owned());
    let fine = client.mutate(&add, "fine".to_owned());
    let error = manual.block_on(refused).unwrap().unwrap_err();
    assert_eq!(error.failed(), Some(&Oops("refused")));
    assert!(manual.block_on(fine).unwrap().is_ok());
    let entries = manual.block_on(outbox.entries()).unwrap().unwrap();
    assert_eq!((entries.len(), entries[0].state), (1, OutboxState::Failed));
    assert_eq!(entries[0].error.as_deref(), Some("refused"));
    assert!(manual.block_on(outbox.requeue(entries[0].id)).unwrap().is_ok());
    manual.run();
    assert_eq!(server.asked(), ["bad", "fine", "bad"]);
    let entries = manual.block_on(outbox.entries()).unwrap().unwrap();
    assert_eq!(entries[0].state, OutboxState::Failed);
    assert!(manual.block_on(outbox.discard(entries[0].id)).unwrap().is_ok());
    assert!(manual.block_on(outbox.discard(entries[0].id)).unwrap().is_err());
    assert!(manual.block_on(outbox.entries()).unwrap().unwrap().is_empty());
}

#[test]
fn what_fails_before_it_is_sent_leaves_nothing() {
    let (_folder, path) = folder();
    let (manual, client) = world();
    let server = Server::default();
    let outbox = client.outbox(open(&path));
    let add = server.add().on_mutate(|_: Mutate<String>| async { Err::<(), _>(Oops("not now")) });
    let error = manual.block_on(client.mutate(&add, "milk".to_owned())).unwrap().unwrap_err();
    assert_eq!(error.failed(), Some(&Oops("not now")));
    assert!(manual.block_on(outbox.entries()).unwrap().unwrap().is_empty());
    // Variables that cannot be written are a failure, and nothing is sent.
    let odd = Mutation::new("odd", |_: Mutate<std::collections::HashMap<Vec<u8>, u8>>| async {
        Ok::<_, Oops>(())
    })
    .durable(|_, _| true);
    let variables = std::iter::once((vec![1], 1)).collect();
    let outcome = manual.block_on(client.mutate(&odd, variables)).unwrap();
    let Err(QueryError::Other(failure)) = outcome else { panic!("{outcome:?}") };
    assert!(matches!(failure.downcast_ref(), Some(DurableError::Variables)));
    assert!(manual.block_on(outbox.entries()).unwrap().unwrap().is_empty());
}

#[test]
fn a_callback_that_fails_after_the_server_has_done_it_does_not_send_it_again() {
    let (_folder, path) = folder();
    let (manual, client) = world();
    let server = Server::default();
    let outbox = client.outbox(open(&path));
    let add = server.add().on_success(|_: Mutated<_, _, _>| async { Err(Oops("clumsy")) });
    let error = manual.block_on(client.mutate(&add, "milk".to_owned())).unwrap().unwrap_err();
    assert_eq!(error.failed(), Some(&Oops("clumsy")));
    assert!(manual.block_on(outbox.entries()).unwrap().unwrap().is_empty());
}

#[test]
fn clearing_the_cache_loses_no_durable_mutation() {
    let (_folder, path) = folder();
    let (manual, client) = world();
    let server = Server::default();
    client.outbox(open(&path));
    client.set_online(false);
    let plain = Mutation::new("plain", |_: Mutate<()>| async { Ok::<_, Oops>(()) });
    let asked = client.mutate(&server.add().scope("s"), "milk".to_owned());
    drop(client.mutate(&plain, ()));
    manual.run();
    client.clear();
    assert_eq!(client.is_mutating(&MutationFilters::default()), 1);
    client.set_online(true);
    client.resume();
    assert!(manual.block_on(asked).unwrap().is_ok());
    assert_eq!(server.asked(), ["milk"]);
}

#[test]
fn others_deposit_and_the_one_sender_sends() {
    let (_folder, path) = folder();
    let (manual, client) = world();
    let server = Server::default();
    let add = server.add().scope("s");
    client.register(&add);
    client.outbox(open(&path));
    manual.run();
    assert!(Outbox::open(&path, OutboxOptions::default()).is_err());
    deposit(&path, add.entry(&"theirs".to_owned()).unwrap(), 1).unwrap();
    deposit(&path, NewEntry::of("unknown", &7).unwrap(), 1).unwrap();
    deposit(&path, NewEntry::of("add", &7).unwrap(), 1).unwrap();
    manual.block_on(client.resume()).unwrap().unwrap();
    manual.run();
    assert_eq!(server.asked(), ["theirs"]);
    drop(client);
    manual.run();
    let outbox = open(&path);
    let left: Vec<_> = outbox.entries().map(|entry| (entry.op.as_str(), entry.state)).collect();
    // What no function knows waits for a version that does; what cannot be read lies aside.
    assert_eq!(left, [("unknown", OutboxState::Queued), ("add", OutboxState::Failed)]);
}

#[test]
fn what_waits_shows_over_the_data_also_after_a_restart() {
    let (_folder, path) = folder();
    let server = Server::default();
    let list = Query::new("list", |_: Fetch<()>| async { Err::<Vec<String>, _>(Oops("no")) });
    let shown = list.clone();
    let add = server.add().optimistic(
        move |_| shown.at(()),
        |item, items: &Vec<String>| Some([&items[..], std::slice::from_ref(item)].concat()),
    );
    let manual = Manual::new();
    for round in 0..2 {
        let client = QueryClient::builder().build(manual.runtime());
        client.set_online(false);
        client.set(&list.at(()), vec!["read".to_owned()]).unwrap();
        client.register(&add);
        client.outbox(open(&path));
        if round == 0 {
            drop(client.mutate(&add, "write".to_owned()));
        }
        manual.run();
        let expected = vec!["read".to_owned(), "write".to_owned()];
        assert_eq!(client.get(&list.at(())), Some(Arc::new(expected)), "round {round}");
        drop(client);
        manual.run();
    }
}

#[test]
fn a_disk_that_fails_fails_the_mutation_and_nothing_is_sent() {
    let (folder, _) = folder();
    let (manual, client) = world();
    let server = Server::default();
    // The outbox belongs to somebody who is not the present one.
    let partitions = throughline_query::partition::Partitions::open(folder.path()).unwrap();
    let mut machine = throughline_query::Machine::new(Default::default(), 0);
    let ada = partitions.switch(&mut machine, "ada", Default::default()).unwrap();
    partitions.leave(&mut machine);
    client.outbox(ada.outbox);
    let outcome = manual.block_on(client.mutate(&server.add(), "milk".to_owned())).unwrap();
    assert!(matches!(outcome, Err(QueryError::Other(_))), "{outcome:?}");
    assert!(server.asked().is_empty());
}

#[test]
fn what_is_submitted_while_the_cache_is_restored_is_written_after_it() {
    use throughline_query::persist::{MemoryPersister, PersistOptions, Persister};
    let (_folder, path) = folder();
    let (manual, client) = world();
    let server = Server::default();
    let mut memory = MemoryPersister::default();
    client.persist(memory.clone(), PersistOptions::default());
    let outbox = client.outbox(open(&path));
    client.set_online(false);
    drop(client.mutate(&server.add(), "milk".to_owned()));
    manual.block_on(outbox.written()).unwrap().unwrap();
    assert_eq!(manual.block_on(outbox.entries()).unwrap().unwrap().len(), 1);
    // It is in the outbox, and nowhere else from where it could be sent again.
    manual.advance(Duration::from_secs(2));
    let written = client.dehydrate(&throughline_query::DehydrateOptions::default()).unwrap();
    assert!(!written.json.contains("milk"), "{}", written.json);
    assert!(memory.restore().unwrap().entries.is_empty());
    manual.block_on(outbox.clone().close()).unwrap();
    assert!(manual.block_on(outbox.written()).unwrap().is_err());
    assert!(manual.block_on(outbox.entries()).unwrap().is_err());
    manual.block_on(outbox.drained()).unwrap();
    assert!(server.asked().is_empty());
}
