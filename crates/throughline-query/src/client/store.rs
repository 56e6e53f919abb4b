//! Bringing a cache elsewhere, keeping it, and whose it is.

use super::QueryClient;
use crate::dehydrate::{
    DehydrateOptions, Dehydrated, HydrateError, HydrateOptions, HydrateReport, dehydrate, hydrate,
};
use crate::machine::Changes;
use crate::partition::{Partition, PartitionError, PartitionOptions, Partitions};
use crate::persist::{RestoreReport, Save, Saver, Stored};

impl QueryClient {
    /// What is in the cache, as TanStack Query's JSON. From within (see [`QueryClient`]) that cannot be
    /// told: `None`.
    pub fn dehydrate(&self, options: &DehydrateOptions) -> Option<Dehydrated> {
        self.core.look(|locked| dehydrate(&locked.machine, options))
    }

    /// Takes in what was dehydrated, here or by TanStack Query. What is text stays text until a
    /// definition reads it. `None` from within (see [`QueryClient`]): it is then done later.
    ///
    /// # Errors
    ///
    /// A [`HydrateError`] if it is no such JSON; single entries that are not are in the report.
    ///
    /// ```
    /// # use throughline_query::{Fetch, HydrateOptions, Manual, Query, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// let n = Query::new("n", |_: Fetch<()>| async { Ok::<_, std::io::Error>(0) }).json();
    /// let json = r#"{"queries":[{"queryKey":["n"],"state":{"status":"success","data":7}}]}"#;
    /// client.hydrate(json, HydrateOptions::default()).transpose()?;
    /// assert_eq!(client.get(&n.at(())).as_deref(), Some(&7));
    /// # Ok::<(), throughline_query::HydrateError>(())
    /// ```
    pub fn hydrate(
        &self,
        json: &str,
        options: HydrateOptions,
    ) -> Option<Result<HydrateReport, HydrateError>> {
        let json = json.to_owned();
        self.core.act(move |locked| hydrate(&mut locked.machine, &json, &options))
    }

    /// Brings back what a [`Persister`](crate::persist::Persister) has kept. Before the first fetch,
    /// and not from within (see [`QueryClient`]): `None`.
    pub fn restore(&self, mut saver: Saver, stored: Stored) -> Option<(Saver, RestoreReport)> {
        self.core.act(move |locked| {
            let report = saver.restore(&mut locked.machine, stored);
            (saver, report)
        })
    }

    /// Whether there is anything to keep that was not [collected](Self::collect).
    pub fn has_changes(&self) -> bool {
        self.core.look(|locked| locked.machine.has_changes()).unwrap_or_default()
    }

    /// What has changed since the last time, for [`Persister::append`](crate::persist::Persister::append).
    /// Not from within (see [`QueryClient`]): `None`.
    pub fn collect(&self, mut saver: Saver) -> Option<(Saver, Save)> {
        self.core.act(move |locked| {
            let save = saver.collect(&mut locked.machine);
            (saver, save)
        })
    }

    /// What was collected could not be kept; it counts as changed again.
    pub fn return_changes(&self, changes: Changes) {
        self.core.act(move |locked| locked.machine.return_changes(changes));
    }

    /// Makes another principal's partition the present one. Nothing of the old one is seen or sent from
    /// now on: its data, its fetches and mutations on their way are gone, and its outbox is closed.
    /// [Restore](Self::restore) what the new one has, then let everybody [look again](Self::look_again).
    /// Not from within (see [`QueryClient`]): `None`.
    ///
    /// # Errors
    ///
    /// A [`PartitionError`] if the files cannot be opened; the cache is empty then.
    pub fn switch(
        &self,
        partitions: Partitions,
        to: &str,
        options: PartitionOptions,
    ) -> Option<(Partitions, Result<Partition, PartitionError>)> {
        let to = to.to_owned();
        self.core.act(move |locked| {
            let opened = partitions.switch(&mut locked.machine, &to, options);
            (partitions, opened)
        })
    }

    /// Lets everybody fetch who waits since the partition was [switched](Self::switch).
    pub fn look_again(&self) {
        self.core.act(|locked| locked.machine.look_again());
    }
}
