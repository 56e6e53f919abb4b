//! Observers of several queries at once, and what is combined from their results.

use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{GroupId, Machine, ObserverId};
use crate::Key;
use crate::data::{Data, same_data};
use crate::effect::{Effect, GroupResult};
use crate::options::{QueryOptions, guarded};
use crate::result::{Fields, ObserverResult};

/// Makes one value of several results.
#[derive(Clone)]
pub struct Combine {
    /// Makes it; `None` if there is nothing to make yet.
    pub run: CombineFn,
    /// What it reads of each result. It runs again only when something of this is new.
    pub reads: Fields,
    /// Whether two of what it makes are equal, if that can be told.
    pub equal: Option<fn(&Data, &Data) -> bool>,
}

/// Makes one value of several results.
pub type CombineFn = Arc<dyn Fn(&[ObserverResult]) -> Option<Data> + Send + Sync>;

impl fmt::Debug for Combine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Combine").field("reads", &self.reads).finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Group {
    observers: Vec<ObserverId>,
    results: Vec<ObserverResult>,
    /// Counts the changes of `results`.
    version: u64,
    listeners: u32,
    /// Whether what `combine` reads is what the observers are told of: unless each of them said what to
    /// be told of when they came together last.
    follows_reads: bool,
    combine: Option<Combine>,
    combined: Option<Data>,
    /// What `combined` was made by, and of which version.
    made: Option<(Combine, u64)>,
}

impl Machine {
    /// A new observer of several queries. It does nothing until somebody
    /// [subscribes](Self::subscribe_group).
    pub fn observe_group(
        &mut self,
        queries: &[(Key, Arc<QueryOptions>)],
        combine: Option<Combine>,
    ) -> GroupId {
        let id = self.groups.insert(Group::default());
        self.set_group(id, queries, combine);
        id
    }

    /// Somebody listens.
    pub fn subscribe_group(&mut self, id: GroupId) {
        let Some(group) = self.groups.get_mut(id) else { return };
        group.listeners += 1;
        if group.listeners == 1 {
            for observer in group.observers.clone() {
                self.join(id, observer);
            }
        }
    }

    /// Somebody does not listen any more.
    pub fn unsubscribe_group(&mut self, id: GroupId) {
        let Some(group) = self.groups.get_mut(id) else { return };
        group.listeners = group.listeners.saturating_sub(1);
        if group.listeners == 0 {
            for observer in group.observers.clone() {
                self.detach(observer);
            }
        }
    }

    /// Forgets the observer.
    pub fn unobserve_group(&mut self, id: GroupId) {
        if let Some(group) = self.groups.remove(id) {
            for observer in group.observers {
                self.unobserve(observer);
            }
        }
    }

    /// What the observer sees.
    pub fn group_result(&self, id: GroupId) -> Option<GroupResult> {
        self.groups.get(id).map(Group::result)
    }

    fn join(&mut self, id: GroupId, observer: ObserverId) {
        if let Some(observer) = self.observers.get_mut(observer) {
            observer.group = Some(id);
        }
        self.subscribe(observer);
    }

    /// Observes other queries. What was observed already goes on being observed.
    pub fn set_group(
        &mut self,
        id: GroupId,
        queries: &[(Key, Arc<QueryOptions>)],
        combine: Option<Combine>,
    ) {
        let Some(group) = self.groups.get_mut(id) else { return };
        group.combine = combine;
        let before = group.observers.clone();
        let mut known: FxHashMap<Key, Vec<ObserverId>> = FxHashMap::default();
        for &observer in before.iter().rev() {
            if let Some(key) = self.observed_key(observer) {
                known.entry(key.clone()).or_default().push(observer);
            }
        }
        let mut matched = Vec::with_capacity(queries.len());
        for (key, options) in queries {
            let options = self.complete(key, options);
            let observer = match known.get_mut(key).and_then(Vec::pop) {
                Some(observer) => observer,
                None => self.observe_complete(key, &options, false),
            };
            matched.push((observer, key, options));
        }
        for (observer, key, options) in &matched {
            self.set_complete_options(*observer, key, Arc::clone(options));
        }
        let after: Vec<_> = matched.iter().map(|(observer, ..)| *observer).collect();
        let results: Vec<_> = after.iter().filter_map(|&id| self.result(id).cloned()).collect();
        let moved = before != after;
        let Some(group) = self.groups.get_mut(id) else { return };
        let changed = moved
            || results.iter().zip(&group.results).any(|(now, then)| !now.changes(then).is_empty());
        if !changed {
            return;
        }
        if moved {
            let unsaid = |options: &QueryOptions| options.interest.get().is_none();
            group.follows_reads = matched.iter().any(|(.., options)| unsaid(options));
        }
        group.observers.clone_from(&after);
        group.results = results;
        group.version += 1;
        let listens = group.listeners > 0;
        for &observer in before.iter().filter(|observer| !after.contains(observer)) {
            self.unobserve(observer);
        }
        if !listens {
            return;
        }
        for &observer in after.iter().filter(|observer| !before.contains(observer)) {
            self.join(id, observer);
        }
        self.notify_group(id);
    }

    /// One of the observers sees something new.
    pub(super) fn group_update(
        &mut self,
        id: GroupId,
        observer: ObserverId,
        result: ObserverResult,
    ) {
        let Some(group) = self.groups.get_mut(id) else { return };
        let Some(at) = group.observers.iter().position(|&known| known == observer) else { return };
        if let Some(slot) = group.results.get_mut(at) {
            *slot = result;
        }
        group.version += 1;
        self.notify_group(id);
    }

    /// Combines anew what was given another function, without waiting for news.
    pub(crate) fn combine_now(&mut self, id: GroupId) {
        self.notify_group(id);
    }

    /// Tells nobody of anything until [`Machine::start_groups_over`]: what is combined must not be
    /// made of some old and some new results. Gives how many listen to each.
    pub(super) fn silence_groups(&mut self) -> Vec<(GroupId, u32)> {
        let groups = self.groups.iter_mut();
        groups.map(|(id, group)| (id, std::mem::take(&mut group.listeners))).collect()
    }

    /// Forgets what the observers of several queries have seen, and tells what they see now.
    pub(super) fn start_groups_over(&mut self, listeners: Vec<(GroupId, u32)>) {
        for (id, listeners) in listeners {
            let Some(group) = self.groups.get_mut(id) else { continue };
            group.listeners = listeners;
            let observers = group.observers.clone();
            let results = observers.iter().filter_map(|&id| self.result(id).cloned()).collect();
            let Some(group) = self.groups.get_mut(id) else { continue };
            group.results = results;
            group.version += 1;
            let made = group.combine.clone().map(|combine| {
                let value = guarded(None, || (combine.run)(&group.results));
                (value, (combine, group.version))
            });
            let (combined, made) = made.unzip();
            group.combined = combined.flatten();
            group.made = made;
            if group.listeners > 0 {
                let result = group.result();
                self.tell(Effect::EmitGroup(id, result));
            }
        }
    }

    fn notify_group(&mut self, id: GroupId) {
        let Some(group) = self.groups.get_mut(id) else { return };
        if group.listeners == 0 {
            return;
        }
        let Some(combine) = group.combine.clone() else {
            let result = group.result();
            self.tell(Effect::EmitGroup(id, result));
            return;
        };
        let made = group.made.as_ref().is_some_and(|(by, version)| {
            *version == group.version && Arc::ptr_eq(&by.run, &combine.run)
        });
        if made {
            return;
        }
        group.made = Some((combine.clone(), group.version));
        let value = guarded(None, || (combine.run)(&group.results));
        let value = match (&group.combined, value, combine.equal) {
            (Some(before), Some(value), Some(equal))
                if guarded(false, || equal(before, &value)) =>
            {
                Some(before.clone())
            }
            (_, value, _) => value,
        };
        let before = std::mem::replace(&mut group.combined, value);
        let same = same_data(before.as_ref(), group.combined.as_ref());
        let (observers, follows_reads) = (group.observers.clone(), group.follows_reads);
        let result = group.result();
        if follows_reads {
            for observer in observers {
                self.track(observer, combine.reads);
            }
        }
        if !same {
            self.tell(Effect::EmitGroup(id, result));
        }
    }
}

impl Group {
    fn result(&self) -> GroupResult {
        GroupResult {
            results: self.results.clone().into(),
            combined: self.combine.as_ref().and(self.combined.clone()),
        }
    }
}
