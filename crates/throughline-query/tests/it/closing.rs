//! The end of a client.

use futures_util::{FutureExt, StreamExt};
use throughline_query::{Manual, Mutate, Mutation, QueryClient, QueryError};

use crate::support::{Count, OnDrop, Oops, counting, endless, is_dropped, world};

#[test]
fn the_last_client_ends_tasks_streams_and_waits() {
    let (manual, client) = world();
    let (query, dropped) = endless("n");
    let ended = Count::default();
    let guard = ended.clone();
    let mutation = Mutation::new("m", move |_: Mutate<()>| {
        let guard = OnDrop(guard.clone());
        async move {
            std::future::pending::<()>().await;
            drop(guard);
            Ok::<(), Oops>(())
        }
    });
    let second = client.clone();
    let mut observer = second.observe(&query.at(1));
    let (asked, done) = (client.fetch(&query.at(2)), client.refetch(query.all()));
    let mutating = client.mutate(&mutation, ());
    manual.run();
    drop(client);
    manual.run();
    assert!(observer.next().now_or_never().flatten().is_some());
    assert_eq!(dropped.get(), 0);
    drop(second);
    manual.run();
    assert_eq!((dropped.get(), ended.get()), (2, 1));
    assert!(observer.next().now_or_never().unwrap().is_none());
    assert!(matches!(manual.block_on(asked).unwrap(), Err(QueryError::Closed)));
    assert!(matches!(manual.block_on(mutating).unwrap(), Err(QueryError::Closed)));
    assert!(manual.block_on(done).unwrap().is_err());
    assert!(matches!(observer.state().error(), Some(QueryError::Closed)));
    // What is asked afterwards is answered at once.
    assert!(matches!(manual.block_on(observer.refetch()).unwrap(), Err(QueryError::Closed)));
}

#[test]
fn whoever_asks_while_the_client_goes_gets_an_answer() {
    for round in 0..300 {
        let (manual, client) = world();
        let (query, _) = counting("n");
        let inner = client.clone();
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| {
                let inner = inner;
                let all: Vec<_> = (0..round % 17).map(|n| inner.fetch(&query.at(n))).collect();
                (all, inner.observe(&query.at(0)))
            });
            drop(client);
            manual.run();
            let (all, mut observer) = asked.join().unwrap();
            // The last client went in that thread, before, while or after it was run here.
            manual.run();
            for one in all {
                let outcome = manual.block_on(one).expect("an answer");
                assert!(matches!(outcome, Ok(_) | Err(QueryError::Closed)));
            }
            assert!(observer.next().now_or_never().unwrap().is_none());
        });
    }
}

#[test]
fn a_client_of_a_function_does_not_keep_the_cache_alive() {
    let (manual, client) = world();
    let (send, receive) = std::sync::mpsc::channel();
    let query = throughline_query::Query::new("x", move |cx: throughline_query::Fetch<()>| {
        let _ = send.send(cx.client());
        async { Ok::<u8, Oops>(1) }
    });
    client.prefetch(&query.at(()));
    manual.run();
    let inner = receive.recv().unwrap();
    assert!(inner.get(&query.at(())).is_some());
    drop(client);
    assert!(inner.get(&query.at(())).is_none());
    assert!(matches!(inner.set(&query.at(()), 2), Err(QueryError::Closed)));
    assert!(matches!(inner.update(&query.at(()), |_| ()), Err(QueryError::Closed)));
    let outcome = manual.block_on(inner.fetch(&query.at(()))).unwrap();
    assert!(matches!(outcome, Err(QueryError::Closed)));
}

#[test]
fn a_world_that_is_dropped_drops_its_tasks() {
    let manual = Manual::new();
    let client = QueryClient::builder().build(manual.runtime());
    let (query, dropped) = endless("n");
    let (other, _) = counting("n2");
    client.prefetch(&query.at(1));
    manual.run();
    drop(client);
    drop(manual);
    assert_eq!(dropped.get(), 1);
    // What runs after the end of the world neither runs nor waits.
    let manual = Manual::new();
    let runtime = manual.runtime();
    let client = QueryClient::builder().build(runtime);
    drop(manual);
    let asked = client.fetch(&other.at(1));
    drop(client);
    assert!(asked.now_or_never().is_some_and(|outcome| is_dropped(&outcome)));
}
