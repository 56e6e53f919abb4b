//! Bringing a cache elsewhere.

use std::sync::Arc;

use super::{QueryClient, Raw};
use crate::dehydrate::{
    DehydrateOptions, Dehydrated, HydrateError, HydrateOptions, HydrateReport, hydrate,
};
use crate::effect::Settled;
use crate::state::FetchStatus;

impl QueryClient {
    /// What is in the cache, as TanStack Query's JSON. [Durable](crate::Mutation::durable) mutations are
    /// left out: they are in the outbox, and would be sent twice. From within (see [`QueryClient`]) that cannot be
    /// told: `None`.
    pub fn dehydrate(&self, options: &DehydrateOptions) -> Option<Dehydrated> {
        self.core.look(|locked| locked.dehydrating(options).finish())
    }

    /// The same, but queries that are just being fetched for the first time are written as what they
    /// come to: with [`DehydrateOptions::with_pending`], or other options that want pending queries. What
    /// fails, or waits for the network, is written as pending. From within (see [`QueryClient`]) that
    /// cannot be told: `None`.
    ///
    /// ```
    /// # use throughline_query::{DehydrateOptions, Fetch, Manual, Query, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// let n = Query::new("n", |_: Fetch<()>| async { Ok::<_, std::io::Error>(7) }).json();
    /// client.prefetch(&n.at(()));
    /// let written = client.dehydrate_settled(DehydrateOptions::with_pending());
    /// let json = manual.block_on(written).flatten().map(|written| written.json);
    /// assert!(json.is_some_and(|json| json.contains(r#""data":7"#)));
    /// ```
    pub async fn dehydrate_settled(&self, options: DehydrateOptions) -> Option<Dehydrated> {
        let begun = self.core.look(|locked| {
            let machine = &locked.machine;
            let dehydrating = locked.dehydrating(&options);
            let waits = dehydrating.waits_for().filter_map(|key| {
                let query = machine.query_by_key(key)?;
                let is_fetching = query.state.fetch_status == FetchStatus::Fetching;
                is_fetching.then(|| (key.clone(), query.infinite))
            });
            let waits: Vec<_> = waits.collect();
            (dehydrating, waits)
        });
        let (mut dehydrating, waits) = begun?;
        let asked: Vec<_> = waits
            .into_iter()
            .map(|(key, infinite)| {
                let (asked, options) = (key.clone(), Arc::default());
                // It joins the fetch that is under way.
                let raw = Raw::ask_as(&self.core, move |locked, ticket| {
                    locked.machine.fetch_query(&asked, &options, infinite, ticket);
                });
                (key, raw)
            })
            .collect();
        for (key, raw) in asked {
            if let Ok(Settled::Data(Some(data))) = raw.await {
                dehydrating.arrived(&key, &data);
            }
        }
        Some(dehydrating.finish())
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
        if let Some(report) =
            self.core.act_now(|locked| hydrate(&mut locked.machine, json, &options))
        {
            return Some(report);
        }
        let json = json.to_owned();
        self.core.act(move |locked| hydrate(&mut locked.machine, &json, &options))
    }
}
