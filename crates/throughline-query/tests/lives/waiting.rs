//! What waits until it is woken.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};

use crate::op::Mood;

/// Whether somebody was woken.
pub struct Woken(pub AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

pub type PollFn = Box<dyn FnMut(&mut Context<'_>) -> Poll<String> + Send>;

/// A future that was handed out. It is polled only when it was woken.
pub struct Waiting {
    pub what: String,
    pub poll: PollFn,
    pub woken: Arc<Woken>,
    /// It may be polled when it is over, and must not be over a second time.
    pub again: bool,
    /// It has a client of its own, which does not go before it does.
    pub owns: bool,
}

/// Holds a function up until somebody says what it is to do.
#[derive(Default)]
pub struct Gate(pub Mutex<(Option<Mood>, Option<Waker>)>);

impl Gate {
    pub fn open(&self, mood: Mood) {
        let waker = {
            let mut inside = lock(&self.0);
            inside.0 = Some(mood);
            inside.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub async fn pass(&self) -> Mood {
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

pub fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().expect("nobody panics with it")
}
