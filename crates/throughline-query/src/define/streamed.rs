//! Queries whose data grows while they are being fetched.

use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;

use futures_core::Stream;

use super::{Fetch, Query};
use crate::Event;
use crate::data::Data;
use crate::error::carry;
use crate::options::{Fetcher, StreamFetcher, StreamRefetch};
use crate::shell::FetchFn;

impl<P, T, E> Query<P, T, E>
where
    P: Send + Sync + 'static,
    T: Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
{
    /// A query of this name whose data grows by each chunk of a stream, beginning with `initial`. The
    /// reducer must be pure, and must not block.
    ///
    /// ```
    /// use futures_util::stream;
    /// use throughline_query::{Fetch, Query, StreamRefetch};
    ///
    /// let words = |_: Fetch<()>| stream::iter(["so", "far"].map(Ok::<_, std::io::Error>));
    /// let add = |all: &String, word: &&str| format!("{all} {word}");
    /// let talk = Query::streamed("talk", StreamRefetch::Append, String::new(), words, add);
    /// # let _ = talk.at(());
    /// ```
    pub fn streamed<C, S>(
        name: impl Into<Arc<str>>,
        refetch: StreamRefetch,
        initial: T,
        fetch: impl Fn(Fetch<P>) -> S + Send + Sync + 'static,
        reduce: impl Fn(&T, &C) -> T + Send + Sync + 'static,
    ) -> Self
    where
        C: Send + Sync + 'static,
        S: Stream<Item = Result<C, E>> + Send + 'static,
    {
        let fetch = Arc::new(fetch);
        let call = FetchFn(Box::new(move |task| {
            let fetch = Arc::clone(&fetch);
            task.run_stream(move |running| async move {
                let (core, run) = (running.core.clone(), running.call.run);
                let mut stream = pin!(fetch(Fetch::new(running)?));
                while let Some(chunk) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
                    core.event(Event::Chunk(run, Data::new(chunk.map_err(carry)?)));
                }
                Ok(None)
            })
        }));
        let reduce = move |before: &Data, chunk: &Data| match (
            before.downcast_ref(),
            chunk.downcast_ref(),
        ) {
            (Some(before), Some(chunk)) => Data::new(reduce(before, chunk)),
            _ => before.clone(),
        };
        let stream = StreamFetcher {
            call: Data::new(call),
            refetch,
            reduce: Arc::new(reduce),
            initial: Data::new(initial),
        };
        Self::with_fetcher(name, Fetcher::Stream(Arc::new(stream)))
    }
}
