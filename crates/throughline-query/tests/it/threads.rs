//! Several threads on one client.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use futures_util::{FutureExt, StreamExt};
use throughline_query::Query;

use crate::support::{Count, Oops, world};

#[test]
fn who_has_written_or_heard_of_it_reads_it() {
    let (_manual, client) = world();
    let query: Query<u32, u64, Oops> = Query::unfetched("n");
    let (send, receive) = std::sync::mpsc::channel::<u64>();
    thread::scope(|scope| {
        let bound = query.at(1);
        scope.spawn(|| {
            let bound = query.at(1);
            for n in 0..10_000 {
                client.set(&bound, n).unwrap();
                assert_eq!(client.get(&bound).as_deref(), Some(&n));
                send.send(n).unwrap();
            }
            drop(send);
        });
        let client = client.clone();
        for n in receive {
            assert!(*client.get(&bound).unwrap() >= n);
        }
    });
}

#[test]
fn eight_threads_read_while_others_change() {
    let (_manual, client) = world();
    let query: Query<u32, Vec<u64>, Oops> = Query::unfetched("n");
    for n in 0..100 {
        client.set(&query.at(n), vec![0, 0]).unwrap();
    }
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let all: Vec<_> = (0..100).map(|n| query.at(n)).collect();
                while !over.load(Ordering::Relaxed) {
                    for bound in &all {
                        let data = client.get(bound).unwrap();
                        assert_eq!(data[0], data[1]);
                        assert!(client.state(bound).unwrap().data.is_some());
                    }
                }
            });
        }
        let changers = [0, 1].map(|half| {
            let (client, query) = (&client, &query);
            scope.spawn(move || {
                for round in 0..50 {
                    client.invalidate(query.all());
                    for n in (0..100).filter(|n| n % 2 == half) {
                        let change = move |data: &mut Vec<u64>| {
                            data[0] += 1;
                            data[1] += 1;
                        };
                        assert!(client.update(&query.at(n), change).unwrap(), "{round}");
                    }
                }
            })
        });
        for changer in changers {
            changer.join().unwrap();
        }
        over.store(true, Ordering::Relaxed);
    });
    assert!((0..100).all(|n| client.get(&query.at(n)).unwrap()[0] == 50));
}

#[test]
fn no_observer_misses_the_last_state() {
    let (_manual, client) = world();
    let query: Query<u32, u32, Oops> = Query::unfetched("n");
    let bound = query.at(1);
    thread::scope(|scope| {
        for _ in 0..4 {
            let mut observer = client.observe(&bound);
            scope.spawn(move || {
                futures_executor(async {
                    while let Some(state) = observer.next().await {
                        if state.data().as_deref() == Some(&1000) {
                            break;
                        }
                    }
                });
            });
        }
        for n in 0..=1000 {
            client.set(&bound, n).unwrap();
        }
    });
}

#[test]
fn effects_come_in_the_order_of_the_changes() {
    let manual = throughline_query::Manual::new();
    let told = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = Arc::clone(&told);
    let client = throughline_query::QueryClient::builder()
        .on_query_event(move |key, event| log.lock().unwrap().push((key.clone(), event)))
        .build(manual.runtime());
    let query: Query<u32, u32, Oops> = Query::unfetched("n");
    thread::scope(|scope| {
        for thread in 0..4 {
            let (client, query) = (&client, &query);
            scope.spawn(move || {
                for n in 0..200 {
                    let bound = query.at(thread * 1000 + n);
                    client.set(&bound, n).unwrap();
                    client.remove(&bound);
                }
            });
        }
    });
    // Whoever empties the outbox may still be at it when the others have returned, but not when all have.
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 4 * 200 * 3);
    let mut at = std::collections::HashMap::new();
    for (key, event) in &*told {
        let step = at.entry(key.clone()).or_insert(0);
        let expected = match *step {
            0 => matches!(event, throughline_query::QueryEvent::Added),
            1 => matches!(event, throughline_query::QueryEvent::Updated(_)),
            _ => matches!(event, throughline_query::QueryEvent::Removed),
        };
        assert!(expected, "{event:?} at step {step}");
        *step += 1;
    }
}

#[test]
fn observers_come_and_go_on_all_threads() {
    let (manual, client) = world();
    let (query, calls) = crate::support::counting("n");
    let seen = Count::default();
    thread::scope(|scope| {
        for _ in 0..4 {
            let (client, query, seen) = (&client, &query, &seen);
            scope.spawn(move || {
                for n in 0..500 {
                    let mut observer = client.observe(&query.at(n % 7));
                    if observer.next().now_or_never().flatten().is_some() {
                        seen.up();
                    }
                }
            });
        }
        for _ in 0..100 {
            manual.run();
        }
    });
    manual.run();
    assert_eq!(seen.get(), 2000);
    assert!(calls.get() >= 7);
}

/// Runs a future on this thread.
fn futures_executor<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let mut future = std::pin::pin!(future);
    let waker = std::task::Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        let polled = future.as_mut().poll(&mut std::task::Context::from_waker(&waker));
        if let std::task::Poll::Ready(value) = polled {
            return value;
        }
        thread::park();
    }
}
