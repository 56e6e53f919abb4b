//! Random lives of a cache, with everything that TanStack Query does not have, on bad days: clocks that
//! go backwards, functions that panic, answers that come twice or never. After each step the books
//! agree, and what is told keeps the rules: nothing of what is gone, and counts that only grow.

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;
use throughline_query::{
    Abilities, ActionKind, Bounds, Config, Data, Direction, Dynamic, Effect, Event, Failure,
    Fetcher, Fields, Filters, HydratedQuery, Initial, Key, Label, LayerId, Machine, MutationAction,
    MutationEvent, MutationId, MutationOptions, ObserverId, Opt, PageFn, Placeholder, QueryEvent,
    QueryOptions, QueryState, RefetchHow, RunId, Select, Span, StaleTime, Status, StreamFetcher,
    StreamRefetch, Unobserved,
};

#[derive(Debug, Clone)]
enum Op {
    Observe { key: u8, shape: u8 },
    Subscribe(u8),
    Unsubscribe(u8),
    Forget(u8),
    Options { observer: u8, key: u8, shape: u8 },
    Fetch { key: u8, shape: u8 },
    Set { key: u8, value: u32 },
    UpdateOrPanic { key: u8, panics: bool },
    Invalidate(u8),
    Refetch(u8),
    FirstPage(u8),
    Reset(u8),
    Remove(u8),
    Cancel { key: u8, revert: bool, silent: bool },
    Page { observer: u8, back: bool },
    Layer { key: u8, value: u32 },
    Commit(u8),
    Drop(u8),
    About(u32),
    Bound(u8),
    Mutate { scope: bool },
    Answer { which: u8, how: u8, value: u32 },
    AnswerTwice(u8),
    Clock(i64),
    Online(bool),
    Focus(Option<bool>),
    Mount,
    Unmount,
    Clear,
    Hydrate { key: u8, at: i64, value: Option<u32>, promised: bool },
}

fn op() -> impl Strategy<Value = Op> {
    let key = 0_u8..4;
    let shape = 0_u8..8;
    prop_oneof![
        4 => (key.clone(), shape.clone()).prop_map(|(key, shape)| Op::Observe { key, shape }),
        4 => any::<u8>().prop_map(Op::Subscribe),
        2 => any::<u8>().prop_map(Op::Unsubscribe),
        1 => any::<u8>().prop_map(Op::Forget),
        3 => (any::<u8>(), key.clone(), shape.clone())
            .prop_map(|(observer, key, shape)| Op::Options { observer, key, shape }),
        3 => (key.clone(), shape).prop_map(|(key, shape)| Op::Fetch { key, shape }),
        3 => (key.clone(), 0_u32..5).prop_map(|(key, value)| Op::Set { key, value }),
        2 => (key.clone(), any::<bool>())
            .prop_map(|(key, panics)| Op::UpdateOrPanic { key, panics }),
        2 => key.clone().prop_map(Op::Invalidate),
        2 => key.clone().prop_map(Op::Refetch),
        1 => key.clone().prop_map(Op::FirstPage),
        1 => key.clone().prop_map(Op::Reset),
        1 => key.clone().prop_map(Op::Remove),
        2 => (key.clone(), any::<bool>(), any::<bool>())
            .prop_map(|(key, revert, silent)| Op::Cancel { key, revert, silent }),
        2 => (any::<u8>(), any::<bool>()).prop_map(|(observer, back)| Op::Page { observer, back }),
        3 => (key, 0_u32..5).prop_map(|(key, value)| Op::Layer { key, value }),
        2 => any::<u8>().prop_map(Op::Commit),
        2 => any::<u8>().prop_map(Op::Drop),
        1 => (0_u32..5).prop_map(Op::About),
        1 => (0_u8..4).prop_map(Op::Bound),
        2 => any::<bool>().prop_map(|scope| Op::Mutate { scope }),
        8 => (any::<u8>(), 0_u8..6, 0_u32..5)
            .prop_map(|(which, how, value)| Op::Answer { which, how, value }),
        1 => any::<u8>().prop_map(Op::AnswerTwice),
        5 => prop_oneof![0_i64..50, 900_i64..70_000, -5_000_i64..0, Just(i64::MAX), Just(i64::MIN)]
            .prop_map(Op::Clock),
        1 => any::<bool>().prop_map(Op::Online),
        1 => any::<Option<bool>>().prop_map(Op::Focus),
        1 => Just(Op::Mount),
        1 => Just(Op::Unmount),
        1 => Just(Op::Clear),
        2 => (0_u8..4, -2_i64..3, any::<Option<u32>>(), any::<bool>())
            .prop_map(|(key, at, value, promised)| Op::Hydrate { key, at, value, promised }),
    ]
}

fn numbers(data: &Data) -> &[u32] {
    data.downcast_ref::<Vec<u32>>().map_or(&[], Vec::as_slice)
}

fn options(shape: u8) -> Arc<QueryOptions> {
    let call = Data::new(shape);
    let fetcher = match shape {
        6 => Fetcher::Stream(Arc::new(StreamFetcher {
            call,
            refetch: StreamRefetch::Reset,
            reduce: Arc::new(|all, chunk| {
                let mut all = numbers(all).to_vec();
                all.extend(numbers(chunk));
                assert!(all.len() < 9, "a reducer that panics");
                Data::new(all)
            }),
            initial: Data::new(Vec::<u32>::new()),
        })),
        7 => Fetcher::Skip,
        _ => Fetcher::Call(call),
    };
    let next: PageFn = Arc::new(|view| {
        let last = *view.param.downcast_ref::<u32>()?;
        assert!(last < 7, "a page function that panics");
        Some(Data::new(last + 1))
    });
    let panicking = shape == 3;
    Arc::new(QueryOptions {
        fetcher: Opt::Set(fetcher),
        stale_time: match shape {
            0 => Opt::Inherit,
            1 => Opt::Set(StaleTime::After(100).into()),
            2 => Opt::Set(StaleTime::Static.into()),
            _ => Opt::Set(Dynamic::by(move |view| {
                assert!(!panicking, "an option that panics");
                if view.state.is_invalidated { StaleTime::Never } else { StaleTime::After(10) }
            })),
        },
        gc_time: Opt::Set(Span::For(i64::from(shape) * 500)),
        refetch_interval: if shape == 4 { Opt::Set(Some(700).into()) } else { Opt::Inherit },
        select: match shape {
            1 | 3 => Opt::Set(Select {
                run: Arc::new(move |data| {
                    assert!(!panicking || numbers(data).len() != 2, "a selection that panics");
                    match numbers(data).first() {
                        Some(3) => Err(Failure::new("three")),
                        first => Ok(Data::new(first.copied())),
                    }
                }),
                equal: Some(|a, b| a.downcast_ref::<Option<u32>>() == b.downcast_ref()),
            }),
            _ => Opt::Inherit,
        },
        placeholder: if shape == 5 { Opt::Set(Placeholder::KeepPrevious) } else { Opt::Inherit },
        initial_data: match shape {
            5 => Opt::Set(Initial::Value(Data::new(vec![1_u32]))),
            _ => Opt::Inherit,
        },
        interest: if shape == 2 { Opt::Set(Fields::DATA) } else { Opt::Inherit },
        on_unobserved: match shape {
            4 => Opt::Set(Unobserved::Abort),
            _ => Opt::Inherit,
        },
        abilities: Opt::Set(Arc::new(Abilities {
            equal: Some(|a, b| {
                assert!(numbers(a) != [4], "a comparison that panics");
                numbers(a) == numbers(b)
            }),
            weigh: Some(|data| numbers(data).len() * 4),
            ..Abilities::default()
        })),
        labels: Opt::Set(Arc::new(|_, data| {
            numbers(data).iter().map(|number| Label::one("number", *number)).collect()
        })),
        initial_page_param: Opt::Set(Data::new(0_u32)),
        next_page: Opt::Set(Arc::clone(&next)),
        previous_page: Opt::Set(next),
        max_pages: Opt::Set(3),
        ..QueryOptions::default()
    })
}

struct Life {
    machine: Machine,
    observers: Vec<ObserverId>,
    layers: Vec<(Key, LayerId)>,
    open: Vec<(RunId, bool)>,
    done: Vec<RunId>,
    settled: HashMap<u64, u32>,
    asked: u64,
    told: HashMap<Key, Told>,
    /// Where each observer points, also one that is forgotten: it may be waited for.
    points: HashMap<ObserverId, Key>,
    /// Which mutations are under way, and which have left the cache.
    mutations: HashMap<MutationId, (bool, bool)>,
}

/// What was told of the query with one key.
#[derive(Default)]
struct Told {
    in_cache: bool,
    /// It was once removed while an observer pointed at it: such observers keep it, and may go on with
    /// it.
    haunted: bool,
    /// It was set back to something since it was last looked at.
    set_back: bool,
    /// How often it had been updated and had failed when it was last looked at.
    counts: (u32, u32),
}

impl Life {
    fn key(number: u8) -> Key {
        if number < 2 { Key::from(("list", number)) } else { Key::from(("pages", number)) }
    }

    fn ticket(&mut self) -> u64 {
        self.asked += 1;
        self.asked
    }

    fn take(&mut self) {
        self.machine.settle();
        for effect in self.machine.take_effects() {
            match effect {
                Effect::Fetch(call) => self.open.push((call.run, false)),
                Effect::Mutate(call) => self.open.push((call.run, true)),
                Effect::Settle(ticket, _) => *self.settled.entry(ticket).or_default() += 1,
                Effect::QueryEvent(key, event) => self.query_event(key, event),
                Effect::MutationEvent(Some(mutation), event) => {
                    self.mutation_event(mutation, event);
                }
                _ => {}
            }
        }
    }

    /// Of a query that is not in the cache nothing is told, unless an observer still points at it.
    fn query_event(&mut self, key: Key, event: QueryEvent) {
        let told = self.told.entry(key.clone()).or_default();
        assert!(
            told.in_cache || told.haunted || event == QueryEvent::Added,
            "{event:?} is told of {key}, which is not in the cache"
        );
        match event {
            QueryEvent::Added => {
                assert!(!told.in_cache, "{key} comes twice");
                *told = Told { in_cache: true, haunted: told.haunted, ..Told::default() };
            }
            QueryEvent::Removed => {
                assert!(told.in_cache, "{key} goes twice");
                told.in_cache = false;
                told.haunted |= self.points.values().any(|there| *there == key);
            }
            QueryEvent::Updated(ActionKind::SetState) => told.set_back = true,
            _ => {}
        }
    }

    /// Of a mutation that has left the cache nothing is told but how it goes on, if it was under way,
    /// and that nobody looks at it any more.
    fn mutation_event(&mut self, mutation: MutationId, event: MutationEvent) {
        use MutationAction::{Error, Success};
        let (under_way, gone) = self.mutations.entry(mutation).or_default();
        let goes_on = *under_way && matches!(event, MutationEvent::Updated(_));
        assert!(
            !*gone || goes_on || event == MutationEvent::ObserverRemoved,
            "{event:?} is told of the mutation {mutation}, which is not in the cache"
        );
        match event {
            MutationEvent::Updated(action) => *under_way = !matches!(action, Success | Error),
            MutationEvent::Removed => *gone = true,
            _ => {}
        }
    }

    /// As long as a query stays in the cache its counts only grow, unless it begins anew.
    fn count(&mut self, op: &Op) {
        for (key, told) in self.told.iter_mut().filter(|(_, told)| told.in_cache) {
            let state = self.machine.state(key).expect("what came and did not go is there");
            let counts = (state.data_update_count, state.error_update_count);
            let anew = std::mem::take(&mut told.set_back) && counts == (0, 0);
            assert!(
                anew || counts.0 >= told.counts.0 && counts.1 >= told.counts.1,
                "{key} had {:?} updates and errors, and has {counts:?} after {op:?}",
                told.counts
            );
            told.counts = counts;
        }
    }

    fn run(&mut self, op: Op) {
        let how = RefetchHow::default();
        let pick = |all: &[ObserverId], number: u8| {
            (!all.is_empty()).then(|| all[usize::from(number) % all.len()])
        };
        match op {
            Op::Observe { key, shape } => {
                let id = self.machine.observe(&Self::key(key), &options(shape), key >= 2);
                self.observers.push(id);
                self.points.insert(id, Self::key(key));
            }
            Op::Subscribe(number) => {
                if let Some(id) = pick(&self.observers, number) {
                    self.machine.subscribe(id);
                }
            }
            Op::Unsubscribe(number) => {
                if let Some(id) = pick(&self.observers, number) {
                    self.machine.unsubscribe(id);
                }
            }
            Op::Forget(number) => {
                if let Some(id) = pick(&self.observers, number) {
                    // It stays in the list: whoever still has the number must do no harm.
                    self.machine.unobserve(id);
                }
            }
            Op::Options { observer, key, shape } => {
                if let Some(id) = pick(&self.observers, observer) {
                    self.machine.set_observer_options(id, &Self::key(key), &options(shape));
                    self.points.entry(id).and_modify(|there| *there = Self::key(key));
                }
            }
            Op::Fetch { key, shape } => {
                let ticket = self.ticket();
                self.machine.fetch_query(&Self::key(key), &options(shape), key >= 2, ticket);
            }
            Op::Set { key, value } => {
                self.machine.set(&Self::key(key), Data::new(vec![value]), None);
            }
            Op::UpdateOrPanic { key, panics } => {
                self.machine.update(&Self::key(key), None, |data| {
                    assert!(!panics, "an update that panics");
                    let mut all = numbers(data?).to_vec();
                    all.push(9);
                    Some(Data::new(all))
                });
            }
            Op::Invalidate(key) => {
                let ticket = self.ticket();
                self.machine.invalidate(&Filters::exact(Self::key(key)), None, how, ticket);
            }
            Op::Refetch(key) => {
                let ticket = self.ticket();
                self.machine.refetch(&Filters::exact(Self::key(key)), how, ticket);
            }
            Op::FirstPage(key) => {
                let ticket = self.ticket();
                let how = RefetchHow { first_page: true, ..how };
                self.machine.refetch(&Filters::exact(Self::key(key)), how, ticket);
            }
            Op::Reset(key) => {
                let ticket = self.ticket();
                self.machine.reset(&Filters::exact(Self::key(key)), how, ticket);
            }
            Op::Remove(key) => {
                self.machine.remove_queries(&Filters::exact(Self::key(key)));
            }
            Op::Cancel { key, revert, silent } => {
                let ticket = self.ticket();
                let filters = Filters::exact(Self::key(key));
                self.machine.cancel_queries(&filters, revert, silent, ticket);
            }
            Op::Page { observer, back } => {
                let way = if back { Direction::Backward } else { Direction::Forward };
                if let Some(id) = pick(&self.observers, observer) {
                    let ticket = self.ticket();
                    self.machine.fetch_page(id, way, true, false, ticket);
                }
            }
            Op::Layer { key, value } => {
                let key = Self::key(key);
                let id = self.machine.add_layer(
                    &key,
                    Arc::new(move |data| {
                        assert!(value != 4, "a layer that panics");
                        let mut all = numbers(data).to_vec();
                        all.push(value);
                        (all.len() < 6).then(|| Data::new(all))
                    }),
                );
                self.layers.push((key, id));
            }
            Op::Commit(number) | Op::Drop(number) if !self.layers.is_empty() => {
                let at = usize::from(number) % self.layers.len();
                let (key, id) = self.layers.swap_remove(at);
                let there = match op {
                    Op::Commit(_) => self.machine.commit_layer(&key, id),
                    _ => self.machine.drop_layer(&key, id),
                };
                assert!(there);
            }
            Op::Commit(_) | Op::Drop(_) => {}
            Op::About(number) => {
                let about = Filters::about(Label::one("number", number));
                for key in self.machine.keys_of(&about) {
                    let data = self.machine.data(&key).expect("what has a label has data");
                    assert!(numbers(&data).contains(&number));
                }
            }
            Op::Bound(entries) => {
                let entries = (entries > 0).then_some(usize::from(entries));
                self.machine.set_bounds(Bounds { entries, bytes: entries.map(|n| n * 8) });
            }
            Op::Mutate { scope } => {
                let ticket = self.ticket();
                let options = MutationOptions {
                    mutator: Opt::Set(Data::new("mutate")),
                    scope: if scope { Opt::Set(Arc::from("one")) } else { Opt::Inherit },
                    ..MutationOptions::default()
                };
                self.machine.submit_mutation(&options, None, ticket);
            }
            Op::Answer { which, how, value } => {
                if self.open.is_empty() {
                    return;
                }
                let (run, mutation) = self.open.swap_remove(usize::from(which) % self.open.len());
                if how == 4 && !mutation {
                    // More of the stream follows.
                    self.open.push((run, mutation));
                } else {
                    self.done.push(run);
                }
                let data = Data::new(vec![value]);
                self.machine.take(match (how, mutation) {
                    (0..=2, false) => Event::Fetched(run, Some(data)),
                    (3, false) => Event::Fetched(run, None),
                    (4, false) => Event::Chunk(run, data),
                    (_, false) => Event::FetchFailed(run, Failure::new("no")),
                    (0..=3, true) => Event::Mutated(run, Some(data)),
                    (_, true) => Event::MutateFailed(run, Failure::new("no")),
                });
            }
            Op::AnswerTwice(which) => {
                if !self.done.is_empty() {
                    let run = self.done[usize::from(which) % self.done.len()];
                    self.machine.take(Event::Streamed(run));
                    self.machine.take(Event::Fetched(run, Some(Data::new(vec![99_u32]))));
                    self.machine.take(Event::Mutated(run, None));
                    self.machine.take(Event::SignalRead(run));
                }
            }
            Op::Clock(by) => {
                let now = self.machine.now().saturating_add(by);
                self.machine.set_now(now);
                for _ in 0..64 {
                    if !self.machine.fire_next() {
                        break;
                    }
                    self.take();
                }
            }
            Op::Online(online) => self.machine.take(Event::Online(online)),
            Op::Focus(focused) => self.machine.take(Event::Focus(focused)),
            Op::Mount => self.machine.mount(),
            Op::Unmount => self.machine.unmount(),
            Op::Clear => self.machine.clear(),
            Op::Hydrate { key, at, value, promised } => {
                // Pages are not what comes from elsewhere here.
                let key = Self::key(key % 2);
                let at = self.machine.now().saturating_add(at);
                let data = value.map(|value| Data::new(vec![value]));
                let status = if data.is_some() { Status::Success } else { Status::Pending };
                let state =
                    QueryState { data, data_updated_at: at, status, ..QueryState::default() };
                let arrived = promised.then(|| Data::new(vec![7_u32])).filter(|_| at % 2 == 0);
                let hydrated = HydratedQuery {
                    key,
                    state,
                    dehydrated_at: at,
                    promise: promised.then(|| Data::new("promised")),
                    arrived,
                    meta: None,
                    infinite: false,
                };
                self.machine.hydrate_query(hydrated, &QueryOptions::default());
            }
        }
    }
}

impl Life {
    /// There is a network, somebody looks, and whatever was asked is answered, until nothing is left to do.
    fn end_well(&mut self) {
        for id in std::mem::take(&mut self.observers) {
            self.machine.unobserve(id);
        }
        // It may have been unmounted more often than it was mounted.
        (0..100).for_each(|_| self.machine.mount());
        // What was already so while it was not mounted was told to nobody.
        for is in [false, true] {
            self.machine.take(Event::Focus(Some(is)));
            self.machine.take(Event::Online(is));
            self.take();
        }
        self.machine.resume_mutations(0);
        for _ in 0..10_000 {
            self.take();
            if let Some((run, mutation)) = self.open.pop() {
                let data = Some(Data::new(vec![1_u32]));
                self.machine.take(match mutation {
                    false => Event::Fetched(run, data),
                    true => Event::Mutated(run, data),
                });
            } else if let Some((due, _)) = self.machine.next_timer() {
                self.machine.set_now(self.machine.now().max(due));
                self.machine.fire_next();
            } else {
                return;
            }
        }
        panic!("it comes to no end");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_books_agree_whatever_happens(ops in prop::collection::vec(op(), 1..80), ends_well: bool) {
        // Functions that panic are part of the test; their messages are not.
        std::panic::set_hook(Box::new(|info| {
            if !info.payload_as_str().is_some_and(|message| message.contains("panics")) {
                eprintln!("{info}");
            }
        }));
        let config = Config { events: true, weigh: true, ..Config::default() };
        let mut life = Life {
            machine: Machine::new(config, 1_000_000),
            observers: Vec::new(),
            layers: Vec::new(),
            open: Vec::new(),
            done: Vec::new(),
            settled: HashMap::new(),
            asked: 0,
            told: HashMap::new(),
            points: HashMap::new(),
            mutations: HashMap::new(),
        };
        for op in ops {
            life.run(op.clone());
            life.take();
            prop_assert_eq!(life.machine.audit(), Ok(()), "after {:?}", op);
            life.count(&op);
            for (ticket, times) in &life.settled {
                prop_assert_eq!(*times, 1, "ticket {} after {:?}", ticket, op);
            }
        }
        if ends_well {
            life.end_well();
            for ticket in 1..=life.asked {
                prop_assert_eq!(life.settled.get(&ticket), Some(&1), "ticket {} waits for ever", ticket);
            }
        }
        // Nobody looks any more, nothing answers any more: the cache forgets everything.
        for (key, id) in life.layers.drain(..) {
            life.machine.drop_layer(&key, id);
        }
        for id in life.observers.drain(..) {
            life.machine.unobserve(id);
        }
        life.machine.clear();
        life.take();
        prop_assert_eq!(life.machine.audit(), Ok(()));
        prop_assert_eq!(life.machine.len(), 0);
    }
}
