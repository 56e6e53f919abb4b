//! A client that is switched from one principal to another.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use throughline_query::outbox::OutboxState;
use throughline_query::partition::{PartitionError, PartitionOptions, Partitions};
use throughline_query::persist::PersistError;
use throughline_query::{
    Fetch, Fields, Filters, Happened, Manual, Mutate, Mutated, Mutation, MutationFilters, Query,
    QueryClient, QueryError, Status,
};

use crate::support::{Count, OnDrop, Oops, world};

const SECRET: &str = "the old one's";

fn switch(manual: &Manual, client: &QueryClient, to: &str, partitions: &Partitions) -> usize {
    let switching = client.switch(partitions, to, PartitionOptions::default());
    manual.block_on(switching).expect("it ends").expect("it opens").restored().queries
}

/// Everything that the files below a directory hold.
fn on_disk(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all += &on_disk(&path);
        } else {
            all += &String::from_utf8_lossy(&std::fs::read(&path).unwrap());
        }
    }
    all
}

#[test]
fn each_sees_what_is_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let partitions = Partitions::open(folder.path()).unwrap();
    let (manual, client) = world();
    let query: Query<u32, String, Oops> = Query::unfetched("n").json();
    for (who, restored) in [("ada", 0), ("bob", 0), ("ada", 1), ("bob", 1), ("bob", 1)] {
        assert_eq!(switch(&manual, &client, who, &partitions), restored, "{who}");
        let before = client.get(&query.at(1));
        assert_eq!(before.as_deref().map(String::as_str), (restored == 1).then_some(who));
        client.set(&query.at(1), who.to_owned()).unwrap();
    }
    manual.block_on(client.leave(&partitions)).unwrap();
    assert!(client.is_empty());
    client.set(&query.at(1), "nobody's".to_owned()).unwrap();
    manual.advance(Duration::from_secs(5));
    assert!(!on_disk(folder.path()).contains("nobody's"));
    // What nobody had is not what the next one has.
    assert_eq!(switch(&manual, &client, "carol", &partitions), 0);
    assert!(client.is_empty());
}

#[test]
fn nothing_of_the_old_one_is_seen_or_sent() {
    let folder = tempfile::tempdir().unwrap();
    let partitions = Partitions::open(folder.path()).unwrap();
    let (manual, client) = world();
    client.mount();
    switch(&manual, &client, "ada", &partitions);
    let mut events = client.subscribe_events(1000);
    let whose = Arc::new(Mutex::new(SECRET.to_owned()));

    // What is there, what is shown, and what is on its way.
    let who = Arc::clone(&whose);
    let mail = Query::new("mail", move |cx: Fetch<String>| {
        let who = who.lock().unwrap().clone();
        let is_slow = cx.params() == "slow";
        async move {
            if is_slow {
                std::future::pending::<()>().await;
            }
            Ok::<_, Oops>(who)
        }
    })
    .json()
    .keep_previous();
    let mut observer = client.observe(&mail.at("shown".to_owned()));
    let many = client.observe_all(["shown", "more"].map(|name| mail.at(name.to_owned()))).combine(
        Fields::DATA,
        |states| {
            states.iter().filter_map(|state| state.data()).map(|data| data.to_string()).collect()
        },
    );
    let _: Option<Arc<Vec<String>>> = many.value();
    let fetching = client.fetch(&mail.at("slow".to_owned()));
    let layer = client.layer(&mail.at("shown".to_owned()), |text| Some(format!("{text}!")));

    // A mutation whose function is in the middle, one whose callback is, and one that waits.
    let (stopped, sent) = (Count::default(), Count::default());
    let (guard, count) = (stopped.clone(), sent.clone());
    let middle = Mutation::new("middle", move |_: Mutate<String>| {
        let (guard, count) = (OnDrop(guard.clone()), count.clone());
        async move {
            // Whoever wakes it again would have it send.
            let mut is_first = true;
            std::future::poll_fn(move |_| match std::mem::take(&mut is_first) {
                true => std::task::Poll::Pending,
                false => std::task::Poll::Ready(()),
            })
            .await;
            count.up();
            drop(guard);
            Ok::<_, Oops>(())
        }
    });
    let late = Arc::new(Mutex::new(None));
    let place = Arc::clone(&late);
    let (slow, leak) = (stopped.clone(), mail.at("leak".to_owned()));
    let callback = Mutation::new("callback", |_: Mutate<String>| async { Ok::<_, Oops>(()) })
        .on_success(move |end: Mutated<String, (), Oops>| {
            *place.lock().unwrap() = Some((end.client(), leak.clone()));
            let guard = OnDrop(slow.clone());
            async move {
                std::future::pending::<()>().await;
                drop(guard);
                Ok(())
            }
        });
    let count = sent.clone();
    let waits = Mutation::new("waits", move |_: Mutate<String>| {
        count.up();
        async { Ok::<_, Oops>(()) }
    })
    .scope("s")
    .durable(|_, _| true);
    let first = client.mutate(&middle, SECRET.to_owned());
    let second = client.mutate(&callback, SECRET.to_owned());
    manual.run();
    client.set_online(false);
    let third = client.mutate(&waits, SECRET.to_owned());
    manual.run();
    assert!(late.lock().unwrap().is_some());
    assert_eq!(observer.state().data().unwrap().as_str(), "the old one's!");
    manual.advance(Duration::from_secs(2));

    *whose.lock().unwrap() = "bob's".to_owned();
    let switching = client.switch(&partitions, "bob", PartitionOptions::default());

    // At once, before anything else has run: nothing is seen.
    // But for what observers ask for there is nothing.
    assert_eq!((client.len(), client.is_mutating(&MutationFilters::default())), (2, 0));
    assert!(client.get(&mail.at("shown".to_owned())).is_none());
    let shown = observer.state();
    assert!(
        shown.data().is_none() && !shown.is_placeholder_data && shown.status == Status::Pending
    );
    assert_eq!(many.value().unwrap().len(), 0);
    let inside = client.snapshot().to_string();
    assert!(!inside.contains("slow") && !inside.contains("middle") && !inside.contains(SECRET));
    assert!(matches!(events.next().now_or_never(), Some(Some((_, Happened::Switched)))));
    // The client of a callback that still runs does nothing any more.
    let (inner, leak) = late.lock().unwrap().take().unwrap();
    assert!(matches!(inner.set(&leak, SECRET.to_owned()), Err(QueryError::Closed)));
    assert!(inner.get(&leak).is_none() && inner.state(&leak).is_none());
    inner.invalidate(Filters::default());
    let layered = inner.layer(&leak, |_| Some(SECRET.to_owned()));
    assert!(matches!(inner.fetch(&leak).now_or_never(), Some(Err(QueryError::Closed))));
    assert!(matches!(inner.mutate(&middle, SECRET.to_owned()).now_or_never(), Some(Err(_))));

    // Whoever waited hears of it; what ran was stopped, and nothing was sent.
    let switched = manual.block_on(switching).unwrap().unwrap();
    assert_eq!(switched.restored().queries, 0);
    assert!(matches!(manual.block_on(fetching).unwrap(), Err(QueryError::Cancelled)));
    for asked in [first, second, third] {
        assert!(matches!(manual.block_on(asked).unwrap(), Err(QueryError::Cancelled)));
    }
    client.set_online(true);
    manual.block_on(client.resume()).unwrap().unwrap();
    manual.advance(Duration::from_secs(60));
    assert_eq!((stopped.get(), sent.get()), (2, 0));
    assert!(manual.block_on(switched.outbox().entries()).unwrap().unwrap().is_empty());

    // Observers are still there, and see what the new one has.
    assert!(observer.next().now_or_never().flatten().is_some());
    assert_eq!(observer.state().data().unwrap().as_str(), "bob's");
    layer.commit();
    drop(layered);
    let theirs = mail.at("shown".to_owned());
    inner.set_online(false);
    inner.clear();
    inner.remove(Filters::default());
    drop(inner.invalidate(Filters::default()));
    let layered = inner.layer(&theirs, |text| Some(format!("{text}?")));
    assert_eq!(client.snapshot()["online"], true);
    assert!(client.state(&theirs).is_some_and(|state| !state.is_invalidated));
    assert_eq!(client.get(&theirs).unwrap().as_str(), "bob's");
    drop(layered);
    assert_eq!(client.get(&mail.at("shown".to_owned())).unwrap().as_str(), "bob's");
    while let Some(Some((_, event))) = events.next().now_or_never() {
        let told = format!("{event:?}");
        assert!(!told.contains("slow") && !told.contains(SECRET), "{told}");
    }
    manual.advance(Duration::from_secs(2));
    let bobs = on_disk(&partitions.directory("bob"));
    assert!(bobs.contains("bob's") && !bobs.contains(SECRET));

    // The old one finds what it had, and what it wanted is sent now.
    let switching = client.switch(&partitions, "ada", PartitionOptions::default());
    let switched = manual.block_on(switching).unwrap().unwrap();
    assert!(switched.restored().queries > 0);
    assert_eq!(switched.opened().entries, 1);
    manual.run();
    assert_eq!(sent.get(), 1);
    assert!(manual.block_on(switched.outbox().entries()).unwrap().unwrap().is_empty());
}

#[test]
fn a_durable_mutation_that_is_being_sent_stays_in_its_outbox() {
    let folder = tempfile::tempdir().unwrap();
    let partitions = Partitions::open(folder.path()).unwrap();
    let (manual, client) = world();
    let keys = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&keys);
    let send = Mutation::new("send", move |cx: Mutate<u32>| {
        let mut log = log.lock().unwrap();
        log.push(cx.idempotency_key().unwrap().to_string());
        let is_first = log.len() == 1;
        async move {
            if is_first {
                std::future::pending::<()>().await;
            }
            Ok::<_, Oops>(())
        }
    })
    .durable(|_, _| true);
    switch(&manual, &client, "ada", &partitions);
    let asked = client.mutate(&send, 7);
    manual.run();
    assert_eq!(keys.lock().unwrap().len(), 1);
    switch(&manual, &client, "bob", &partitions);
    assert!(matches!(manual.block_on(asked).unwrap(), Err(QueryError::Cancelled)));
    manual.advance(Duration::from_secs(100));
    assert_eq!(keys.lock().unwrap().len(), 1);
    let switching = client.switch(&partitions, "ada", PartitionOptions::default());
    let switched = manual.block_on(switching).unwrap().unwrap();
    assert_eq!((switched.opened().entries, switched.opened().interrupted), (1, 1));
    manual.run();
    let keys = keys.lock().unwrap().clone();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1]);
    let left = manual.block_on(switched.outbox().entries()).unwrap().unwrap();
    assert!(left.iter().all(|entry| entry.state != OutboxState::Sending) && left.is_empty());
}

#[test]
fn what_is_asked_while_the_files_are_opened_is_the_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let partitions = Partitions::open(folder.path()).unwrap();
    let (manual, client) = world();
    let calls = Count::default();
    let count = calls.clone();
    let query = Query::new("n", move |_: Fetch<u32>| {
        count.up();
        async { Ok::<_, Oops>(1) }
    })
    .json()
    .stale_time(Duration::from_secs(3600));
    switch(&manual, &client, "bob", &partitions);
    client.set(&query.at(1), 5).unwrap();
    switch(&manual, &client, "ada", &partitions);

    // Two switches, one after the other: what was asked for the first is called off.
    let first = client.switch(&partitions, "carol", PartitionOptions::default());
    let hers = client.fetch(&query.at(1));
    let observer = client.observe(&query.at(1));
    let second = client.switch(&partitions, "bob", PartitionOptions::default());
    let his = client.fetch(&query.at(1));
    let outcome = manual.block_on(first).unwrap();
    assert!(matches!(&*outcome.unwrap_err(), PartitionError::Superseded));
    assert!(manual.block_on(second).unwrap().is_ok());
    assert!(matches!(manual.block_on(hers).unwrap(), Err(QueryError::Cancelled)));
    assert_eq!(*manual.block_on(his).unwrap().unwrap(), 5);
    assert_eq!(observer.state().data().as_deref(), Some(&5));
    assert_eq!(calls.get(), 0);
}

#[test]
fn files_that_cannot_be_opened_hold_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let partitions = Partitions::open(folder.path()).unwrap();
    let (manual, client) = world();
    let (other_world, other) = world();
    switch(&other_world, &other, "ada", &Partitions::open(folder.path()).unwrap());
    let switching = client.switch(&partitions, "ada", PartitionOptions::default());
    let query = Query::new("n", |_: Fetch<u32>| async { Ok::<_, Oops>(1) });
    let asked = client.fetch(&query.at(1));
    let error = manual.block_on(switching).unwrap().unwrap_err();
    assert!(matches!(&*error, PartitionError::Persist(PersistError::Locked(_))), "{error}");
    assert!(manual.block_on(asked).unwrap().is_ok());
    // When the other one is gone, it can be tried again.
    drop(other);
    other_world.run();
    switch(&manual, &client, "ada", &partitions);
}

#[cfg(feature = "tokio")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn on_tokio_fetches_that_run_leak_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let partitions = Partitions::open(folder.path()).unwrap();
    let client = QueryClient::new().unwrap();
    let whose = Arc::new(Mutex::new(String::new()));
    let who = Arc::clone(&whose);
    let query = Query::new("n", move |cx: Fetch<u32>| {
        let who = who.lock().unwrap().clone();
        async move {
            tokio::task::yield_now().await;
            let other: Query<u32, String, Oops> = Query::unfetched("other");
            let _ = cx.client().set(&other.at(*cx.params()), who.clone());
            Ok::<_, Oops>(who)
        }
    });
    let other: Query<u32, String, Oops> = Query::unfetched("other");
    for round in 0..30 {
        let name = format!("user {}", round % 3);
        let switching = client.switch(&partitions, &name, PartitionOptions::default());
        whose.lock().unwrap().clone_from(&name);
        switching.await.unwrap();
        for n in 0..50 {
            client.prefetch(&query.at(n));
        }
        for _ in 0..round {
            tokio::task::yield_now().await;
        }
        for n in 0..50 {
            for data in [client.get(&query.at(n)), client.get(&other.at(n))].into_iter().flatten() {
                assert_eq!(*data, name, "round {round}");
            }
        }
    }
}

#[test]
fn what_a_function_of_the_old_one_observes_afterwards_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let partitions = Partitions::open(folder.path()).unwrap();
    let (manual, client) = world();
    let old: Arc<Mutex<Option<QueryClient>>> = Arc::default();
    let place = Arc::clone(&old);
    let query = Query::new("n", move |cx: Fetch<u32>| {
        *place.lock().unwrap() = Some(cx.client());
        async { Ok::<_, Oops>(1) }
    });
    let send = Mutation::new("m", |_: Mutate<()>| async { Ok::<_, Oops>(()) });
    manual.block_on(client.fetch(&query.at(1))).unwrap().unwrap();
    manual.block_on(client.leave(&partitions)).unwrap();
    let old = old.lock().unwrap().take().unwrap();
    let mut one = old.observe(&query.at(1));
    let mut many = old.observe_all([query.at(1)]);
    let mut sent = old.observe_mutation(&send);
    assert!(one.next().now_or_never().expect("an answer").is_none());
    assert!(many.next().now_or_never().expect("an answer").is_none());
    assert!(sent.next().now_or_never().expect("an answer").is_none());
    assert!(matches!(one.state().error(), Some(QueryError::Closed)));
    assert!(client.is_empty());
}

#[test]
fn a_function_of_the_old_one_that_asks_during_the_change_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let partitions = Partitions::open(folder.path()).unwrap();
    let (manual, client) = world();
    let old: Arc<Mutex<Option<QueryClient>>> = Arc::default();
    let place = Arc::clone(&old);
    let query = Query::new("n", move |cx: Fetch<u32>| {
        *place.lock().unwrap() = Some(cx.client());
        async { Ok::<_, Oops>(1) }
    });
    manual.block_on(client.fetch(&query.at(1))).unwrap().unwrap();
    let (old, program, bound) = (old.lock().unwrap().take().unwrap(), client.clone(), query.at(2));
    let asked = Arc::new(Mutex::new(None));
    let place = Arc::clone(&asked);
    // Both are done when the change is over, one after the other.
    let changed = client.update(&query.at(1), move |_| {
        drop(program.leave(&partitions));
        *place.lock().unwrap() = Some((old.fetch(&bound), old.invalidate(Filters::prefix("n"))));
    });
    assert!(changed.unwrap());
    let (fetched, invalidated) = asked.lock().unwrap().take().unwrap();
    assert!(matches!(manual.block_on(fetched).expect("an answer"), Err(QueryError::Closed)));
    assert!(manual.block_on(invalidated).expect("an answer").is_err());
}
