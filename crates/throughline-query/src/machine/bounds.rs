//! The size of the cache: when it is too large, what nobody has used for longest goes.

use super::query::Query;
use super::{Machine, Micro, QueryId};
use crate::state::FetchStatus;

/// How large a cache may grow.
///
/// Only queries that nobody observes and that are not fetching go, those first that were not set,
/// fetched or [touched](Machine::touch) for longest. If all others are in use the cache is larger
/// than it should be, and shrinks when they no longer are. When it is too large, a tenth more than
/// necessary goes, so that a full cache does not look for what may go at every entry.
///
/// ```
/// use throughline_query::{Bounds, Config, Data, Key, Machine};
///
/// let bounds = Bounds { entries: Some(10), bytes: None };
/// let mut machine = Machine::new(Config { bounds, ..Config::default() }, 0);
/// for n in 0..50 {
///     machine.set(&Key::from(("n", n)), Data::new(n), None);
/// }
/// assert!(machine.len() <= 10);
/// assert!(machine.data(&Key::from(("n", 49))).is_some());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    /// At most so many queries.
    pub entries: Option<usize>,
    /// At most so many bytes of data, as [`Abilities::weigh`](crate::Abilities::weigh) tells them.
    pub bytes: Option<usize>,
}

fn is_idle(query: &Query) -> bool {
    query.observers.is_empty() && query.state.fetch_status == FetchStatus::Idle
}

impl Machine {
    /// Sets how large the cache may grow, and shrinks it if it is larger.
    pub fn set_bounds(&mut self, bounds: Bounds) {
        self.config.bounds = bounds;
        self.evict(None);
    }

    /// Says that somebody has used the data of these queries, in this order.
    pub fn touch<'a>(&mut self, keys: impl IntoIterator<Item = &'a crate::Key>) {
        for key in keys {
            if let Some(query) = self.lookup(key) {
                self.used(query);
            }
        }
    }

    pub(super) fn used(&mut self, query: QueryId) {
        self.uses += 1;
        self.query_mut(query).used = self.uses;
    }

    /// Weighs the data of the query anew.
    pub(super) fn weigh(&mut self, query: QueryId) {
        if self.config.bounds.bytes.is_none() && !self.config.weigh {
            return;
        }
        let entry = self.query(query);
        let weigh = entry.options.abilities.get().and_then(|abilities| abilities.weigh);
        let weight = match (weigh, &entry.state.data) {
            (Some(weigh), Some(data)) if entry.in_cache => {
                crate::options::guarded(0, || weigh(data))
            }
            _ => 0,
        };
        let before = std::mem::replace(&mut self.query_mut(query).weight, weight);
        self.bytes = self.bytes.saturating_sub(before).saturating_add(weight);
    }

    fn is_too_large(&self, slack: bool) -> bool {
        let bounds = self.config.bounds;
        // A tenth less than allowed is what there should be after something had to go.
        let limit = |limit: usize| if slack { limit - limit / 10 } else { limit };
        bounds.entries.is_some_and(|most| self.len() > limit(most))
            || bounds.bytes.is_some_and(|most| self.bytes > limit(most))
    }

    /// How many queries there are too many, if it is not only the bytes that are too much.
    fn too_many(&self) -> usize {
        let most = self.config.bounds.entries.unwrap_or(usize::MAX);
        match self.len().saturating_sub(most) {
            0 => usize::MAX,
            too_many => too_many,
        }
    }

    /// A query may have become one that nobody observes and that is not fetching: if the cache is too large, one
    /// that may go.
    pub(super) fn left_alone(&mut self, query: QueryId) {
        if self.is_too_large(false) && self.queries.get(query as usize).is_some_and(is_idle) {
            self.left_alone += 1;
            self.micro.push_back(Micro::Evict);
        }
    }

    /// Takes out what nobody uses until the cache is small enough, but not `spared`.
    pub(super) fn evict(&mut self, spared: Option<QueryId>) {
        if !self.is_too_large(false) {
            return;
        }
        // After a look in vain the next one waits until the cache has grown by a tenth again, or as many queries have
        // been left alone, or all that are too many.
        let grown = self.len().saturating_sub(self.evicted_at);
        let tenth = self.evicted_at / 10;
        if grown < tenth && self.left_alone < tenth.min(self.too_many()) {
            return;
        }
        self.left_alone = 0;
        let idle = |query: &QueryId| is_idle(self.query(*query)) && Some(*query) != spared;
        let mut idle: Vec<_> = self.all().filter(idle).collect();
        idle.sort_unstable_by_key(|&query| self.query(query).used);
        for query in idle {
            if !self.is_too_large(true) {
                break;
            }
            self.stats.evicted += 1;
            self.remove(query);
        }
        self.evicted_at = if self.is_too_large(false) { self.len() } else { 0 };
    }
}
