//! The segments of a key: JSON values in the one form that makes equal ones equal bit by bit.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;

use super::Key;

/// One segment of a [`Key`].
///
/// What JSON and Rust's types can say is brought into one form, so that segments that mean the same
/// are equal: a float without a fraction is an integer where a double can count (up to ±2^53), -0 is 0,
/// all NaNs are one, and the fields of an object are sorted. The payloads can be read by everybody and
/// made only through the conversions, which see to that.
///
/// ```
/// use throughline_query::Segment;
///
/// assert_eq!(Segment::from(3.0), Segment::from(3));
/// assert_eq!(Segment::from(f64::NAN), Segment::from(-f64::NAN));
/// assert_ne!(Segment::from(f64::NAN), Segment::Null);
/// assert_eq!(
///     Segment::object([("b", 2), ("a", 1)]),
///     Segment::object([("a", 1), ("b", 2)]),
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub enum Segment {
    /// `null`; also what `None` and `()` become.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number above [`i64::MAX`].
    ///
    /// A float would make different ones equal, and a string would equal a string, so these have
    /// a kind of their own.
    UInt(u64),
    /// A number that is not whole, or outside of ±2^53, or not finite.
    Float(Float),
    /// Text.
    Str(Text),
    /// Segments in order.
    Array(Array),
    /// Segments with names.
    Object(Object),
}

impl Segment {
    /// An object. Of fields with the same name the last one counts.
    ///
    /// # Panics
    ///
    /// When more than [`Key::MAX_DEPTH`] arrays and objects come to lie inside each other.
    ///
    /// ```
    /// use throughline_query::{Key, Segment};
    ///
    /// let key = Key::from(("todos", Segment::object([("page", 2), ("done", 0)])));
    /// assert_eq!(key.to_string(), r#"["todos",{"done":0,"page":2}]"#);
    /// ```
    pub fn object<N: Into<Text>, V: Into<Self>>(fields: impl IntoIterator<Item = (N, V)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| {
            let value = value.into();
            value.assert_room();
            (name.into(), value)
        });
        Self::Object(Object::new(fields.collect()))
    }

    /// Whether a filter with this segment in this place accepts a key with `self` in it.
    ///
    /// An array accepts those that begin with what it has, an object those that have its fields, and
    /// both look at their contents in the same way. Everything else accepts what equals it.
    ///
    /// ```
    /// use throughline_query::Segment;
    ///
    /// let segment = Segment::object([("page", vec![1, 2]), ("tags", vec![])]);
    /// assert!(segment.matches(&Segment::object([("page", [1])])));
    /// assert!(!segment.matches(&Segment::object([("page", [2])])));
    /// assert!(!segment.matches(&Segment::Null));
    /// ```
    pub fn matches(&self, filter: &Self) -> bool {
        match (self, filter) {
            (Self::Array(own), Self::Array(wanted)) => all_match(own, wanted),
            (Self::Object(own), Self::Object(wanted)) => own.matches(wanted),
            _ => self == filter,
        }
    }

    /// The text, if it is one.
    ///
    /// ```
    /// use throughline_query::Segment;
    ///
    /// assert_eq!(Segment::from("todos").as_str(), Some("todos"));
    /// assert_eq!(Segment::from(1).as_str(), None);
    /// ```
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is neither an array nor an object: those match what equals them and nothing else.
    pub(crate) fn is_scalar(&self) -> bool {
        !matches!(self, Self::Array(_) | Self::Object(_))
    }

    /// How many arrays and objects lie inside each other.
    fn depth(&self) -> usize {
        let inside = match self {
            Self::Array(items) => items.iter().map(Self::depth).max(),
            Self::Object(fields) => fields.iter().map(|(_, value)| value.depth()).max(),
            _ => return 0,
        };
        1 + inside.unwrap_or(0)
    }

    /// Everything that walks a segment does so recursively, and relies on this limit for its stack.
    /// The fallible ways into a key check it before they build; this is for the infallible ones.
    fn assert_room(&self) {
        assert!(self.depth() < Key::MAX_DEPTH, "too many arrays and objects inside each other");
    }
}

/// Whether `own` begins with what matches `wanted`.
pub(crate) fn all_match(own: &[Segment], wanted: &[Segment]) -> bool {
    wanted.len() <= own.len() && own.iter().zip(wanted).all(|(own, wanted)| own.matches(wanted))
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A number that no [`Segment::Int`] stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Float(u64);

impl Float {
    /// The number.
    ///
    /// ```
    /// use throughline_query::Segment;
    ///
    /// let Segment::Float(float) = Segment::from(0.5) else { unreachable!() };
    /// assert_eq!(float.get(), 0.5);
    /// ```
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }

    pub(super) fn bits(self) -> u64 {
        self.0
    }
}

impl From<f64> for Segment {
    fn from(value: f64) -> Self {
        /// Up to here a double can count.
        const WHOLE: f64 = 9_007_199_254_740_992.0;
        if value.trunc() == value && value.abs() <= WHOLE {
            // Within ±2^53 nothing is cut off; -0 becomes 0.
            Self::Int(value as i64)
        } else if value.is_nan() {
            // One of the many, which makes all of them equal.
            Self::Float(Float(f64::NAN.to_bits()))
        } else {
            Self::Float(Float(value.to_bits()))
        }
    }
}

impl From<f32> for Segment {
    /// The same number as a double: `0.1_f32` is `0.10000000149011612`.
    fn from(value: f32) -> Self {
        f64::from(value).into()
    }
}

/// How many bytes of text need no allocation: what fits into a segment of three words.
const INLINE: usize = 22;

/// Text in a key; it needs no allocation up to 22 bytes.
///
/// ```
/// use throughline_query::Segment;
///
/// let Segment::Str(text) = Segment::from("todos") else { unreachable!() };
/// assert_eq!(&*text, "todos");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Text(Repr);

/// Which of the two it is depends on the length alone, so that comparison need not look across.
#[derive(Clone, PartialEq, Eq)]
enum Repr {
    /// The rest of the bytes is zero.
    Inline(u8, [u8; INLINE]),
    Heap(Box<str>),
}

impl Text {
    pub(super) fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline(len, bytes) => &bytes[..usize::from(*len)],
            Repr::Heap(text) => text.as_bytes(),
        }
    }

    /// The length and the padded bytes of a text that is short enough for that.
    pub(super) fn inline(&self) -> Option<(u8, &[u8; INLINE])> {
        match &self.0 {
            Repr::Inline(len, bytes) => Some((*len, bytes)),
            Repr::Heap(_) => None,
        }
    }

    fn short(text: &str) -> Option<Self> {
        let len = text.len();
        let mut bytes = [0; INLINE];
        bytes.get_mut(..len)?.copy_from_slice(text.as_bytes());
        // At most 22.
        Some(Self(Repr::Inline(len as u8, bytes)))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            // The bytes were copied from a whole `str`, so there is nothing to fall back from.
            Repr::Inline(..) => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Repr::Heap(text) => text,
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::short(text).unwrap_or_else(|| Self(Repr::Heap(text.into())))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::short(&text).unwrap_or_else(|| Self(Repr::Heap(text.into())))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

/// Segments in order, inside of one segment.
///
/// ```
/// use throughline_query::Segment;
///
/// let Segment::Array(array) = Segment::from([1, 2]) else { unreachable!() };
/// assert_eq!(array[1], Segment::Int(2));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Array(Box<[Segment]>);

impl Array {
    /// The caller has seen to the depth.
    pub(crate) fn new(items: Vec<Segment>) -> Self {
        Self(items.into())
    }

    pub(super) fn into_vec(self) -> Vec<Segment> {
        self.0.into()
    }
}

impl Deref for Array {
    type Target = [Segment];

    fn deref(&self) -> &[Segment] {
        &self.0
    }
}

impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Segments with names, inside of one segment: no name twice, in the order in which JavaScript would
/// list the properties of an object made in sorted order.
///
/// ```
/// use throughline_query::Segment;
///
/// let Segment::Object(object) = Segment::object([("b", 1), ("10", 2), ("2", 3)]) else { unreachable!() };
/// assert_eq!(object.get("b"), Some(&Segment::Int(1)));
/// let names: Vec<&str> = object.iter().map(|(name, _)| &**name).collect();
/// assert_eq!(names, ["2", "10", "b"]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Object(Box<[(Text, Segment)]>);

impl Object {
    /// The caller has seen to the depth.
    pub(crate) fn new(mut fields: Vec<(Text, Segment)>) -> Self {
        let sorted = |fields: &[(Text, Segment)]| {
            fields.is_sorted_by(|a, b| by_name(&a.0, &b.0) == Ordering::Less)
        };
        if !sorted(&fields) {
            // Both steps keep the first of equals, and it is the last that counts.
            fields.reverse();
            fields.sort_by(|a, b| by_name(&a.0, &b.0));
            fields.dedup_by(|a, b| a.0 == b.0);
        }
        Self(fields.into())
    }

    /// The field of that name.
    pub fn get(&self, name: &str) -> Option<&Segment> {
        let at = self.0.binary_search_by(|field| by_name(&field.0, name)).ok()?;
        self.0.get(at).map(|field| &field.1)
    }

    fn matches(&self, wanted: &Self) -> bool {
        // Both are sorted, so that one walk over each is enough.
        let mut own = self.iter();
        wanted.len() <= self.len()
            && wanted.iter().all(|(name, wanted)| {
                own.by_ref()
                    .find(|field| field.0 == *name)
                    .is_some_and(|field| field.1.matches(wanted))
            })
    }
}

impl Deref for Object {
    type Target = [(Text, Segment)];

    fn deref(&self) -> &[(Text, Segment)] {
        &self.0
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(name, value)| (name, value))).finish()
    }
}

/// The order in which JavaScript lists the properties of an object that were set in sorted order:
/// whatever looks like an array's index comes first and by its value, the rest as UTF-16.
fn by_name(a: &str, b: &str) -> Ordering {
    match (array_index(a), array_index(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        // UTF-8 and UTF-16 only disagree about characters beyond the first plane.
        (None, None) if a.is_ascii() || b.is_ascii() => a.cmp(b),
        (None, None) => a.encode_utf16().cmp(b.encode_utf16()),
    }
}

/// The number that a name is, if it is written as JavaScript would and below 2^32 - 1.
fn array_index(name: &str) -> Option<u32> {
    let plain = match name.as_bytes() {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.len() < 10 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if plain { name.parse().ok().filter(|index| *index != u32::MAX) } else { None }
}

macro_rules! small_integers {
    ($($int:ty)*) => {$(
        impl From<$int> for Segment {
            fn from(value: $int) -> Self {
                Self::Int(value.into())
            }
        }
    )*};
}
small_integers!(i8 i16 i32 i64 u8 u16 u32);

impl From<u64> for Segment {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or(Self::UInt(value), Self::Int)
    }
}

impl From<usize> for Segment {
    fn from(value: usize) -> Self {
        // There is no platform on which it is wider.
        (value as u64).into()
    }
}

impl From<isize> for Segment {
    fn from(value: isize) -> Self {
        // There is no platform on which it is wider.
        Self::Int(value as i64)
    }
}

impl From<&Self> for Segment {
    fn from(value: &Self) -> Self {
        value.clone()
    }
}

impl From<()> for Segment {
    fn from((): ()) -> Self {
        Self::Null
    }
}

impl From<bool> for Segment {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<char> for Segment {
    fn from(value: char) -> Self {
        Self::Str((&*value.encode_utf8(&mut [0; 4])).into())
    }
}

impl From<&str> for Segment {
    fn from(value: &str) -> Self {
        Self::Str(value.into())
    }
}

impl From<String> for Segment {
    fn from(value: String) -> Self {
        Self::Str(value.into())
    }
}

impl From<&String> for Segment {
    fn from(value: &String) -> Self {
        Self::Str(value.as_str().into())
    }
}

impl From<Cow<'_, str>> for Segment {
    fn from(value: Cow<'_, str>) -> Self {
        match value {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        }
    }
}

impl<T: Into<Self>> From<Option<T>> for Segment {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// # Panics
///
/// When more than [`Key::MAX_DEPTH`] arrays and objects come to lie inside each other.
impl<T: Into<Self>> From<Vec<T>> for Segment {
    fn from(items: Vec<T>) -> Self {
        let items: Vec<Self> = items.into_iter().map(Into::into).collect();
        items.iter().for_each(Self::assert_room);
        Self::Array(Array::new(items))
    }
}

/// # Panics
///
/// When more than [`Key::MAX_DEPTH`] arrays and objects come to lie inside each other.
impl<T: Into<Self>, const N: usize> From<[T; N]> for Segment {
    fn from(items: [T; N]) -> Self {
        items.into_iter().map(Into::into).collect::<Vec<Self>>().into()
    }
}

macro_rules! tuples {
    ($($($name:ident)+;)*) => {$(
        /// # Panics
        ///
        /// When more than [`Key::MAX_DEPTH`] arrays and objects come to lie inside each other.
        impl<$($name: Into<Self>),+> From<($($name,)+)> for Segment {
            #[expect(non_snake_case, reason = "each value has its type's name")]
            fn from(($($name,)+): ($($name,)+)) -> Self {
                vec![$(Into::<Self>::into($name)),+].into()
            }
        }

        impl<$($name: Into<Segment>),+> From<($($name,)+)> for Key {
            #[expect(non_snake_case, reason = "each value has its type's name")]
            fn from(($($name,)+): ($($name,)+)) -> Self {
                Self::new([$(Into::<Segment>::into($name)),+])
            }
        }
    )*};
}
tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
}
