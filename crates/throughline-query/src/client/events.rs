//! Everything that happens in a cache, as it happens.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::QueryClient;
use crate::Millis;
use crate::shell::{Feed, Happened};

/// Everything that happens in a cache from now on, each with its time: a stream that ends when the
/// client is gone.
pub struct Events {
    feed: Arc<Feed>,
}

impl QueryClient {
    /// Everything that happens in the cache from now on, for whoever inspects it. At most so many
    /// events wait to be taken; then the oldest go, and it is told how many.
    ///
    /// ```
    /// # use throughline_query::{Fetch, Happened, Manual, Query, QueryClient, QueryEvent};
    /// # use futures_util::StreamExt;
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// let n = Query::new("n", |_: Fetch<()>| async { Ok::<_, std::io::Error>(7) });
    /// let mut events = client.subscribe_events(100);
    /// client.set(&n.at(()), 7)?;
    /// let first = manual.block_on(events.next()).flatten();
    /// assert!(matches!(first, Some((_, Happened::Query(_, QueryEvent::Added)))));
    /// # Ok::<(), throughline_query::QueryError<std::io::Error>>(())
    /// ```
    pub fn subscribe_events(&self, most: usize) -> Events {
        let feed = Arc::new(Feed::new(most));
        self.core.add_feed(&feed);
        Events { feed }
    }
}

impl Stream for Events {
    type Item = (Millis, Happened);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.feed.take(cx.waker())
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events(..)")
    }
}
