//! Random lives of a whole client on bad days: functions that fail, panic, wait to be told or come back to
//! the client, also in the middle of a change; a network that goes, a disk that does not write, a cache that
//! becomes somebody else's, a world that ends. Once there is a network again and every function has
//! answered, everybody who waits has been answered, once, and every stream shows the last state.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::{Stream, stream};
use proptest::prelude::*;
use throughline_query::outbox::{Outbox, OutboxOptions};
use throughline_query::partition::{PartitionOptions, Partitions};
use throughline_query::persist::{
    Entry, MemoryPersister, PersistError, PersistOptions, Persister, Stored,
};
use throughline_query::{
    Bound, ClientOutbox, Combined, DehydrateOptions, Dynamic, Events, Fetch, Fields, Filters,
    HydrateOptions, InfiniteQuery, Layer, Manual, Many, Mutate, Mutated, Mutation,
    MutationObserver, NetworkMode, Observer, Opt, Paged, Persisting, Query, QueryClient,
    QueryOptions, Retry, StaleTime, State, StreamRefetch,
};

#[derive(Debug, Clone, PartialEq, Eq)]
struct Oops;

impl std::fmt::Display for Oops {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("oops")
    }
}

impl std::error::Error for Oops {}

type Numbers = Vec<u32>;
type Pages = Paged<Numbers, u32>;

/// Plain queries are known by numbers.
const KEYS: u8 = 8;

/// The one that functions wait for. It waits for nothing, not even for a network: as in TanStack Query, paused
/// queries go on when the paused mutations are over, which must not wait for them.
const ASKED: u8 = KEYS;

/// What comes from a server.
const HYDRATED: &str = r#"{
    "mutations": [{"mutationKey": ["simple"], "state": {"status": "pending", "isPaused": true,
        "submittedAt": 1, "variables": 1}}],
    "queries": [
        {"queryKey": ["a", 0], "state": {"status": "success", "data": [1], "dataUpdatedAt": 1704067200000}},
        {"queryKey": ["b", 1], "state": {"status": "success", "data": "no list"}}
    ]
}"#;

/// What a function of the user does when it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Answers,
    Fails,
    /// Until it is told what to do.
    Waits,
    Panics,
    PanicsLater,
    /// Does what is in the queue, with the client that it is handed.
    ComesBack,
    /// Waits for a query that waits for nothing.
    Asks,
    /// Reads the signal, and lets the tasks of the world run meanwhile.
    Runs,
}

/// What anybody may want of a client, from anywhere.
#[derive(Debug, Clone)]
enum Command {
    Fetch(u8),
    Ensure(u8),
    EnsureSoon(u8),
    Prefetch(u8),
    FetchPages(u8),
    Read(u8),
    Set(u8, u32),
    SetPages(u8),
    Update(u8, bool),
    UpdateAll(u8),
    Invalidate(Option<u8>),
    InvalidatePanicking,
    Refetch(Option<u8>),
    Reset(Option<u8>),
    Remove(Option<u8>),
    Cancel(Option<u8>, bool, bool),
    Clear,
    Resume,
    Online(bool),
    Focus(Option<bool>),
    Mount,
    Unmount,
    Mutate(u8),
    Layer(u8),
    EndLayer(u8, bool),
    Dehydrate,
    DehydrateSettled,
    Hydrate,
    ObserveBriefly(u8),
    Switch(u8),
    Leave,
    LookAgain,
    Persist,
    Flush,
    StopKeeping,
    Outbox,
    CloseOutbox,
    Written,
    Drained,
    Entries,
    Clone,
    DropClone(u8),
}

#[derive(Debug, Clone)]
enum Op {
    Do(Command),
    /// To be done by the next function that may: in the middle of a change, or told of one.
    Within(Command),
    Mood(Mood),
    Disk(u8),
    Open(u8, Mood),
    Observe(u8, u8),
    ObservePages(u8),
    ObserveMany(u8),
    Combine(u8, bool),
    ObserveMutation(u8),
    Events,
    Unobserve(u8),
    Options(u8, u8),
    Turn(u8, u8),
    Again(u8),
    Page(u8, bool),
    Poll(u8),
    Forget(u8),
    Run,
    Advance(u64),
    Clock(i64),
}

fn command() -> impl Strategy<Value = Command> {
    use Command as C;
    let key = || 0..KEYS;
    let some = || prop_oneof![3 => (0..KEYS).prop_map(Some), 1 => Just(None)];
    prop_oneof![
        6 => key().prop_map(C::Fetch),
        3 => key().prop_map(C::Ensure),
        1 => key().prop_map(C::EnsureSoon),
        2 => key().prop_map(C::Prefetch),
        2 => (0_u8..2).prop_map(C::FetchPages),
        1 => key().prop_map(C::Read),
        3 => (key(), 0_u32..5).prop_map(|(key, value)| C::Set(key, value)),
        1 => (0_u8..2).prop_map(C::SetPages),
        2 => (key(), any::<bool>()).prop_map(|(key, panics)| C::Update(key, panics)),
        1 => key().prop_map(C::UpdateAll),
        4 => some().prop_map(C::Invalidate),
        1 => Just(C::InvalidatePanicking),
        3 => some().prop_map(C::Refetch),
        2 => some().prop_map(C::Reset),
        2 => some().prop_map(C::Remove),
        3 => (some(), any::<bool>(), any::<bool>())
            .prop_map(|(key, revert, silent)| C::Cancel(key, revert, silent)),
        1 => Just(C::Clear),
        2 => Just(C::Resume),
        3 => any::<bool>().prop_map(C::Online),
        2 => any::<Option<bool>>().prop_map(C::Focus),
        1 => Just(C::Mount),
        1 => Just(C::Unmount),
        6 => (0_u8..8).prop_map(C::Mutate),
        2 => key().prop_map(C::Layer),
        2 => any::<(u8, bool)>().prop_map(|(layer, commits)| C::EndLayer(layer, commits)),
        1 => Just(C::Dehydrate),
        1 => Just(C::DehydrateSettled),
        2 => Just(C::Hydrate),
        2 => key().prop_map(C::ObserveBriefly),
        1 => Just(C::LookAgain),
        1 => Just(C::Persist),
        1 => Just(C::Flush),
        1 => Just(C::StopKeeping),
        1 => Just(C::Clone),
        1 => (0_u8..8).prop_map(C::DropClone),
    ]
}

/// What writes to files.
fn lasting() -> impl Strategy<Value = Command> {
    use Command as C;
    prop_oneof![
        3 => (0_u8..2).prop_map(C::Switch),
        1 => Just(C::Leave),
        1 => Just(C::LookAgain),
        2 => Just(C::Outbox),
        1 => Just(C::CloseOutbox),
        1 => Just(C::Written),
        1 => Just(C::Drained),
        1 => Just(C::Entries),
        4 => (6_u8..8).prop_map(C::Mutate),
    ]
}

fn mood() -> impl Strategy<Value = Mood> {
    prop_oneof![
        3 => Just(Mood::Answers),
        2 => Just(Mood::Fails),
        4 => Just(Mood::Waits),
        1 => Just(Mood::Panics),
        1 => Just(Mood::PanicsLater),
        2 => Just(Mood::ComesBack),
        2 => Just(Mood::Asks),
        1 => Just(Mood::Runs),
    ]
}

fn op(files: u32) -> impl Strategy<Value = Op> {
    let which = any::<u8>;
    let commands = || prop_oneof![40 => command(), files => lasting()];
    prop_oneof![
        40 => commands().prop_map(Op::Do),
        8 => commands().prop_map(Op::Within),
        6 => mood().prop_map(Op::Mood),
        2 => (0_u8..4).prop_map(Op::Disk),
        8 => (which(), mood()).prop_map(|(which, mood)| Op::Open(which, mood)),
        5 => (0..KEYS, 0_u8..8).prop_map(|(key, shape)| Op::Observe(key, shape)),
        2 => (0_u8..2).prop_map(Op::ObservePages),
        1 => (0..KEYS).prop_map(Op::ObserveMany),
        1 => (0..KEYS, any::<bool>()).prop_map(|(key, panics)| Op::Combine(key, panics)),
        1 => (0_u8..4).prop_map(Op::ObserveMutation),
        1 => Just(Op::Events),
        3 => which().prop_map(Op::Unobserve),
        3 => (which(), 0_u8..8).prop_map(|(which, shape)| Op::Options(which, shape)),
        3 => (which(), 0..KEYS).prop_map(|(which, key)| Op::Turn(which, key)),
        5 => which().prop_map(Op::Again),
        4 => any::<(u8, bool)>().prop_map(|(which, back)| Op::Page(which, back)),
        5 => which().prop_map(Op::Poll),
        2 => which().prop_map(Op::Forget),
        12 => Just(Op::Run),
        8 => prop_oneof![0_u64..50, 900_u64..70_000, Just(400_000)].prop_map(Op::Advance),
        1 => prop_oneof![-5_000_i64..0, 0_i64..5_000].prop_map(Op::Clock),
    ]
}

// --- What waits ---

/// Whether somebody was woken.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

type PollFn = Box<dyn FnMut(&mut Context<'_>) -> Poll<String> + Send>;

/// A future that was handed out. It is polled only when it was woken.
struct Waiting {
    what: String,
    poll: PollFn,
    woken: Arc<Woken>,
    /// It may be polled when it is over, and must not be over a second time.
    again: bool,
    /// It has a client of its own, which does not go before it does.
    owns: bool,
}

/// Holds a function up until somebody says what it is to do.
#[derive(Default)]
struct Gate(Mutex<(Option<Mood>, Option<Waker>)>);

impl Gate {
    fn open(&self, mood: Mood) {
        let waker = {
            let mut inside = lock(&self.0);
            inside.0 = Some(mood);
            inside.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    async fn pass(&self) -> Mood {
        poll_fn(|cx| {
            let mut inside = lock(&self.0);
            match inside.0 {
                Some(mood) => Poll::Ready(mood),
                None => {
                    inside.1 = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

// --- The world ---

/// What functions of the user see of the world, which does not live because of them.
#[derive(Clone)]
struct World(Weak<Shared>);

struct Shared {
    me: World,
    manual: Mutex<Option<Manual>>,
    clients: Mutex<Vec<QueryClient>>,
    mood: Mutex<Mood>,
    disk: Arc<AtomicU8>,
    made: AtomicU32,
    /// Something was called off in silence, and goes on looking as if it were fetched.
    is_silenced: AtomicBool,
    gates: Mutex<Vec<Arc<Gate>>>,
    waiting: Mutex<Vec<Waiting>>,
    layers: Mutex<Vec<Layer>>,
    within: Mutex<VecDeque<Command>>,
    written: Mutex<Option<String>>,
    memory: MemoryPersister,
    persisting: Mutex<Option<Persisting>>,
    outbox: Mutex<Option<ClientOutbox>>,
    folder: Mutex<Option<(tempfile::TempDir, Partitions)>>,
    log: Mutex<Vec<String>>,
    defined: Arc<Defined>,
}

/// What is fetched and sent in this world.
struct Defined {
    plain: Vec<Query<u8, Numbers, Oops>>,
    pages: InfiniteQuery<u8, Numbers, u32, Oops>,
    asked: Query<(), u32, Oops>,
    simple: Mutation<u8, u32, Oops>,
    scoped: Mutation<u8, u32, Oops>,
    prepared: Mutation<u8, u32, Oops, u32>,
    durable: Mutation<u8, u32, Oops>,
}

impl Defined {
    fn at(&self, key: u8) -> Bound<Numbers, Oops> {
        self.plain[usize::from(key / 2)].at(key % 2)
    }

    fn filters(&self, key: Option<u8>) -> Filters {
        key.map_or_else(Filters::default, |key| (&self.at(key)).into())
    }
}

impl World {
    fn shared(&self) -> Option<Arc<Shared>> {
        self.0.upgrade()
    }

    /// A function that runs in the middle of a change, or is told of one.
    fn within(&self) {
        let Some(shared) = self.shared() else { return };
        let command = lock(&shared.within).pop_front();
        if let (Some(command), Some(client)) = (command, shared.client()) {
            shared.run(&client, command);
        }
    }

    /// What a function of the user comes to.
    fn called(
        &self,
        client: QueryClient,
        key: u8,
        signal: &dyn Fn(),
    ) -> impl Future<Output = Result<u32, Oops>> + Send + use<> {
        let shared = self.shared();
        let mood = shared.as_ref().map_or(Mood::Answers, |shared| *lock(&shared.mood));
        assert!(mood != Mood::Panics, "a function that panics");
        if mood == Mood::Runs {
            signal();
        }
        let gate = shared.filter(|_| mood == Mood::Waits).map(|shared| {
            let gate = Arc::<Gate>::default();
            lock(&shared.gates).push(Arc::clone(&gate));
            gate
        });
        let world = self.clone();
        async move {
            let mood = match gate {
                Some(gate) => gate.pass().await,
                None => mood,
            };
            let made = {
                let Some(shared) = world.shared() else { return Ok(0) };
                match mood {
                    Mood::Fails => return Err(Oops),
                    Mood::Panics | Mood::PanicsLater => panic!("a future that panics"),
                    Mood::ComesBack => {
                        let command = lock(&shared.within).pop_front();
                        if let Some(command) = command {
                            shared.run(&client, command);
                        }
                    }
                    Mood::Runs => {
                        let manual = lock(&shared.manual).clone();
                        manual.as_ref().map(Manual::run);
                    }
                    Mood::Answers | Mood::Waits | Mood::Asks => {}
                }
                let asks = mood == Mood::Asks && key != ASKED;
                let asked = asks.then(|| client.fetch(&shared.defined.asked.at(())));
                (asked, shared.made.fetch_add(1, Ordering::SeqCst) % 5)
            };
            match made {
                (Some(asked), made) => asked.await.map(|_| made).map_err(|_| Oops),
                (None, made) => Ok(made),
            }
        }
    }

    fn plain(&self, number: u8) -> Query<u8, Numbers, Oops> {
        let name = ["a", "b", "c", "d"][usize::from(number)];
        let world = self.clone();
        if number == 3 {
            return Query::streamed(
                name,
                StreamRefetch::Reset,
                Vec::new(),
                move |cx: Fetch<u8>| {
                    let (world, cx) = (world.clone(), Arc::new(cx));
                    stream::unfold(0, move |chunk| {
                        let signalled = Arc::clone(&cx);
                        let key = number * 2 + cx.params();
                        let made = world.called(cx.client(), key, &|| drop(signalled.cancelled()));
                        async move { if chunk < 2 { Some((made.await, chunk + 1)) } else { None } }
                    })
                },
                |all: &Numbers, chunk: &u32| [&all[..], &[*chunk]].concat(),
            )
            .json();
        }
        let query = Query::new(name, move |cx: Fetch<u8>| {
            let key = number * 2 + cx.params();
            let made = world.called(cx.client(), key, &|| drop(cx.cancelled()));
            async move { made.await.map(|made| vec![made; 2]) }
        })
        .json();
        let world = self.clone();
        match number {
            0 => query.compared(),
            1 => query
                .stale_time(Duration::from_millis(100))
                .retry(Retry::Times(1))
                .gc_time(Duration::from_millis(500))
                .abort_when_unobserved(),
            _ => query.keep_previous().stale_time_by(move |_| {
                world.within();
                StaleTime::After(10)
            }),
        }
    }

    fn define(&self) -> Defined {
        let world = self.clone();
        let pages = InfiniteQuery::paged("pages", 0, move |cx: Fetch<u8, u32>| {
            let made = world.called(cx.client(), *cx.params(), &|| drop(cx.cancelled()));
            async move { made.await.map(|made| vec![made]) }
        })
        .next_page(|_, param| (*param < 4).then(|| param + 1))
        .previous_page(|_, param| param.checked_sub(1))
        .max_pages(3)
        .json();
        let world = self.clone();
        let asked = Query::new("asked", move |cx: Fetch<()>| {
            world.called(cx.client(), ASKED, &|| drop(cx.cancelled()))
        })
        .network_mode(NetworkMode::Always)
        .retry(Retry::Never);
        let plain: Vec<_> = (0..4).map(|number| self.plain(number)).collect();
        let sends = || {
            let world = self.clone();
            move |cx: Mutate<u8>| world.called(cx.client(), *cx.variables(), &|| ())
        };
        let world = self.clone();
        let (again, shown) = (plain[0].clone(), plain[0].clone());
        let settled = move |end: Mutated<u8, u32, Oops>| {
            let done = end.client().invalidate(again.all());
            async move { done.await.map_err(|_| Oops) }
        };
        let simple = Mutation::new("simple", sends())
            .optimistic(
                move |_| shown.at(0),
                |value, all: &Numbers| {
                    assert!(*value != 3, "a layer that panics");
                    Some([&all[..], &[u32::from(*value)]].concat())
                },
            )
            .on_settled(settled)
            .json();
        let scoped = Mutation::new("scoped", sends()).scope("one").retry(Retry::Times(2)).json();
        let prepared = Mutation::new("prepared", sends())
            .on_mutate(sends())
            .on_success(move |end: Mutated<u8, u32, Oops, u32>| {
                let made = world.called(end.client(), *end.variables(), &|| ());
                async move { made.await.map(|_| ()) }
            })
            .scope("one");
        let durable = Mutation::new("durable", sends()).scope("two").durable(|times, _| times < 4);
        Defined { plain, pages, asked, simple, scoped, prepared, durable }
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().expect("nobody panics with it")
}

/// Keeps the cache in memory, unless it fails or panics.
#[derive(Clone)]
struct Disk(MemoryPersister, Arc<AtomicU8>);

impl Persister for Disk {
    fn restore(&mut self) -> Result<Stored, PersistError> {
        match self.1.load(Ordering::SeqCst) {
            1 | 3 => Err(PersistError::Closed),
            2 => panic!("a disk that panics"),
            _ => self.0.restore(),
        }
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), PersistError> {
        match self.1.load(Ordering::SeqCst) {
            1 | 3 => Err(PersistError::Closed),
            2 => panic!("a disk that panics"),
            _ => self.0.append(entries),
        }
    }

    fn remove(&mut self) -> Result<(), PersistError> {
        self.0.remove()
    }
}

impl Shared {
    fn new() -> Arc<Self> {
        let manual = Manual::new();
        let disk = Arc::new(AtomicU8::new(0));
        Arc::new_cyclic(|shared| {
            let world = World(Weak::clone(shared));
            let (told, asked, bad) = (world.clone(), world.clone(), Arc::clone(&disk));
            let client = QueryClient::builder()
                .on_query_event(move |_, _| told.within())
                .on_settled(move |_, _| asked.within())
                .on_storage_error(move |_| {
                    assert!(bad.load(Ordering::SeqCst) != 3, "somebody told of it panics");
                })
                .build(manual.runtime());
            let defined = world.define();
            client.register(&defined.simple);
            client.register(&defined.durable);
            client.mount();
            Self {
                me: world,
                manual: Mutex::new(Some(manual)),
                clients: Mutex::new(vec![client]),
                mood: Mutex::new(Mood::Answers),
                disk,
                made: AtomicU32::new(0),
                is_silenced: AtomicBool::new(false),
                gates: Mutex::default(),
                waiting: Mutex::default(),
                layers: Mutex::default(),
                within: Mutex::default(),
                written: Mutex::default(),
                memory: MemoryPersister::default(),
                persisting: Mutex::default(),
                outbox: Mutex::default(),
                folder: Mutex::default(),
                log: Mutex::default(),
                defined: Arc::new(defined),
            }
        })
    }

    fn client(&self) -> Option<QueryClient> {
        lock(&self.clients).last().cloned()
    }

    fn manual(&self) -> Manual {
        lock(&self.manual).clone().expect("the world goes on")
    }

    fn log(&self, line: String) {
        lock(&self.log).push(line);
    }

    /// Waits for a future of a command.
    fn wait<T: Debug>(&self, what: &Command, future: impl Future<Output = T> + Send + 'static) {
        self.wait_for(what, future, true);
    }

    fn wait_for<T: Debug>(
        &self,
        what: &impl Debug,
        future: impl Future<Output = T> + Send + 'static,
        again: bool,
    ) {
        let mut future = Box::pin(future);
        let waiting = Waiting {
            what: format!("{what:?}"),
            poll: Box::new(move |cx| future.as_mut().poll(cx).map(|made| format!("{made:?}"))),
            woken: Arc::new(Woken(AtomicBool::new(true))),
            again,
            owns: false,
        };
        lock(&self.waiting).push(waiting);
    }

    /// Polls whoever was woken.
    fn poll_waiting(&self) {
        let all = std::mem::take(&mut *lock(&self.waiting));
        let mut left = Vec::new();
        for mut waiting in all {
            if waiting.woken.0.swap(false, Ordering::SeqCst) {
                let waker = Waker::from(Arc::clone(&waiting.woken));
                let cx = &mut Context::from_waker(&waker);
                if let Poll::Ready(made) = (waiting.poll)(cx) {
                    self.log(format!("{} -> {made}", waiting.what));
                    let twice = waiting.again && (waiting.poll)(cx).is_ready();
                    assert!(!twice, "{} is over twice", waiting.what);
                    continue;
                }
            }
            left.push(waiting);
        }
        lock(&self.waiting).splice(0..0, left);
    }

    /// The directory, which is made when it is needed.
    fn partitions(&self) -> Partitions {
        let mut folder = lock(&self.folder);
        let (_, partitions) = folder.get_or_insert_with(|| {
            let folder = tempfile::tempdir().expect("a directory");
            let partitions = Partitions::open(folder.path()).expect("it opens");
            (folder, partitions)
        });
        partitions.clone()
    }

    fn run(&self, client: &QueryClient, command: Command) {
        use Command as C;
        let defined = Arc::clone(&self.defined);
        let at = |key| defined.at(key);
        let pages = |key| defined.pages.at(key);
        match command {
            C::Fetch(key) => self.wait(&command, client.fetch(&at(key))),
            C::Ensure(key) => self.wait(&command, client.ensure(&at(key))),
            C::EnsureSoon(key) => self.wait(&command, client.ensure_fresh_soon(&at(key))),
            C::Prefetch(key) => self.wait(&command, client.prefetch(&at(key))),
            C::FetchPages(key) => self.wait(&command, client.fetch(&pages(key))),
            C::Read(key) => {
                let (data, state) = (client.get(&at(key)), client.state(&at(key)));
                self.log(format!("{data:?} {state:?}"));
            }
            C::Set(key, value) => drop(client.set(&at(key), vec![value])),
            C::SetPages(key) => drop(client.set(&pages(key), Paged::new([(0, vec![7])]))),
            C::Update(key, panics) => {
                let made = client.update(&at(key), move |all| {
                    assert!(!panics, "an update that panics");
                    all.push(9);
                });
                self.log(format!("{made:?}"));
            }
            C::UpdateAll(key) => {
                let query = &defined.plain[usize::from(key / 2)];
                let _ = client.update_all(query, query, |all| all.truncate(3));
            }
            C::Invalidate(key) => self.wait(&command, client.invalidate(defined.filters(key))),
            C::InvalidatePanicking => {
                let predicate: throughline_query::Predicate =
                    Arc::new(|_| panic!("a predicate that panics"));
                let filters = Filters { predicate: Some(predicate), ..Filters::default() };
                self.wait(&command, client.invalidate(filters));
            }
            C::Refetch(key) => self.wait(&command, client.refetch(defined.filters(key))),
            C::Reset(key) => self.wait(&command, client.reset(defined.filters(key))),
            C::Remove(key) => client.remove(defined.filters(key)),
            C::Cancel(key, revert, silent) => {
                self.is_silenced.fetch_or(silent, Ordering::SeqCst);
                let cancelled = client.cancel_with(defined.filters(key), revert, silent);
                self.wait(&command, cancelled);
            }
            C::Clear => client.clear(),
            C::Resume => self.wait(&command, client.resume()),
            C::Online(online) => client.set_online(online),
            C::Focus(focused) => client.set_focused(focused),
            C::Mount => client.mount(),
            C::Unmount => client.unmount(),
            C::Mutate(kind) => match kind / 2 {
                0 => self.wait(&command, client.mutate(&defined.simple, kind)),
                1 => self.wait(&command, client.mutate(&defined.scoped, kind)),
                2 => self.wait(&command, client.mutate(&defined.prepared, kind)),
                _ => self.wait(&command, client.mutate(&defined.durable, kind)),
            },
            C::Layer(key) => {
                let world = self.me.clone();
                let layer = client.layer(&at(key), move |all: &Numbers| {
                    world.within();
                    (all.len() < 5).then(|| [&all[..], &[8]].concat())
                });
                lock(&self.layers).push(layer);
            }
            C::EndLayer(which, commits) => {
                let layer = {
                    let mut layers = lock(&self.layers);
                    let at = usize::from(which).checked_rem(layers.len());
                    at.map(|at| layers.swap_remove(at))
                };
                match layer {
                    Some(layer) if commits => layer.commit(),
                    layer => drop(layer),
                }
            }
            C::Dehydrate => {
                let written = client.dehydrate(&DehydrateOptions::default());
                *lock(&self.written) = written.map(|written| written.json);
            }
            C::DehydrateSettled => {
                let client = client.clone();
                let written = async move {
                    let written = client.dehydrate_settled(DehydrateOptions::with_pending()).await;
                    written.map(|written| written.json)
                };
                self.wait_for(&command, written, false);
                if let Some(waiting) = lock(&self.waiting).last_mut() {
                    waiting.owns = true;
                }
            }
            C::Hydrate => {
                let json = lock(&self.written).clone();
                let json = json.as_deref().unwrap_or(HYDRATED);
                self.log(format!("{:?}", client.hydrate(json, HydrateOptions::default())));
            }
            C::ObserveBriefly(key) => drop(client.observe(&at(key))),
            C::Switch(who) => {
                let (partitions, who) = (self.partitions(), ["ada", "bob"][usize::from(who)]);
                let switched = client.switch(&partitions, who, PartitionOptions::default());
                self.wait_for(&command, async move { switched.await.is_ok() }, false);
            }
            C::Leave => self.wait_for(&command, client.leave(&self.partitions()), false),
            C::LookAgain => client.look_again(),
            C::Persist => {
                let disk = Disk(self.memory.clone(), Arc::clone(&self.disk));
                let persisting = client.persist(disk, PersistOptions::default());
                *lock(&self.persisting) = Some(persisting);
            }
            C::Flush => {
                let flushed = lock(&self.persisting).as_ref().map(Persisting::flush);
                if let Some(flushed) = flushed {
                    self.wait_for(&command, flushed, false);
                }
            }
            C::StopKeeping => {
                let persisting = lock(&self.persisting).take();
                if let Some(persisting) = persisting {
                    self.wait_for(&command, persisting.stop(), false);
                }
            }
            C::Outbox => {
                // Where nobody is: no directory is called so.
                let path = self.partitions().directory("nobody").with_extension("outbox");
                // It may still be open.
                if let Ok((outbox, _)) = Outbox::open(path, OutboxOptions::default()) {
                    let outbox = client.outbox(outbox);
                    *lock(&self.outbox) = Some(outbox);
                }
            }
            C::CloseOutbox => self.with_outbox(&command, ClientOutbox::close),
            C::Written => self.with_outbox(&command, |outbox| outbox.written()),
            C::Drained => self.with_outbox(&command, |outbox| outbox.drained()),
            C::Entries => self.with_outbox(&command, |outbox| {
                let entries = outbox.entries();
                async move { entries.await.map(|entries| entries.len()) }
            }),
            C::Clone => lock(&self.clients).push(client.clone()),
            C::DropClone(number) => {
                // Seldom the last one.
                let last = {
                    let mut clients = lock(&self.clients);
                    if number == 0 || clients.len() > 1 { clients.pop() } else { None }
                };
                drop(last);
            }
        }
    }

    fn with_outbox<T: Debug, F: Future<Output = T> + Send + 'static>(
        &self,
        what: &Command,
        ask: impl FnOnce(ClientOutbox) -> F,
    ) {
        let outbox = lock(&self.outbox).clone();
        if let Some(outbox) = outbox {
            self.wait_for(what, ask(outbox), false);
        }
    }
}

// --- Who looks ---

type ObserverOf<T> = Observer<T, Oops, Numbers>;

/// A stream that was handed out.
enum Watching {
    Plain(Observer<Numbers, Oops>),
    Data(Observer<Numbers, Oops>),
    Selected(ObserverOf<usize>),
    Paged(Observer<Pages, Oops>),
    Many(Many<Numbers, Oops>),
    Combined(Combined<usize>),
    Mutation(MutationObserver<u8, u32, Oops>),
    Events(Events),
}

/// A stream, and what it showed last. It is polled only when it was woken.
struct Watch {
    watching: Watching,
    woken: Arc<Woken>,
    last: Option<String>,
    has_ended: bool,
    /// It fetches again by itself, for ever.
    is_restless: bool,
}

fn text<T: Debug>(state: &State<T, Oops>) -> String {
    let (data, error) = (state.data(), state.error());
    format!("{data:?} {error:?} {:?} {:?}", state.status, state.fetch_status)
}

fn mutation_text(state: &throughline_query::MutationView<u8, u32, Oops>) -> String {
    format!("{:?} {:?} {:?} {:?}", state.status, state.data(), state.error(), state.is_paused)
}

impl Watching {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<String>> {
        fn next<S: Stream + Unpin>(stream: &mut S, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
            Pin::new(stream).poll_next(cx)
        }
        match self {
            Self::Plain(seen) => next(seen, cx).map(|seen| seen.map(|state| text(&state))),
            Self::Data(seen) => next(seen, cx).map(|seen| seen.map(|s| format!("{:?}", s.data()))),
            Self::Selected(seen) => next(seen, cx).map(|seen| seen.map(|state| text(&state))),
            Self::Paged(seen) => next(seen, cx).map(|seen| seen.map(|state| text(&state))),
            Self::Many(seen) => next(seen, cx)
                .map(|seen| seen.map(|all| all.iter().map(text).collect::<Vec<_>>().join("; "))),
            Self::Combined(seen) => next(seen, cx).map(|seen| seen.map(|sum| format!("{sum:?}"))),
            Self::Mutation(seen) => {
                next(seen, cx).map(|seen| seen.map(|state| mutation_text(&state)))
            }
            Self::Events(seen) => next(seen, cx).map(|seen| seen.map(|event| format!("{event:?}"))),
        }
    }

    /// What it has to have shown last; `None` if it need not have shown anything.
    fn now(&self) -> Option<String> {
        Some(match self {
            Self::Plain(seen) => text(&seen.state()),
            Self::Data(seen) => format!("{:?}", seen.state().data()),
            Self::Selected(seen) => text(&seen.state()),
            Self::Paged(seen) => text(&seen.state()),
            Self::Many(seen) => seen.states().iter().map(text).collect::<Vec<_>>().join("; "),
            Self::Combined(seen) => format!("{:?}", seen.value()?),
            Self::Mutation(seen) => mutation_text(&seen.state()),
            Self::Events(_) => return None,
        })
    }
}

impl Watch {
    /// Takes what is there, if it was woken.
    fn poll(&mut self, shared: &Shared) {
        if self.has_ended || !self.woken.0.swap(false, Ordering::SeqCst) {
            return;
        }
        let waker = Waker::from(Arc::clone(&self.woken));
        for _ in 0..10_000 {
            match self.watching.poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(Some(seen)) => {
                    shared.log(seen.clone());
                    self.last = Some(seen);
                }
                Poll::Ready(None) => {
                    self.has_ended = true;
                    return;
                }
                Poll::Pending => return,
            }
        }
        panic!("a stream comes to no end");
    }
}

// --- A life ---

struct Life {
    shared: Arc<Shared>,
    watches: Vec<Watch>,
}

fn shape(world: &World, shape: u8) -> QueryOptions {
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
        3 => options.gc_time = Opt::Set(throughline_query::Span::For(0)),
        4 => options.refetch_interval = Opt::Set(Some(700).into()),
        5 => options.stale_time = Opt::Set(StaleTime::Static.into()),
        _ => {}
    }
    options
}

impl Life {
    fn watch(&mut self, watching: Watching) {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let watch = Watch { watching, woken, last: None, has_ended: false, is_restless: false };
        self.watches.push(watch);
    }

    fn pick(&mut self, which: u8) -> Option<&mut Watch> {
        let at = usize::from(which).checked_rem(self.watches.len())?;
        self.watches.get_mut(at)
    }

    fn run(&mut self, op: Op) {
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
                let mutation = [&defined.simple, &defined.scoped][usize::from(kind % 2)];
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

    fn poll_all(&mut self) {
        self.shared.poll_waiting();
        for watch in &mut self.watches {
            watch.poll(&self.shared);
        }
    }

    fn nobody_waits(&self) {
        let waiting = lock(&self.shared.waiting);
        let all: Vec<_> = waiting.iter().map(|waiting| waiting.what.as_str()).collect();
        let there = self.shared.client().map(|client| client.snapshot());
        assert!(all.is_empty(), "who waits for ever: {all:?}, with {}", there.unwrap_or_default());
    }

    /// There is a network, somebody looks, and whatever is asked is answered, until nothing is left to do.
    fn end_well(&mut self) {
        let shared = Arc::clone(&self.shared);
        lock(&shared.within).clear();
        *lock(&shared.mood) = Mood::Answers;
        shared.disk.store(0, Ordering::SeqCst);
        self.watches.retain(|watch| !watch.is_restless);
        let manual = shared.manual();
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
        let mutating = client.is_mutating(&throughline_query::MutationFilters::default());
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
    fn end(&mut self, world_first: bool) {
        let shared = Arc::clone(&self.shared);
        let world = shared.manual();
        if world_first {
            drop((world.clone(), lock(&shared.manual).take()));
        }
        lock(&shared.within).clear();
        drop(world);
        let clients = std::mem::take(&mut *lock(&shared.clients));
        let owning = {
            let mut waiting = lock(&shared.waiting);
            let all = std::mem::take(&mut *waiting).into_iter();
            let (owning, others): (Vec<_>, Vec<_>) = all.partition(|waiting| waiting.owns);
            *waiting = others;
            owning
        };
        drop((clients, owning));
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
    fn seen<T: Debug + Send + Sync + 'static>(
        &self,
        what: &Op,
        seen: throughline_query::Seen<T, Oops>,
    ) {
        self.wait_for(what, seen, true);
    }
}

thread_local! {
    /// What has panicked in the present life.
    static PANICS: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Notes what panics as long as it is there, but for functions that panic as a part of the test.
struct Listening;

impl Listening {
    fn begin() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            std::panic::set_hook(Box::new(|info| {
                let is_meant = info.payload_as_str().is_some_and(|text| text.contains("panics"));
                PANICS.with_borrow_mut(|panics| match panics {
                    Some(_) if is_meant => {}
                    Some(panics) => panics.push(info.to_string()),
                    None => eprintln!("{info}"),
                });
            }));
        });
        PANICS.set(Some(Vec::new()));
        Self
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let noted = PANICS.take();
        if std::thread::panicking() {
            noted.iter().flatten().for_each(|panic| eprintln!("{panic}"));
        }
    }
}

/// Lives a life. Gives all that was seen of it.
fn live(ops: Vec<Op>, ends_well: bool, world_first: bool) -> Vec<String> {
    let _listening = Listening::begin();
    let mut life = Life { shared: Shared::new(), watches: Vec::new() };
    for op in ops {
        life.run(op);
    }
    if ends_well {
        life.end_well();
    }
    life.end(world_first);
    let panics = PANICS.take().unwrap_or_default();
    assert!(panics.is_empty(), "what does not panic did: {panics:?}");
    std::mem::take(&mut *lock(&life.shared.log))
}

fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(cases);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(250))]

    #[test]
    fn nobody_waits_for_ever(ops in prop::collection::vec(op(0), 1..80), ends_well: bool, world_first: bool) {
        live(ops, ends_well, world_first);
    }
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn nobody_waits_for_ever_for_files(
        ops in prop::collection::vec(op(14), 1..60), ends_well: bool, world_first: bool,
    ) {
        live(ops, ends_well, world_first);
    }
}

proptest! {
    #![proptest_config(config(30))]

    #[test]
    fn a_life_goes_the_same_way_again(
        ops in prop::collection::vec(op(1), 1..60), ends_well: bool, world_first: bool,
    ) {
        let once = live(ops.clone(), ends_well, world_first);
        prop_assert_eq!(once, live(ops, ends_well, world_first));
    }
}
