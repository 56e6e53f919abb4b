//! Bad days: what ought not to happen and does.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use throughline_query::{
    Fetch, Manual, Query, QueryClient, QueryError, Retry, RetryDelay, Runtime,
};

use crate::support::{Count, Oops, counting, endless, is_dropped, world};

#[test]
fn a_fetcher_that_panics_fails() {
    let (manual, client) = world();
    let at_once =
        Query::new("at once", |_: Fetch<()>| -> futures_util::future::Ready<Result<u8, Oops>> {
            panic!("at once")
        });
    let later = Query::new("later", |_: Fetch<()>| async {
        futures_util::future::ready(()).await;
        if true {
            panic!("{}", String::from("later"))
        }
        Ok::<u8, Oops>(0)
    });
    for query in [at_once, later] {
        let error = manual.block_on(client.fetch(&query.at(()))).unwrap().unwrap_err();
        assert!(matches!(error, QueryError::Panicked(message) if message == query.name()));
    }
    // The client is as well as before.
    let (query, _) = counting("n");
    assert!(manual.block_on(client.fetch(&query.at(1))).unwrap().is_ok());
}

#[test]
fn a_fetcher_that_never_ends_is_dropped_when_it_is_not_wanted() {
    let (manual, client) = world();
    let (query, dropped) = endless("n");
    let asked = [1, 2, 3].map(|n| client.fetch(&query.at(n)));
    manual.run();
    client.cancel(&query.at(1));
    manual.run();
    assert_eq!(dropped.get(), 1);
    client.remove(&query.at(2));
    manual.run();
    assert_eq!(dropped.get(), 2);
    drop(client);
    manual.run();
    assert_eq!(dropped.get(), 3);
    let outcomes = asked.map(|one| manual.block_on(one).unwrap().unwrap_err());
    assert!(matches!(outcomes[0], QueryError::Cancelled));
    assert!(matches!(outcomes[1], QueryError::Cancelled));
    assert!(matches!(outcomes[2], QueryError::Closed));
}

#[test]
fn a_fetcher_that_drops_its_waker_can_still_be_called_off() {
    let (manual, client) = world();
    let query = Query::new("x", |_: Fetch<()>| poll_fn(|_| Poll::<Result<u8, Oops>>::Pending));
    let asked = client.fetch(&query.at(()));
    manual.run();
    client.cancel(query.all());
    assert!(matches!(manual.block_on(asked).unwrap(), Err(QueryError::Cancelled)));
}

#[test]
fn a_runtime_that_drops_tasks_is_a_failure_and_no_wait() {
    struct Dropper(Manual);
    impl Runtime for Dropper {
        fn now(&self) -> i64 {
            self.0.now()
        }
        fn spawn(&self, task: throughline_query::BoxFuture<()>) {
            drop(task);
        }
        fn sleep(&self, _: i64) -> throughline_query::BoxFuture<()> {
            Box::pin(std::future::pending())
        }
    }
    let manual = Manual::new();
    let client = QueryClient::builder().build(Arc::new(Dropper(manual.clone())));
    let (query, _) = counting("n");
    let query = query.retry(Retry::Never);
    let outcome = manual.block_on(client.fetch(&query.at(1))).unwrap();
    assert!(is_dropped(&outcome));
}

#[test]
fn a_clock_that_goes_back_makes_nothing_younger() {
    let (manual, client) = world();
    let (query, calls) = counting("n");
    let query = query.stale_time(Duration::from_secs(10)).gc_time(Duration::from_secs(60));
    manual.block_on(client.fetch(&query.at(1))).unwrap().unwrap();
    manual.advance(Duration::from_secs(10));
    client.set(&query.at(2), 0).unwrap();
    manual.set_time(0);
    manual.block_on(client.fetch(&query.at(1))).unwrap().unwrap();
    assert_eq!(calls.get(), 2);
}

#[test]
fn a_hundred_thousand_observers_are_dropped_at_once() {
    let (manual, client) = world();
    let (query, calls) = counting("n");
    let bound = query.at(1);
    let mut one = client.observe(&bound);
    let mut observers: Vec<_> = (0..100_000).map(|_| client.observe(&bound)).collect();
    manual.run();
    assert_eq!(calls.get(), 1);
    assert!(observers.iter().all(|observer| observer.state().is_success()));
    // From both ends: whichever way they are kept, one of them is the bad way.
    let later = observers.split_off(50_000);
    drop(observers);
    later.into_iter().rev().for_each(drop);
    // The one that stays has lost nothing.
    assert_eq!(one.next().now_or_never().flatten().unwrap().data().as_deref(), Some(&1));
    client.set(&bound, 7).unwrap();
    assert_eq!(one.next().now_or_never().flatten().unwrap().data().as_deref(), Some(&7));
    drop(one);
    manual.advance(Duration::from_secs(300));
    assert!(client.is_empty());
}

#[test]
fn keys_may_be_huge_and_strange() {
    let (manual, client) = world();
    let text = Query::new("t", |cx: Fetch<String>| async move { Ok::<_, Oops>(cx.params().len()) });
    let long = "x".repeat(1 << 20);
    assert_eq!(*manual.block_on(client.fetch(&text.at(long.clone()))).unwrap().unwrap(), 1 << 20);
    assert_eq!(client.get(&text.at(long)).as_deref(), Some(&(1 << 20)));
    let float = Query::new("f", |_: Fetch<f64>| async { Ok::<_, Oops>(1) });
    manual.block_on(client.fetch(&float.at(f64::NAN))).unwrap().unwrap();
    assert!(client.get(&float.at(f64::NAN)).is_some());
    assert!(client.get(&float.at(0.0)).is_none());

    let deep = |depth| {
        (0..depth).fold(serde_json::Value::Null, |inner, _| serde_json::Value::Array(vec![inner]))
    };
    let nested = Query::new("d", |_: Fetch<serde_json::Value>| async { Ok::<_, Oops>(1) });
    for depth in [10, 98] {
        assert!(client.set(&nested.at(serde_json::json!({ "a": deep(depth) })), 1).is_ok());
    }
    for depth in [102, 500, 2_000] {
        let error = client.set(&nested.at(deep(depth)), 1).unwrap_err();
        assert!(matches!(error, QueryError::Key(_)));
    }
}

#[test]
fn times_at_the_end_of_the_range_do_no_harm() {
    let (manual, client) = world();
    let (query, _) = counting("n");
    let query = query
        .stale_time(Duration::MAX)
        .gc_time(Duration::MAX)
        .refetch_interval(Duration::MAX)
        .retry_delay(RetryDelay::Fixed(i64::MAX));
    let observer = client.observe(&query.at(1));
    manual.advance(Duration::from_secs(1));
    assert!(observer.state().is_success());
    assert!(!observer.state().is_stale);
    drop(observer);
    manual.advance(Duration::from_secs(1));
    assert_eq!(client.len(), 1);
}

#[test]
fn an_update_that_panics_is_an_error_and_keeps_the_data() {
    let (_manual, client) = world();
    let query: Query<(), Vec<u8>, Oops> = Query::unfetched("x");
    let bound = query.at(());
    client.set(&bound, vec![1]).unwrap();
    let kept = client.get(&bound).unwrap();
    let change = |value: &mut Vec<u8>| {
        value.push(2);
        panic!("half way")
    };
    assert!(matches!(client.update(&bound, change), Err(QueryError::Panicked(_))));
    // It was cloned, and the clone is gone.
    assert_eq!(client.get(&bound).as_deref(), Some(&vec![1]));
    assert!(!client.state(&bound).unwrap().is_invalidated);
    drop(kept);
    assert!(matches!(client.update(&bound, change), Err(QueryError::Panicked(_))));
    // It was changed where it lies.
    assert_eq!(client.get(&bound).as_deref(), Some(&vec![1, 2]));
    assert!(client.state(&bound).unwrap().is_invalidated);
}

#[test]
fn a_hook_that_panics_harms_nobody() {
    let manual = Manual::new();
    let told = Count::default();
    let counted = told.clone();
    let client = QueryClient::builder()
        .on_query_event(|_, _| panic!("no"))
        .on_settled(move |_, _| {
            counted.up();
            panic!("neither")
        })
        .build(manual.runtime());
    let (query, _) = counting("n");
    assert!(manual.block_on(client.fetch(&query.at(1))).unwrap().is_ok());
    assert_eq!(told.get(), 1);
}

#[test]
fn a_fetcher_that_waits_for_itself_can_be_called_off() {
    let (manual, client) = world();
    let place: Arc<std::sync::OnceLock<Query<(), u8, Oops>>> = Arc::default();
    let inner = Arc::clone(&place);
    let query = Query::new("itself", move |cx: Fetch<()>| {
        let asked = inner.get().map(|query| cx.client().fetch(&query.at(())));
        async move {
            match asked {
                Some(asked) => asked.await.map(|n| *n).map_err(|_| Oops("never")),
                None => Ok(1),
            }
        }
    });
    place.set(query.clone()).unwrap();
    let asked = client.fetch(&query.at(()));
    manual.run();
    assert_eq!(client.is_fetching(&query), 1);
    // Nobody else is held up.
    let (other, _) = counting("n");
    assert!(manual.block_on(client.fetch(&other.at(1))).unwrap().is_ok());
    client.cancel(&query);
    assert!(matches!(manual.block_on(asked).unwrap(), Err(QueryError::Cancelled)));
    assert_eq!(client.is_fetching(&query), 0);
}
