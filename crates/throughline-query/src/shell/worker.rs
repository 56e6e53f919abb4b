//! Something that blocks, and what is to be done with it: in order, one at a time, where it may.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::runtime::Runtime;
use crate::sync::Mutex;

/// What is done afterwards, when nobody holds the thing any more.
pub(crate) type Then = Box<dyn FnOnce() + Send>;

type Job<S> = Box<dyn FnOnce(&mut Option<S>) -> Option<Then> + Send>;

/// Owns something that blocks.
///
/// Jobs are done in the order in which they were given, whatever order the threads come in that do
/// them. A job always runs: also when the runtime drops it, because it ends.
pub(crate) struct Worker<S> {
    /// Not there once it was taken out. Only whoever is busy with it locks it.
    owned: Mutex<Option<S>>,
    jobs: Mutex<Jobs<S>>,
}

struct Jobs<S> {
    queue: VecDeque<Job<S>>,
    /// Somebody is doing them.
    busy: bool,
}

/// Work that is done when it is dropped, if nobody has done it before.
struct Must<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Must<F> {
    fn run(mut self) {
        if let Some(work) = self.0.take() {
            work();
        }
    }
}

impl<F: FnOnce()> Drop for Must<F> {
    fn drop(&mut self) {
        if let Some(work) = self.0.take() {
            work();
        }
    }
}

impl<S: Send + 'static> Worker<S> {
    pub(crate) fn new(owned: S) -> Arc<Self> {
        let jobs = Jobs { queue: VecDeque::new(), busy: false };
        Arc::new(Self { owned: Mutex::new(Some(owned)), jobs: Mutex::new(jobs) })
    }

    /// Does the job, later and elsewhere. Not while any lock is held: a runtime that has ended has it
    /// done here.
    pub(crate) fn run(
        self: &Arc<Self>,
        runtime: &dyn Runtime,
        job: impl FnOnce(&mut Option<S>) -> Option<Then> + Send + 'static,
    ) {
        self.jobs.lock().queue.push_back(Box::new(job));
        let this = Arc::clone(self);
        let work = Must(Some(move || this.finish()));
        runtime.block(Box::new(move || work.run()));
    }

    /// Does what is to be done, unless somebody is doing so already.
    fn finish(&self) {
        loop {
            let job = {
                let mut jobs = self.jobs.lock();
                if jobs.busy {
                    return;
                }
                let Some(job) = jobs.queue.pop_front() else { return };
                jobs.busy = true;
                job
            };
            // A panic of a persister ends here, and costs that job.
            let then =
                catch_unwind(AssertUnwindSafe(|| job(&mut self.owned.lock()))).ok().flatten();
            self.jobs.lock().busy = false;
            if let Some(then) = then {
                let _ = catch_unwind(AssertUnwindSafe(then));
            }
        }
    }
}

impl<S> fmt::Debug for Worker<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Worker(..)")
    }
}
