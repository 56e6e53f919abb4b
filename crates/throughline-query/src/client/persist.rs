//! A cache that keeps itself.

use std::fmt;
use std::sync::Arc;

use super::QueryClient;
use crate::persist::{PersistError, PersistOptions, Persister, RestoreReport};
use crate::shell::{Core, Kept, Latch};

/// A cache that is kept: what [`QueryClient::persist`] gives. Dropping it ends nothing.
pub struct Persisting {
    core: Arc<Core>,
    number: u64,
    restored: Arc<Latch<Kept<RestoreReport>>>,
}

impl QueryClient {
    /// Keeps the cache there, from now on, by itself.
    ///
    /// What was kept before is read first; until that is done, and no longer than
    /// [`PersistOptions::patience`], everything that fetches or mutates waits: fetches, observers,
    /// invalidations, mutations, in their order. Reading and writing the cache do not wait. So call it
    /// right after the client is built.
    ///
    /// Then changes are collected for [`PersistOptions::throttle`] and written by a thread that may
    /// block, only what has changed; once more when the last client is dropped. What could not be
    /// written is written with the next changes, and told to
    /// [`on_storage_error`](crate::ClientBuilder::on_storage_error). Queries are kept if their values
    /// can be written ([`Query::json`](crate::Query::json)), and mutations that wait for the network if
    /// their variables can; to go on, those need their definition
    /// ([`register`](Self::register)).
    ///
    /// What shows over the data as a [layer](Self::layer) is not kept. A client keeps its cache in one
    /// place: if it was kept elsewhere before, that ends.
    ///
    /// ```
    /// use throughline_query::persist::{FileOptions, FilePersister, PersistOptions};
    /// use throughline_query::{Fetch, Manual, Query, QueryClient};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("cache.log");
    /// let n = Query::new("n", |_: Fetch<()>| async { Ok::<_, std::io::Error>(7) }).json().at(());
    ///
    /// let manual = Manual::new();
    /// for _ in 0..2 {
    ///     let client = QueryClient::builder().build(manual.runtime());
    ///     let file = FilePersister::open(&path, FileOptions::default())?;
    ///     let kept = client.persist(file, PersistOptions::default());
    ///     // Fetched by the first client, and there for the second one.
    ///     assert_eq!(*manual.block_on(client.ensure(&n)).expect("it ends")?, 7);
    ///     manual.block_on(kept.stop()).expect("it ends")?;
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn persist(
        &self,
        persister: impl Persister + 'static,
        options: PersistOptions,
    ) -> Persisting {
        let (number, restored) = self.core.keep(Box::new(persister), options);
        Persisting { core: self.core.shared(), number, restored }
    }
}

impl Persisting {
    pub(super) fn of(core: Arc<Core>, number: u64, report: RestoreReport) -> Self {
        let restored = Latch::new();
        restored.set(Ok(report));
        Self { core, number, restored }
    }

    /// Waits until what was kept is taken in, and tells what that was. It can be waited for more than
    /// once.
    ///
    /// # Errors
    ///
    /// When it could not be read. The cache is not kept then, so that nothing is written over what
    /// could not be read.
    pub async fn restored(&self) -> Result<RestoreReport, Arc<PersistError>> {
        self.restored.wait().await
    }

    /// Writes what has changed, now. The future is over when that, and everything before it, is
    /// written; it need not be awaited.
    ///
    /// # Errors
    ///
    /// When it could not be written; or [`PersistError::Closed`].
    pub fn flush(&self) -> impl Future<Output = Result<(), Arc<PersistError>>> + Send + use<> {
        let written = Latch::new();
        self.core.save(Some(self.number), Some(Arc::clone(&written)));
        async move { written.wait().await }
    }

    /// Writes what has changed, and keeps nothing from now on. When the future is over, the persister is
    /// dropped, and its files can be opened again.
    ///
    /// # Errors
    ///
    /// Those of [`flush`](Self::flush).
    pub fn stop(self) -> impl Future<Output = Result<(), Arc<PersistError>>> + Send + use<> {
        let written = Latch::new();
        self.core.stop_saving(self.number, Arc::clone(&written));
        async move { written.wait().await }
    }
}

impl fmt::Debug for Persisting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Persisting(..)")
    }
}
