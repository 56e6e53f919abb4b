//! Values that came as text become typed where a definition meets them.

use std::sync::Arc;

use super::{Machine, QueryId};
use crate::Key;
use crate::data::{Abilities, Data};
use crate::dehydrate::{ClaimError, RawJson, claim};
use crate::effect::QueryEvent;
use crate::options::QueryOptions;
use crate::state::{ActionKind, QueryState};

pub(super) fn is_text(data: Option<&Data>) -> bool {
    data.is_some_and(|data| data.downcast_ref::<RawJson>().is_some())
}

/// Reads what is text in a state; false if that cannot be, and the state is as it was.
fn claim_in(state: &mut QueryState, abilities: &Abilities) -> Result<(), ClaimError> {
    if let Some(data) = &state.data {
        state.data = Some(claim(data, abilities)?);
    }
    Ok(())
}

impl Machine {
    /// Makes the data of a query typed, if it is still the text that it was hydrated from. Whoever
    /// looks at a query with options that have [`Abilities`] need not call this; it is for reading
    /// data by its key alone.
    ///
    /// Gives the data, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// A [`ClaimError`]. The query is then as if it had never had data, since what it had is of no
    /// use to this program.
    ///
    /// ```
    /// use throughline_query::{Abilities, Config, HydrateOptions, Key, Machine, hydrate};
    ///
    /// let mut machine = Machine::new(Config::default(), 0);
    /// let json = r#"{"queries":[{"queryKey":["n"],"state":{"status":"success","data":7}}]}"#;
    /// hydrate(&mut machine, json, &HydrateOptions::default())?;
    /// let data = machine.claim(&Key::from("n"), &Abilities::json::<u8>())?.unwrap();
    /// assert_eq!(data.downcast_ref::<u8>(), Some(&7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn claim(&mut self, key: &Key, abilities: &Abilities) -> Result<Option<Data>, ClaimError> {
        let Some(query) = self.lookup(key) else { return Ok(None) };
        self.claim_query(query, abilities)?;
        Ok(self.query(query).state.data.clone())
    }

    /// As [`Machine::claim`], with what is known of a query that is defined. If the query knew of no
    /// definition it knows this one from now on: what is typed can only be written by who knows the type.
    pub(crate) fn claim_defined(
        &mut self,
        key: &Key,
        options: &Arc<QueryOptions>,
        infinite: bool,
    ) -> Result<Option<Data>, ClaimError> {
        let Some(query) = self.lookup(key) else { return Ok(None) };
        if options.abilities.get().is_some() {
            self.adopt(query, key);
            let options = self.complete(key, options);
            self.claim_as(query, &options, infinite)?;
        }
        Ok(self.query(query).state.data.clone())
    }

    /// As [`Machine::claim_defined`], with options that are complete. Options without abilities are those of a
    /// driver that knows no types, and leave text as it is.
    pub(super) fn claim_as(
        &mut self,
        query: QueryId,
        options: &Arc<QueryOptions>,
        infinite: bool,
    ) -> Result<(), ClaimError> {
        let Some(abilities) = options.abilities.get() else { return Ok(()) };
        self.claim_query(query, abilities)?;
        if self.query(query).options.abilities.get().is_none() {
            self.set_query_options(query, options);
            self.query_mut(query).infinite |= infinite;
            // What the data is about and what it weighs is known only now.
            self.data_changed(query);
        }
        Ok(())
    }

    /// Equal keys are as good as each other, but only some know what they were made from.
    pub(super) fn adopt(&mut self, query: QueryId, key: &Key) {
        if self.query(query).key.adopts(key) {
            self.query_mut(query).key = key.clone();
        }
    }

    fn claim_query(&mut self, query: QueryId, abilities: &Abilities) -> Result<(), ClaimError> {
        if !is_text(self.query(query).state.data.as_ref()) {
            return Ok(());
        }
        let entry = self.query_mut(query);
        let claimed = claim_in(&mut entry.state, abilities);
        if claimed.is_err() {
            // Not through the reducer: nobody who knows the type has seen this data, and what the
            // query is doing goes on.
            let fetch_status = entry.state.fetch_status;
            entry.state = QueryState { fetch_status, ..QueryState::default() };
        }
        // A fetch that began before may be cancelled, and must not bring the text back.
        if let Some(rare) = &mut entry.rare
            && let Some(revert) = &mut rare.revert
            && is_text(revert.data.as_ref())
            && claim_in(revert, abilities).is_err()
        {
            *revert = QueryState::default();
        }
        if claimed.is_err() {
            let changed = QueryEvent::Updated(ActionKind::SetState);
            self.dirty.query(&self.queries[query as usize].key, changed);
        }
        self.publish(query);
        self.data_changed(query);
        let (key, data) = (self.query(query).key.clone(), self.query(query).state.data.clone());
        self.typed_below_layers(&key, data);
        claimed
    }

    /// Makes the data of a state that is about to become the query's typed, if the query knows how;
    /// false if it cannot be.
    pub(super) fn claim_state(&self, query: QueryId, state: &mut QueryState) -> bool {
        match self.query(query).options.abilities.get() {
            Some(abilities) => claim_in(state, abilities).is_ok(),
            None => true,
        }
    }

    /// The variables of a mutation that was hydrated, typed if its options know how. What cannot be
    /// read stays text, and fails where it is used.
    pub(super) fn claim_variables(&mut self, mutation: u32) -> Option<Data> {
        let entry = &mut self.mutations[mutation as usize];
        let variables = entry.state.variables.clone()?;
        let abilities = entry.options.abilities.get();
        let claimed = abilities.and_then(|abilities| claim(&variables, abilities).ok());
        if let Some(claimed) = claimed {
            entry.state.variables = Some(claimed);
        }
        entry.state.variables.clone()
    }
}
