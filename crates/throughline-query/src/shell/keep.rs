//! Keeping a cache in files while it changes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::core::Locked;
use super::effects::Action;
use super::{Core, Latch, Worker, panic_text};
use crate::machine::Changes;
use crate::persist::{
    Gathered, PersistError, PersistOptions, Persister, RestoreReport, Saver, Stored,
};
use crate::time::{Millis, millis};

/// What one call of a persister came to, for whoever wants to know.
pub(crate) type Kept<T> = Result<T, Arc<PersistError>>;

/// Where the persister is.
pub(crate) type Shelf = Worker<Box<dyn Persister>>;

/// What keeps a cache.
pub(crate) struct Keeper {
    /// Which of all keepers of this client it is.
    pub number: u64,
    saver: Saver,
    shelf: Arc<Shelf>,
    throttle: Millis,
    /// Somebody will come to collect what has changed.
    is_scheduled: bool,
    /// How often in a row it could not be written.
    failures: u32,
}

/// Something to be written.
pub(crate) struct Writing {
    number: u64,
    shelf: Arc<Shelf>,
    gathered: Gathered,
    told: Option<Arc<Latch<Kept<()>>>>,
    /// Whether the persister goes afterwards.
    is_last: bool,
}

impl Locked {
    /// What has changed is to be written now.
    pub(super) fn gather(&mut self, told: Option<Arc<Latch<Kept<()>>>>, is_last: bool) {
        let Some(keeper) = &mut self.keeper else { return };
        keeper.is_scheduled = false;
        // What is in an outbox is kept there.
        let post = self.post.as_deref();
        let is_elsewhere = |id| post.is_some_and(|post| post.has(id));
        let gathered = keeper.saver.gather(&mut self.machine, is_elsewhere);
        if gathered.is_empty() && told.is_none() && !is_last {
            return;
        }
        let (number, shelf) = (keeper.number, Arc::clone(&keeper.shelf));
        let writing = Writing { number, shelf, gathered, told, is_last };
        self.act_later(Action::Write(Box::new(writing)));
    }

    /// What has changed is written, and then the files are closed.
    pub(super) fn stop_keeping(&mut self, told: Option<Arc<Latch<Kept<()>>>>) {
        if self.keeper.is_none()
            && let Some(told) = told
        {
            self.act_later(Action::Then(Box::new(move || told.set(Ok(())))));
            return;
        }
        self.gather(told, true);
        self.keeper = None;
        self.machine.track_changes(false);
    }

    /// After a change: how long until somebody comes for it, if somebody has to be sent.
    pub(super) fn save_in(&mut self) -> Option<Millis> {
        let keeper = self.keeper.as_mut()?;
        if keeper.is_scheduled || !self.machine.has_changes() {
            return None;
        }
        keeper.is_scheduled = true;
        // A disk that is full is not asked every second.
        Some(keeper.throttle.max(1).saturating_mul(1 << keeper.failures.min(6)))
    }
}

impl Core {
    /// From now on the cache is kept there. What was kept before is taken in first.
    pub(crate) fn keep(
        self: &Arc<Self>,
        persister: Box<dyn Persister>,
        options: PersistOptions,
    ) -> (u64, Arc<Latch<Kept<RestoreReport>>>) {
        let number = self.number();
        let (shelf, told) = (Worker::new(persister), Latch::new());
        let keeper = Keeper::new(number, Arc::clone(&shelf), &options);
        self.act(move |locked| {
            locked.stop_keeping(None);
            locked.keeper = Some(keeper);
            locked.machine.track_changes(true);
            locked.hold(number, false);
        });
        let (core, answer) = (Arc::clone(self), Arc::clone(&told));
        shelf.run(&*self.runtime, move |persister| {
            let stored = guarded(|| match persister {
                Some(persister) => persister.restore(),
                None => Err(PersistError::Closed),
            });
            Some(Box::new(move || core.restored(number, stored, &answer)))
        });
        self.wait_at_most(number, millis(options.patience));
        (number, told)
    }

    /// What waits for this restoring goes on after so long.
    pub(super) fn wait_at_most(self: &Arc<Self>, number: u64, patience: Millis) {
        let (core, sleep) = (Arc::downgrade(self), self.sleep(patience));
        self.runtime.spawn(Box::pin(async move {
            sleep.await;
            if let Some(core) = core.upgrade() {
                core.act(move |locked| locked.release(number));
            }
        }));
    }

    fn restored(
        self: &Arc<Self>,
        number: u64,
        stored: Result<Stored, PersistError>,
        told: &Arc<Latch<Kept<RestoreReport>>>,
    ) {
        let answer = Arc::clone(told);
        self.act(move |locked| {
            let restored = match (stored, locked.keeper.as_mut()) {
                (Ok(stored), Some(keeper)) if keeper.number == number => {
                    let report = keeper.restore(&mut locked.machine, stored);
                    locked.gather(None, false);
                    Ok(report)
                }
                (Err(error), Some(keeper)) if keeper.number == number => {
                    // What cannot be read is not written over.
                    locked.keeper = None;
                    locked.machine.track_changes(false);
                    Err(Arc::new(error))
                }
                _ => Err(Arc::new(PersistError::Closed)),
            };
            locked.release(number);
            locked.act_later(Action::Then(Box::new(move || answer.set(restored))));
        });
        if self.is_closed() {
            told.set(Err(Arc::new(PersistError::Closed)));
        }
    }

    /// Writes what has changed. Tells when that, and all before it, is written.
    pub(crate) fn save(self: &Arc<Self>, number: Option<u64>, told: Option<Arc<Latch<Kept<()>>>>) {
        self.end_or_save(number, told, false);
    }

    /// Writes what has changed, and keeps nothing any more.
    pub(crate) fn stop_saving(self: &Arc<Self>, number: u64, told: Arc<Latch<Kept<()>>>) {
        self.end_or_save(Some(number), Some(told), true);
    }

    fn end_or_save(
        self: &Arc<Self>,
        number: Option<u64>,
        told: Option<Arc<Latch<Kept<()>>>>,
        is_last: bool,
    ) {
        let answer = told.clone();
        self.act(move |locked| {
            let is_meant = |keeper: &Keeper| number.is_none_or(|number| keeper.number == number);
            match (locked.keeper.as_ref().is_some_and(is_meant), is_last) {
                (true, true) => locked.stop_keeping(answer),
                (true, false) => locked.gather(answer, false),
                (false, _) => {
                    if let Some(answer) = answer {
                        let gone = Err(Arc::new(PersistError::Closed));
                        locked.act_later(Action::Then(Box::new(move || answer.set(gone))));
                    }
                }
            }
        });
        if self.is_closed()
            && let Some(told) = told
        {
            told.set(Err(Arc::new(PersistError::Closed)));
        }
    }

    /// Comes for what has changed, later.
    pub(super) fn save_later(self: &Arc<Self>, after: Millis) {
        let (core, sleep) = (Arc::downgrade(self), self.sleep(after));
        self.runtime.spawn(Box::pin(async move {
            sleep.await;
            if let Some(core) = core.upgrade() {
                core.save(None, None);
            }
        }));
    }

    /// Writes, on a thread that may wait for the disk.
    pub(super) fn write(self: &Arc<Self>, writing: Writing) {
        let Writing { number, shelf, gathered, told, is_last } = writing;
        let core = Arc::clone(self);
        shelf.run(&*self.runtime, move |persister| {
            let (mut changes, mut outcome) = (Changes::default(), Err(PersistError::Closed));
            let mut unwritable = Vec::new();
            if let Some(persister) = persister {
                outcome = Ok(());
                if !gathered.is_empty() {
                    let save = gathered.write();
                    (changes, unwritable) = (save.changes, save.report.failed);
                    outcome = guarded(|| {
                        persister.append(&save.entries)?;
                        if persister.wants_compaction() { persister.compact() } else { Ok(()) }
                    });
                }
            }
            if is_last {
                drop(persister.take());
            }
            Some(Box::new(move || {
                if !unwritable.is_empty() {
                    core.trouble(&PersistError::Unwritable(unwritable));
                }
                core.written(number, changes, outcome, told);
            }))
        });
    }

    fn written(
        self: &Arc<Self>,
        number: u64,
        changes: Changes,
        outcome: Result<(), PersistError>,
        told: Option<Arc<Latch<Kept<()>>>>,
    ) {
        let outcome = outcome.map_err(Arc::new);
        let is_written = outcome.is_ok();
        if !is_written || !changes.is_empty() {
            self.act(move |locked| {
                let Some(keeper) = &mut locked.keeper else { return };
                if keeper.number != number {
                    return;
                }
                keeper.failures = if is_written { 0 } else { keeper.failures.saturating_add(1) };
                if !is_written {
                    locked.machine.return_changes(changes);
                }
            });
        }
        if let Err(error) = &outcome {
            self.trouble(error);
        }
        if let Some(told) = told {
            told.set(outcome);
        }
    }
}

impl Keeper {
    pub(super) fn new(number: u64, shelf: Arc<Shelf>, options: &PersistOptions) -> Self {
        let (saver, throttle) = (Saver::new(options.save.clone()), millis(options.throttle));
        Self { number, saver, shelf, throttle, is_scheduled: false, failures: 0 }
    }

    pub(super) fn restore(
        &mut self,
        machine: &mut crate::Machine,
        stored: Stored,
    ) -> RestoreReport {
        let mut report = self.saver.restore(machine, stored);
        self.saver.forget(std::mem::take(&mut report.forget));
        report
    }
}

/// Calls a persister, whose panics are errors.
pub(super) fn guarded<T>(
    call: impl FnOnce() -> Result<T, PersistError>,
) -> Result<T, PersistError> {
    catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|panic| Err(PersistError::Panicked(panic_text(&*panic))))
}
