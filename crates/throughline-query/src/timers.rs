//! One heap of deadlines for everything that happens later, with an order among equal ones.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::num::NonZeroU32;

use crate::time::Millis;

/// Up to so many dead entries the heap is not worth cleaning, nor below so much room worth shrinking.
const SLACK: usize = 64;

/// Deadlines, each with what fires at it.
///
/// A timer that is moved or disarmed leaves its entry in the heap, dead, to be skipped when its time
/// comes; as soon as more than half of the heap is dead, all of that is thrown out at once. So arming
/// and disarming cost next to nothing for the many timers that never fire. With a `T` of 12 bytes
/// an armed timer takes 44: 24 in the heap and 20 in its slot.
#[derive(Debug)]
pub(crate) struct Timers<T> {
    /// The earliest on top.
    heap: BinaryHeap<Reverse<Entry>>,
    slots: Vec<Slot<T>>,
    /// The slots that are to be used again.
    free: Vec<u32>,
    /// How many entries are not dead.
    armed: usize,
    /// The next place in the order.
    order: u64,
}

/// A timer. No other one will have the same id when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TimerId {
    slot: u32,
    /// Never zero, so that an id that may be missing takes no more room.
    generation: NonZeroU32,
}

/// Sorted by deadline, then by place in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    due: Millis,
    order: u64,
    slot: u32,
    /// The entry is dead if its slot has a later one.
    stamp: u32,
}

#[derive(Debug, Clone, Copy)]
struct Slot<T> {
    /// Counts the timers that had this slot.
    generation: NonZeroU32,
    /// Counts the changes that make earlier entries worthless. It may wrap: an entry is thrown out long
    /// before four thousand million changes have passed over it.
    stamp: u32,
    what: T,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), slots: Vec::new(), free: Vec::new(), armed: 0, order: 0 }
    }
}

impl<T: Copy> Timers<T> {
    /// No timers.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// How many timers are armed.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.armed
    }

    /// Makes room for so many more timers.
    pub(crate) fn grow(&mut self, more: usize) {
        self.heap.reserve_exact(more);
        self.slots.reserve_exact(more.saturating_sub(self.free.len()));
    }

    /// Arms a timer. Of timers with the same deadline the one that was armed first fires first.
    pub(crate) fn arm(&mut self, due: Millis, what: T) -> TimerId {
        let slot = self.take_slot(what);
        let order = self.reserve();
        self.push(due, order, slot);
        TimerId { slot, generation: self.slots[slot as usize].generation }
    }

    /// Takes the next place in the order of arming, for a timer that is kept elsewhere.
    pub(crate) fn reserve(&mut self) -> u64 {
        let order = self.order;
        self.order += 1;
        order
    }

    /// Forgets a timer; false if it was over already.
    pub(crate) fn disarm(&mut self, id: TimerId) -> bool {
        if !self.knows(id) {
            return false;
        }
        self.kill_entry(id.slot);
        self.free_slot(id.slot);
        self.tidy();
        true
    }

    /// The earliest deadline, and the place in the order of the timer that has it.
    pub(crate) fn next(&mut self) -> Option<(Millis, u64)> {
        self.skip_dead();
        self.heap.peek().map(|Reverse(entry)| (entry.due, entry.order))
    }

    /// Takes the first timer whose deadline is not after `now`.
    pub(crate) fn pop_due(&mut self, now: Millis) -> Option<(TimerId, T)> {
        self.skip_dead();
        if self.heap.peek()?.0.due > now {
            return None;
        }
        let Reverse(Entry { slot, .. }) = self.heap.pop()?;
        self.armed -= 1;
        let Slot { generation, what, .. } = self.slots[slot as usize];
        self.free_slot(slot);
        self.tidy();
        Some((TimerId { slot, generation }, what))
    }

    fn knows(&self, id: TimerId) -> bool {
        self.slots.get(id.slot as usize).is_some_and(|slot| slot.generation == id.generation)
    }

    fn take_slot(&mut self, what: T) -> u32 {
        if let Some(slot) = self.free.pop() {
            self.slots[slot as usize].what = what;
            return slot;
        }
        let slot = u32::try_from(self.slots.len()).expect("fewer than 2^32 timers fit into memory");
        if self.slots.len() == self.slots.capacity() {
            self.slots.reserve_exact(sparing(self.slots.len()));
        }
        self.slots.push(Slot { generation: NonZeroU32::MIN, stamp: 0, what });
        slot
    }

    /// The timer that had this slot is over.
    fn free_slot(&mut self, slot: u32) {
        let generation = &mut self.slots[slot as usize].generation;
        // A slot that has seen all generations is given up, so that no id ever comes back.
        *generation = generation.saturating_add(1);
        if *generation != NonZeroU32::MAX {
            self.free.push(slot);
        }
    }

    fn push(&mut self, due: Millis, order: u64, slot: u32) {
        let stamp = self.slots[slot as usize].stamp;
        if self.heap.len() == self.heap.capacity() {
            self.heap.reserve_exact(sparing(self.heap.len()));
        }
        self.heap.push(Reverse(Entry { due, order, slot, stamp }));
        self.armed += 1;
    }

    /// The entry that a slot has in the heap is worth nothing any more.
    fn kill_entry(&mut self, slot: u32) {
        let stamp = &mut self.slots[slot as usize].stamp;
        *stamp = stamp.wrapping_add(1);
        self.armed -= 1;
    }

    fn skip_dead(&mut self) {
        while self.heap.peek().is_some_and(|entry| !is_alive(&self.slots, entry)) {
            self.heap.pop();
        }
    }

    fn tidy(&mut self) {
        if self.heap.len() > self.armed * 2 + SLACK {
            let slots = &self.slots;
            self.heap.retain(|entry| is_alive(slots, entry));
        }
        if self.heap.capacity() > self.heap.len() * 4 + SLACK {
            self.heap.shrink_to(self.heap.len() * 2);
        }
    }
}

/// How much room is made when there is none for one more: less than a vector would make by itself, since
/// a cache is large for long and grows for a moment.
pub(crate) fn sparing(len: usize) -> usize {
    len / 8 + 8
}

fn is_alive<T>(slots: &[Slot<T>], Reverse(entry): &Reverse<Entry>) -> bool {
    slots[entry.slot as usize].stamp == entry.stamp
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_deadlines_fire_in_the_order_of_arming() {
        let mut timers = Timers::new();
        let late = timers.arm(20, 'c');
        let first = timers.arm(10, 'a');
        assert_eq!(timers.reserve(), 2);
        let second = timers.arm(10, 'b');
        assert_eq!(timers.next(), Some((10, 1)));
        assert_eq!(timers.pop_due(9), None);
        assert_eq!(timers.pop_due(10), Some((first, 'a')));
        assert_eq!(timers.pop_due(10), Some((second, 'b')));
        assert_eq!(timers.pop_due(10), None);
        assert_eq!(timers.next(), Some((20, 0)));
        assert!(timers.disarm(late));
        assert!(!timers.disarm(late));
        assert_eq!(timers.next(), None);
        assert_eq!(timers.len(), 0);
    }

    #[test]
    fn deadlines_reach_from_end_to_end() {
        let mut timers = Timers::new();
        timers.arm(Millis::MAX, 1);
        timers.arm(Millis::MIN, 0);
        assert_eq!(timers.pop_due(Millis::MIN).map(|fired| fired.1), Some(0));
        assert_eq!(timers.pop_due(Millis::MAX - 1), None);
        assert_eq!(timers.pop_due(Millis::MAX).map(|fired| fired.1), Some(1));
    }

    #[test]
    fn timers_that_are_set_again_and_again_take_no_more_room() {
        let mut timers = Timers::new();
        let mut ids: Vec<_> = (0..50_000).map(|at| timers.arm(300_000, at)).collect();
        for round in 1..20 {
            for (at, id) in (0..).zip(&mut ids) {
                assert!(timers.disarm(*id));
                *id = timers.arm(300_000 + round, at);
            }
            assert!(timers.heap.len() <= 2 * 50_000 + SLACK + 1);
            assert_eq!(timers.slots.len(), 50_000);
        }
        for id in ids {
            timers.disarm(id);
        }
        assert!(timers.heap.capacity() <= 2 * SLACK);
    }

    #[test]
    fn a_timer_takes_forty_four_bytes() {
        assert_eq!(size_of::<Entry>() + size_of::<Slot<[u32; 3]>>(), 44);
        assert_eq!(size_of::<Option<TimerId>>(), 8);
    }

    #[derive(Debug, Clone, Copy)]
    enum Op {
        Arm(Millis),
        Reserve,
        Disarm(usize),
        Pop(Millis),
    }

    fn ops() -> impl Strategy<Value = Vec<Op>> {
        let op = prop_oneof![
            4 => (0..50_i64).prop_map(Op::Arm),
            1 => any::<Millis>().prop_map(Op::Arm),
            1 => Just(Op::Reserve),
            3 => any::<usize>().prop_map(Op::Disarm),
            3 => (0..50_i64).prop_map(Op::Pop),
        ];
        proptest::collection::vec(op, 0..400)
    }

    proptest! {
        #[test]
        fn it_behaves_like_a_sorted_list(ops in ops()) {
            let mut timers = Timers::new();
            // (due, order, what); `what` counts the timers that were ever armed.
            let mut list: Vec<(Millis, u64, usize)> = Vec::new();
            let mut ids: Vec<TimerId> = Vec::new();
            let mut order = 0;
            for op in ops {
                match op {
                    Op::Arm(due) => {
                        list.push((due, order, ids.len()));
                        order += 1;
                        ids.push(timers.arm(due, ids.len()));
                    }
                    Op::Reserve => {
                        prop_assert_eq!(timers.reserve(), order);
                        order += 1;
                    }
                    Op::Disarm(at) if !ids.is_empty() => {
                        let what = at % ids.len();
                        let before = list.len();
                        list.retain(|timer| timer.2 != what);
                        let known = list.len() < before;
                        prop_assert_eq!(timers.disarm(ids[what]), known);
                    }
                    Op::Disarm(_) => {}
                    Op::Pop(now) => {
                        list.sort_unstable();
                        let due = list.first().is_some_and(|timer| timer.0 <= now);
                        let expected = due.then(|| list.remove(0));
                        let popped = timers.pop_due(now);
                        prop_assert_eq!(popped, expected.map(|timer| (ids[timer.2], timer.2)));
                    }
                }
                list.sort_unstable();
                prop_assert_eq!(timers.next(), list.first().map(|timer| (timer.0, timer.1)));
                prop_assert_eq!(timers.len(), list.len());
            }
        }
    }
}
