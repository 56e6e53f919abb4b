//! How long something took, as if nothing else had run.

use std::time::{Duration, Instant};

/// Measures time on the clock and of the processor, of which the smaller one counts: on a machine that is busy
/// with other things that is the processor's, and otherwise the clock's, since a processor may do several things
/// at a time for one program.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    clock: Instant,
    busy: Option<Duration>,
}

impl Stopwatch {
    /// From now on.
    pub fn start() -> Self {
        Self { busy: busy(), clock: Instant::now() }
    }

    /// Until now.
    pub fn elapsed(self) -> Duration {
        let clock = self.clock.elapsed();
        let busy = self.busy.zip(busy()).map(|(start, now)| now.saturating_sub(start));
        busy.map_or(clock, |busy| busy.min(clock))
    }
}

/// How long this thread has been on a processor, where the system tells.
#[cfg(unix)]
fn busy() -> Option<Duration> {
    use nix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).ok().map(Duration::from)
}

#[cfg(not(unix))]
fn busy() -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleeping_takes_no_time() {
        let watch = Stopwatch::start();
        std::thread::sleep(Duration::from_millis(50));
        assert!(!cfg!(unix) || watch.elapsed() < Duration::from_millis(50));
    }
}
