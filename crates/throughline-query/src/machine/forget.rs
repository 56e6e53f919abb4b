//! Everything that is somebody's goes; whoever observes stays, and sees what somebody else has.

use super::{Machine, Micro};
use crate::data::{Cause, Failure};
use crate::effect::Effect;

impl Machine {
    /// Forgets all queries and mutations, as [`Machine::clear`] does not: fetches and mutations on
    /// their way end, and what they give later is nobody's; no callback of theirs is asked for;
    /// whoever waits for them hears that they were cancelled, even if the answer was on its way;
    /// effects that were not taken yet are taken back; and observers are told that there is nothing,
    /// not even placeholder data from before. Nothing is fetched until [`Machine::look_again`], so
    /// that there is time to [restore](crate::persist::Saver::restore) what somebody else has.
    ///
    /// Defaults and options stay: they are the program's. Data that they begin with
    /// ([`initial_data`](crate::QueryOptions::initial_data)) must not be somebody's.
    ///
    /// TanStack Query has no such thing: after its `clear`, mounted observers keep what they have seen,
    /// and mutations on their way go on.
    ///
    /// ```
    /// use throughline_query::{Config, Data, Key, Machine};
    ///
    /// let mut machine = Machine::new(Config::default(), 0);
    /// machine.set(&Key::from("me"), Data::new("Ada"), None);
    /// machine.forget();
    /// assert!(machine.is_empty() && machine.take_changes().is_empty());
    /// ```
    pub fn forget(&mut self) {
        let cancelled = || Failure::from(Cause::Cancelled { revert: false, silent: true });
        // Layers are somebody's wishes, and would be applied to whatever comes next.
        self.layers.clear();
        let effects = std::mem::take(&mut self.effects);
        self.effects = effects
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Settle(ticket, _) => Some(Effect::Settle(ticket, Err(cancelled()))),
                Effect::Abort(_) => Some(effect),
                _ => None,
            })
            .collect();
        // What is about to happen to a mutation would happen to another one that takes its place.
        self.micro
            .retain(|micro| !matches!(micro, Micro::MutationStep(..) | Micro::ResumeMutation(..)));
        for micro in &mut self.micro {
            if let Micro::FetchSettled(_, _, outcome @ Ok(_)) = micro {
                *outcome = Err(cancelled());
            }
        }
        self.stop_mutations(&cancelled());
        self.clear_mutations();
        // Also those that were removed while they were observed, and still fetch.
        for query in self.queries.iter().map(|(query, _)| query as u32).collect::<Vec<_>>() {
            if !self.queries.contains(query as usize) {
                continue;
            }
            if self.query(query).in_cache {
                self.remove(query);
            } else {
                self.destroy_query(query);
            }
        }
        for id in self.mutation_observers.keys().collect::<Vec<_>>() {
            self.reset_mutation(id);
        }
        let listeners = self.silence_groups();
        let observers: Vec<_> = self.observers.keys().collect();
        for &id in &observers {
            self.start_over(id);
        }
        for id in observers {
            self.tell_again(id);
        }
        self.start_groups_over(listeners);
        self.dirty.clear();
    }

    /// Lets everybody who observes fetch, as if they had just come: what follows
    /// [`Machine::forget`].
    pub fn look_again(&mut self) {
        for id in self.observers.keys().collect::<Vec<_>>() {
            self.mount_again(id);
        }
    }
}
