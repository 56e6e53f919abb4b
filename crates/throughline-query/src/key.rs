//! The key of a query: JSON segments behind one pointer, hashed once, compared in full.

use std::any::{Any, TypeId};
use std::hash::{Hash, Hasher};

use serde::Serialize;
use triomphe::ThinArc;

mod hash;
mod json;
pub mod segment;
mod ser;
#[cfg(test)]
mod tests;

pub(crate) use hash::segment_hash;
pub use segment::Segment;
pub(crate) use segment::all_match;

/// What a query is known by: a list of [`Segment`]s.
///
/// Keys are cheap to clone and to hash. They are equal when their segments are; the hash, which differs
/// from process to process, only finds them.
///
/// ```
/// use throughline_query::Key;
///
/// let key = Key::from(("todos", 123));
/// assert_eq!(key, Key::new(["todos"]).join(123));
/// assert_eq!(key.to_string(), r#"["todos",123]"#);
/// assert!(key.matches(&Key::from("todos")));
/// ```
#[derive(Clone)]
pub struct Key(ThinArc<Header, Segment>);

/// What lies before the segments, all in one allocation.
struct Header {
    hash: u64,
    /// What the key was made from, for whoever has to call with it. It is no part of what the key is.
    params: Option<Params>,
}

type Params = Box<dyn Any + Send + Sync>;

/// Why something cannot be a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A key is an array, and this JSON is something else.
    #[error("a key is a JSON array")]
    NotAnArray,
    /// More than [`Key::MAX_DEPTH`] arrays and objects lie inside each other.
    #[error("too many arrays and objects lie inside each other")]
    TooDeep,
    /// A map's key is neither text nor a whole number, a bool, a char or a variant without content.
    #[error("a map in a key has names that are no text")]
    Name,
    /// A whole number outside of what 64 bits can say.
    #[error("a number in a key is too large")]
    TooLarge,
    /// A value refused to be serialised.
    #[error("{0}")]
    Serialize(Box<str>),
}

impl Key {
    /// How many arrays and objects may lie inside each other in one segment.
    ///
    /// Fewer than the 127 that `serde_json` reads, so that a key that was written inside of a document a
    /// few levels deep can be read again.
    ///
    /// ```
    /// use throughline_query::{Key, KeyError};
    ///
    /// let nested = |depth| (0..depth).fold(serde_json::json!([]), |inner, _| [inner].into());
    /// assert!(Key::from_json(&nested(Key::MAX_DEPTH)).is_ok());
    /// assert_eq!(Key::from_json(&nested(Key::MAX_DEPTH + 1)), Err(KeyError::TooDeep));
    /// ```
    pub const MAX_DEPTH: usize = 100;

    /// A key of these segments.
    ///
    /// ```
    /// use throughline_query::{Key, Segment};
    ///
    /// let key = Key::new([Segment::from("todos"), Segment::from(1)]);
    /// assert_eq!(key, Key::from(("todos", 1)));
    /// ```
    pub fn new(segments: impl IntoIterator<Item = impl Into<Segment>>) -> Self {
        Self::with(segments, None)
    }

    /// The key of an operation: its name, and what it was called with.
    ///
    /// Parameters that serialise to nothing (`()`, `None`) add no segment, a tuple or array adds its
    /// elements, and anything else is one more segment, just as `serde_json` would write it. So a field
    /// that is `None` is `null`, unless `skip_serializing_if` leaves it out.
    ///
    /// # Errors
    ///
    /// [`KeyError::TooDeep`], [`KeyError::Name`], [`KeyError::TooLarge`], or whatever keeps the value from
    /// being serialised.
    ///
    /// ```
    /// use throughline_query::{Key, KeyError};
    ///
    /// #[derive(serde::Serialize)]
    /// struct Page { size: u32, after: Option<&'static str> }
    ///
    /// assert_eq!(Key::of("todos", &())?, Key::from("todos"));
    /// assert_eq!(Key::of("todo", &("work", 7))?, Key::from(("todo", "work", 7)));
    /// let key = Key::of("todos", &Page { size: 20, after: None })?;
    /// assert_eq!(key.to_string(), r#"["todos",{"after":null,"size":20}]"#);
    /// # Ok::<(), KeyError>(())
    /// ```
    pub fn of(name: &str, params: &(impl Serialize + ?Sized)) -> Result<Self, KeyError> {
        Ok(std::iter::once(Segment::from(name)).chain(ser::params(params)?).collect())
    }

    /// This key with one more segment.
    ///
    /// ```
    /// use throughline_query::Key;
    ///
    /// assert_eq!(Key::from("todos").join(1).join("notes"), Key::from(("todos", 1, "notes")));
    /// ```
    pub fn join(&self, segment: impl Into<Segment>) -> Self {
        self.segments().iter().cloned().chain([segment.into()]).collect()
    }

    /// Its segments.
    ///
    /// ```
    /// use throughline_query::{Key, Segment};
    ///
    /// assert_eq!(Key::from(("todos", 1)).segments(), ["todos".into(), Segment::Int(1)]);
    /// ```
    pub fn segments(&self) -> &[Segment] {
        &self.0.slice
    }

    /// The number of its segments.
    ///
    /// ```
    /// assert_eq!(throughline_query::Key::from(("todos", 1)).len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        self.segments().len()
    }

    /// Whether it has no segments; as a filter it then matches every key.
    ///
    /// ```
    /// assert!(throughline_query::Key::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.segments().is_empty()
    }

    /// Its hash, of which equal keys have the same: in this process, and nowhere else.
    ///
    /// ```
    /// use throughline_query::Key;
    ///
    /// assert_eq!(Key::from(("a", 1.0)).hash64(), Key::from(("a", 1)).hash64());
    /// ```
    pub fn hash64(&self) -> u64 {
        self.0.header.header.hash
    }

    /// Whether this key begins with what the filter `prefix` has.
    ///
    /// Segment by segment the filter accepts what equals its own; inside of a segment, an array accepts
    /// those that begin alike, and an object those that have all of its fields. Other than in TanStack
    /// Query, NaN equals itself, and an array never matches an object.
    ///
    /// ```
    /// use throughline_query::{Key, Segment};
    ///
    /// let key = Key::from(("todos", Segment::object([("done", true), ("mine", true)])));
    /// assert!(key.matches(&Key::default()));
    /// assert!(key.matches(&Key::from(("todos", Segment::object([("done", true)])))));
    /// assert!(!key.matches(&key.join(1)));
    /// ```
    pub fn matches(&self, prefix: &Self) -> bool {
        segment::all_match(self.segments(), prefix.segments())
    }

    /// The key of an operation, which also remembers what it was called with.
    pub(crate) fn made_of<P>(name: &str, params: P) -> Result<Self, KeyError>
    where
        P: Serialize + Send + Sync + 'static,
    {
        let segments = std::iter::once(Segment::from(name)).chain(ser::params(&params)?);
        // `()` is known without being remembered.
        let is_known = TypeId::of::<P>() == TypeId::of::<()>();
        Ok(Self::with(segments, (!is_known).then(|| Box::new(params) as Params)))
    }

    /// What the key was made from, if it remembers and that is of this type.
    pub(crate) fn params<P: 'static>(&self) -> Option<&P> {
        match self.made_from() {
            Some(params) => params.downcast_ref(),
            None => (&() as &dyn Any).downcast_ref(),
        }
    }

    /// Whether it remembers what it was made from.
    pub(crate) fn remembers(&self) -> bool {
        self.made_from().is_some()
    }

    /// Whether the other one, which is equal, remembers what it was made from and this one does not.
    pub(crate) fn adopts(&self, other: &Self) -> bool {
        self.made_from().is_none() && other.made_from().is_some()
    }

    fn made_from(&self) -> Option<&Params> {
        self.0.header.header.params.as_ref()
    }

    /// Up to three segments, as most keys have, need no room but that in the key.
    fn with(
        segments: impl IntoIterator<Item = impl Into<Segment>>,
        params: Option<Params>,
    ) -> Self {
        let mut segments = segments.into_iter().map(Into::into);
        let Some(first) = segments.next() else { return Self::whole([], params) };
        let Some(second) = segments.next() else { return Self::whole([first], params) };
        let Some(third) = segments.next() else { return Self::whole([first, second], params) };
        let Some(fourth) = segments.next() else {
            return Self::whole([first, second, third], params);
        };
        let mut all = Vec::with_capacity(4 + segments.size_hint().0);
        all.extend([first, second, third, fourth]);
        all.extend(segments);
        Self::whole(all, params)
    }

    fn whole<S>(segments: S, params: Option<Params>) -> Self
    where
        S: AsRef<[Segment]> + IntoIterator<Item = Segment, IntoIter: ExactSizeIterator>,
    {
        let hash = hash::key_hash(segments.as_ref());
        Self(ThinArc::from_header_and_iter(Header { hash, params }, segments.into_iter()))
    }
}

impl Default for Key {
    /// The key without segments.
    fn default() -> Self {
        Self::whole([], None)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_ptr() == other.0.as_ptr()
            || (self.hash64() == other.hash64() && self.segments() == other.segments())
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash64());
    }
}

impl<S: Into<Segment>> FromIterator<S> for Key {
    fn from_iter<I: IntoIterator<Item = S>>(segments: I) -> Self {
        Self::new(segments)
    }
}

impl<S: Into<Segment>> From<Vec<S>> for Key {
    fn from(segments: Vec<S>) -> Self {
        Self::new(segments)
    }
}

impl<S: Into<Segment>, const N: usize> From<[S; N]> for Key {
    fn from(segments: [S; N]) -> Self {
        Self::new(segments)
    }
}

impl From<&str> for Key {
    fn from(segment: &str) -> Self {
        Self::new([segment])
    }
}

impl From<String> for Key {
    fn from(segment: String) -> Self {
        Self::new([segment])
    }
}

impl From<&Self> for Key {
    fn from(key: &Self) -> Self {
        key.clone()
    }
}
