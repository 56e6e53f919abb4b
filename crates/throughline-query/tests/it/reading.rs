//! Reading, writing, fetching.

use std::sync::Arc;
use std::time::Duration;

use throughline_query::{
    Dynamic, Fetch, FetchStatus, Filters, Query, QueryError, QueryOptions, RefetchType, Retry,
    StaleTime, Status,
};

use crate::support::{Count, Oops, counting, world};

#[test]
fn concurrent_fetches_are_one_call() {
    let (manual, client) = world();
    let (query, calls) = counting("n");
    let all: Vec<_> = (0..100).map(|_| client.fetch(&query.at(1))).collect();
    for one in all {
        assert_eq!(*manual.block_on(one).unwrap().unwrap(), 1);
    }
    assert_eq!(calls.get(), 1);
}

#[test]
fn fresh_data_is_not_fetched_again_and_stale_data_is() {
    let (manual, client) = world();
    let (query, calls) = counting("n");
    let query = query.stale_time(Duration::from_secs(10));
    for _ in 0..2 {
        manual.block_on(client.fetch(&query.at(1))).unwrap().unwrap();
    }
    assert_eq!(calls.get(), 1);
    manual.advance(Duration::from_secs(10));
    assert_eq!(*manual.block_on(client.fetch(&query.at(1))).unwrap().unwrap(), 2);
}

#[test]
fn ensure_takes_what_is_there() {
    let (manual, client) = world();
    let (query, calls) = counting("n");
    client.set(&query.at(1), 70).unwrap();
    assert_eq!(*manual.block_on(client.ensure(&query.at(1))).unwrap().unwrap(), 70);
    assert_eq!(*manual.block_on(client.ensure(&query.at(2))).unwrap().unwrap(), 1);
    assert_eq!(calls.get(), 1);
    // The answer is what was there; what is fetched comes behind it.
    manual.advance(Duration::from_secs(1));
    assert_eq!(*manual.block_on(client.ensure_fresh_soon(&query.at(1))).unwrap().unwrap(), 70);
    manual.run();
    assert_eq!(client.get(&query.at(1)).as_deref(), Some(&2));
}

#[test]
fn a_command_happens_although_nobody_awaits_it() {
    let (manual, client) = world();
    let (query, calls) = counting("n");
    drop(client.prefetch(&query.at(1)));
    drop(client.fetch(&query.at(2)));
    manual.run();
    assert_eq!(calls.get(), 2);
    assert!(client.get(&query.at(1)).is_some());
    drop(client.invalidate(query.all()));
    assert!(client.state(&query.at(1)).unwrap().is_invalidated);
}

#[test]
fn errors_keep_their_type() {
    let (manual, client) = world();
    let query = Query::new("x", |_: Fetch<()>| async { Err::<u8, _>(Oops("no")) });
    let error = manual.block_on(client.fetch(&query.at(()))).unwrap().unwrap_err();
    assert_eq!(error.failed(), Some(&Oops("no")));
    assert_eq!(error.to_string(), "no");
    let state = client.state(&query.at(())).unwrap();
    assert_eq!((state.status, state.fetch_status), (Status::Error, FetchStatus::Idle));
    assert_eq!(state.error.unwrap().failed(), Some(&Oops("no")));
}

#[test]
fn a_function_decides_with_the_typed_error_whether_to_try_again() {
    let (manual, client) = world();
    let count = Count::default();
    let calls = count.clone();
    let query = Query::new("x", move |_: Fetch<()>| {
        let calls = calls.clone();
        async move { if calls.up() < 3 { Err(Oops("again")) } else { Ok(7) } }
    })
    .retry_if(|_, error| error.failed() == Some(&Oops("again")))
    .retry_delay_by(|failures, _| Duration::from_millis(u64::from(failures) * 10));
    assert_eq!(*manual.block_on(client.fetch(&query.at(()))).unwrap().unwrap(), 7);
    assert_eq!(count.get(), 3);
}

#[test]
fn one_name_with_two_types_is_an_error_and_leaves_the_value() {
    let (manual, client) = world();
    let (number, _) = counting("n");
    let text = Query::new("n", |_: Fetch<u32>| async { Ok::<_, Oops>(String::new()) });
    client.set(&number.at(1), 5).unwrap();
    assert_eq!(client.get(&text.at(1)), None);
    assert!(matches!(client.set(&text.at(1), String::new()), Err(QueryError::Mismatch)));
    assert!(matches!(client.update(&text.at(1), String::clear), Err(QueryError::Mismatch)));
    let fetched = manual.block_on(client.fetch(&text.at(1))).unwrap();
    assert!(matches!(fetched, Err(QueryError::Mismatch)));
    let state = client.state(&text.at(1)).unwrap();
    assert!(state.data.is_none() && matches!(state.error, Some(QueryError::Mismatch)));
    assert_eq!(client.get(&number.at(1)).as_deref(), Some(&5));
    // Also while it is only on its way.
    let (asked, joined) = (client.fetch(&number.at(2)), client.fetch(&text.at(2)));
    assert!(matches!(manual.block_on(joined).unwrap(), Err(QueryError::Mismatch)));
    assert_eq!(*manual.block_on(asked).unwrap().unwrap(), 1);
    let seen = client.observe(&text.at(1)).state();
    assert!(seen.data().is_none() && matches!(seen.error(), Some(QueryError::Mismatch)));
}

#[test]
fn two_kinds_of_parameters_with_one_key_are_an_error() {
    #[derive(serde::Serialize)]
    struct Wrapped(u32);
    let (manual, client) = world();
    let (query, _) = counting("n");
    let other = Query::new("n", |_: Fetch<Wrapped>| async { Ok::<_, Oops>(0_usize) });
    assert_eq!(query.at(1).key(), other.at(Wrapped(1)).key());
    client.prefetch(&query.at(1));
    manual.run();
    let fetched = manual.block_on(client.fetch(&other.at(Wrapped(1)))).unwrap();
    assert!(matches!(fetched, Err(QueryError::Mismatch)));
}

#[test]
fn parameters_that_cannot_be_a_key_are_an_error_where_they_are_used() {
    type Params = std::collections::BTreeMap<Vec<u8>, u8>;
    let (manual, client) = world();
    let query = Query::new("x", |_: Fetch<Params>| async { Ok::<_, Oops>(1) });
    let bad = query.at(Params::from([(vec![1, 2], 1)]));
    assert!(matches!(manual.block_on(client.fetch(&bad)).unwrap(), Err(QueryError::Key(_))));
    assert!(matches!(client.set(&bad, 2), Err(QueryError::Key(_))));
    assert!(client.get(&bad).is_none() && client.state(&bad).is_none());
    client.remove(&bad);
    assert_eq!(client.len(), 0);
    let observer = client.observe(&bad);
    manual.run();
    assert!(matches!(observer.state().error(), Some(QueryError::Key(_))));
}

#[test]
fn update_clones_only_what_is_shared() {
    struct Tracked(Vec<u8>, Count);
    impl Clone for Tracked {
        fn clone(&self) -> Self {
            self.1.up();
            Self(self.0.clone(), self.1.clone())
        }
    }
    let (_manual, client) = world();
    let clones = Count::default();
    let query: Query<(), Tracked, Oops> = Query::unfetched("x");
    let bound = query.at(());
    assert!(!client.update(&bound, |_| ()).unwrap());
    client.set(&bound, Tracked(vec![1], clones.clone())).unwrap();
    assert!(client.update(&bound, |value| value.0.push(2)).unwrap());
    assert_eq!(clones.get(), 0);
    let kept = client.get(&bound).unwrap();
    assert!(client.update(&bound, |value| value.0.push(3)).unwrap());
    assert_eq!(clones.get(), 1);
    assert_eq!(kept.0, [1, 2]);
    assert_eq!(client.get(&bound).unwrap().0, [1, 2, 3]);
    // An observer shares the value too, and sees the change.
    let observer = client.observe(&bound);
    drop(kept);
    client.update(&bound, |value| value.0.push(4)).unwrap();
    assert_eq!(clones.get(), 2);
    assert_eq!(observer.state().data().unwrap().0, [1, 2, 3, 4]);
}

#[test]
fn filters_mean_what_the_definition_says() {
    let (manual, client) = world();
    let query =
        Query::new("tasks", |cx: Fetch<(u32, bool)>| async move { Ok::<_, Oops>(cx.params().0) });
    for at in [(1, true), (1, false), (2, true)] {
        client.prefetch(&query.at(at));
    }
    manual.run();
    client.invalidate(query.beginning(&(1,)));
    let stale = |at| client.state(&query.at(at)).unwrap().is_invalidated;
    assert_eq!([stale((1, true)), stale((1, false)), stale((2, true))], [true, true, false]);
    client.remove(&query.at((1, true)));
    assert_eq!(client.len(), 2);
    client.remove(&query);
    assert!(client.is_empty());
}

#[test]
fn refetch_reset_cancel_and_counts() {
    let (manual, client) = world();
    let (query, calls) = counting("n");
    let one = query.at(1);
    let observer = client.observe(&one);
    assert_eq!(client.is_fetching(Filters::default()), 1);
    assert_eq!(client.is_fetching(query.all()), 1);
    manual.run();
    assert_eq!(client.is_fetching(&one), 0);
    manual.block_on(client.refetch(&one)).unwrap().unwrap();
    assert_eq!(calls.get(), 2);
    client.refetch(&one);
    manual.block_on(client.cancel(&one)).unwrap().unwrap();
    assert_eq!(client.get(&one).as_deref(), Some(&2));
    let how = throughline_query::RefetchHow::default();
    manual.block_on(client.invalidate_with(&one, Some(RefetchType::None), how)).unwrap().unwrap();
    assert!(observer.state().is_stale);
    let calls_before = calls.get();
    manual.block_on(client.reset(query.all())).unwrap().unwrap();
    assert_eq!(calls.get(), calls_before + 1);
    client.clear();
    assert!(client.is_empty());
    assert!(client.get(&one).is_none());
}

#[test]
fn defaults_hold_below_what_a_definition_says() {
    let (manual, client) = world();
    let stale_time = Dynamic::Value(StaleTime::Never).into();
    let retry = Retry::Never.into();
    client.set_query_defaults("n", QueryOptions { stale_time, retry, ..QueryOptions::default() });
    let (query, calls) = counting("n");
    for _ in 0..2 {
        manual.block_on(client.fetch(&query.at(1))).unwrap().unwrap();
        manual.advance(Duration::from_secs(1));
    }
    assert_eq!(calls.get(), 1);
}

#[test]
fn equal_data_keeps_its_place() {
    let (manual, client) = world();
    let query = Query::new("x", |_: Fetch<()>| async { Ok::<_, Oops>(vec![1]) }).compared();
    let first = manual.block_on(client.fetch(&query.at(()))).unwrap().unwrap();
    manual.advance(Duration::from_secs(1));
    let second = manual.block_on(client.fetch(&query.at(()))).unwrap().unwrap();
    assert!(Arc::ptr_eq(&first, &second) || first == second);
    assert!(Arc::ptr_eq(&first, &client.get(&query.at(())).unwrap()));
}

#[test]
fn nothing_is_kept_that_nobody_uses() {
    let (manual, client) = world();
    let (query, _) = counting("n");
    client.prefetch(&query.at(1));
    manual.run();
    manual.advance(Duration::from_secs(299));
    assert_eq!(client.len(), 1);
    manual.advance(Duration::from_secs(1));
    assert_eq!(client.len(), 0);
    assert!(client.get(&query.at(1)).is_none());
}

#[test]
fn labels_add_up() {
    #[derive(Clone)]
    struct Task(u32);
    impl throughline_query::Entity for Task {
        const KIND: &'static str = "task";
        type Id = u32;
        fn id(&self) -> u32 {
            self.0
        }
    }
    let manual = throughline_query::Manual::new();
    let client = throughline_query::QueryClient::builder().build(manual.runtime());
    let all = throughline_query::Query::new("all", |_: throughline_query::Fetch<()>| async {
        Ok::<_, std::io::Error>(Vec::<Task>::new())
    })
    .holding::<Task>()
    .labelled(|all| vec![throughline_query::Label::kind(format!("{} tasks", all.len()))]);
    client.set(&all.at(()), vec![Task(1), Task(2)]).unwrap();
    client.patch::<Task>(2, |task| task.0 = 3);
    let ids: Vec<_> = client.get(&all.at(())).unwrap().iter().map(|task| task.0).collect();
    assert_eq!(ids, [1, 3]);
    client.remove(throughline_query::Filters::about(throughline_query::Label::kind("2 tasks")));
    assert!(client.is_empty());
}

#[test]
fn what_was_hydrated_and_read_can_be_written_again() {
    use throughline_query::{DehydrateOptions, HydrateOptions};

    let (_, client) = world();
    let (query, _) = counting("n");
    let query = query.json();
    let json = r#"{"queries":[{"queryKey":["n",1],"state":{"status":"success","data":7}}]}"#;
    client.hydrate(json, HydrateOptions::default()).unwrap().unwrap();
    assert_eq!(client.get(&query.at(1)).as_deref(), Some(&7));
    let written = client.dehydrate(&DehydrateOptions::default()).unwrap();
    assert_eq!((written.report.queries, written.json.contains(r#""data":7"#)), (1, true));
}

/// A client that has these queries from elsewhere.
fn hydrated(json: &str) -> (throughline_query::Manual, throughline_query::QueryClient) {
    let (manual, client) = world();
    client.hydrate(json, throughline_query::HydrateOptions::default()).unwrap().unwrap();
    (manual, client)
}

#[test]
fn what_was_hydrated_and_read_is_fetched_again_with_its_parameters() {
    let json = r#"{"queries":[
        {"queryKey":["n",3],"state":{"status":"success","data":7,"dataUpdateCount":1}},
        {"queryKey":["n",4],"state":{"status":"success","data":8,"dataUpdateCount":1}}]}"#;
    let (manual, client) = hydrated(json);
    let query = Query::new("n", |cx: Fetch<u32>| async move { Ok::<_, Oops>(*cx.params() * 10) });
    let query = query.json();
    assert_eq!(client.get(&query.at(3)).as_deref(), Some(&7));
    // Of the other one only the key is known, which does not tell what to call the function with.
    assert_eq!(client.get_all(&query, &query).len(), 2);
    manual.block_on(client.refetch(&query)).unwrap().unwrap();
    assert_eq!(client.get(&query.at(3)).as_deref(), Some(&30));
    assert_eq!(client.get(&query.at(4)).as_deref(), Some(&8));
    let error = client.state(&query.at(4)).unwrap().error.unwrap().to_string();
    assert!(error.contains(r#"nobody has asked for ["n",4]"#), "{error}");
    assert_eq!(*manual.block_on(client.fetch(&query.at(4))).unwrap().unwrap(), 40);
}

#[test]
fn what_was_hydrated_and_read_is_found_by_what_it_is_about_and_weighed() {
    use serde::{Deserialize, Serialize};
    use throughline_query::{Entity, Filters, Label};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Note {
        id: u32,
        done: bool,
    }
    impl Entity for Note {
        type Id = u32;
        const KIND: &'static str = "note";
        fn id(&self) -> u32 {
            self.id
        }
    }
    let json = r#"{"queries":[{"queryKey":["notes"],"state":{"status":"success",
        "data":[{"id":1,"done":false},{"id":2,"done":false}]}}]}"#;
    let notes = Query::new("notes", |_: Fetch<()>| async { Err::<Vec<Note>, _>(Oops("none")) })
        .json()
        .holding::<Note>();
    let notes = notes.at(());
    for read in 0..4 {
        let (manual, client) = hydrated(json);
        let observer = match read {
            0 => client.get(&notes).map(|_| None).unwrap(),
            1 => client.state(&notes).map(|_| None).unwrap(),
            2 => manual.block_on(client.ensure(&notes)).unwrap().map(|_| None).unwrap(),
            _ => Some(client.observe(&notes)),
        };
        client.patch::<Note>(2, |note| note.done = true);
        assert!(client.get(&notes).unwrap()[1].done, "{read}");
        client.remove(Filters::about(Label::one("note", 1)));
        assert!(client.is_empty(), "{read}");
        drop(observer);
    }
}

#[test]
fn text_that_a_definition_does_not_read_counts_as_absent() {
    let json = r#"{"queries":[{"queryKey":["n",1],"state":{"status":"success","data":7}}]}"#;
    let (manual, client) = hydrated(json);
    let (query, calls) = counting("n");
    let query = query.stale_time(throughline_query::StaleTime::Never);
    assert_eq!(client.get(&query.at(1)), None);
    let fetched = manual.block_on(client.ensure(&query.at(1))).unwrap();
    assert!(fetched.is_ok(), "{fetched:?}");
    assert_eq!(calls.get(), 1);
}
