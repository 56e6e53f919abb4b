//! `Patch<T>`: a field of a PATCH, which keeps what is there unless it says otherwise.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Validate, Validator};

/// A field of a PATCH: absent keeps the value, present sets it.
///
/// `null` reaches only what may be null: `Patch<Option<T>>` takes it as "clear", `Patch<T>` refuses it.
///
/// ```
/// use throughline::{Patch, input};
/// #[input]
/// #[derive(PartialEq)]
/// pub struct Rename { pub name: Patch<String>, pub nick: Patch<Option<String>> }
///
/// let read = |json| serde_json::from_str::<Rename>(json);
/// assert_eq!(read("{}").unwrap(), Rename { name: Patch::Keep, nick: Patch::Keep });
/// assert_eq!(read(r#"{"nick":null}"#).unwrap().nick, Patch::Set(None));
/// assert!(read(r#"{"name":null}"#).is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// The field is absent: keep what is there.
    #[default]
    Keep,
    /// The field is present: set it.
    Set(T),
}

impl<T> Patch<T> {
    /// Whether the field is absent.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The new value, if there is one.
    pub fn into_set(self) -> Option<T> {
        match self {
            Self::Keep => None,
            Self::Set(value) => Some(value),
        }
    }

    /// The new value, if there is one.
    pub const fn as_set(&self) -> Option<&T> {
        match self {
            Self::Keep => None,
            Self::Set(value) => Some(value),
        }
    }

    /// Writes the new value over `target`; says whether there was one.
    pub fn apply(self, target: &mut T) -> bool {
        self.into_set().map(|value| *target = value).is_some()
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep => serializer.serialize_none(),
            Self::Set(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::Set)
    }
}

impl<T: Validate> Validate for Patch<T> {
    fn validate(&self, validator: &mut Validator) {
        if let Self::Set(value) = self {
            value.validate(validator);
        }
    }
}
