//! Observers.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use throughline_query::{Fetch, Fields, Query, QueryError, StreamRefetch};

use crate::support::{Count, Oops, counting, endless, world};

#[test]
fn an_observer_gives_the_present_state_and_then_the_latest() {
    let (manual, client) = world();
    let (query, _) = counting("n");
    let mut observer = client.observe(&query.at(1));
    let first = observer.next().now_or_never().flatten().unwrap();
    assert!(first.is_loading());
    assert!(observer.next().now_or_never().is_none());
    manual.run();
    for n in 10..20 {
        client.set(&query.at(1), n).unwrap();
    }
    let last = observer.next().now_or_never().flatten().unwrap();
    assert_eq!(last.data().as_deref(), Some(&19));
    assert!(observer.next().now_or_never().is_none());
}

#[test]
fn an_observer_selects_and_is_told_only_of_what_it_cares_for() {
    let (manual, client) = world();
    let runs = Count::default();
    let counted = runs.clone();
    let query = Query::new("x", |_: Fetch<()>| async { Ok::<_, Oops>(vec![1, 2]) });
    let mut observer = client
        .observe(&query.at(()))
        .select_compared(move |all: &Vec<i32>| {
            counted.up();
            all.len()
        })
        .interest(Fields::DATA);
    manual.run();
    let seen = observer.next().now_or_never().flatten().unwrap();
    assert_eq!(seen.data().as_deref(), Some(&2));
    client.set(&query.at(()), vec![3, 4]).unwrap();
    assert!(observer.next().now_or_never().is_none());
    client.set(&query.at(()), vec![3]).unwrap();
    let seen = observer.next().now_or_never().flatten().unwrap();
    assert_eq!(seen.data().as_deref(), Some(&1));
    assert_eq!(runs.get(), 3);
}

#[test]
fn a_selector_that_panics_is_a_failure_of_the_observer_only() {
    let (manual, client) = world();
    let (query, _) = counting("n");
    let observer = client.observe(&query.at(1)).select(|_| -> u8 { panic!("no") });
    manual.run();
    assert!(observer.state().is_error());
    assert_eq!(client.get(&query.at(1)).as_deref(), Some(&1));
}

#[test]
fn an_observer_moves_on_and_keeps_what_it_showed() {
    let (manual, client) = world();
    let query = Query::new("x", |cx: Fetch<u32>| async move { Ok::<_, Oops>(cx.params() * 10) })
        .keep_previous();
    let mut observer = client.observe(&query.at(1)).select(|n| n + 1);
    manual.run();
    assert_eq!(observer.state().data().as_deref(), Some(&11));
    observer.switch(&query.at(2));
    let state = observer.state();
    assert_eq!(state.data().as_deref(), Some(&11));
    assert!(state.is_placeholder_data);
    manual.run();
    let state = observer.state();
    assert_eq!(state.data().as_deref(), Some(&21));
    assert!(!state.is_placeholder_data);
}

#[test]
fn refetch_gives_what_the_observer_sees_then() {
    let (manual, client) = world();
    let (query, _) = counting("n");
    let observer = client.observe(&query.at(1)).select(|n| n * 100);
    manual.run();
    let seen = manual.block_on(observer.refetch()).unwrap().unwrap();
    assert_eq!(seen.data().as_deref(), Some(&200));
}

#[test]
fn the_last_observer_that_leaves_detaches_or_aborts() {
    let (manual, client) = world();
    let (detached, dropped) = endless("detached");
    let (aborted, gone) = endless("aborted");
    let aborted = aborted.abort_when_unobserved();
    let observers = (client.observe(&detached.at(1)), client.observe(&aborted.at(1)));
    let second = client.observe(&aborted.at(1));
    manual.run();
    drop(observers);
    manual.run();
    assert_eq!((dropped.get(), gone.get()), (0, 0));
    drop(second);
    manual.run();
    assert_eq!((dropped.get(), gone.get()), (0, 1));
    assert_eq!(client.is_fetching(detached.all()), 1);
    assert_eq!(client.is_fetching(aborted.all()), 0);
}

#[test]
fn who_asks_for_the_signal_is_aborted_with_the_last_observer() {
    let (manual, client) = world();
    let told = Count::default();
    let told_too = told.clone();
    let (send, receive) = std::sync::mpsc::channel();
    let query = Query::new("x", move |cx: Fetch<()>| {
        let _ = send.send(cx.cancelled());
        async { std::future::pending::<Result<u8, Oops>>().await }
    });
    let observer = client.observe(&query.at(()));
    manual.run();
    let signal = receive.recv().unwrap();
    assert!(!signal.is_cancelled());
    drop(observer);
    assert!(signal.is_cancelled());
    manual.block_on(signal).unwrap();
    told_too.up();
    assert_eq!(told.get(), 1);
}

#[test]
fn an_interval_fetches_while_somebody_observes() {
    let (manual, client) = world();
    let (query, calls) = counting("n");
    let query = query.refetch_interval(Duration::from_secs(1));
    let observer = client.observe(&query.at(1));
    manual.advance(Duration::from_millis(3500));
    assert_eq!(calls.get(), 4);
    drop(observer);
    manual.advance(Duration::from_secs(5));
    assert_eq!(calls.get(), 4);
}

#[test]
fn focus_and_network_fetch_again_when_mounted() {
    let (manual, client) = world();
    let (query, calls) = counting("n");
    client.mount();
    client.set_online(false);
    let observer = client.observe(&query.at(1));
    manual.run();
    assert!(observer.state().is_paused());
    client.set_online(true);
    manual.run();
    assert_eq!(calls.get(), 1);
    client.set_focused(Some(false));
    client.set_focused(Some(true));
    manual.run();
    assert_eq!(calls.get(), 2);
}

#[test]
fn several_queries_are_observed_and_combined() {
    let (manual, client) = world();
    let query = Query::new("x", |cx: Fetch<u32>| async move { Ok::<_, Oops>(*cx.params()) });
    let mut many = client.observe_all([1, 2, 3].map(|n| query.at(n)));
    manual.run();
    let data = |states: &[throughline_query::State<u32, Oops>]| -> Vec<u32> {
        states.iter().filter_map(|state| state.data()).map(|n| *n).collect()
    };
    assert_eq!(data(&many.states()), [1, 2, 3]);
    many.set([3, 4].map(|n| query.at(n)));
    manual.run();
    assert_eq!(data(&many.states()), [3, 4]);
    let mut sum = many.combine(Fields::DATA, move |states| data(states).iter().sum::<u32>());
    assert_eq!(sum.next().now_or_never().flatten().as_deref(), Some(&7));
    client.set(&query.at(4), 40).unwrap();
    assert_eq!(sum.next().now_or_never().flatten().as_deref(), Some(&43));
    client.invalidate(query.all());
    manual.run();
    assert_eq!(sum.value().as_deref(), Some(&7));
}

#[test]
fn who_waits_for_what_is_combined_hears_of_it_after_a_panic() {
    let (manual, client) = world();
    let query: Query<u32, usize, Oops> = Query::unfetched("n");
    let mut sum = client.observe_all([1, 2].map(|n| query.at(n))).combine(Fields::DATA, |states| {
        let all: Vec<_> = states.iter().filter_map(|state| state.data()).collect();
        assert!(all.len() != 1, "expected in the output");
        all.iter().map(|n| **n).sum::<usize>()
    });
    client.set(&query.at(1), 10).unwrap();
    let seen = Count::default();
    let heard = seen.clone();
    manual.runtime().spawn(Box::pin(async move {
        assert_eq!(sum.changed().await.as_deref(), Some(&21));
        heard.up();
    }));
    // There is nothing: who asks now waits.
    manual.run();
    assert_eq!(seen.get(), 0);
    client.set(&query.at(2), 11).unwrap();
    manual.run();
    assert_eq!(seen.get(), 1);
}

#[test]
fn a_stream_grows_the_data() {
    let (manual, client) = world();
    let words = |cx: Fetch<()>| {
        let fails = cx.failures() > 0;
        futures_util::stream::iter(["a", "b", "c"])
            .map(move |word| if fails { Err(Oops("x")) } else { Ok(word) })
    };
    let add =
        |all: &Vec<&'static str>, word: &&'static str| all.iter().copied().chain([*word]).collect();
    let query = Query::streamed("x", StreamRefetch::Append, vec![], words, add);
    let observer = client.observe(&query.at(()));
    manual.run();
    assert_eq!(observer.state().data().as_deref(), Some(&vec!["a", "b", "c"]));
    assert!(!observer.state().is_fetching());
    manual.block_on(observer.refetch()).unwrap().unwrap();
    assert_eq!(client.get(&query.at(())).map(|all| all.len()), Some(6));
}

#[test]
fn an_observer_of_parameters_that_cannot_be_a_key_says_so_and_can_be_switched() {
    use std::collections::BTreeMap;

    let (manual, client) = world();
    let query = Query::new("bad", |cx: Fetch<BTreeMap<(u8, u8), u8>>| async move {
        Ok::<_, Oops>(cx.params().len())
    });
    let (good, bad) = (query.at(BTreeMap::new()), query.at(BTreeMap::from([((1, 2), 3)])));
    let is_bad = |error: Option<QueryError<Oops>>| matches!(error, Some(QueryError::Key(_)));

    let mut observer = client.observe(&bad);
    manual.run();
    assert!(is_bad(observer.state().error()), "{:?}", observer.state().error());
    assert!(is_bad(manual.block_on(observer.refetch()).unwrap().unwrap().error()));
    observer.switch(&good);
    manual.run();
    assert_eq!(observer.state().data().as_deref(), Some(&0));
    observer.switch(&bad);
    manual.run();
    assert_eq!(observer.state().data(), None);
    assert!(is_bad(observer.state().error()));

    let many = client.observe_all([bad, good]);
    manual.run();
    let states = many.states();
    assert_eq!(states.len(), 2);
    assert!(is_bad(states[0].error()));
    assert_eq!(states[1].data().as_deref(), Some(&0));
    drop((observer, many));
    manual.advance(std::time::Duration::from_secs(600));
    assert!(client.is_empty());
}
