//! Entities: things with an id that lie in the data of several queries at once.

/// Something with an id of its own, such as a task or a user.
///
/// ```
/// use throughline_query::Entity;
///
/// #[derive(Clone)]
/// struct Task { id: u32, title: String }
///
/// impl Entity for Task {
///     const KIND: &'static str = "task";
///     type Id = u32;
///     fn id(&self) -> u32 { self.id }
/// }
/// ```
pub trait Entity: Clone + Send + Sync + 'static {
    /// What such things are called; no two types should have the same.
    const KIND: &'static str;

    /// What one is known by.
    type Id: Into<crate::Segment> + PartialEq + Clone + Send + Sync + 'static;

    /// What this one is known by.
    fn id(&self) -> Self::Id;
}

/// A value that holds entities: one, or many. Implemented for an entity itself and for lists of them.
pub trait Holds<N: Entity>: Clone + Send + Sync + 'static {
    /// Shows each of them.
    fn each(&self, show: &mut dyn FnMut(&N));

    /// Shows each of them to somebody who may change it.
    fn each_mut(&mut self, show: &mut dyn FnMut(&mut N));
}

impl<N: Entity> Holds<N> for N {
    fn each(&self, show: &mut dyn FnMut(&N)) {
        show(self);
    }

    fn each_mut(&mut self, show: &mut dyn FnMut(&mut N)) {
        show(self);
    }
}

impl<N: Entity> Holds<N> for Option<N> {
    fn each(&self, show: &mut dyn FnMut(&N)) {
        self.iter().for_each(show);
    }

    fn each_mut(&mut self, show: &mut dyn FnMut(&mut N)) {
        self.iter_mut().for_each(show);
    }
}

impl<N: Entity> Holds<N> for Vec<N> {
    fn each(&self, show: &mut dyn FnMut(&N)) {
        self.iter().for_each(show);
    }

    fn each_mut(&mut self, show: &mut dyn FnMut(&mut N)) {
        self.iter_mut().for_each(show);
    }
}
