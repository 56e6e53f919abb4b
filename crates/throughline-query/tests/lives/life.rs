//! A life, and its end.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use throughline_query::{
    Dynamic, Fields, Filters, Manual, MutationFilters, Opt, QueryOptions, Seen, Span, StaleTime,
    State,
};

use crate::defined::Oops;
use crate::op::{Command, Mood, Op};
use crate::waiting::{Woken, lock};
use crate::watch::{Watch, Watching};
use crate::world::{Shared, World};

pub struct Life {
    pub shared: Arc<Shared>,
    pub watches: Vec<Watch>,
}

pub fn shape(world: &World, shape: u8) -> QueryOptions {
    let world = world.clone();
    let mut options = QueryOptions::default();
    match shape {
        1 => options.enabled = Opt::Set(Dynamic::Value(false)),
        2 => {
            options.stale_time = Opt::Set(Dynamic::by(move |_| {
                world.within();
                StaleTime::After(1_000)
            }));
        }
        3 => options.gc_time = Opt::Set(Span::For(0)),
        4 => options.refetch_interval = Opt::Set(Some(700).into()),
        5 => options.stale_time = Opt::Set(StaleTime::Static.into()),
        _ => {}
    }
    options
}

impl Life {
    pub fn watch(&mut self, watching: Watching) {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let watch = Watch { watching, woken, last: None, has_ended: false, is_restless: false };
        self.watches.push(watch);
    }

    pub fn pick(&mut self, which: u8) -> Option<&mut Watch> {
        let at = usize::from(which).checked_rem(self.watches.len())?;
        self.watches.get_mut(at)
    }

    pub fn run(&mut self, op: Op) {
        let (shared, world) = (Arc::clone(&self.shared), self.shared.me.clone());
        let (defined, client) = (Arc::clone(&shared.defined), shared.client());
        match (op, client) {
            (Op::Do(command), Some(client)) => shared.run(&client, command),
            (Op::Within(command), _) => lock(&shared.within).push_back(command),
            (Op::Mood(mood), _) => *lock(&shared.mood) = mood,
            (Op::Disk(disk), _) => shared.disk.store(disk, Ordering::SeqCst),
            (Op::Open(which, mood), _) => {
                let gate = {
                    let mut gates = lock(&shared.gates);
                    let at = usize::from(which).checked_rem(gates.len());
                    at.map(|at| gates.remove(at))
                };
                gate.inspect(|gate| gate.open(mood));
            }
            (Op::Observe(key, how), Some(client)) => {
                let mut observer = client.observe(&defined.at(key));
                match how {
                    0 => self.watch(Watching::Plain(observer)),
                    6 => self.watch(Watching::Data(observer.interest(Fields::DATA))),
                    7 => self.watch(Watching::Selected(observer.select(move |all| {
                        world.within();
                        assert!(all.len() != 3, "a selection that panics");
                        all.len()
                    }))),
                    _ => {
                        observer.set_options(&shape(&world, how));
                        self.watch(Watching::Plain(observer));
                        if let Some(watch) = self.watches.last_mut() {
                            watch.is_restless = how == 4;
                        }
                    }
                }
            }
            (Op::ObservePages(key), Some(client)) => {
                self.watch(Watching::Paged(client.observe(&defined.pages.at(key))));
            }
            (Op::ObserveMany(key), Some(client)) => {
                let all = [0, key, key].map(|key| defined.at(key));
                self.watch(Watching::Many(client.observe_all(all)));
            }
            (Op::Combine(key, panics), Some(client)) => {
                let all = client.observe_all([1, key].map(|key| defined.at(key)));
                self.watch(Watching::Combined(all.combine(Fields::DATA, move |states| {
                    world.within();
                    let data = states.iter().filter_map(State::data);
                    let sum = data.map(|all| all.len()).sum();
                    assert!(!panics || sum != 2, "a combination that panics");
                    sum
                })));
            }
            (Op::ObserveMutation(kind), Some(client)) => {
                let kinds = [&defined.simple, &defined.scoped, &defined.durable];
                let mutation = kinds[usize::from(kind % 3)];
                let observer = client.observe_mutation(mutation);
                shared.wait(&Command::Mutate(kind), observer.mutate(kind));
                self.watch(Watching::Mutation(observer));
            }
            (Op::Events, Some(client)) => {
                self.watch(Watching::Events(client.subscribe_events(20)));
            }
            (Op::Unobserve(which), _) => {
                if let Some(at) = usize::from(which).checked_rem(self.watches.len()) {
                    self.watches.remove(at);
                }
            }
            (Op::Options(which, how), _) => {
                if let Some(watch) = self.pick(which)
                    && let Watching::Plain(observer) = &mut watch.watching
                {
                    observer.set_options(&shape(&world, how));
                    watch.is_restless |= how == 4;
                }
            }
            (Op::Turn(which, key), _) => match self.pick(which).map(|watch| &mut watch.watching) {
                Some(Watching::Plain(observer) | Watching::Data(observer)) => {
                    observer.switch(&defined.at(key));
                }
                Some(Watching::Selected(observer)) => observer.switch(&defined.at(key)),
                Some(Watching::Paged(observer)) => observer.switch(&defined.pages.at(key % 2)),
                Some(Watching::Many(many)) => many.set([key, 2].map(|key| defined.at(key))),
                _ => {}
            },
            (op @ Op::Again(which), _) => match self.pick(which).map(|watch| &watch.watching) {
                Some(Watching::Plain(observer) | Watching::Data(observer)) => {
                    shared.seen(&op, observer.refetch());
                }
                Some(Watching::Selected(observer)) => shared.seen(&op, observer.refetch()),
                Some(Watching::Paged(observer)) => shared.seen(&op, observer.refetch()),
                Some(Watching::Mutation(observer)) => {
                    shared.wait_for(&op, observer.mutate(which), true);
                    if which % 3 == 0 {
                        observer.reset();
                    }
                }
                _ => {}
            },
            (op @ Op::Page(which, back), _) => {
                let pages = self.watches.iter().filter_map(|watch| match &watch.watching {
                    Watching::Paged(observer) => Some(observer),
                    _ => None,
                });
                let pages: Vec<_> = pages.collect();
                if let Some(at) = usize::from(which).checked_rem(pages.len()) {
                    match back {
                        true => shared.seen(&op, pages[at].fetch_previous_page()),
                        false => shared.seen(&op, pages[at].fetch_next_page()),
                    }
                }
            }
            (Op::Poll(which), _) => {
                if let Some(watch) = self.pick(which) {
                    watch.poll(&shared);
                }
                shared.poll_waiting();
            }
            (Op::Forget(which), _) => {
                let forgotten = {
                    let mut waiting = lock(&shared.waiting);
                    let at = usize::from(which).checked_rem(waiting.len());
                    at.map(|at| waiting.remove(at))
                };
                drop(forgotten);
            }
            (Op::Run, _) => {
                shared.manual().run();
            }
            (Op::Advance(time), _) => shared.manual().advance(Duration::from_millis(time)),
            (Op::Clock(by), _) => {
                let manual = shared.manual();
                manual.set_time(manual.now() + by);
            }
            // There is no client any more.
            _ => {}
        }
    }

    pub fn poll_all(&mut self) {
        self.shared.poll_waiting();
        for watch in &mut self.watches {
            watch.poll(&self.shared);
        }
    }

    pub fn nobody_waits(&self) {
        let waiting = lock(&self.shared.waiting);
        let all: Vec<_> = waiting.iter().map(|waiting| waiting.what.as_str()).collect();
        let there = self.shared.client().map(|client| client.snapshot());
        assert!(all.is_empty(), "who waits for ever: {all:?}, with {}", there.unwrap_or_default());
    }

    /// There is a network, somebody looks, and whatever is asked is answered, until nothing is left to do.
    pub fn end_well(&mut self) {
        let shared = Arc::clone(&self.shared);
        lock(&shared.within).clear();
        *lock(&shared.mood) = Mood::Answers;
        shared.disk.store(0, Ordering::SeqCst);
        self.watches.retain(|watch| !watch.is_restless);
        let manual = shared.manual();
        if shared.client().is_none() {
            drop(shared.take_owning());
        }
        if let Some(client) = shared.client() {
            // It may have been unmounted more often than it was mounted.
            (0..100).for_each(|_| client.mount());
            // What was already so while it was not mounted was told to nobody.
            for is in [false, true] {
                client.set_focused(Some(is));
                client.set_online(is);
                manual.run();
            }
            client.look_again();
            shared.run(&client, Command::Resume);
        }
        for _ in 0..40 {
            manual.run();
            self.poll_all();
            let gates = std::mem::take(&mut *lock(&shared.gates));
            gates.iter().for_each(|gate| gate.open(Mood::Answers));
            manual.advance(Duration::from_secs(100));
        }
        self.poll_all();
        self.nobody_waits();
        let Some(client) = shared.client() else { return };
        let fetching = client.is_fetching(Filters::default());
        let is_silenced = shared.is_silenced.load(Ordering::SeqCst);
        assert!(fetching == 0 || is_silenced, "it fetches for ever: {}", client.snapshot());
        let mutating = client.is_mutating(&MutationFilters::default());
        assert_eq!(mutating, 0, "it mutates for ever");
        for (at, watch) in self.watches.iter().enumerate() {
            assert!(!watch.has_ended, "stream {at} ended too early");
            if let Some(now) = watch.watching.now() {
                assert_eq!(
                    watch.last.as_ref(),
                    Some(&now),
                    "stream {at} does not show the last state"
                );
            }
        }
    }

    /// The last client goes, or the world does before it.
    pub fn end(&mut self, world_first: bool) {
        let shared = Arc::clone(&self.shared);
        let world = shared.manual();
        if world_first {
            drop((world.clone(), lock(&shared.manual).take()));
        }
        lock(&shared.within).clear();
        drop(world);
        let clients = std::mem::take(&mut *lock(&shared.clients));
        drop((clients, shared.take_owning()));
        let manual = lock(&shared.manual).clone();
        manual.as_ref().map(Manual::run);
        self.poll_all();
        self.nobody_waits();
        for (at, watch) in self.watches.iter().enumerate() {
            assert!(watch.has_ended, "stream {at} goes on without a client");
        }
    }
}

impl Shared {
    pub fn seen<T: Debug + Send + Sync + 'static>(&self, what: &Op, seen: Seen<T, Oops>) {
        self.wait_for(what, seen, true);
    }
}
