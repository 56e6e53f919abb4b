//! Doing what somebody wants of a client.

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use throughline_query::outbox::{Outbox, OutboxOptions};
use throughline_query::partition::PartitionOptions;
use throughline_query::persist::PersistOptions;
use throughline_query::{
    ClientOutbox, DehydrateOptions, Filters, HydrateOptions, Manual, Paged, Persisting, QueryClient,
};

use crate::defined::Numbers;
use crate::disk::Disk;
use crate::op::Command;
use crate::waiting::lock;
use crate::world::Shared;

/// What comes from a server.
pub const HYDRATED: &str = r#"{
    "mutations": [{"mutationKey": ["simple"], "state": {"status": "pending", "isPaused": true,
        "submittedAt": 1, "variables": 1}}],
    "queries": [
        {"queryKey": ["a", 0], "state": {"status": "success", "data": [1], "dataUpdatedAt": 1704067200000}},
        {"queryKey": ["b", 1], "state": {"status": "success", "data": "no list"}}
    ]
}"#;

impl Shared {
    pub fn run(&self, client: &QueryClient, command: Command) {
        use Command as C;
        let defined = Arc::clone(&self.defined);
        let at = |key| defined.at(key);
        let pages = |key| defined.pages.at(key);
        match command {
            C::Fetch(key) => self.wait(&command, client.fetch(&at(key))),
            C::Ensure(key) => self.wait(&command, client.ensure(&at(key))),
            C::EnsureSoon(key) => self.wait(&command, client.ensure_fresh_soon(&at(key))),
            C::Prefetch(key) => self.wait(&command, client.prefetch(&at(key))),
            C::FetchPages(key) => self.wait(&command, client.fetch(&pages(key))),
            C::Read(key) => {
                let (data, state) = (client.get(&at(key)), client.state(&at(key)));
                self.log(format!("{data:?} {state:?}"));
            }
            C::Set(key, value) => drop(client.set(&at(key), vec![value])),
            C::SetPages(key) => drop(client.set(&pages(key), Paged::new([(0, vec![7])]))),
            C::Update(key, panics) => {
                let made = client.update(&at(key), move |all| {
                    assert!(!panics, "an update that panics");
                    all.push(9);
                });
                self.log(format!("{made:?}"));
            }
            C::UpdateAll(key) => {
                let query = &defined.plain[usize::from(key / 2)];
                let _ = client.update_all(query, query, |all| all.truncate(3));
            }
            C::Invalidate(key) => self.wait(&command, client.invalidate(defined.filters(key))),
            C::InvalidatePanicking => {
                let predicate: throughline_query::Predicate =
                    Arc::new(|_| panic!("a predicate that panics"));
                let filters = Filters { predicate: Some(predicate), ..Filters::default() };
                self.wait(&command, client.invalidate(filters));
            }
            C::Refetch(key) => self.wait(&command, client.refetch(defined.filters(key))),
            C::Reset(key) => self.wait(&command, client.reset(defined.filters(key))),
            C::Remove(key) => client.remove(defined.filters(key)),
            C::Cancel(key, revert, silent) => {
                self.is_silenced.fetch_or(silent, Ordering::SeqCst);
                let cancelled = client.cancel_with(defined.filters(key), revert, silent);
                self.wait(&command, cancelled);
            }
            C::Clear => client.clear(),
            C::Resume => self.wait(&command, client.resume()),
            C::Online(online) => client.set_online(online),
            C::Focus(focused) => client.set_focused(focused),
            C::Mount => client.mount(),
            C::Unmount => client.unmount(),
            C::Mutate(kind) => match kind / 2 {
                0 => self.wait(&command, client.mutate(&defined.simple, kind)),
                1 => self.wait(&command, client.mutate(&defined.scoped, kind)),
                2 => self.wait(&command, client.mutate(&defined.prepared, kind)),
                _ => self.wait(&command, client.mutate(&defined.durable, kind)),
            },
            C::Layer(key) => {
                let world = self.me.clone();
                let layer = client.layer(&at(key), move |all: &Numbers| {
                    world.within();
                    (all.len() < 5).then(|| [&all[..], &[8]].concat())
                });
                lock(&self.layers).push(layer);
            }
            C::EndLayer(which, commits) => {
                let layer = {
                    let mut layers = lock(&self.layers);
                    let at = usize::from(which).checked_rem(layers.len());
                    at.map(|at| layers.swap_remove(at))
                };
                match layer {
                    Some(layer) if commits => layer.commit(),
                    layer => drop(layer),
                }
            }
            C::Dehydrate => {
                let written = client.dehydrate(&DehydrateOptions::default());
                *lock(&self.written) = written.map(|written| written.json);
            }
            C::DehydrateSettled => {
                let client = client.clone();
                let written = async move {
                    let written = client.dehydrate_settled(DehydrateOptions::with_pending()).await;
                    written.map(|written| written.json)
                };
                self.wait_for(&command, written, false);
                if let Some(waiting) = lock(&self.waiting).last_mut() {
                    waiting.owns = true;
                }
            }
            C::Hydrate => {
                let json = lock(&self.written).clone();
                let json = json.as_deref().unwrap_or(HYDRATED);
                self.log(format!("{:?}", client.hydrate(json, HydrateOptions::default())));
            }
            C::ObserveBriefly(key) => drop(client.observe(&at(key))),
            C::Switch(who) => {
                let (partitions, who) = (self.partitions(), ["ada", "bob"][usize::from(who)]);
                let switched = client.switch(&partitions, who, PartitionOptions::default());
                self.wait_for(&command, async move { switched.await.is_ok() }, false);
            }
            C::Leave => self.wait_for(&command, client.leave(&self.partitions()), false),
            C::LookAgain => client.look_again(),
            C::Persist => {
                let disk = Disk(self.memory.clone(), Arc::clone(&self.disk));
                let persisting = client.persist(disk, PersistOptions::default());
                *lock(&self.persisting) = Some(persisting);
            }
            C::Flush => {
                let flushed = lock(&self.persisting).as_ref().map(Persisting::flush);
                if let Some(flushed) = flushed {
                    self.wait_for(&command, flushed, false);
                }
            }
            C::StopKeeping => {
                let persisting = lock(&self.persisting).take();
                if let Some(persisting) = persisting {
                    self.wait_for(&command, persisting.stop(), false);
                }
            }
            C::Outbox => {
                // Where nobody is: no directory is called so.
                let path = self.partitions().directory("nobody").with_extension("outbox");
                // It may still be open.
                if let Ok((outbox, _)) = Outbox::open(path, OutboxOptions::default()) {
                    let outbox = client.outbox(outbox);
                    *lock(&self.outbox) = Some(outbox);
                }
            }
            C::CloseOutbox => self.with_outbox(&command, ClientOutbox::close),
            C::Written => self.with_outbox(&command, |outbox| outbox.written()),
            C::Drained => self.with_outbox(&command, |outbox| outbox.drained()),
            C::Entries => self.with_outbox(&command, |outbox| {
                let entries = outbox.entries();
                async move { entries.await.map(|entries| entries.len()) }
            }),
            C::Run => {
                let manual = lock(&self.manual).clone();
                manual.as_ref().map(Manual::run);
            }
            C::Clone => lock(&self.clients).push(client.clone()),
            C::DropClone(number) => {
                // Seldom the last one.
                let last = {
                    let mut clients = lock(&self.clients);
                    if number == 0 || clients.len() > 1 { clients.pop() } else { None }
                };
                drop(last);
            }
        }
    }

    pub fn with_outbox<T: Debug, F: Future<Output = T> + Send + 'static>(
        &self,
        what: &Command,
        ask: impl FnOnce(ClientOutbox) -> F,
    ) {
        let outbox = lock(&self.outbox).clone();
        if let Some(outbox) = outbox {
            self.wait_for(what, ask(outbox), false);
        }
    }
}
