//! A client that moves only when somebody moves it: for tests, and for loops that are not executors.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use super::{BlockingWork, BoxFuture, Runtime};
use crate::sync::Mutex;
use crate::time::{Millis, millis};

/// How often time passes for a future in vain before it is given up.
const PATIENCE: u32 = 100_000;

/// Runs the tasks of a client on the thread that calls it, in a time of its own.
///
/// Nothing happens by itself: [`run`](Self::run) polls what can go on, and [`advance`](Self::advance)
/// lets time pass. When the last `Manual` is dropped, so are its tasks.
///
/// ```
/// use std::time::Duration;
/// use throughline_query::{Fetch, Manual, Query, QueryClient};
///
/// let manual = Manual::new();
/// let client = QueryClient::builder().build(manual.runtime());
/// let answer = Query::new("answer", |_: Fetch<()>| async { Ok::<_, std::io::Error>(42) })
///     .stale_time(Duration::from_secs(1));
///
/// let found = manual.block_on(client.fetch(&answer.at(())));
/// assert_eq!(found.map(|found| found.ok().map(|found| *found)), Some(Some(42)));
/// manual.advance(Duration::from_secs(2));
/// ```
#[derive(Clone)]
pub struct Manual {
    shared: Arc<Shared>,
    _last: Arc<Last>,
}

/// Ends the tasks when the last [`Manual`] is dropped.
struct Last(Arc<Shared>);

struct Shared {
    itself: Weak<Shared>,
    now: Mutex<Millis>,
    ready: Mutex<VecDeque<Arc<Task>>>,
    sleepers: Mutex<Sleepers>,
    is_over: AtomicBool,
}

#[derive(Default)]
struct Sleepers {
    by_time: BTreeMap<(Millis, u64), Waker>,
    last: u64,
}

struct Task {
    work: Mutex<Work>,
    is_ready: AtomicBool,
    shared: Weak<Shared>,
}

struct Work {
    /// What is left to do, unless somebody is at it.
    future: Option<BoxFuture<()>>,
    /// It was woken while somebody was at it.
    is_missed: bool,
}

impl Manual {
    /// A world in which it is the beginning of 2024, and nothing runs.
    pub fn new() -> Self {
        Self::at(1_704_067_200_000)
    }

    /// A world in which it is this time.
    pub fn at(now: Millis) -> Self {
        let shared = Arc::new_cyclic(|itself| Shared {
            itself: Weak::clone(itself),
            now: Mutex::new(now),
            ready: Mutex::default(),
            sleepers: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        Self { _last: Arc::new(Last(Arc::clone(&shared))), shared }
    }

    /// What to build a client on.
    pub fn runtime(&self) -> Arc<dyn Runtime> {
        Arc::clone(&self.shared) as Arc<dyn Runtime>
    }

    /// What time it is, in milliseconds since the Unix epoch.
    pub fn now(&self) -> Millis {
        *self.shared.now.lock()
    }

    /// Polls what can go on, and what can go on because of it, until nothing can. Gives whether
    /// anything could.
    pub fn run(&self) -> bool {
        let mut any = false;
        loop {
            let task = self.shared.ready.lock().pop_front();
            let Some(task) = task else { return any };
            any = true;
            task.poll();
        }
    }

    /// Lets so much time pass, with everything that happens meanwhile at its own moment.
    pub fn advance(&self, time: Duration) {
        let end = self.now().saturating_add(millis(time));
        self.run();
        while self.wake_next(end) {
            self.run();
        }
        self.set_time(end);
        self.run();
    }

    /// Sets the clock, backwards too. Whoever sleeps until then wakes at the next
    /// [`advance`](Self::advance).
    pub fn set_time(&self, now: Millis) {
        *self.shared.now.lock() = now;
    }

    /// Runs until the future is over, and lets time pass when there is nothing else to do. `None` if
    /// it waits for something that nothing here will bring: nobody sleeps any more, or a hundred thousand times in a
    /// row somebody has slept and it was not woken, as where something polls without an end.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut in_vain = 0;
        while in_vain < PATIENCE {
            if woken.0.swap(false, Ordering::AcqRel) {
                in_vain = 0;
                if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Some(value);
                }
            }
            if !self.run() && !woken.0.load(Ordering::Acquire) {
                if !self.wake_next(Millis::MAX) {
                    return None;
                }
                in_vain += 1;
            }
        }
        None
    }

    /// Goes to the next moment at which somebody wakes, if that is not after `end`.
    fn wake_next(&self, end: Millis) -> bool {
        let next = {
            let mut sleepers = self.shared.sleepers.lock();
            match sleepers.by_time.first_key_value() {
                Some((&(due, _), _)) if due <= end => sleepers.by_time.pop_first(),
                _ => None,
            }
        };
        let Some(((due, _), waker)) = next else { return false };
        let now = self.now().max(due);
        self.set_time(now);
        waker.wake();
        true
    }
}

impl Default for Manual {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Manual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manual").field("now", &self.now()).finish_non_exhaustive()
    }
}

impl Runtime for Shared {
    fn now(&self) -> Millis {
        *self.now.lock()
    }

    fn spawn(&self, future: BoxFuture<()>) {
        if self.is_over.load(Ordering::Acquire) {
            return;
        }
        let task = Arc::new(Task {
            work: Mutex::new(Work { future: Some(future), is_missed: false }),
            is_ready: AtomicBool::new(true),
            shared: Weak::clone(&self.itself),
        });
        self.ready.lock().push_back(task);
    }

    fn block(&self, work: BlockingWork) {
        self.spawn(Box::pin(async move { work() }));
    }

    fn sleep(&self, until: Millis) -> BoxFuture<()> {
        Box::pin(Sleep { until, place: None, shared: Weak::clone(&self.itself) })
    }
}

struct Sleep {
    until: Millis,
    place: Option<(Millis, u64)>,
    shared: Weak<Shared>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(shared) = self.shared.upgrade() else { return Poll::Ready(()) };
        if shared.now() >= self.until {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        let mut sleepers = shared.sleepers.lock();
        sleepers.last += 1;
        let new = (self.until, sleepers.last);
        let before = sleepers.by_time.insert(*self.place.get_or_insert(new), waker);
        drop(sleepers);
        drop(before);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let (Some(place), Some(shared)) = (self.place, self.shared.upgrade()) {
            let waker = shared.sleepers.lock().by_time.remove(&place);
            drop(waker);
        }
    }
}

impl Task {
    fn poll(self: &Arc<Self>) {
        self.is_ready.store(false, Ordering::Release);
        let waker = Waker::from(Arc::clone(self));
        let mut work = self.work.lock();
        let Some(mut future) = work.future.take() else {
            work.is_missed = true;
            return;
        };
        // Not locked while it is polled: that may run anything, also the very loop that runs this.
        drop(work);
        if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            return;
        }
        let mut work = self.work.lock();
        work.future = Some(future);
        if std::mem::take(&mut work.is_missed) {
            drop(work);
            waker.wake();
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let Some(shared) = self.shared.upgrade() else { return };
        if !shared.is_over.load(Ordering::Acquire) && !self.is_ready.swap(true, Ordering::AcqRel) {
            shared.ready.lock().push_back(self);
        }
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

impl Drop for Last {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::Release);
        let ready = std::mem::take(&mut *self.0.ready.lock());
        let sleepers = std::mem::take(&mut *self.0.sleepers.lock());
        drop((ready, sleepers));
    }
}
