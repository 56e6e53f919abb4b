//! The parts that threads share, under schedules that a machine would rarely try.
//!
//! The very files of the crate are compiled here with other locks and counters: each use of one is a
//! point at which another thread may go on. A bounded number of schedules is tried each time;
//! `SCHEDULES=100000 cargo test --test shuttle` tries more.

#![allow(dead_code, reason = "not everything that the crate uses is used here")]
#![allow(clippy::unwrap_used, reason = "a lock that is poisoned has failed the test already")]

use std::sync::Arc;
use std::task::Poll;

use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::{future, thread};
use throughline_query::{Data, Failure, FetchStatus, Key, Millis, Status};

mod sync {
    //! What `src/sync.rs` offers, under shuttle's control.

    use std::hash::{Hash, Hasher};

    pub(crate) use shuttle::sync::MutexGuard;
    pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
    use shuttle::sync::{RwLockReadGuard, RwLockWriteGuard};

    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(inner: T) -> Self {
            Self(shuttle::sync::Mutex::new(inner))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap()
        }
    }

    #[derive(Debug, Default)]
    pub(crate) struct RwLock<T>(shuttle::sync::RwLock<T>);

    impl<T> RwLock<T> {
        pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
            self.0.read().unwrap()
        }

        pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
            self.0.write().unwrap()
        }
    }

    pub(crate) fn thread_number() -> usize {
        let mut hasher = std::hash::DefaultHasher::new();
        shuttle::thread::current().id().hash(&mut hasher);
        hasher.finish() as usize | 1
    }
}

mod runtime {
    //! What `src/runtime.rs` has.

    pub(crate) use throughline_query::Runtime;
}

mod effect {
    //! What `src/effect.rs` has that events are made of.

    pub(crate) use throughline_query::{MutationEvent, MutationId, QueryEvent};
}

#[path = "../src/shell/alarm.rs"]
mod alarm;
#[path = "../src/shell/answer.rs"]
mod answer;
#[path = "../src/shell/feed.rs"]
mod feed;
#[path = "../src/shell/flag.rs"]
mod flag;
#[path = "../src/shell/gate.rs"]
mod gate;
#[path = "../src/shell/latch.rs"]
mod latch;
#[path = "../src/shell/outbox.rs"]
mod outbox;
#[path = "../src/shell/reads.rs"]
mod reads;
#[path = "../src/shell/slot.rs"]
mod slot;
#[path = "../src/shell/turns.rs"]
mod turns;
#[path = "../src/shell/worker.rs"]
mod worker;

use alarm::Alarm;
use answer::Answer;
use feed::{Feed, Happened};
use flag::{Flag, Place};
use gate::Gate;
use latch::Latch;
use outbox::Outbox;
use reads::{Read, Reads};
use slot::Slot;
use turns::Turns;
use worker::Worker;

/// Tries schedules, some at random and some that switch rarely, which find other things.
fn check(test: impl Fn() + Send + Sync + 'static) {
    let schedules = std::env::var("SCHEDULES").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000);
    let test = Arc::new(test);
    let random = Arc::clone(&test);
    shuttle::check_random(move || random(), schedules / 2);
    shuttle::check_pct(move || test(), schedules / 2, 3);
}

#[test]
fn a_slot_never_loses_the_last_news() {
    check(|| {
        let (slot, value) = (Arc::new(Slot::new()), Arc::new(AtomicUsize::new(0)));
        let (writer_slot, writer_value) = (Arc::clone(&slot), Arc::clone(&value));
        let writer = thread::spawn(move || {
            for n in 1..=3 {
                writer_value.store(n, Ordering::SeqCst);
                if let Some(waker) = writer_slot.notify() {
                    waker.wake();
                }
            }
        });
        // Would wait for ever if the last wake were lost, which is a deadlock that is reported.
        future::block_on(std::future::poll_fn(|cx| {
            while slot.take(cx.waker()) {
                if value.load(Ordering::SeqCst) == 3 {
                    return Poll::Ready(());
                }
            }
            Poll::Pending
        }));
        writer.join().unwrap();
    });
}

#[test]
fn an_answer_comes_exactly_once() {
    check(|| {
        let answer = Arc::new(Answer::new());
        let givers = [1, 2].map(|n| {
            let answer = Arc::clone(&answer);
            thread::spawn(move || {
                if let Some(waker) = answer.give(n) {
                    waker.wake();
                }
            })
        });
        let given = future::block_on(std::future::poll_fn(|cx| answer.poll(cx.waker())));
        assert!(given == 1 || given == 2);
        for giver in givers {
            giver.join().unwrap();
        }
        assert!(answer.poll(std::task::Waker::noop()).is_pending());
    });
}

#[test]
fn a_flag_wakes_all_who_wait() {
    check(|| {
        let flag = Arc::new(Flag::new());
        let waiters = [(); 2].map(|()| {
            let flag = Arc::clone(&flag);
            thread::spawn(move || {
                let mut place = Place::default();
                future::block_on(std::future::poll_fn(|cx| {
                    if flag.poll(&mut place, cx.waker()) { Poll::Ready(()) } else { Poll::Pending }
                }));
                flag.leave(&place);
            })
        });
        flag.raise();
        for waiter in waiters {
            waiter.join().unwrap();
        }
    });
}

#[test]
fn a_feed_gives_every_event_once_and_in_order_or_counts_it_as_lost() {
    check(|| {
        let feed = Arc::new(Feed::new(2));
        let teller_feed = Arc::clone(&feed);
        let teller = thread::spawn(move || {
            for at in 1..=5 {
                let event = Happened::Query(Key::from("n"), effect::QueryEvent::ResultsUpdated);
                if let Some(waker) = teller_feed.add(at, event) {
                    waker.wake();
                }
            }
            if let Some(waker) = teller_feed.close() {
                waker.wake();
            }
        });
        let (mut seen, mut lost, mut last) = (0, 0, 0);
        let take = |feed: &Feed| future::block_on(std::future::poll_fn(|cx| feed.take(cx.waker())));
        while let Some((at, happened)) = take(&feed) {
            match happened {
                Happened::Lost(events) => lost += events,
                _ => {
                    assert!(at > last, "the event of {at} after that of {last}");
                    (seen, last) = (seen + 1, at);
                }
            }
        }
        teller.join().unwrap();
        assert_eq!((seen + lost, last), (5, 5));
    });
}

#[test]
fn an_outbox_keeps_the_order_of_the_changes_and_leaves_nothing() {
    check(|| {
        struct Shared {
            gate: Gate<usize>,
            outbox: Outbox<usize>,
            acted: sync::Mutex<Vec<usize>>,
        }
        let shared = Arc::new(Shared {
            gate: Gate::new(0),
            outbox: Outbox::new(),
            acted: sync::Mutex::default(),
        });
        let changers = [(); 3].map(|()| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let mut inside = shared.gate.enter().unwrap();
                *inside += 2;
                let last = *inside;
                shared.outbox.add([last - 1, last]);
                drop(inside);
                shared.outbox.empty(|item| {
                    // Whoever acts may make a change, which adds something, and is not inside then.
                    if item == 2 {
                        let inside = shared.gate.enter().unwrap();
                        shared.outbox.add([100]);
                        drop(inside);
                        shared.outbox.empty(|_| unreachable!("somebody is at it already"));
                    }
                    shared.acted.lock().push(item);
                });
            })
        });
        for changer in changers {
            changer.join().unwrap();
        }
        let acted = shared.acted.lock();
        assert_eq!(acted.len(), 7);
        let in_order: Vec<_> = acted.iter().copied().filter(|item| *item != 100).collect();
        assert_eq!(in_order, [1, 2, 3, 4, 5, 6]);
    });
}

#[test]
fn a_gate_lets_one_in_and_turns_back_who_is_inside() {
    check(|| {
        let gate = Arc::new(Gate::new((0, 0)));
        let threads = [(); 3].map(|()| {
            let gate = Arc::clone(&gate);
            thread::spawn(move || {
                let mut inside = gate.enter().unwrap();
                inside.0 += 1;
                assert!(gate.enter().is_none());
                thread::yield_now();
                inside.1 += 1;
                assert_eq!(inside.0, inside.1);
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(*gate.enter().unwrap(), (3, 3));
    });
}

#[test]
fn reads_are_whole_and_never_go_back() {
    check(|| {
        let (reads, key) = (Arc::new(Reads::new()), Key::from("n"));
        let published = Arc::new(AtomicUsize::new(0));
        let (writer_reads, writer_key) = (Arc::clone(&reads), key.clone());
        let writer_published = Arc::clone(&published);
        let writer = thread::spawn(move || {
            for n in 1..=3 {
                let read = Read {
                    data: Some(Data::new(n)),
                    updated_at: n as Millis,
                    status: Status::Success,
                    fetch_status: FetchStatus::Idle,
                    ..Read::default()
                };
                writer_reads.put(&writer_key, read);
                writer_published.store(n, Ordering::SeqCst);
                writer_reads.hide(&writer_key);
                assert_eq!(writer_reads.data(&writer_key).err(), Some(()));
                let read =
                    Read { data: Some(Data::new(n)), updated_at: n as Millis, ..Read::default() };
                writer_reads.put(&writer_key, read);
            }
            writer_reads.remove(&writer_key);
        });
        let mut last = 0;
        for _ in 0..4 {
            let heard = published.load(Ordering::SeqCst);
            let Some(read) = reads.get(&key) else { continue };
            let n = read.updated_at as usize;
            assert!(n >= last && n >= heard, "{n} after {last}, although {heard} was heard of");
            match read.data {
                Some(data) => assert_eq!(data.downcast_ref(), Some(&n)),
                None => assert!(read.is_changing),
            }
            assert!(read.error.as_ref().map(Failure::is_cancelled).is_none());
            last = n;
        }
        writer.join().unwrap();
        assert!(reads.get(&key).is_none());
        assert_eq!(reads.count(|_, _| true), 0);
    });
}

/// Gives each piece of work that blocks a thread.
struct Threads;

impl throughline_query::Runtime for Threads {
    fn now(&self) -> Millis {
        0
    }

    fn spawn(&self, task: throughline_query::BoxFuture<()>) {
        drop(task);
    }

    fn sleep(&self, _: Millis) -> throughline_query::BoxFuture<()> {
        Box::pin(std::future::ready(()))
    }

    fn block(&self, work: throughline_query::BlockingWork) {
        thread::spawn(work);
    }
}

#[test]
fn a_worker_does_every_job_once_in_order_and_one_at_a_time() {
    check(|| {
        let worker = Worker::new(Vec::new());
        let all_done = Latch::new();
        let givers: Vec<_> = (0..2)
            .map(|giver| {
                let worker = Arc::clone(&worker);
                thread::spawn(move || {
                    for n in 0..3 {
                        worker.run(&Threads, move |done: &mut Option<Vec<_>>| {
                            done.as_mut()?.push((giver, n));
                            None
                        });
                    }
                })
            })
            .collect();
        for giver in givers {
            giver.join().unwrap();
        }
        let told = Arc::clone(&all_done);
        worker.run(&Threads, move |done| {
            let done = done.take()?;
            Some(Box::new(move || told.set(done)))
        });
        let done = future::block_on(all_done.wait());
        assert_eq!(done.len(), 6);
        for giver in 0..2 {
            let of_one = done.iter().filter(|(by, _)| *by == giver).map(|(_, n)| *n);
            assert!(of_one.eq(0..3), "{done:?}");
        }
    });
}

#[test]
fn who_waits_for_a_turn_gets_one_whenever_it_comes() {
    check(|| {
        let turns = Arc::new(Turns::default());
        let open = Arc::new(AtomicUsize::new(0));
        let waiters: Vec<_> = (0..2)
            .map(|_| {
                let (turns, open) = (Arc::clone(&turns), Arc::clone(&open));
                thread::spawn(move || {
                    future::block_on(async {
                        loop {
                            let seen = turns.count();
                            if open.load(Ordering::SeqCst) == 2 {
                                break;
                            }
                            turns.after(seen).await;
                        }
                    });
                })
            })
            .collect();
        for _ in 0..2 {
            open.fetch_add(1, Ordering::SeqCst);
            turns.next();
        }
        for waiter in waiters {
            waiter.join().unwrap();
        }
    });
}

#[test]
fn nobody_sleeps_longer_than_the_earliest_of_what_is_due() {
    check(|| {
        let due = Arc::new(Gate::new(Vec::<Millis>::new()));
        let alarm = Arc::new(Alarm::default());
        let armers = [[70, 20], [50, 10]].map(|times| {
            let (due, alarm) = (Arc::clone(&due), Arc::clone(&alarm));
            thread::spawn(move || {
                for at in times {
                    let mut inside = due.enter().unwrap();
                    inside.push(at);
                    let is_late = alarm.is_late_for(at);
                    drop(inside);
                    if is_late {
                        alarm.ring();
                    }
                }
            })
        });
        // As the driver does: whoever is not woken for the earliest sleeps for ever, which is reported.
        future::block_on(std::future::poll_fn(|cx| {
            alarm.listen(cx.waker());
            let inside = due.enter().unwrap();
            let next = inside.iter().min().copied();
            alarm.set(next);
            if next == Some(10) { Poll::Ready(()) } else { Poll::Pending }
        }));
        for armer in armers {
            armer.join().unwrap();
        }
    });
}
