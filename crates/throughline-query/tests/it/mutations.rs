//! Mutations.

use std::sync::{Arc, Mutex};

use futures_util::{FutureExt, StreamExt};
use throughline_query::{Mutate, Mutated, Mutation, MutationFilters, QueryError, Retry};

use crate::support::{Count, Oops, world};

#[test]
fn callbacks_run_in_order_with_their_types() {
    let (manual, client) = world();
    let log = Arc::new(Mutex::new(Vec::new()));
    let note = |what: &str| {
        let (log, what) = (Arc::clone(&log), what.to_owned());
        move |more: String| log.lock().unwrap().push(format!("{what} {more}"))
    };
    let (before, during, after, end) = (note("before"), note("during"), note("after"), note("end"));
    let save = Mutation::new("save", move |cx: Mutate<u32>| {
        during(cx.variables().to_string());
        async move { Ok::<_, Oops>(cx.variables() + 1) }
    })
    .on_mutate(move |cx: Mutate<u32>| {
        before(cx.variables().to_string());
        async { Ok("context") }
    })
    .on_success(move |end: Mutated<_, _, _, _>| {
        after(format!("{} {:?}", end.data().unwrap(), end.context()));
        async { Ok(()) }
    })
    .on_settled(move |done| {
        end(done.variables().to_string());
        async { Ok(()) }
    });
    let saved = manual.block_on(client.mutate(&save, 1)).unwrap().unwrap();
    assert_eq!(*saved, 2);
    let log = log.lock().unwrap();
    assert_eq!(*log, ["before 1", "during 1", "after 2 Some(\"context\")", "end 1"]);
}

#[test]
fn failures_and_panics_are_errors() {
    let (manual, client) = world();
    let fails = Mutation::new("fails", |_: Mutate<()>| async { Err::<u8, _>(Oops("no")) });
    let error = manual.block_on(client.mutate(&fails, ())).unwrap().unwrap_err();
    assert_eq!(error.failed(), Some(&Oops("no")));
    let panics = Mutation::new("panics", |_: Mutate<()>| async {
        if true {
            panic!("boom")
        }
        Ok::<u8, Oops>(0)
    });
    let error = manual.block_on(client.mutate(&panics, ())).unwrap().unwrap_err();
    assert!(matches!(error, QueryError::Panicked(message) if message == "boom"));
    let early = Mutation::new("early", |_: Mutate<()>| async { Ok::<u8, Oops>(0) })
        .on_mutate(|_| -> futures_util::future::Ready<Result<(), Oops>> { panic!("early") });
    let error = manual.block_on(client.mutate(&early, ())).unwrap().unwrap_err();
    assert!(matches!(error, QueryError::Panicked(message) if message == "early"));
    assert_eq!(client.is_mutating(&MutationFilters::default()), 0);
}

#[test]
fn an_observer_sees_its_last_mutation() {
    let (manual, client) = world();
    let told = Count::default();
    let double =
        Mutation::new("double", |cx: Mutate<u32>| async move { Ok::<_, Oops>(cx.variables() * 2) });
    let mut observer = client.observe_mutation(&double);
    assert!(observer.next().now_or_never().flatten().unwrap().variables().is_none());
    for n in [1, 2] {
        let told = told.clone();
        drop(observer.mutate_then(n, move |end| {
            assert_eq!(end.data().as_deref(), Some(&4));
            told.up();
        }));
    }
    assert_eq!(client.is_mutating(&double.all()), 2);
    manual.run();
    assert_eq!(told.get(), 1);
    let state = observer.next().now_or_never().flatten().unwrap();
    assert_eq!(state.data().as_deref(), Some(&4));
    observer.reset();
    assert!(observer.state().data().is_none());
}

#[test]
fn mutations_wait_for_the_network_and_for_their_turn() {
    let (manual, client) = world();
    let log = Arc::new(Mutex::new(Vec::new()));
    let logged = Arc::clone(&log);
    let send = Mutation::new("send", move |cx: Mutate<u32>| {
        logged.lock().unwrap().push(*cx.variables());
        async { Ok::<_, Oops>(()) }
    })
    .scope("mail")
    .retry(Retry::Times(1));
    client.set_online(false);
    let all: Vec<_> = (0..3).map(|n| client.mutate(&send, n)).collect();
    manual.run();
    assert!(log.lock().unwrap().is_empty());
    assert_eq!(client.is_mutating(&send.all()), 3);
    client.set_online(true);
    manual.block_on(client.resume()).unwrap().unwrap();
    for one in all {
        manual.block_on(one).unwrap().unwrap();
    }
    assert_eq!(*log.lock().unwrap(), [0, 1, 2]);
}

#[test]
fn whoever_resumes_a_mutation_that_then_fails_before_its_turn_hears_of_it() {
    let (manual, client) = world();
    let endless =
        Mutation::new("endless", |_: Mutate<()>| std::future::pending::<Result<(), Oops>>())
            .scope("one");
    let refused = Mutation::new("refused", |_: Mutate<()>| async { Ok::<_, Oops>(()) })
        .on_mutate(|_| async { Err::<(), _>(Oops("no")) })
        .scope("one");
    drop(client.mutate(&endless, ()));
    let (refused, resumed) = (client.mutate(&refused, ()), client.resume());
    assert!(manual.block_on(refused).expect("an answer").is_err());
    manual.block_on(resumed).expect("an answer").unwrap();
}

/// A list on a server that may be out of reach, and a mutation that adds to it.
mod optimistic {
    use std::io;
    use std::sync::{Arc, Mutex};

    use throughline_query::{Fetch, Manual, Mutate, Mutated, Mutation, Query, QueryClient};

    type Server = Arc<Mutex<Vec<u32>>>;

    fn list(server: &Server) -> Query<(), Vec<u32>, io::Error> {
        let server = Arc::clone(server);
        Query::new("list", move |_: Fetch<()>| {
            let all = server.lock().map(|all| all.clone()).unwrap_or_default();
            async move { Ok(all) }
        })
    }

    fn add(server: &Server, list: &Query<(), Vec<u32>, io::Error>) -> Mutation<u32, (), io::Error> {
        let (server, shown, again) = (Arc::clone(server), list.clone(), list.clone());
        Mutation::new("add", move |cx: Mutate<u32>| {
            let (server, number) = (Arc::clone(&server), *cx.variables());
            async move {
                if number == 13 {
                    return Err(io::Error::other("not that one"));
                }
                server.lock().map(|mut all| all.push(number)).map_err(|_| io::Error::other("?"))
            }
        })
        .optimistic(
            move |_| shown.at(()),
            |number, all: &Vec<u32>| Some([&all[..], &[*number]].concat()),
        )
        .on_settled(move |end: Mutated<u32, (), io::Error>| {
            end.client().invalidate(again.all());
            async { Ok(()) }
        })
    }

    #[test]
    fn what_fails_goes_alone_and_what_succeeds_is_not_shown_twice() {
        let server = Server::default();
        let manual = Manual::new();
        let client = QueryClient::builder().build(manual.runtime());
        let list = list(&server);
        let add = add(&server, &list);
        let seen = client.observe(&list.at(()));
        manual.run();
        client.mount();
        client.set_online(false);
        let (first, unlucky) = (client.mutate(&add, 1), client.mutate(&add, 13));
        let shown = || client.get(&list.at(())).map(|all| (*all).clone()).unwrap_or_default();
        assert_eq!(shown(), [1, 13]);
        // What is fetched meanwhile lies below.
        client.set(&list.at(()), vec![7]).unwrap();
        assert_eq!(shown(), [7, 1, 13]);

        client.set_online(true);
        manual.run();
        assert!(manual.block_on(first).is_some_and(|outcome| outcome.is_ok()));
        assert!(manual.block_on(unlucky).is_some_and(|outcome| outcome.is_err()));
        assert_eq!(shown(), [1]);
        assert_eq!(seen.state().data().as_deref(), Some(&vec![1]));
    }

    #[test]
    fn a_mutation_that_fails_before_it_runs_shows_nothing_any_more() {
        let server = Server::default();
        let manual = Manual::new();
        let client = QueryClient::builder().build(manual.runtime());
        let list = list(&server);
        let never =
            add(&server, &list).on_mutate(|_| async { Err::<(), _>(io::Error::other("no")) });
        client.set(&list.at(()), vec![7]).unwrap();
        let mutated = client.mutate(&never, 1);
        assert_eq!(client.get(&list.at(())).as_deref(), Some(&vec![7, 1]));
        assert!(manual.block_on(mutated).is_some_and(|outcome| outcome.is_err()));
        assert_eq!(client.get(&list.at(())).as_deref(), Some(&vec![7]));
    }
}

#[test]
fn who_blocks_on_a_mutation_that_waits_for_the_network_gets_nothing() {
    let (manual, client) = world();
    let save = Mutation::new("save", |_: Mutate<u32>| async { Ok::<_, Oops>(()) });
    client.set_online(false);
    assert!(manual.block_on(client.mutate(&save, 1)).is_none());
    let saved = client.mutate(&save, 2);
    client.set_online(true);
    drop(client.resume());
    assert!(manual.block_on(saved).unwrap().is_ok());
}
