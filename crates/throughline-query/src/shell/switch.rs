//! The cache becomes somebody else's.

use std::sync::{Arc, Weak};

use super::core::Locked;
use super::effects::Action;
use super::keep::{Keeper, Kept, guarded};
use super::post::Post;
use super::{Core, Feed, Latch, Worker};
use crate::effect::Effect;
use crate::outbox;
use crate::partition::{Partition, PartitionError, PartitionOptions, Partitions};
use crate::persist::{Persister, RestoreReport, Stored};
use crate::time::millis;

/// What a switch came to.
pub(crate) type Outcome = Result<Entered, Arc<PartitionError>>;

/// What the next one had.
#[derive(Clone)]
pub(crate) struct Entered {
    pub number: u64,
    pub post: Arc<Post>,
    pub restored: RestoreReport,
    pub opened: outbox::Opened,
}

/// A switch that is under way.
pub(crate) struct Switching {
    number: u64,
    partitions: Partitions,
    next: Option<(String, PartitionOptions)>,
    /// The files of whoever it was are closed.
    kept: Arc<Latch<Kept<()>>>,
    posted: Arc<Latch<()>>,
    told: Told,
}

/// Tells how a switch ended, also if nobody comes to its end.
struct Told(Arc<Latch<Outcome>>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.set(Err(Arc::new(PartitionError::Superseded)));
    }
}

impl Locked {
    /// Nothing of whoever the cache was of is here any more.
    fn forget(&mut self, core: &Core) {
        self.refuse_held();
        self.machine.forget();
        self.machine.settle();
        let mut effects = std::mem::take(&mut self.effects);
        self.machine.take_effects_into(&mut effects);
        // Whoever inspects the cache does not hear what it was that has gone.
        effects.retain(|effect| {
            !matches!(
                effect,
                Effect::QueryEvent(..)
                    | Effect::QueryEvents(_)
                    | Effect::MutationEvent(..)
                    | Effect::QuerySettled(..)
                    | Effect::Tell(_)
            )
        });
        self.effects = effects;
        self.epoch += 1;
        core.set_epoch(self.epoch);
    }
}

impl Core {
    /// Makes the cache somebody else's, or nobody's. At once nothing of the old one is seen or sent.
    pub(crate) fn switch(
        self: &Arc<Self>,
        partitions: &Partitions,
        next: Option<(String, PartitionOptions)>,
    ) -> Arc<Latch<Outcome>> {
        partitions.end_lease();
        let (number, told) = (self.number(), Latch::new());
        let (kept, posted) = (Latch::new(), Latch::new());
        let switching = Switching {
            number,
            partitions: partitions.clone(),
            next,
            kept: Arc::clone(&kept),
            posted: Arc::clone(&posted),
            told: Told(Arc::clone(&told)),
        };
        let core = Arc::clone(self);
        self.act(move |locked| {
            // What has changed is the old one's, and is kept for it.
            locked.stop_keeping(Some(kept));
            locked.stop_posting(Some(posted));
            locked.forget(&core);
            locked.opening = Some(number);
            match switching.next {
                Some(_) => locked.hold(number, true),
                None => locked.let_go(),
            }
            locked.act_later(Action::Switched(Box::new(switching)));
        });
        if self.is_closed() {
            told.set(Err(Arc::new(PartitionError::Superseded)));
        }
        told
    }

    /// The part of a switch for which no lock may be held.
    pub(super) fn switched(self: &Arc<Self>, switching: Switching) {
        let tasks = std::mem::take(&mut *self.tasks.lock());
        for flag in tasks.values() {
            flag.raise();
        }
        let feeds: Vec<_> = self.feeds.lock().iter().filter_map(Weak::upgrade).collect();
        for waker in feeds.iter().filter_map(|feed| Feed::switch(feed, self.now())) {
            waker.wake();
        }
        if let Some((_, options)) = &switching.next {
            self.wait_at_most(switching.number, millis(options.persist.patience));
        }
        let core = Arc::downgrade(self);
        self.runtime.spawn(Box::pin(async move {
            // The same files may be opened next. What could not be written was told.
            let _ = switching.kept.wait().await;
            switching.posted.wait().await;
            if let Some(core) = core.upgrade() {
                core.open_next(switching);
            }
        }));
    }

    fn open_next(self: &Arc<Self>, switching: Switching) {
        let Switching { number, partitions, next, told, .. } = switching;
        let Some((id, options)) = next else { return };
        let core = Arc::clone(self);
        let switcher = Arc::clone(&self.switcher);
        switcher.run(&*self.runtime, move |_| {
            // Somebody else came first, and opens what is theirs.
            // In the middle of a change that is not to be seen; it is looked at once more afterwards.
            let is_last = core.look(|locked| locked.opening == Some(number)).unwrap_or(true);
            if !is_last {
                drop(told);
                return None;
            }
            let opened = partitions.enter(&id, options.clone()).and_then(|mut partition| {
                let stored = guarded(|| partition.persister.restore())?;
                Ok((partition, stored))
            });
            // Within the job, so that files that nobody wants any more are closed before the next one.
            core.entered(number, opened, &options, told);
            None
        });
    }

    fn entered(
        self: &Arc<Self>,
        number: u64,
        opened: Result<(Partition, Stored), PartitionError>,
        options: &PartitionOptions,
        told: Told,
    ) {
        let options = options.persist.clone();
        let unwanted = self.act(move |locked| {
            if locked.opening != Some(number) {
                return Some((opened, told));
            }
            let outcome = opened.map(|(partition, stored)| {
                let Partition { persister, outbox, opened, .. } = partition;
                let shelf = Worker::new(Box::new(persister) as Box<dyn Persister>);
                let mut keeper = Keeper::new(number, shelf, &options);
                locked.machine.track_changes(true);
                let restored = keeper.restore(&mut locked.machine, stored);
                locked.keeper = Some(keeper);
                locked.gather(None, false);
                let post = Post::new(outbox);
                locked.start_posting(Arc::clone(&post));
                Entered { number, post, restored, opened }
            });
            locked.release(number);
            let outcome = outcome.map_err(Arc::new);
            locked.act_later(Action::Then(Box::new(move || told.0.set(outcome))));
            None
        });
        drop(unwanted);
    }
}
