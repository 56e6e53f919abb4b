//! What TanStack Query does not have: layers, entities, bounds, and a look inside.

use std::any::TypeId;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::QueryClient;
use crate::data::Data;
use crate::define::Bound;
use crate::entity::Entity;
use crate::machine::{Bounds, Filters, Label, LayerId, Stats};
use crate::shell::Core;
use crate::{Key, Machine};

/// A change that is shown over the data of a query until it is known whether it has happened.
///
/// It lies over whatever is fetched or set meanwhile. [`Layer::commit`] makes it part of the data below;
/// dropping it takes it away, alone: other layers are applied anew to what is below.
///
/// If it gives nothing for the data as it is now, it does not apply (what it changes is gone, or the
/// server has done it already): it is passed over, and asked again when the data changes.
#[must_use = "a layer that is dropped is taken away"]
pub struct Layer {
    core: Arc<Core>,
    key: Key,
    id: Arc<OnceLock<LayerId>>,
    is_over: bool,
}

impl Layer {
    /// What the layer stands for has happened.
    pub fn commit(mut self) {
        self.end(Machine::commit_layer);
    }

    fn end(&mut self, end: fn(&mut Machine, &Key, LayerId) -> bool) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let (key, id) = (self.key.clone(), Arc::clone(&self.id));
        self.core.act(move |locked| {
            if let Some(id) = id.get() {
                end(&mut locked.machine, &key, *id);
            }
        });
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        self.end(Machine::drop_layer);
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layer").field("key", &self.key).finish_non_exhaustive()
    }
}

impl QueryClient {
    /// Shows a change over the data of a query before a server has confirmed it.
    ///
    /// The function runs in the middle of changes: it must be pure, and must not block.
    ///
    /// ```
    /// # use throughline_query::{Fetch, Manual, Query, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// let names = Query::new("names", |_: Fetch<()>| async { Ok::<_, std::io::Error>(vec![]) });
    /// let all = names.at(());
    /// client.set(&all, vec!["Ada"])?;
    ///
    /// let grace = client.layer(&all, |names| Some([&names[..], &["Grace"]].concat()));
    /// assert_eq!(client.get(&all).as_deref(), Some(&vec!["Ada", "Grace"]));
    /// client.set(&all, vec!["Ada", "Edsger"])?;
    /// assert_eq!(client.get(&all).as_deref(), Some(&vec!["Ada", "Edsger", "Grace"]));
    ///
    /// drop(grace);
    /// assert_eq!(client.get(&all).as_deref(), Some(&vec!["Ada", "Edsger"]));
    /// # Ok::<(), throughline_query::QueryError<std::io::Error>>(())
    /// ```
    pub fn layer<T: 'static, E>(
        &self,
        query: &Bound<T, E>,
        change: impl Fn(&T) -> Option<T> + Send + Sync + 'static,
    ) -> Layer {
        let (read, write) = (query.read, query.write);
        let id = Arc::new(OnceLock::new());
        let layer = Layer {
            core: self.core.shared(),
            key: query.key.clone(),
            id: Arc::clone(&id),
            is_over: query.is_unusable(),
        };
        if !layer.is_over {
            let key = query.key.clone();
            self.core.act(move |locked| {
                let made = locked.machine.add_layer(
                    &key,
                    Arc::new(move |data: &Data| {
                        let value = read(data.clone())?;
                        change(&value).map(|value| write(Arc::new(value)))
                    }),
                );
                let _ = id.set(made);
            });
        }
        layer
    }

    /// Changes one entity in every query that [holds](crate::Query::holding) it. Their data then counts as
    /// set just now.
    ///
    /// ```
    /// # use throughline_query::{Entity, Fetch, Manual, Query, QueryClient};
    /// #[derive(Clone)]
    /// struct Task { id: u32, done: bool }
    /// impl Entity for Task {
    ///     const KIND: &'static str = "task";
    ///     type Id = u32;
    ///     fn id(&self) -> u32 { self.id }
    /// }
    ///
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// let list = Query::new("tasks", |_: Fetch<()>| async { Ok::<_, std::io::Error>(vec![]) })
    ///     .holding::<Task>();
    /// let one = Query::new("task", |cx: Fetch<u32>| async move {
    ///     Ok::<_, std::io::Error>(Task { id: *cx.params(), done: false })
    /// })
    /// .holding::<Task>();
    /// let task = |id| Task { id, done: false };
    /// client.set(&list.at(()), vec![task(1), task(2)])?;
    /// client.set(&one.at(2), task(2))?;
    ///
    /// client.patch::<Task>(2, |task| task.done = true);
    /// assert!(client.get(&one.at(2)).is_some_and(|task| task.done));
    /// assert!(client.get(&list.at(())).is_some_and(|all| !all[0].done && all[1].done));
    /// # Ok::<(), throughline_query::QueryError<std::io::Error>>(())
    /// ```
    pub fn patch<N: Entity>(&self, id: N::Id, mut change: impl FnMut(&mut N) + Send + 'static) {
        let about = Filters::about(Label::one(N::KIND, id.clone()));
        self.core.act(move |locked| {
            let machine = &mut locked.machine;
            for key in machine.keys_of(&about) {
                let Some(abilities) = machine.abilities(&key) else { continue };
                let mut patches = abilities.patches.iter();
                let Some(patch) = patches.find(|patch| patch.entity == TypeId::of::<N>()) else {
                    continue;
                };
                machine.update(&key, None, |data| {
                    (patch.apply)(data?, &mut |entity| {
                        if let Some(entity) = entity.downcast_mut::<N>()
                            && entity.id() == id
                        {
                            change(entity);
                        }
                    })
                });
            }
        });
    }

    /// Sets how large the cache may grow, and shrinks it if it is larger.
    pub fn set_bounds(&self, bounds: Bounds) {
        self.core.act(move |locked| locked.machine.set_bounds(bounds));
    }

    /// Says that the data of a query was used: of a cache that is too large, what was used longest ago
    /// goes first. Fetching and setting count as use; [`get`](Self::get) does not, because it waits for
    /// nobody.
    pub fn touch<T, E>(&self, query: &Bound<T, E>) {
        let key = query.key.clone();
        self.core.act(move |locked| locked.machine.touch([&key]));
    }

    /// What the cache has done so far: fetches made, joined and saved. From within (see
    /// [`QueryClient`]) that cannot be told, and is nothing.
    pub fn stats(&self) -> Stats {
        self.core.look(|locked| locked.machine.stats()).unwrap_or_default()
    }

    /// The cache as JSON, for whoever inspects it: queries without their data, mutations without their
    /// variables, and what was saved. From within (see [`QueryClient`]) it is `null`.
    ///
    /// ```
    /// # use throughline_query::{Manual, QueryClient};
    /// # let manual = Manual::new();
    /// # let client = QueryClient::builder().build(manual.runtime());
    /// assert_eq!(client.snapshot()["entries"], 0);
    /// ```
    pub fn snapshot(&self) -> Value {
        self.core.look(|locked| locked.machine.inspect()).unwrap_or_default()
    }
}
