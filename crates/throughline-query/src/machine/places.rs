//! The order in which queries came into the cache.

use super::QueryId;
use crate::timers::sparing;

/// When each query came, by its number: close together and not with what else is known of the queries, so
/// that hundreds are brought into order without a look at any of them.
#[derive(Debug, Default)]
pub(crate) struct Places(Vec<u64>);

impl Places {
    /// The query has come.
    pub(super) fn put(&mut self, query: QueryId, place: u64) {
        let at = query as usize;
        if at >= self.0.len() {
            if at >= self.0.capacity() {
                self.0.reserve_exact(at - self.0.len() + sparing(at));
            }
            self.0.resize(at + 1, 0);
        }
        self.0[at] = place;
    }

    pub(super) fn of(&self, query: QueryId) -> u64 {
        self.0[query as usize]
    }

    pub(super) fn reserve(&mut self, more: usize) {
        self.0.reserve_exact(more);
    }

    /// The queries in the order in which they came.
    pub(super) fn in_order(&self, mut queries: Vec<QueryId>) -> Vec<QueryId> {
        let Some(first) = queries.iter().map(|&query| self.of(query)).min() else { return queries };
        let near = |&query: &QueryId| u32::try_from(self.of(query) - first).ok();
        // What came within four thousand million others of each other is sorted as whole numbers, which is
        // several times as fast. The sort makes use of what is in order already.
        let packed = queries.iter().map(|query| Some((near(query)?, *query)));
        let packed =
            packed.map(|packed| packed.map(|(at, query)| u64::from(at) << 32 | u64::from(query)));
        match packed.collect::<Option<Vec<u64>>>() {
            Some(mut packed) => {
                packed.sort();
                packed.into_iter().map(|packed| packed as QueryId).collect()
            }
            None => {
                queries.sort_by_key(|&query| self.of(query));
                queries
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_brought_into_the_order_in_which_they_came() {
        let far = 1 << 40;
        let mut places = Places::default();
        for (query, place) in [(3, 1), (0, 2), (7, 3), (1, far), (2, far + 1)] {
            places.put(query, place);
        }
        assert!(places.in_order(Vec::new()).is_empty());
        assert_eq!(places.in_order(vec![7, 0, 3]), [3, 0, 7]);
        assert_eq!(places.in_order(vec![2, 7, 1, 0, 3]), [3, 0, 7, 1, 2]);
        // A number that is used again has a new place.
        places.put(3, far + 2);
        assert_eq!(places.in_order(vec![3, 2, 1]), [1, 2, 3]);
    }
}
