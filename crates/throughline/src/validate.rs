//! Checks an input against its limits and names all that is wrong with it at once.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    hash::BuildHasher,
};

use serde::{Deserialize, Serialize};

use crate::Place;

/// One thing that is wrong with a request: a member of the `errors` of a 422.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Where the value stands.
    #[serde(rename = "in")]
    pub place: Place,
    /// An RFC 6901 JSON pointer into that place: `/title`, `/items/0/amount`; for parameters the name.
    pub pointer: String,
    /// A stable code: `required`, `type`, `too_short`, `too_long`, `nul`, or the name of the broken rule.
    pub code: Cow<'static, str>,
    /// What is wrong, for people.
    pub detail: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.pointer.trim_start_matches('/').replace('/', ".");
        if name.is_empty() {
            f.write_str("the body ")?
        } else {
            write!(f, "{name} ")?
        }
        f.write_str(&self.detail)
    }
}

/// A value that can be checked against its limits.
///
/// [`#[input]`](macro@crate::input) implements it field by field, [`Text`](derive@crate::Text) from its limits, and
/// scalars and collections have it. Rules on a field (`#[garde(range(max = 9))]`) are garde's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how it is validated",
    label = "no limits known",
    note = "put `#[input]` on it, or mark the field `#[garde(skip)]` to take it as it comes"
)]
pub trait Validate {
    /// Notes all that is wrong with the value.
    fn validate(&self, validator: &mut Validator);
}

/// Collects violations while it walks a value, and knows where it is.
#[derive(Debug)]
pub struct Validator {
    place: Place,
    rest: Place,
    pointer: String,
    violations: Vec<Violation>,
}

impl Validator {
    /// A validator for an input whose unmarked fields travel in `rest`.
    pub fn new(rest: Place) -> Self {
        Self { place: rest, rest, pointer: String::new(), violations: Vec::new() }
    }

    /// Checks `value` and returns what is wrong with it.
    pub fn check<T: Validate + ?Sized>(rest: Place, value: &T) -> Vec<Violation> {
        let mut validator = Self::new(rest);
        value.validate(&mut validator);
        validator.violations
    }

    /// Notes that the value at hand is wrong.
    pub fn refuse(&mut self, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) {
        self.violations.push(Violation {
            place: self.place,
            pointer: self.pointer.clone(),
            code: code.into(),
            detail: detail.into(),
        });
    }

    /// Walks into a member.
    pub fn member(&mut self, name: &str, walk: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&escape(name));
        walk(self);
        self.pointer.truncate(length);
    }

    /// Walks into an item of a list.
    pub fn item(&mut self, index: usize, walk: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&index.to_string());
        walk(self);
        self.pointer.truncate(length);
    }

    /// Walks into the member of a map under this key.
    pub(crate) fn key(&mut self, key: &impl Serialize, walk: impl FnOnce(&mut Self)) {
        // A key that is no string, number or truth value cannot be written as JSON either.
        let name = match serde_json::to_value(key) {
            Ok(serde_json::Value::String(name)) => name,
            Ok(other) => other.to_string(),
            Err(_) => String::new(),
        };
        self.member(&name, walk);
    }

    /// Walks into a field of an input: marked for `place`, or unmarked.
    pub fn field(&mut self, place: Option<Place>, name: &str, walk: impl FnOnce(&mut Self)) {
        let outer = self.place;
        // A nested value has no places of its own: it is where the field that holds it is.
        if self.pointer.is_empty() {
            self.place = place.unwrap_or(self.rest);
        }
        self.member(name, walk);
        self.place = outer;
    }

    /// Walks into the field that is the whole body.
    pub fn whole_body(&mut self, walk: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.place, Place::Body);
        walk(self);
        self.place = outer;
    }

    /// Notes the answer of one rule.
    pub fn rule(&mut self, code: &'static str, checked: Result<(), impl std::fmt::Display>) {
        if let Err(error) = checked {
            self.refuse(code, error.to_string());
        }
    }
}

/// Escapes one token of a JSON pointer (RFC 6901, section 3).
pub(crate) fn escape(token: &str) -> Cow<'_, str> {
    if token.contains(['~', '/']) {
        Cow::Owned(token.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(token)
    }
}

macro_rules! unlimited {
    ($($type:ty),* $(,)?) => { $(
        impl Validate for $type {
            fn validate(&self, _: &mut Validator) {}
        }
    )* };
}

unlimited!(
    (),
    bool,
    char,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    f32,
    f64,
    uuid::Uuid,
    serde_json::Value,
    serde_json::Number,
    chrono::NaiveDate,
    chrono::NaiveTime,
    chrono::NaiveDateTime,
    chrono::DateTime<chrono::Utc>,
    chrono::DateTime<chrono::FixedOffset>,
    std::time::Duration,
    std::net::IpAddr,
    std::net::Ipv4Addr,
    std::net::Ipv6Addr,
);

impl Validate for str {
    fn validate(&self, validator: &mut Validator) {
        if self.contains('\0') {
            validator.refuse("nul", "holds a NUL character");
        }
    }
}

impl Validate for String {
    fn validate(&self, validator: &mut Validator) {
        self.as_str().validate(validator);
    }
}

impl<T: Validate + ?Sized> Validate for Box<T> {
    fn validate(&self, validator: &mut Validator) {
        (**self).validate(validator);
    }
}

impl<T: Validate + ?Sized> Validate for std::sync::Arc<T> {
    fn validate(&self, validator: &mut Validator) {
        (**self).validate(validator);
    }
}

impl<T: Validate> Validate for Option<T> {
    fn validate(&self, validator: &mut Validator) {
        if let Some(value) = self {
            value.validate(validator);
        }
    }
}

fn items<'a, T: Validate + 'a>(values: impl Iterator<Item = &'a T>, validator: &mut Validator) {
    for (index, value) in values.enumerate() {
        validator.item(index, |validator| value.validate(validator));
    }
}

impl<T: Validate> Validate for [T] {
    fn validate(&self, validator: &mut Validator) {
        items(self.iter(), validator);
    }
}

impl<T: Validate, const N: usize> Validate for [T; N] {
    fn validate(&self, validator: &mut Validator) {
        items(self.iter(), validator);
    }
}

impl<T: Validate> Validate for Vec<T> {
    fn validate(&self, validator: &mut Validator) {
        items(self.iter(), validator);
    }
}

impl<T: Validate> Validate for BTreeSet<T> {
    fn validate(&self, validator: &mut Validator) {
        items(self.iter(), validator);
    }
}

impl<T: Validate, S: BuildHasher> Validate for HashSet<T, S> {
    fn validate(&self, validator: &mut Validator) {
        items(self.iter(), validator);
    }
}

/// Walks a map; a bad key is noted at the member that it names.
fn members<'a, K: Validate + Serialize + 'a, V: Validate + 'a>(
    entries: impl Iterator<Item = (&'a K, &'a V)>,
    validator: &mut Validator,
) {
    for (key, value) in entries {
        validator.key(key, |validator| {
            key.validate(validator);
            value.validate(validator);
        });
    }
}

impl<K: Validate + Serialize, V: Validate, S: BuildHasher> Validate for HashMap<K, V, S> {
    fn validate(&self, validator: &mut Validator) {
        members(self.iter(), validator);
    }
}

impl<K: Validate + Serialize, V: Validate> Validate for BTreeMap<K, V> {
    fn validate(&self, validator: &mut Validator) {
        members(self.iter(), validator);
    }
}

macro_rules! tuple {
    ($($name:ident $index:tt),*) => {
        impl<$($name: Validate),*> Validate for ($($name,)*) {
            fn validate(&self, validator: &mut Validator) {
                $(validator.item($index, |validator| self.$index.validate(validator));)*
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
