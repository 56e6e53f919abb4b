//! The right to act for a partition, which ends for everybody at once.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells whether a partition is the present one. All clones know when it is not any more, on whatever
/// thread they are.
///
/// Whoever writes or sends for a principal asks right before; so does whoever hands out what an old
/// task has brought.
#[derive(Clone)]
pub struct Lease {
    epoch: u64,
    present: Arc<AtomicU64>,
}

impl Lease {
    /// Whether the partition is the present one.
    pub fn is_current(&self) -> bool {
        self.present.load(Ordering::SeqCst) == self.epoch
    }

    /// The number of the switch that made the partition the present one; greater with each.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// A new lease; all others end.
    pub(super) fn begin(present: &Arc<AtomicU64>) -> Self {
        let epoch = Self::end(present);
        Self { epoch, present: Arc::clone(present) }
    }

    /// Ends all leases.
    pub(super) fn end(present: &AtomicU64) -> u64 {
        present.fetch_add(1, Ordering::SeqCst) + 1
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("epoch", &self.epoch)
            .field("is_current", &self.is_current())
            .finish()
    }
}
