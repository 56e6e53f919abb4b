//! What is fetched and sent, and the functions that do so.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::stream;
use throughline_query::{
    Bound, Fetch, Filters, InfiniteQuery, Manual, Mutate, Mutated, Mutation, NetworkMode, Paged,
    Query, QueryClient, Retry, StaleTime, StreamRefetch,
};

use crate::op::Mood;
use crate::waiting::{Gate, lock};
use crate::world::{Shared, World};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oops;

impl std::fmt::Display for Oops {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("oops")
    }
}

impl std::error::Error for Oops {}

pub type Numbers = Vec<u32>;
pub type Pages = Paged<Numbers, u32>;

/// Plain queries are known by numbers.
pub const KEYS: u8 = 8;

/// The one that functions wait for. It waits for nothing, not even for a network: as in TanStack Query, paused
/// queries go on when the paused mutations are over, which must not wait for them.
pub const ASKED: u8 = KEYS;

/// What is fetched and sent in this world.
pub struct Defined {
    pub plain: Vec<Query<u8, Numbers, Oops>>,
    pub pages: InfiniteQuery<u8, Numbers, u32, Oops>,
    pub asked: Query<(), u32, Oops>,
    pub simple: Mutation<u8, u32, Oops>,
    pub scoped: Mutation<u8, u32, Oops>,
    pub prepared: Mutation<u8, u32, Oops, u32>,
    pub durable: Mutation<u8, u32, Oops>,
}

impl Defined {
    pub fn at(&self, key: u8) -> Bound<Numbers, Oops> {
        self.plain[usize::from(key / 2)].at(key % 2)
    }

    pub fn filters(&self, key: Option<u8>) -> Filters {
        key.map_or_else(Filters::default, |key| (&self.at(key)).into())
    }
}

impl World {
    pub fn shared(&self) -> Option<Arc<Shared>> {
        self.0.upgrade()
    }

    /// A function that runs in the middle of a change, or is told of one.
    pub fn within(&self) {
        let Some(shared) = self.shared() else { return };
        let command = lock(&shared.within).pop_front();
        if let (Some(command), Some(client)) = (command, shared.client()) {
            shared.run(&client, command);
        }
    }

    /// What a function of the user comes to.
    pub fn called(
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

    pub fn plain(&self, number: u8) -> Query<u8, Numbers, Oops> {
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

    pub fn define(&self) -> Defined {
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
