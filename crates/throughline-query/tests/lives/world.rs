//! The world that a life is lived in: one client, its clones, and whoever waits for them.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Waker};

use throughline_query::partition::Partitions;
use throughline_query::persist::MemoryPersister;
use throughline_query::{ClientOutbox, Layer, Manual, Persisting, QueryClient};

use crate::defined::Defined;
use crate::op::{Command, Mood};
use crate::waiting::{Gate, Waiting, Woken, lock};

/// What functions of the user see of the world, which does not live because of them.
#[derive(Clone)]
pub struct World(pub Weak<Shared>);

pub struct Shared {
    pub me: World,
    pub manual: Mutex<Option<Manual>>,
    pub clients: Mutex<Vec<QueryClient>>,
    pub mood: Mutex<Mood>,
    pub disk: Arc<AtomicU8>,
    pub made: AtomicU32,
    /// Something was called off in silence, and goes on looking as if it were fetched.
    pub is_silenced: AtomicBool,
    pub gates: Mutex<Vec<Arc<Gate>>>,
    pub waiting: Mutex<Vec<Waiting>>,
    pub layers: Mutex<Vec<Layer>>,
    pub within: Mutex<VecDeque<Command>>,
    pub written: Mutex<Option<String>>,
    pub memory: MemoryPersister,
    pub persisting: Mutex<Option<Persisting>>,
    pub outbox: Mutex<Option<ClientOutbox>>,
    pub folder: Mutex<Option<(tempfile::TempDir, Partitions)>>,
    pub log: Mutex<Vec<String>>,
    pub defined: Arc<Defined>,
}

impl Shared {
    pub fn new() -> Arc<Self> {
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

    pub fn client(&self) -> Option<QueryClient> {
        lock(&self.clients).last().cloned()
    }

    pub fn manual(&self) -> Manual {
        lock(&self.manual).clone().expect("the world goes on")
    }

    pub fn log(&self, line: String) {
        lock(&self.log).push(line);
    }

    /// Waits for a future of a command.
    pub fn wait<T: Debug>(&self, what: &Command, future: impl Future<Output = T> + Send + 'static) {
        self.wait_for(what, future, true);
    }

    pub fn wait_for<T: Debug>(
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

    /// Takes whoever keeps a client alive while it waits.
    pub fn take_owning(&self) -> Vec<Waiting> {
        let mut waiting = lock(&self.waiting);
        let all = std::mem::take(&mut *waiting).into_iter();
        let (owning, others) = all.partition(|waiting| waiting.owns);
        *waiting = others;
        owning
    }

    /// Polls whoever was woken.
    pub fn poll_waiting(&self) {
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
    pub fn partitions(&self) -> Partitions {
        let mut folder = lock(&self.folder);
        let (_, partitions) = folder.get_or_insert_with(|| {
            let folder = tempfile::tempdir().expect("a directory");
            let partitions = Partitions::open(folder.path()).expect("it opens");
            (folder, partitions)
        });
        partitions.clone()
    }
}
