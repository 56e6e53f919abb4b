//! Whose cache it is.

use std::fmt;
use std::sync::Arc;

use super::{ClientOutbox, Persisting, QueryClient};
use crate::outbox;
use crate::partition::{PartitionError, PartitionOptions, Partitions};
use crate::persist::RestoreReport;
use crate::shell::{Core, Entered};

/// A partition that a client was switched to: what [`QueryClient::switch`] gives.
#[derive(Clone)]
pub struct Switched {
    core: Arc<Core>,
    entered: Entered,
}

impl QueryClient {
    /// Makes the cache that of another principal: a user, a tenant.
    ///
    /// From when this is called, nothing of the old one is seen or sent any more. Its data and its
    /// mutations are forgotten; whoever waits for them hears that they were cancelled, observers are
    /// told that there is nothing, and whoever inspects the cache that it was switched. Its fetches,
    /// mutations and callbacks that run are stopped; should one be in the middle of something, its
    /// [`client`](crate::Fetch::client) does nothing any more: what it asks is refused as if it were closed, and
    /// what it observes has ended. What has changed is written for the old one, and its durable mutations stay
    /// in its outbox.
    ///
    /// Then what the new one has is opened, on a thread that may block, and taken in; until that is
    /// done everything that fetches or mutates waits, as with [`persist`](Self::persist). The cache is
    /// kept from then on, and [durable](crate::Mutation::durable) mutations are written down in the new
    /// one's outbox. What is called need not be awaited.
    ///
    /// # Errors
    ///
    /// A [`PartitionError`] if the files cannot be opened: the cache is empty then, nothing is kept, and
    /// what waited goes on without; or if another switch came first.
    ///
    /// ```
    /// use throughline_query::partition::{PartitionOptions, Partitions};
    /// use throughline_query::{Fetch, Manual, Query, QueryClient};
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// let mail = Query::new("mail", |_: Fetch<()>| async { Ok::<_, std::io::Error>(7) }).json().at(());
    /// let manual = Manual::new();
    /// let client = QueryClient::builder().build(manual.runtime());
    ///
    /// let partitions = Partitions::open(folder)?;
    /// let to = |id| client.switch(&partitions, id, PartitionOptions::default());
    /// manual.block_on(to("ada")).expect("it ends")?;
    /// client.set(&mail, 3)?;
    /// manual.block_on(to("bob")).expect("it ends")?;
    /// assert_eq!(client.get(&mail), None);
    /// manual.block_on(to("ada")).expect("it ends")?;
    /// assert_eq!(client.get(&mail).as_deref(), Some(&3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn switch(
        &self,
        partitions: &Partitions,
        to: &str,
        options: PartitionOptions,
    ) -> impl Future<Output = Result<Switched, Arc<PartitionError>>> + Send + use<> {
        let core = self.core.shared();
        let told = core.switch(partitions, Some((to.to_owned(), options)));
        async move {
            let entered = told.wait().await?;
            Ok(Switched { core, entered })
        }
    }

    /// Makes the cache nobody's, as signing out does: as [`switch`](Self::switch) does, but there is no
    /// next one. Observers fetch when somebody lets them [look again](Self::look_again), or switches;
    /// what is fetched meanwhile is kept nowhere. The future is over when the files are closed; it need
    /// not be awaited.
    pub fn leave(&self, partitions: &Partitions) -> impl Future<Output = ()> + Send + use<> {
        let told = self.core.switch(partitions, None);
        async move {
            // There is nothing to open, which is not told of.
            let _ = told.wait().await;
        }
    }

    /// Lets observers fetch that wait since the client [left](Self::leave) a partition.
    pub fn look_again(&self) {
        self.core.act(|locked| locked.machine.look_again());
    }
}

impl Switched {
    /// What was taken in.
    pub fn restored(&self) -> &RestoreReport {
        &self.entered.restored
    }

    /// What opening the outbox found.
    pub fn opened(&self) -> &outbox::Opened {
        &self.entered.opened
    }

    /// The outbox. It is closed when the client is switched.
    pub fn outbox(&self) -> ClientOutbox {
        ClientOutbox::of(Arc::clone(&self.core), Arc::clone(&self.entered.post))
    }

    /// The cache that is kept, until the client is switched.
    pub fn persisting(&self) -> Persisting {
        let (number, restored) = (self.entered.number, self.entered.restored.clone());
        Persisting::of(Arc::clone(&self.core), number, restored)
    }
}

impl fmt::Debug for Switched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Switched").field("restored", &self.entered.restored).finish_non_exhaustive()
    }
}
