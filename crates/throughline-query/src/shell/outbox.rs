//! What is to be done after a change, in order, by one thread at a time and without a lock.

use std::collections::VecDeque;

use crate::sync::Mutex;

/// A queue that whoever comes first empties, also of what others add meanwhile.
///
/// So things are done in the order in which they were added, although threads add them that know
/// nothing of each other, and although doing one may add others.
#[derive(Debug)]
pub(crate) struct Outbox<T>(Mutex<State<T>>);

/// Room for so many is kept.
const KEPT: usize = 1024;

#[derive(Debug)]
struct State<T> {
    queue: VecDeque<T>,
    /// Somebody is emptying it.
    busy: bool,
}

impl<T> Outbox<T> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State { queue: VecDeque::new(), busy: false }))
    }

    /// Adds to it.
    pub(crate) fn add(&self, items: impl IntoIterator<Item = T>) {
        self.0.lock().queue.extend(items);
    }

    /// Does what is in it with `act`, which must not panic, unless somebody is doing so already.
    pub(crate) fn empty(&self, mut act: impl FnMut(T)) {
        // Goes back and forth for its room.
        let mut batch = VecDeque::new();
        loop {
            let mut state = self.0.lock();
            if state.busy {
                return;
            }
            if state.queue.is_empty() {
                if batch.capacity() <= KEPT {
                    state.queue = batch;
                }
                return;
            }
            state.busy = true;
            std::mem::swap(&mut batch, &mut state.queue);
            drop(state);
            batch.drain(..).for_each(&mut act);
            self.0.lock().busy = false;
        }
    }
}
