//! Points in time and stretches of it, in milliseconds, as TanStack Query counts them.

use std::time::Duration;

/// Milliseconds: since the Unix epoch for a point in time, plainly for a stretch of it.
pub type Millis = i64;

/// A duration in milliseconds; one that does not fit is the longest there is.
pub(crate) fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

/// A stretch of time that may be endless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Span {
    /// So many milliseconds.
    For(Millis),
    /// Without an end.
    Forever,
}

/// A span in eight bytes; without an end it is the longest of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ShortSpan(Millis);

impl From<Span> for ShortSpan {
    fn from(span: Span) -> Self {
        match span {
            Span::For(time) => Self(time),
            Span::Forever => Self(Millis::MAX),
        }
    }
}

impl From<ShortSpan> for Span {
    fn from(ShortSpan(time): ShortSpan) -> Self {
        if time == Millis::MAX { Self::Forever } else { Self::For(time) }
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Self::For(millis(duration))
    }
}

/// How long data counts as fresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaleTime {
    /// For so many milliseconds after it was fetched.
    After(Millis),
    /// Until it is invalidated.
    Never,
    /// Always, even when it is invalidated; only an observer's own `refetch` fetches it again.
    Static,
}

impl From<Duration> for StaleTime {
    fn from(duration: Duration) -> Self {
        Self::After(millis(duration))
    }
}
