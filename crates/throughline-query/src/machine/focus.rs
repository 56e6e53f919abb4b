//! Fetching again because somebody looks, or because there is a network.

use super::fetch::How;
use super::{Machine, ObserverId, QueryId};

impl Machine {
    pub(super) fn refetch_on_focus(&mut self) {
        self.refetch_because(|machine, observer| machine.fetches_on_focus(observer));
    }

    pub(super) fn refetch_on_reconnect(&mut self) {
        self.refetch_because(|machine, observer| machine.fetches_on_reconnect(observer));
    }

    fn refetch_because(&mut self, wants: impl Fn(&Self, ObserverId) -> bool) {
        let concerned = |query: &QueryId| {
            let entry = self.query(*query);
            !entry.observers.is_empty() || entry.is_at_it()
        };
        let queries: Vec<_> = self.all().filter(concerned).collect();
        for query in queries {
            let Some(entry) = self.queries.get(query as usize) else { continue };
            let observer = entry.observers.iter().copied().find(|&id| wants(self, id));
            if let Some(observer) = observer {
                let then = self.then_result(observer, None, false);
                self.execute_fetch(observer, How::default(), then);
            }
            if self.queries.contains(query as usize) {
                self.continue_fetch(query);
            }
        }
    }
}
