//! Optimistic layers: changes shown over the data before a server has confirmed them.
//!
//! A layer is a function. It is applied to what the cache holds, and again to whatever is fetched
//! or set later, until it is committed or dropped. Layers lie over each other in the order in
//! which they came, and each is dropped alone: the others are applied anew to what is below.
//!
//! A layer that gives nothing does not apply, for instance because what it changes is gone. It is
//! passed over then, and asked again the next time the data changes; it neither fails nor hides
//! the data. Committing a layer that does not apply changes nothing.

use std::fmt;
use std::sync::Arc;

use super::Machine;
use crate::Key;
use crate::data::Data;
use crate::options::guarded;
use crate::state::Action;

/// A layer, until it is committed or dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LayerId(u64);

/// Makes the data to show of the data below, or nothing if it does not apply.
pub type LayerFn = Arc<dyn Fn(&Data) -> Option<Data> + Send + Sync>;

/// The layers over one query, and what is below them.
#[derive(Default)]
pub(crate) struct Layers {
    base: Option<Data>,
    over: Vec<(LayerId, LayerFn)>,
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layers").field("over", &self.over.len()).finish_non_exhaustive()
    }
}

fn applied(layer: &LayerFn, data: &Data) -> Option<Data> {
    guarded(None, || layer(data))
}

impl Layers {
    fn shown(&self) -> Option<Data> {
        let base = self.base.clone()?;
        Some(self.over.iter().fold(base, |data, (_, layer)| applied(layer, &data).unwrap_or(data)))
    }
}

impl Machine {
    /// Lays a function over the data of a query, whether there is data yet or not.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use throughline_query::{Config, Data, Key, Machine};
    ///
    /// let mut machine = Machine::new(Config::default(), 0);
    /// let key = Key::from("count");
    /// machine.set(&key, Data::new(1), None);
    /// let more = machine.add_layer(
    ///     &key,
    ///     Arc::new(|data| Some(Data::new(data.downcast_ref::<i32>()? + 10))),
    /// );
    /// assert_eq!(machine.data(&key).and_then(|data| data.downcast()).as_deref(), Some(&11));
    /// machine.set(&key, Data::new(5), None);
    /// assert_eq!(machine.data(&key).and_then(|data| data.downcast()).as_deref(), Some(&15));
    /// machine.drop_layer(&key, more);
    /// assert_eq!(machine.data(&key).and_then(|data| data.downcast()).as_deref(), Some(&5));
    /// ```
    pub fn add_layer(&mut self, key: &Key, layer: LayerFn) -> LayerId {
        self.last_layer += 1;
        let id = LayerId(self.last_layer);
        let base = self.data(key);
        let layers = self.layers.entry(key.clone()).or_default();
        if layers.over.is_empty() {
            layers.base = base;
        }
        layers.over.push((id, layer));
        self.show_layers(key);
        id
    }

    /// Makes the layer part of the data below: what it stands for has happened. Whether there was
    /// such a layer.
    pub fn commit_layer(&mut self, key: &Key, id: LayerId) -> bool {
        self.take_layer(key, id, |layers, layer| {
            if let Some(base) = &layers.base
                && let Some(data) = applied(&layer, base)
            {
                layers.base = Some(data);
            }
        })
    }

    /// Takes the layer away: what it stands for has not happened. Whether there was such a layer.
    pub fn drop_layer(&mut self, key: &Key, id: LayerId) -> bool {
        self.take_layer(key, id, |_, _| {})
    }

    fn take_layer(
        &mut self,
        key: &Key,
        id: LayerId,
        then: impl FnOnce(&mut Layers, LayerFn),
    ) -> bool {
        let Some(layers) = self.layers.get_mut(key) else { return false };
        let Some(at) = layers.over.iter().position(|(known, _)| *known == id) else { return false };
        let (_, layer) = layers.over.remove(at);
        then(layers, layer);
        self.show_layers(key);
        if self.layers.get(key).is_some_and(|layers| layers.over.is_empty()) {
            self.layers.remove(key);
        }
        true
    }

    /// Shows what the layers make of the data, as of the time the data is from.
    fn show_layers(&mut self, key: &Key) {
        let Some(query) = self.lookup(key) else { return };
        let Some(data) = self.layers.get(key).and_then(Layers::shown) else { return };
        let state = &self.query(query).state;
        if state.data.as_ref().is_some_and(|shown| shown.ptr_eq(&data)) {
            return;
        }
        let mut state = state.clone();
        state.data = Some(data);
        // Neither newer nor fetched: only what is shown is another.
        self.dispatch(query, Action::Set(Box::new(state)));
        let shown = self.query(query).state.data.clone();
        self.query_mut(query).reverts_to(shown);
    }

    /// New data for a query: what is below its layers now, and what they show of it.
    pub(super) fn rebase(&mut self, key: &Key, data: Data) -> Data {
        let Some(layers) = self.layers.get_mut(key) else { return data };
        layers.base = Some(data.clone());
        layers.shown().unwrap_or(data)
    }

    /// The data below the layers, which is what a function that changes the data gets to see.
    pub(super) fn base(&self, key: &Key) -> Option<Data> {
        match self.layers.get(key) {
            Some(layers) => layers.base.clone(),
            None => self.data(key),
        }
    }

    /// What is below the layers of a query, if there are any.
    pub(super) fn below(&self, key: &Key) -> Option<Option<&Data>> {
        self.layers.get(key).map(|layers| layers.base.as_ref())
    }

    /// The query is back where it began, or gone: so is what is below its layers.
    pub(super) fn reset_layers(&mut self, key: &Key, base: Option<Data>) -> Option<Data> {
        match self.layers.get_mut(key) {
            Some(layers) => {
                layers.base = base;
                layers.shown()
            }
            None => base,
        }
    }

    /// What was text has a type now, so that layers which did not apply may.
    pub(super) fn typed_below_layers(&mut self, key: &Key, base: Option<Data>) {
        if let Some(layers) = self.layers.get_mut(key) {
            layers.base = base;
            self.show_layers(key);
        }
    }

    /// How many layers lie over the data of this query.
    pub fn layers(&self, key: &Key) -> usize {
        self.layers.get(key).map_or(0, |layers| layers.over.len())
    }
}
