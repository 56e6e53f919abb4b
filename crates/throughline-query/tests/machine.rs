//! The machine by hand: what a driver sees from a first fetch to the end of an entry.

use std::sync::Arc;

use throughline_query::{
    Bounds, Config, Data, Effect, Event, Failure, FetchCall, FetchStatus, Fetcher, Filters,
    HydratedQuery, Initial, Key, LayerFn, Machine, MutationOptions, Opt, QueryOptions, QueryState,
    Span, Status,
};

fn options() -> Arc<QueryOptions> {
    Arc::new(QueryOptions {
        fetcher: Opt::Set(Fetcher::Call(Data::new("fetcher"))),
        gc_time: Opt::Set(Span::For(1000)),
        ..QueryOptions::default()
    })
}

fn the_fetch(effects: Vec<Effect>) -> Box<FetchCall> {
    let mut fetches = effects.into_iter().filter_map(|effect| match effect {
        Effect::Fetch(call) => Some(call),
        _ => None,
    });
    let fetch = fetches.next().expect("a fetch");
    assert!(fetches.next().is_none(), "one fetch");
    fetch
}

fn settled(effects: Vec<Effect>) -> Vec<(u64, bool)> {
    let settled = |effect| match effect {
        Effect::Settle(ticket, outcome) => Some((ticket, outcome.is_ok())),
        _ => None,
    };
    effects.into_iter().filter_map(settled).collect()
}

fn run_timers(machine: &mut Machine, until: i64) -> Vec<Effect> {
    let mut effects = Vec::new();
    while let Some((due, _)) = machine.next_timer().filter(|(due, _)| *due <= until) {
        machine.set_now(due);
        machine.fire_next();
        machine.settle();
        effects.append(&mut machine.take_effects());
    }
    machine.set_now(until);
    effects
}

#[test]
fn an_observer_fetches_retries_and_sees_the_data() {
    let mut machine = Machine::new(Config::default(), 0);
    let key = Key::from("tasks");
    let observer = machine.observe(&key, &options(), false);
    machine.subscribe(observer);
    machine.settle();
    let fetch = the_fetch(machine.take_effects());
    assert_eq!(machine.result(observer).unwrap().fetch_status, FetchStatus::Fetching);

    let failure = Failure::new("no answer");
    machine.handle(Event::FetchFailed(fetch.run, failure), 5);
    assert_eq!(machine.result(observer).unwrap().failure_count, 1);
    assert_eq!(machine.result(observer).unwrap().status, Status::Pending);
    let fetch = the_fetch(run_timers(&mut machine, 1005));

    machine.handle(Event::Fetched(fetch.run, Some(Data::new(7))), 1010);
    let result = machine.result(observer).unwrap();
    assert_eq!(result.status, Status::Success);
    assert_eq!(result.data.as_ref().unwrap().downcast_ref(), Some(&7));
    assert_eq!(machine.is_fetching(None), 0);

    machine.unobserve(observer);
    run_timers(&mut machine, 2009);
    assert_eq!(machine.len(), 1);
    run_timers(&mut machine, 2010);
    assert!(machine.is_empty());
}

#[test]
fn concurrent_fetches_are_one_and_a_cancelled_one_goes_back() {
    let mut machine = Machine::new(Config::default(), 0);
    let key = Key::from(("task", 1));
    machine.set(&key, Data::new("old"), None);
    machine.fetch_query(&key, &options(), false, 1);
    machine.fetch_query(&key, &options(), false, 2);
    machine.settle();
    let fetch = the_fetch(machine.take_effects());
    machine.cancel_queries(&Filters::prefix("task"), true, false, 3);
    machine.settle();
    assert_eq!(settled(machine.take_effects()), [(1, true), (2, true), (3, true)]);
    machine.handle(Event::Fetched(fetch.run, Some(Data::new("late"))), 9);
    assert_eq!(machine.data(&key).unwrap().downcast_ref(), Some(&"old"));
}

#[test]
fn whoever_waits_for_a_fetch_that_another_overtakes_waits_for_that_one() {
    let mut machine = Machine::new(Config::default(), 0);
    let key = Key::from("tasks");
    machine.handle(Event::Online(false), 0);
    machine.fetch_query(&key, &options(), false, 1);
    machine.settle();
    machine.take_effects();
    // Newer data from elsewhere makes the query idle, although its fetch still waits for the network.
    let state = QueryState { data: Some(Data::new(1)), ..QueryState::default() };
    let hydrated = HydratedQuery {
        dehydrated_at: 5,
        promise: Some(Data::new("promised")),
        arrived: Some(Data::new(1)),
        key: key.clone(),
        state,
        meta: None,
        infinite: false,
    };
    machine.hydrate_query(hydrated, &QueryOptions::default());
    machine.settle();
    assert_eq!(machine.state(&key).unwrap().fetch_status, FetchStatus::Idle);

    machine.handle(Event::Online(true), 10);
    machine.fetch_query(&key, &options(), false, 2);
    machine.settle();
    let fetch = the_fetch(machine.take_effects());
    let effects = machine.handle(Event::Fetched(fetch.run, Some(Data::new(2))), 20);
    assert_eq!(settled(effects), [(2, true), (1, true)]);
    assert_eq!(machine.stats().overtaken, 1);
}

#[test]
fn whoever_waits_for_a_paused_mutation_that_is_cleared_hears_so() {
    let mut machine = Machine::new(Config::default(), 0);
    machine.handle(Event::Online(false), 0);
    let options =
        MutationOptions { mutator: Opt::Set(Data::new("save")), ..MutationOptions::default() };
    machine.submit_mutation(&options, None, 1);
    machine.settle();
    assert_eq!(settled(machine.take_effects()), []);
    machine.clear();
    machine.settle();
    assert_eq!(settled(machine.take_effects()), [(1, false)]);
}

#[test]
fn an_observer_that_is_gone_has_nothing_to_fetch() {
    let mut machine = Machine::new(Config::default(), 0);
    let observer = machine.observe(&Key::from("tasks"), &options(), false);
    machine.unobserve(observer);
    machine.refetch_observed(observer, true, false, 1);
    machine.settle();
    assert_eq!(settled(machine.take_effects()), [(1, false)]);
}

#[test]
fn a_cancelled_first_fetch_leaves_nothing_for_a_layer_to_lie_on() {
    let mut machine = Machine::new(Config::default(), 0);
    let key = Key::from("count");
    machine.fetch_query(&key, &options(), false, 1);
    // Whoever comes with data to begin with while the first fetch is under way.
    let initial = Arc::new(QueryOptions {
        initial_data: Opt::Set(Initial::Value(Data::new(1))),
        ..(*options()).clone()
    });
    machine.observe(&key, &initial, false);
    let one_more: LayerFn = Arc::new(|data| Some(Data::new(data.downcast_ref::<i32>()? + 1)));
    machine.add_layer(&key, one_more);
    assert_eq!(machine.data(&key).unwrap().downcast_ref(), Some(&2));
    machine.cancel_queries(&Filters::exact(key.clone()), true, false, 2);
    machine.settle();
    assert!(machine.data(&key).is_none());
    assert_eq!(machine.audit(), Ok(()));
    machine.set(&key, Data::new(5), None);
    assert_eq!(machine.data(&key).unwrap().downcast_ref(), Some(&6));
}

#[test]
fn a_cache_that_is_too_large_shrinks_when_its_queries_are_left_alone() {
    let bounds = Bounds { entries: Some(10), bytes: None };
    let mut machine = Machine::new(Config { bounds, ..Config::default() }, 0);
    let forever =
        Arc::new(QueryOptions { gc_time: Opt::Set(Span::Forever), ..(*options()).clone() });
    let observers: Vec<_> = (0..500)
        .map(|n| {
            let observer = machine.observe(&Key::from(("observed", n)), &forever, false);
            machine.subscribe(observer);
            observer
        })
        .collect();
    machine.settle();
    assert_eq!(machine.len(), 500);
    let calls = machine.take_effects().into_iter().filter_map(|effect| match effect {
        Effect::Fetch(call) => Some(call.run),
        _ => None,
    });
    for run in calls.collect::<Vec<_>>() {
        machine.handle(Event::Fetched(run, Some(Data::new(1))), 1);
    }
    for observer in observers {
        machine.unobserve(observer);
        machine.settle();
    }
    assert!(machine.len() <= 10, "{} queries stay", machine.len());

    // The same for fetches that nobody observes.
    for n in 0..500 {
        machine.fetch_query(&Key::from(("fetched", n)), &forever, false, n);
    }
    machine.settle();
    let calls = machine.take_effects().into_iter().filter_map(|effect| match effect {
        Effect::Fetch(call) => Some(call.run),
        _ => None,
    });
    for run in calls.collect::<Vec<_>>() {
        machine.handle(Event::Fetched(run, Some(Data::new(1))), 2);
    }
    assert!(machine.len() <= 10, "{} queries stay", machine.len());
    assert_eq!(machine.audit(), Ok(()));
}
