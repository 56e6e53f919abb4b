//! What TanStack Query does not have: layers, labels, bounds, and a look inside.

use std::sync::Arc;

use throughline_query::{
    Abilities, Bounds, Config, Data, Direction, Effect, Event, Fetcher, Filters, Key, Label,
    LayerFn, Machine, Opt, Pages, QueryOptions, RefetchHow,
};

fn list(data: &Data) -> Vec<u32> {
    data.downcast_ref::<Vec<u32>>().expect("a list").clone()
}

fn pushing(number: u32) -> LayerFn {
    Arc::new(move |data| {
        let mut all = list(data);
        // It does not apply to a list that has the number already.
        (!all.contains(&number)).then(|| {
            all.push(number);
            Data::new(all)
        })
    })
}

fn options() -> Arc<QueryOptions> {
    Arc::new(QueryOptions {
        fetcher: Opt::Set(Fetcher::Call(Data::new("fetcher"))),
        abilities: Opt::Set(Arc::new(Abilities {
            weigh: Some(|data| 4 * data.downcast_ref::<Vec<u32>>().map_or(0, Vec::len)),
            ..Abilities::default()
        })),
        labels: Opt::Set(Arc::new(|_, data| {
            let numbers = data.downcast_ref::<Vec<u32>>().into_iter().flatten();
            numbers.map(|number| Label::one("number", *number)).collect()
        })),
        ..QueryOptions::default()
    })
}

fn fetched(machine: &mut Machine, key: &Key, data: Vec<u32>) {
    machine.fetch_query(key, &options(), false, 1);
    machine.settle();
    let run = machine.take_effects().into_iter().find_map(|effect| match effect {
        Effect::Fetch(call) => Some(call.run),
        _ => None,
    });
    let now = machine.now();
    machine.handle(Event::Fetched(run.expect("a fetch"), Some(Data::new(data))), now);
}

fn shown(machine: &Machine, key: &Key) -> Vec<u32> {
    list(&machine.data(key).expect("data"))
}

#[test]
fn layers_are_applied_anew_to_what_is_fetched_and_dropped_alone() {
    let mut machine = Machine::new(Config::default(), 0);
    let key = Key::from("numbers");
    fetched(&mut machine, &key, vec![1]);
    let two = machine.add_layer(&key, pushing(2));
    let three = machine.add_layer(&key, pushing(3));
    assert_eq!(shown(&machine, &key), [1, 2, 3]);

    fetched(&mut machine, &key, vec![1, 9]);
    assert_eq!(shown(&machine, &key), [1, 9, 2, 3]);

    assert!(machine.drop_layer(&key, two));
    assert_eq!(shown(&machine, &key), [1, 9, 3]);
    assert!(!machine.drop_layer(&key, two));

    assert!(machine.commit_layer(&key, three));
    assert_eq!(shown(&machine, &key), [1, 9, 3]);
    assert_eq!(machine.layers(&key), 0);
}

#[test]
fn a_layer_that_no_longer_applies_is_passed_over_and_asked_again() {
    let mut machine = Machine::new(Config::default(), 0);
    let key = Key::from("numbers");
    let two = machine.add_layer(&key, pushing(2));
    fetched(&mut machine, &key, vec![1, 2]);
    assert_eq!(shown(&machine, &key), [1, 2]);
    fetched(&mut machine, &key, vec![1]);
    assert_eq!(shown(&machine, &key), [1, 2]);
    machine.drop_layer(&key, two);
    assert_eq!(shown(&machine, &key), [1]);
}

#[test]
fn whoever_changes_the_data_sees_what_is_below_the_layers() {
    let mut machine = Machine::new(Config::default(), 0);
    let key = Key::from("numbers");
    fetched(&mut machine, &key, vec![1]);
    let two = machine.add_layer(&key, pushing(2));
    machine.update(&key, None, |before| {
        assert_eq!(list(before.expect("data")), [1]);
        Some(Data::new(vec![1_u32, 5]))
    });
    assert_eq!(shown(&machine, &key), [1, 5, 2]);
    machine.drop_layer(&key, two);
    assert_eq!(shown(&machine, &key), [1, 5]);
}

#[test]
fn a_cancelled_fetch_goes_back_below_layers_that_came_and_went_meanwhile() {
    let mut machine = Machine::new(Config::default(), 0);
    let key = Key::from("numbers");
    fetched(&mut machine, &key, vec![1]);
    let two = machine.add_layer(&key, pushing(2));
    machine.fetch_query(&key, &options(), false, 2);
    let three = machine.add_layer(&key, pushing(3));
    machine.drop_layer(&key, two);
    machine.cancel_queries(&Filters::exact("numbers"), true, false, 3);
    machine.settle();
    assert_eq!(shown(&machine, &key), [1, 3]);
    machine.drop_layer(&key, three);
    assert_eq!(shown(&machine, &key), [1]);
}

#[test]
fn queries_are_found_by_what_their_data_is_about() {
    let mut machine = Machine::new(Config::default(), 0);
    for (name, data) in [("a", vec![1, 2]), ("b", vec![2, 3]), ("c", vec![4])] {
        fetched(&mut machine, &Key::from(name), data);
    }
    let about = |number: u32| Filters::about(Label::one("number", number));
    assert_eq!(machine.keys_of(&about(2)), [Key::from("a"), Key::from("b")]);
    fetched(&mut machine, &Key::from("a"), vec![1]);
    assert_eq!(machine.keys_of(&about(2)), [Key::from("b")]);
    // One entity is patched wherever it is held.
    machine.update_all(&about(4), None, |_, data| {
        Some(Data::new(list(data?).into_iter().map(|n| n * 10).collect::<Vec<_>>()))
    });
    assert_eq!(shown(&machine, &Key::from("c")), [40]);
    assert!(machine.keys_of(&about(4)).is_empty());
    machine.invalidate(&about(40), None, RefetchHow::default(), 1);
    assert!(machine.state(&Key::from("c")).unwrap().is_invalidated);
    machine.clear();
    assert!(machine.keys_of(&about(40)).is_empty());
}

#[test]
fn a_cache_that_is_too_large_loses_what_nobody_used_for_longest() {
    let bounds = Bounds { entries: Some(10), bytes: None };
    let mut machine = Machine::new(Config { bounds, ..Config::default() }, 0);
    let observed = Key::from(("n", 0));
    let observer = machine.observe(&observed, &options(), false);
    machine.subscribe(observer);
    for number in 1..10 {
        machine.set(&Key::from(("n", number)), Data::new(vec![number]), None);
    }
    assert_eq!(machine.len(), 10);
    machine.touch([&Key::from(("n", 1))]);
    machine.set(&Key::from(("n", 10)), Data::new(vec![10_u32]), None);
    assert_eq!(machine.len(), 9);
    let there = |number: u32| machine.state(&Key::from(("n", number))).is_some();
    assert!(there(0) && there(1) && there(10));
    assert!(!there(2) && !there(3));
    assert_eq!(machine.stats().evicted, 2);
}

#[test]
fn bytes_are_bounded_as_they_are_weighed() {
    let bounds = Bounds { entries: None, bytes: Some(100) };
    let mut machine = Machine::new(Config { bounds, ..Config::default() }, 0);
    for number in 0..20 {
        fetched(&mut machine, &Key::from(("n", number)), vec![1, 2, 3, 4, 5]);
        assert!(machine.bytes() <= 100);
    }
    assert!(machine.bytes() >= 60, "{}", machine.bytes());
    machine.clear();
    assert_eq!(machine.bytes(), 0);
}

#[test]
fn what_was_saved_is_counted() {
    let mut machine = Machine::new(Config::default(), 0);
    let key = Key::from("numbers");
    machine.fetch_query(&key, &options(), false, 1);
    machine.fetch_query(&key, &options(), false, 2);
    assert_eq!((machine.stats().fetches, machine.stats().joined), (1, 1));
    let inside = machine.inspect();
    assert_eq!(inside["stats"]["hitRate"], 0.5);
    assert_eq!(inside["queries"][0]["key"][0], "numbers");
    assert_eq!(inside["queries"][0]["fetchStatus"], "fetching");
}

/// Pages of two numbers each; the parameter is the first of them, and there are ten numbers.
fn paged() -> Arc<QueryOptions> {
    Arc::new(QueryOptions {
        fetcher: Opt::Set(Fetcher::Call(Data::new("fetcher"))),
        initial_page_param: Opt::Set(Data::new(0_u32)),
        next_page: Opt::Set(Arc::new(|view| {
            let next = list(view.page).last()? + 1;
            (next < 10).then(|| Data::new(next))
        })),
        abilities: Opt::Set(Arc::new(Abilities {
            equal_param: Some(|a, b| a.downcast_ref::<u32>() == b.downcast_ref::<u32>()),
            ..Abilities::default()
        })),
        ..QueryOptions::default()
    })
}

#[test]
fn only_the_first_page_is_fetched_again_and_the_others_stay_if_they_follow_it() {
    let mut machine = Machine::new(Config::default(), 0);
    let key = Key::from("pages");
    let observer = machine.observe(&key, &paged(), true);
    machine.subscribe(observer);
    let answer = |machine: &mut Machine, page: Vec<u32>| {
        machine.settle();
        let mut runs = machine.take_effects().into_iter().filter_map(|effect| match effect {
            Effect::Fetch(call) => Some(call.run),
            _ => None,
        });
        let run = runs.next().expect("a fetch");
        assert!(runs.next().is_none());
        machine.handle(Event::Fetched(run, Some(Data::new(page))), 0);
    };
    let pages = |machine: &Machine| -> Vec<Vec<u32>> {
        let data = machine.data(&Key::from("pages")).expect("data");
        data.downcast_ref::<Pages>().expect("pages").pages.iter().map(list).collect()
    };
    answer(&mut machine, vec![0, 1]);
    machine.fetch_page(observer, Direction::Forward, true, false, 1);
    answer(&mut machine, vec![2, 3]);
    let first = RefetchHow { first_page: true, ..RefetchHow::default() };

    machine.refetch(&Filters::prefix("pages"), first, 2);
    answer(&mut machine, vec![1, 1]);
    assert_eq!(pages(&machine), [[1, 1], [2, 3]]);

    machine.refetch(&Filters::prefix("pages"), first, 3);
    answer(&mut machine, vec![0, 0]);
    assert_eq!(pages(&machine), [[0, 0]]);
}
