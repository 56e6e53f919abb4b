//! Several queries at once, and who may be shared between threads.

use std::sync::Arc;

use throughline_query::{
    ClientOutbox, Events, Filters, HydrateOptions, InfiniteQuery, Layer, Mutate, Mutation,
    MutationObserver, Observer, Paged, Persisting, Query, QueryClient, QueryError, Switched,
};

use crate::support::{Oops, world};

#[test]
fn a_client_and_what_it_gives_can_go_to_any_thread() {
    fn anywhere<T: Send + Sync + 'static>() {}
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<QueryClient>();
    shared::<ClientOutbox>();
    shared::<Switched>();
    shared::<Query<u32, String, Oops>>();
    shared::<Mutation<u32, String, Oops>>();
    anywhere::<Observer<String, Oops>>();
    anywhere::<MutationObserver<u32, String, Oops>>();
    anywhere::<Layer>();
    anywhere::<Events>();
    anywhere::<Persisting>();
}

#[test]
fn many_are_read_and_changed_in_one_go() {
    let (_manual, client) = world();
    let query: Query<(u32, u32), Vec<u32>, Oops> = Query::unfetched("n").json();
    let other: Query<(u32, u32), u8, Oops> = Query::unfetched("other");
    for n in 0..6 {
        client.set(&query.at((n % 2, n)), vec![n]).unwrap();
        client.set(&other.at((n % 2, n)), 0).unwrap();
    }
    let json = r#"{"queries":[{"queryKey":["n",1,9],"state":{"status":"success","data":[9]}},
        {"queryKey":["n",1,10],"state":{"status":"success","data":"no list"}}]}"#;
    client.hydrate(json, HydrateOptions::default()).unwrap().unwrap();

    // Filters that mean more than the definition has no say over what is of another one.
    let changed = client.update_all(&query, Filters::default(), |all| all.push(7)).unwrap();
    assert_eq!(changed, 7);
    assert_eq!(client.get(&other.at((0, 0))).as_deref(), Some(&0));
    let odd: Vec<_> = client.get_all(&query, query.beginning(&(1,)));
    let odd: Vec<_> = odd.into_iter().map(|(_, data)| data.to_vec()).collect();
    assert_eq!(odd, [vec![1, 7], vec![3, 7], vec![5, 7], vec![9, 7]]);
    assert_eq!(client.get_all(&query, &query).len(), 7);

    // One that panics costs itself.
    let outcome = client.update_all(&query, &query, |all| {
        assert!(all[0] != 3, "expected in the output");
        all.clear();
    });
    assert!(matches!(outcome, Err(QueryError::Panicked(_))));
    let left = client.get_all(&query, &query).iter().filter(|(_, all)| !all.is_empty()).count();
    assert_eq!(left, 1);
}

#[test]
fn pages_are_read_and_changed_in_one_go_too() {
    let (_manual, client) = world();
    let feed = InfiniteQuery::paged("feed", 0_u32, |_: throughline_query::Fetch<u8, u32>| async {
        Err::<u32, _>(Oops("unused"))
    });
    for n in 0..3 {
        client.set(&feed.at(n), Paged::new([(0, 10), (1, 20)])).unwrap();
    }
    let changed = client.update_all(&feed, &feed, |pages| {
        pages.change_page(1, |page| *page += 1);
    });
    assert_eq!(changed.unwrap(), 3);
    let all = client.get_all(&feed, &feed);
    assert!(all.iter().all(|(_, pages)| pages.pages().copied().eq([10, 21])));
}

#[test]
fn everything_that_is_known_can_be_looked_at() {
    let (manual, client) = world();
    let query =
        Query::new("n", |_: throughline_query::Fetch<()>| async { Err::<u8, _>(Oops("no")) });
    assert!(client.query_state(&query.at(())).is_none());
    client.set(&query.at(()), 1).unwrap();
    assert!(manual.block_on(client.fetch(&query.at(()))).unwrap().is_err());
    let state = client.query_state(&query.at(())).unwrap();
    assert_eq!((state.data_update_count, state.error_update_count), (1, 1));
    assert_eq!((state.fetch_failure_count, state.is_invalidated), (1, true));
    assert!(state.fetch_failure_reason.is_some());

    let add = Mutation::new("add", |cx: Mutate<u8>| async move {
        if *cx.variables() == 2 { Err(Oops("two")) } else { Ok(Arc::new(*cx.variables())) }
    });
    for n in 1..=3 {
        let _ = manual.block_on(client.mutate(&add, n)).unwrap();
    }
    let went: Vec<_> = client.mutations(&add).iter().map(|m| m.data().map(|n| **n)).collect();
    assert_eq!(went, [Some(1), None, Some(3)]);
}
