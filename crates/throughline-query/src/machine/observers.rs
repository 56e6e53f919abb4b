//! Who observes a query, in the order in which they came.

use rustc_hash::FxHashMap;
use slotmap::Key as _;

use super::ObserverId;

/// Up to so many are looked through; of more it is known where each is.
const FEW: usize = 16;

/// Observers in the order in which they came. One is found and taken out in constant time, so that a
/// hundred thousand of them can leave one query; and most queries have none or one, which takes no room
/// of its own.
#[derive(Debug, Clone, Default)]
pub(crate) enum Observers {
    #[default]
    None,
    One(ObserverId),
    Many(Box<Many>),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Many {
    /// If places are known, those that left are holes until there are more holes than observers.
    ids: Vec<ObserverId>,
    places: Option<FxHashMap<ObserverId, usize>>,
}

impl Observers {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(_) => 1,
            Self::Many(many) => many.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &ObserverId> {
        let ids = match self {
            Self::None => &[],
            Self::One(id) => std::slice::from_ref(id),
            Self::Many(many) => &many.ids[..],
        };
        ids.iter().filter(|id| !id.is_null())
    }

    pub(crate) fn to_vec(&self) -> Vec<ObserverId> {
        self.iter().copied().collect()
    }

    pub(crate) fn contains(&self, id: ObserverId) -> bool {
        match self {
            Self::None => false,
            Self::One(known) => *known == id,
            Self::Many(many) => match &many.places {
                Some(places) => places.contains_key(&id),
                None => many.ids.contains(&id),
            },
        }
    }

    /// Adds one that is not there yet.
    pub(crate) fn push(&mut self, id: ObserverId) {
        match self {
            Self::None => *self = Self::One(id),
            Self::One(first) => {
                *self = Self::Many(Box::new(Many { ids: vec![*first, id], places: None }));
            }
            Self::Many(many) => many.push(id),
        }
    }

    /// Takes one out; false if it is not there.
    pub(crate) fn remove(&mut self, id: ObserverId) -> bool {
        let was_there = match self {
            Self::None => false,
            Self::One(known) => *known == id,
            Self::Many(many) => many.remove(id),
        };
        let is_empty = match self {
            Self::None => true,
            Self::One(_) => was_there,
            Self::Many(many) => many.len() == 0,
        };
        if is_empty {
            *self = Self::None;
        }
        was_there
    }
}

impl Many {
    fn len(&self) -> usize {
        self.places.as_ref().map_or(self.ids.len(), FxHashMap::len)
    }

    fn push(&mut self, id: ObserverId) {
        self.ids.push(id);
        match &mut self.places {
            Some(places) => {
                places.insert(id, self.ids.len() - 1);
            }
            None if self.ids.len() > FEW => self.note_places(),
            None => {}
        }
    }

    fn remove(&mut self, id: ObserverId) -> bool {
        let Some(places) = &mut self.places else {
            let place = self.ids.iter().position(|&known| known == id);
            place.map(|place| self.ids.remove(place));
            return place.is_some();
        };
        let Some(place) = places.remove(&id) else { return false };
        self.ids[place] = ObserverId::null();
        if places.len() < self.ids.len() / 2 {
            self.ids.retain(|id| !id.is_null());
            self.ids.shrink_to(self.ids.len() * 2);
            self.places = None;
            if self.ids.len() > FEW {
                self.note_places();
            }
        }
        true
    }

    fn note_places(&mut self) {
        let places = self.ids.iter().enumerate().map(|(place, &id)| (id, place));
        self.places = Some(places.collect());
    }
}

#[cfg(test)]
mod tests {
    use slotmap::SlotMap;

    use super::*;

    #[test]
    fn many_come_and_leave_in_any_order_and_keep_theirs() {
        let mut all = SlotMap::<ObserverId, ()>::with_key();
        let ids: Vec<_> = (0..1000).map(|_| all.insert(())).collect();
        let (mut observers, mut plain) = (Observers::default(), Vec::new());
        for &id in &ids {
            observers.push(id);
            plain.push(id);
        }
        // An order that jumps: 7 and 1000 have no common divisor.
        for n in 0..1000 {
            let id = ids[n * 7 % 1000];
            assert!(observers.contains(id));
            assert!(observers.remove(id) && !observers.remove(id));
            plain.retain(|&other| other != id);
            assert_eq!((observers.len(), observers.to_vec()), (plain.len(), plain.clone()));
            if n % 10 == 0 {
                observers.push(id);
                plain.push(id);
            }
        }
        assert_eq!(observers.len(), 100);
    }
}
