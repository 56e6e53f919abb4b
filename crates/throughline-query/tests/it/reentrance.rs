//! Calling the client from where it calls the user.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use throughline_query::{
    DehydrateOptions, Fetch, Filters, Mutation, MutationFilters, Query, QueryClient, StaleTime,
    View,
};

use crate::support::{Count, Oops, counting, world};

/// Does everything there is to do with a client.
fn everything(client: &QueryClient) {
    let (query, _) = counting("everything");
    let (one, two) = (query.at(1), query.at(2));
    let mutation =
        Mutation::new("m", |_: throughline_query::Mutate<()>| async { Ok::<_, Oops>(()) });
    let _ = client.get(&one);
    let _ = client.state(&one);
    client.set(&one, 1).unwrap();
    client.update(&one, |n| *n += 1).unwrap();
    drop((client.fetch(&two), client.ensure(&two), client.prefetch(&two)));
    drop((client.invalidate(query.all()), client.refetch(&one), client.reset(&two)));
    drop((client.cancel(&two), client.resume(), client.mutate(&mutation, ())));
    let _ = (client.is_fetching(query.all()), client.is_mutating(&MutationFilters::default()));
    let _ = (client.len(), client.is_empty(), client.is_fetching(Filters::default()));
    let mut observer = client.observe(&one).select(|n| n + 1);
    let _ = observer.state();
    observer.switch(&two);
    drop(observer.refetch());
    let many = client.observe_all([one.clone(), two.clone()]);
    let _ = many.states();
    let submits = client.observe_mutation(&mutation);
    drop((submits.mutate(()), submits.state(), submits));
    drop((observer, many));
    client.remove(&two);
}

#[test]
fn a_fetcher_may_use_the_client() {
    let (manual, client) = world();
    let query = Query::new("x", |cx: Fetch<u32>| async move {
        everything(&cx.client());
        let deeper = Query::new("y", |_: Fetch<u32>| async { Ok::<_, Oops>(20) });
        let below = cx.client().fetch(&deeper.at(1)).await.map_err(|_| Oops("below"))?;
        Ok::<_, Oops>(*below + 1)
    });
    assert_eq!(*manual.block_on(client.fetch(&query.at(1))).unwrap().unwrap(), 21);
}

#[test]
fn timers_go_on_when_the_world_is_run_in_the_middle_of_a_change() {
    let (manual, client) = world();
    let (query, _) = counting("n");
    let (bound, inner) = (query.gc_time(Duration::from_secs(1)).at(1), manual.clone());
    let kept = client.observe(&bound);
    client.set(&bound, 1).unwrap();
    drop(kept);
    // What waits for timers is polled here for the first time.
    let changed = client.update(&bound, move |_| drop((inner.run(), inner)));
    assert!(changed.unwrap());
    manual.advance(Duration::from_secs(60));
    assert!(client.is_empty());
}

#[test]
fn a_selector_may_use_the_client_and_its_changes_come_after() {
    let (manual, client) = world();
    let (query, _) = counting("n");
    let (other, _) = counting("other");
    let (inner, bound, seen) = (client.clone(), query.at(1), Arc::new(Mutex::new(Vec::new())));
    let (log, written) = (Arc::clone(&seen), other.at(1));
    let observer = client.observe(&query.at(1)).select(move |n| {
        everything(&inner);
        // What is published is what is being looked at; what is written is written later.
        log.lock().unwrap().push(inner.get(&bound).map(|n| *n));
        inner.set(&written, *n).unwrap();
        *n
    });
    manual.run();
    assert_eq!(observer.state().data().as_deref(), Some(&1));
    assert_eq!(*seen.lock().unwrap(), [Some(1)]);
    assert_eq!(client.get(&other.at(1)).as_deref(), Some(&1));
}

#[test]
fn a_comparison_may_use_the_client() {
    #[derive(Clone)]
    struct Nosy(u32, QueryClient);
    impl PartialEq for Nosy {
        fn eq(&self, other: &Self) -> bool {
            everything(&self.1);
            self.0 == other.0
        }
    }
    let (manual, client) = world();
    let query = Query::new("x", |cx: Fetch<()>| async move { Ok::<_, Oops>(Nosy(1, cx.client())) })
        .compared();
    for _ in 0..2 {
        let found = manual.block_on(client.fetch(&query.at(()))).unwrap().unwrap();
        assert_eq!(found.0, 1);
        manual.advance(Duration::from_secs(1));
    }
    assert!(client.get(&counting("everything").0.at(1)).is_some());
}

#[test]
fn options_predicates_updates_and_destructors_may_use_the_client() {
    struct Noisy(QueryClient, Count);
    impl Clone for Noisy {
        fn clone(&self) -> Self {
            everything(&self.0);
            Self(self.0.clone(), self.1.clone())
        }
    }
    impl Drop for Noisy {
        fn drop(&mut self) {
            everything(&self.0);
            self.1.up();
        }
    }
    let (manual, client) = world();
    let drops = Count::default();
    let inner = client.clone();
    let query = Query::new("x", move |_: Fetch<()>| async { Err::<Noisy, _>(Oops("unused")) })
        .stale_time_by(move |view: View<'_, (), Noisy, Oops>| {
            everything(&inner);
            let _ = view.data();
            StaleTime::Never
        });
    let bound = query.at(());
    client.set(&bound, Noisy(client.clone(), drops.clone())).unwrap();
    let observer = client.observe(&bound);
    let (inner, again) = (client.clone(), bound.clone());
    client
        .update(&bound, move |_| {
            everything(&inner);
            assert!(inner.get(&again).is_none() || inner.state(&again).is_some());
        })
        .unwrap();
    let inner = client.clone();
    let predicate = Some(Arc::new(move |_: &throughline_query::QueryView<'_>| {
        everything(&inner);
        true
    }) as _);
    client.invalidate(Filters { predicate, ..Filters::default() });
    drop(observer);
    client.remove(&bound);
    manual.advance(Duration::from_secs(600));
    assert_eq!(drops.get(), 2);
}

#[test]
fn hooks_may_use_the_client() {
    let manual = throughline_query::Manual::new();
    let place: Arc<Mutex<Option<QueryClient>>> = Arc::default();
    let (inner, calls) = (Arc::clone(&place), Count::default());
    let counted = calls.clone();
    let client = QueryClient::builder()
        .on_settled(move |key, _| {
            let client = inner.lock().unwrap().clone();
            if counted.up() < 3
                && let Some(client) = client
            {
                assert!(!key.is_empty());
                everything(&client);
            }
        })
        .build(manual.runtime());
    *place.lock().unwrap() = Some(client.clone());
    let (query, _) = counting("n");
    manual.block_on(client.fetch(&query.at(1))).unwrap().unwrap();
    manual.run();
    assert!(calls.get() >= 1);
    *place.lock().unwrap() = None;
}

#[test]
fn the_last_client_may_be_dropped_within_a_change() {
    let (manual, client) = world();
    let (query, _) = counting("n");
    let place = Arc::new(Mutex::new(None));
    let inner = Arc::clone(&place);
    let observer = client.observe(&query.at(1)).select(move |_| {
        drop(inner.lock().unwrap().take());
    });
    *place.lock().unwrap() = Some(client);
    manual.run();
    assert!(observer.state().is_error());
}

#[test]
fn a_predicate_may_use_the_client_and_its_changes_come_after() {
    let (_, client) = world();
    let (query, _) = counting("n");
    client.set(&query.at(1), 1).unwrap();
    let (inner, other) = (client.clone(), query.at(2));
    let options = DehydrateOptions {
        queries: Some(Arc::new(move |_| {
            inner.set(&other, 2).unwrap();
            true
        })),
        ..DehydrateOptions::default()
    };
    let written = client.dehydrate(&options).unwrap();
    assert!(!written.json.contains("[\\\"n\\\",2]"), "{}", written.json);
    assert_eq!(client.get(&query.at(2)).as_deref(), Some(&2));
}
