//! The locks and counters that threads share, in one place, so that tests can put others in their
//! stead that try out schedules.

use std::sync::atomic;

pub(crate) use atomic::Ordering;
pub(crate) use parking_lot::{Mutex, MutexGuard, RwLock};
pub(crate) type AtomicBool = atomic::AtomicBool;
pub(crate) type AtomicI64 = atomic::AtomicI64;
pub(crate) type AtomicUsize = atomic::AtomicUsize;

/// A number that no other living thread has; never 0.
pub(crate) fn thread_number() -> usize {
    // The address of something that each thread has its own of.
    thread_local!(static MARK: u8 = const { 0 });
    MARK.with(|mark| std::ptr::from_ref(mark).addr())
}
