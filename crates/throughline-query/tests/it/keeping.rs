//! A cache that keeps itself.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use throughline_query::persist::{
    Entry, FileOptions, FilePersister, MemoryPersister, PersistError, PersistOptions, Persister,
    SaveOptions, Stored,
};
use throughline_query::{
    FetchStatus, Fields, Manual, Mutate, Mutation, Query, QueryClient, QueryError, Status,
};

use crate::support::{Count, Oops, counting, world};

type Numbers = Query<u32, usize, Oops>;

fn kept() -> (Numbers, Count) {
    let (query, calls) = counting("n");
    (query.json().stale_time(Duration::from_secs(3600)), calls)
}

/// A persister that does what it is told.
#[derive(Clone, Default)]
struct Moody {
    memory: MemoryPersister,
    appends: Arc<AtomicUsize>,
    refuses: Arc<AtomicBool>,
    panics: Arc<AtomicBool>,
    broken: Arc<AtomicBool>,
}

fn full() -> PersistError {
    let source = std::io::Error::other("the disk is full");
    PersistError::Io { doing: "write", path: "cache".into(), source }
}

impl Persister for Moody {
    fn restore(&mut self) -> Result<Stored, PersistError> {
        assert!(!self.panics.load(Ordering::SeqCst), "expected in the output");
        if self.broken.load(Ordering::SeqCst) { Err(full()) } else { self.memory.restore() }
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), PersistError> {
        assert!(!self.panics.load(Ordering::SeqCst), "expected in the output");
        if self.refuses.load(Ordering::SeqCst) {
            return Err(full());
        }
        self.appends.fetch_add(1, Ordering::SeqCst);
        self.memory.append(entries)
    }

    fn remove(&mut self) -> Result<(), PersistError> {
        self.memory.remove()
    }
}

impl Moody {
    fn ids(&self) -> Vec<String> {
        let entries = self.memory.clone().restore().unwrap().entries;
        let mut ids: Vec<_> = entries.into_iter().map(|entry| entry.id).collect();
        ids.sort();
        ids
    }
}

#[test]
fn what_was_kept_is_there_before_the_first_fetch() {
    let store = Moody::default();
    let (query, calls) = kept();
    let (manual, client) = world();
    client.persist(store.clone(), PersistOptions::default());
    assert_eq!(*manual.block_on(client.fetch(&query.at(1))).unwrap().unwrap(), 1);
    drop(client);
    manual.run();

    // Everything that fetches is asked for before anything is read.
    let client = QueryClient::builder().build(manual.runtime());
    let persisting = client.persist(store, PersistOptions::default());
    let mut observer = client.observe(&query.at(1));
    let all = client.observe_all([1, 2].map(|n| query.at(n)));
    let asked = client.fetch(&query.at(1));
    client.prefetch(&query.at(1));
    let ensured = client.ensure(&query.at(1));
    let first = observer.next().now_or_never().unwrap().unwrap();
    assert_eq!((first.status, first.fetch_status), (Status::Pending, FetchStatus::Idle));
    assert_eq!(calls.get(), 1);

    let report = manual.block_on(persisting.restored()).unwrap().unwrap();
    assert_eq!((report.queries, report.expired), (1, 0));
    manual.run();
    let seen = observer.next().now_or_never().unwrap().unwrap();
    assert_eq!(seen.data().as_deref(), Some(&1));
    assert_eq!(*manual.block_on(asked).unwrap().unwrap(), 1);
    assert_eq!(*manual.block_on(ensured).unwrap().unwrap(), 1);
    // Only what was not kept was fetched.
    assert_eq!(calls.get(), 2);
    assert_eq!(all.states()[1].data().as_deref(), Some(&2));
    assert_eq!(manual.block_on(persisting.restored()).unwrap().unwrap().queries, 1);
}

#[test]
fn commands_that_come_before_the_file_is_read_are_about_what_is_in_it() {
    let store = Moody::default();
    let (query, calls) = kept();
    let (manual, client) = world();
    client.persist(store.clone(), PersistOptions::default());
    for n in 0..4 {
        client.set(&query.at(n), 9).unwrap();
    }
    drop(client);
    manual.run();
    let client = QueryClient::builder().build(manual.runtime());
    client.persist(store.clone(), PersistOptions::default());
    client.invalidate(&query.at(0));
    client.remove(&query.at(1));
    // What is set is newer than what was kept.
    client.set(&query.at(2), 7).unwrap();
    let fetched = client.fetch(&query.at(3));
    assert_eq!(*manual.block_on(fetched).unwrap().unwrap(), 9);
    assert!(client.state(&query.at(0)).unwrap().is_invalidated);
    assert_eq!(client.get(&query.at(1)), None);
    assert_eq!(client.get(&query.at(2)).as_deref(), Some(&7));
    assert_eq!(calls.get(), 0);
    manual.advance(Duration::from_secs(1));
    assert_eq!(store.ids().len(), 3);
}

#[test]
fn changes_are_written_together_and_only_what_changed() {
    let store = Moody::default();
    let (query, _) = kept();
    let (manual, client) = world();
    client.persist(store.clone(), PersistOptions::default());
    manual.run();
    for n in 0..100 {
        client.set(&query.at(n), 0).unwrap();
        manual.advance(Duration::from_millis(5));
    }
    assert_eq!(store.appends.load(Ordering::SeqCst), 0);
    manual.advance(Duration::from_millis(500));
    assert_eq!((store.appends.load(Ordering::SeqCst), store.ids().len()), (1, 100));
    manual.advance(Duration::from_secs(60));
    assert_eq!(store.appends.load(Ordering::SeqCst), 1);
    client.remove(&query.at(7));
    manual.advance(Duration::from_secs(1));
    assert_eq!((store.appends.load(Ordering::SeqCst), store.ids().len()), (2, 99));
}

#[test]
fn the_last_client_writes_what_is_left() {
    let store = Moody::default();
    let (query, _) = kept();
    let (manual, client) = world();
    client.persist(store.clone(), PersistOptions::default());
    client.set(&query.at(1), 1).unwrap();
    drop(client);
    // Also when the runtime goes before it has done anything.
    drop(manual);
    assert_eq!(store.ids(), [r#"["n",1]"#]);
}

#[test]
fn flushing_and_stopping_are_over_when_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.log");
    let open = || FilePersister::open(&path, FileOptions::default());
    let (query, _) = kept();
    let (manual, client) = world();
    let persisting = client.persist(open().unwrap(), PersistOptions::default());
    client.set(&query.at(1), 1).unwrap();
    manual.block_on(persisting.flush()).unwrap().unwrap();
    assert!(matches!(open(), Err(PersistError::Locked(_))));
    client.set(&query.at(2), 2).unwrap();
    manual.block_on(persisting.stop()).unwrap().unwrap();
    client.set(&query.at(3), 3).unwrap();
    manual.advance(Duration::from_secs(5));
    assert_eq!(open().unwrap().restore().unwrap().entries.len(), 2);
}

#[test]
fn a_disk_that_fails_is_told_of_and_asked_again() {
    let store = Moody::default();
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&told);
    let manual = Manual::new();
    let client = QueryClient::builder()
        .on_storage_error(move |error| log.lock().unwrap().push(error.to_string()))
        .build(manual.runtime());
    let persisting = client.persist(store.clone(), PersistOptions::default());
    let (query, _) = kept();
    store.refuses.store(true, Ordering::SeqCst);
    client.set(&query.at(1), 1).unwrap();
    let error = manual.block_on(persisting.flush()).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "cannot write cache: the disk is full");
    assert_eq!(told.lock().unwrap().len(), 1);
    store.refuses.store(false, Ordering::SeqCst);
    store.panics.store(true, Ordering::SeqCst);
    let error = manual.block_on(persisting.flush()).unwrap().unwrap_err();
    assert!(matches!(&*error, PersistError::Panicked(_)));
    store.panics.store(false, Ordering::SeqCst);
    manual.advance(Duration::from_secs(10));
    assert_eq!(store.ids(), [r#"["n",1]"#]);
}

#[test]
fn what_cannot_be_read_holds_nobody_up_and_is_not_written_over() {
    for how in 0..2 {
        let store = Moody::default();
        if how == 0 { &store.broken } else { &store.panics }.store(true, Ordering::SeqCst);
        let (manual, client) = world();
        let persisting = client.persist(store.clone(), PersistOptions::default());
        let (query, calls) = kept();
        let asked = client.fetch(&query.at(1));
        assert!(manual.block_on(persisting.restored()).unwrap().is_err());
        assert!(manual.block_on(asked).unwrap().is_ok());
        assert_eq!(calls.get(), 1);
        manual.advance(Duration::from_secs(5));
        assert_eq!(store.appends.load(Ordering::SeqCst), 0);
        let error = manual.block_on(persisting.flush()).unwrap().unwrap_err();
        assert!(matches!(&*error, PersistError::Closed));
    }
}

#[test]
fn a_disk_that_never_answers_is_waited_for_only_so_long() {
    struct Stuck(std::sync::mpsc::Receiver<()>);
    impl Persister for Stuck {
        fn restore(&mut self) -> Result<Stored, PersistError> {
            let _ = self.0.recv();
            Ok(Stored::default())
        }
        fn append(&mut self, _: &[Entry]) -> Result<(), PersistError> {
            Ok(())
        }
        fn remove(&mut self) -> Result<(), PersistError> {
            Ok(())
        }
    }
    /// As by hand, but for what blocks, which gets its thread.
    struct WithThreads(Arc<dyn throughline_query::Runtime>);
    impl throughline_query::Runtime for WithThreads {
        fn now(&self) -> i64 {
            self.0.now()
        }
        fn spawn(&self, task: throughline_query::BoxFuture<()>) {
            self.0.spawn(task);
        }
        fn sleep(&self, until: i64) -> throughline_query::BoxFuture<()> {
            self.0.sleep(until)
        }
    }
    let (release, wait) = std::sync::mpsc::channel();
    let manual = Manual::new();
    let client = QueryClient::builder().build(Arc::new(WithThreads(manual.runtime())));
    client.persist(Stuck(wait), PersistOptions::default());
    let (query, calls) = kept();
    let asked = client.fetch(&query.at(1));
    manual.advance(Duration::from_secs(9));
    assert_eq!(calls.get(), 0);
    manual.advance(Duration::from_secs(1));
    assert!(manual.block_on(asked).unwrap().is_ok());
    drop(release);
}

#[test]
fn what_is_too_old_is_forgotten_on_the_disk_too() {
    let store = Moody::default();
    let (query, _) = kept();
    let (manual, client) = world();
    client.persist(store.clone(), PersistOptions::default());
    client.set(&query.at(1), 1).unwrap();
    drop(client);
    manual.advance(Duration::from_secs(100));
    assert_eq!(store.ids().len(), 1);
    let client = QueryClient::builder().build(manual.runtime());
    let save = SaveOptions { max_age: 50_000, ..SaveOptions::default() };
    let options = PersistOptions { save, ..PersistOptions::default() };
    let persisting = client.persist(store.clone(), options);
    let report = manual.block_on(persisting.restored()).unwrap().unwrap();
    assert_eq!((report.queries, report.expired), (0, 1));
    manual.run();
    assert!(store.ids().is_empty());
    assert!(client.get(&query.at(1)).is_none());
}

#[test]
fn what_a_layer_shows_is_not_kept() {
    let store = Moody::default();
    let (query, _) = kept();
    let (manual, client) = world();
    client.persist(store.clone(), PersistOptions::default());
    client.set(&query.at(1), 1).unwrap();
    let layer = client.layer(&query.at(1), |n| Some(n + 100));
    assert_eq!(client.get(&query.at(1)).as_deref(), Some(&101));
    manual.advance(Duration::from_secs(2));
    std::mem::forget(layer);
    let client = QueryClient::builder().build(manual.runtime());
    client.persist(store, PersistOptions::default());
    manual.run();
    assert_eq!(client.get(&query.at(1)).as_deref(), Some(&1));
}

#[test]
fn a_mutation_that_waited_goes_on_when_it_is_known() {
    let store = Moody::default();
    let sent = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&sent);
    let add = Mutation::new("add", move |cx: Mutate<String>| {
        log.lock().unwrap().push(cx.variables().clone());
        async { Ok::<_, Oops>(()) }
    })
    .json();
    let (manual, client) = world();
    client.persist(store.clone(), PersistOptions::default());
    client.set_online(false);
    let asked = client.mutate(&add, "milk".to_owned());
    manual.advance(Duration::from_secs(2));
    drop(client);
    assert!(matches!(manual.block_on(asked).unwrap(), Err(QueryError::Closed)));
    assert!(sent.lock().unwrap().is_empty());

    let client = QueryClient::builder().build(manual.runtime());
    client.register(&add);
    client.persist(store.clone(), PersistOptions::default());
    manual.block_on(client.resume()).unwrap().unwrap();
    assert_eq!(*sent.lock().unwrap(), ["milk"]);
    manual.advance(Duration::from_secs(2));
    assert!(store.ids().is_empty());
}

#[cfg(feature = "tokio")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_tokio_a_file_is_kept_off_the_async_threads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.log");
    let query =
        Query::new(
            "n",
            |cx: throughline_query::Fetch<u32>| async move { Ok::<_, Oops>(*cx.params()) },
        )
        .json();
    for round in 0..3 {
        let client = QueryClient::new().unwrap();
        let file = FilePersister::open(&path, FileOptions::default()).unwrap();
        let persisting = client.persist(file, PersistOptions::default());
        let report = persisting.restored().await.unwrap();
        assert_eq!(report.queries, round * 10);
        for n in 0..10 {
            client.fetch(&query.at(round as u32 * 10 + n)).await.unwrap();
        }
        persisting.stop().await.unwrap();
    }
}

#[test]
fn who_panics_when_told_of_a_full_disk_keeps_nobody_waiting() {
    let store = Moody::default();
    let manual = Manual::new();
    let client = QueryClient::builder()
        .on_storage_error(|_| panic!("expected in the output"))
        .build(manual.runtime());
    let (query, _) = kept();
    let persisting = client.persist(store.clone(), PersistOptions::default());
    client.set(&query.at(1), 1).unwrap();
    store.refuses.store(true, Ordering::SeqCst);
    let flushed = persisting.flush();
    manual.run();
    assert!(flushed.now_or_never().expect("an answer").is_err());
    let stopped = persisting.stop();
    manual.run();
    assert!(stopped.now_or_never().expect("an answer").is_err());
}

#[test]
fn what_is_combined_is_heard_of_when_the_cache_is_restored() {
    let (manual, client) = world();
    let (query, _) = kept();
    client.persist(Moody::default(), PersistOptions::default());
    let mut sum = client
        .observe_all([query.at(1)])
        .combine(Fields::DATA, |states| states.iter().filter_map(|state| state.data()).count());
    let first = manual.block_on(sum.changed()).expect("it does not wait for ever");
    assert!(first.is_some());
}

#[test]
fn a_mutation_that_waits_for_the_cache_goes_on_without_its_observer() {
    let (manual, client) = world();
    let double =
        Mutation::new("double", |cx: Mutate<u32>| async move { Ok::<_, Oops>(cx.variables() * 2) });
    client.persist(Moody::default(), PersistOptions::default());
    let observer = client.observe_mutation(&double);
    let doubled = observer.mutate(21);
    drop(observer);
    assert_eq!(*manual.block_on(doubled).expect("an answer").unwrap(), 42);
}

#[test]
fn what_json_cannot_hold_is_told_of_and_the_rest_is_kept() {
    use std::collections::BTreeMap;

    let told = Arc::new(Mutex::new(Vec::new()));
    let (log, store, manual) = (Arc::clone(&told), Moody::default(), Manual::new());
    let client = QueryClient::builder()
        .on_storage_error(move |error| log.lock().unwrap().push(error.to_string()))
        .build(manual.runtime());
    let persisting = client.persist(store.clone(), PersistOptions::default());
    let map: Query<(), BTreeMap<Vec<u8>, u8>, Oops> = Query::unfetched("map");
    let kept = Query::<(), u8, Oops>::unfetched("kept").json();
    let silent = Query::<(), u8, Oops>::unfetched("silent");
    client.set(&map.json().at(()), BTreeMap::from([(vec![1], 1)])).unwrap();
    client.set(&kept.at(()), 1).unwrap();
    client.set(&silent.at(()), 1).unwrap();
    manual.block_on(persisting.flush()).unwrap().unwrap();
    assert_eq!(*told.lock().unwrap(), [r#"what JSON cannot hold is not kept: ["map"]"#]);
    assert_eq!(store.ids(), [r#"["kept"]"#]);
}
