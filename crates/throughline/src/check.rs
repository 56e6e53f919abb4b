//! What the macros have checked when the contract compiles; a panic here is a compile error at the macro's span.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    marker::PhantomData,
};

use serde::Serialize;

use crate::{Codes, Field, Param, Patch, Place, Validator};

/// A sentence built without an allocator.
struct Sentence {
    bytes: [u8; 256],
    length: usize,
}

impl Sentence {
    const fn new() -> Self {
        Self { bytes: [0; 256], length: 0 }
    }

    const fn push(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut i = 0;
        while i < text.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = text[i];
            self.length += 1;
            i += 1;
        }
        self
    }

    const fn as_str(&self) -> &str {
        let (bytes, _) = self.bytes.split_at(self.length);
        match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(_) => "the contract is wrong here",
        }
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

const fn contains(list: &[&str], text: &str) -> bool {
    let mut i = 0;
    while i < list.len() {
        if same(list[i], text) {
            return true;
        }
        i += 1;
    }
    false
}

/// Each `#[path]` field stands in the path, and each placeholder names a `#[path]` field.
#[track_caller]
pub const fn path_fields(fields: &[Field], placeholders: &[&str], path: &str) {
    let mut i = 0;
    while i < fields.len() {
        let field = fields[i];
        let in_path = matches!(field.place, Some(Place::Path));
        if in_path && !contains(placeholders, field.name) {
            let text = Sentence::new().push("the input's path field `").push(field.name);
            let text = text
                .push("` is not in the path `")
                .push(path)
                .push("`: write `{")
                .push(field.name)
                .push("}` into it");
            panic!("{}", text.as_str());
        }
        if !in_path && contains(placeholders, field.name) {
            let text = Sentence::new()
                .push("`{")
                .push(field.name)
                .push("}` in the path names a field that is not marked `#[path]`");
            panic!("{}", text.as_str());
        }
        i += 1;
    }
}

/// `Patch` fields belong in a PATCH.
#[track_caller]
pub const fn patches(has_patches: bool, method: &str) {
    if has_patches && !same(method, "PATCH") {
        let text = Sentence::new().push("the input has a `Patch` field, which means \"keep what is there\": only PATCH can do that, and this is a ");
        panic!("{}", text.push(method).as_str());
    }
}

/// The macro knows `Patch` by its name, because serde needs to; this makes sure that it was right.
#[track_caller]
pub const fn patch_is_named(is_patch: bool, named_patch: bool) {
    if is_patch && !named_patch {
        panic!("write the type as `Patch<..>`: an absent field is only seen under this name");
    }
    if named_patch && !is_patch {
        panic!("`Patch` is the name of `throughline::Patch`: give this type another name");
    }
}

/// No code of a wrapped error is one of `others` too.
#[track_caller]
pub const fn codes_differ(wrapped: &Codes, others: &Codes) {
    let mut i = 0;
    while i < wrapped.own.len() {
        if holds(others, wrapped.own[i]) {
            let text = Sentence::new().push("two variants have the code `").push(wrapped.own[i]);
            panic!("{}", text.push("`: this one's, which is wrapped, and another one's").as_str());
        }
        i += 1;
    }
    let mut i = 0;
    while i < wrapped.wrapped.len() {
        codes_differ(wrapped.wrapped[i], others);
        i += 1;
    }
}

const fn holds(codes: &Codes, code: &str) -> bool {
    if contains(codes.own, code) {
        return true;
    }
    let mut i = 0;
    while i < codes.wrapped.len() {
        if holds(codes.wrapped[i], code) {
            return true;
        }
        i += 1;
    }
    false
}

/// A field that travels outside the body, with what its type says of itself.
pub const fn parameter<T: Param>(field: Field, has_default: bool) -> Field {
    Field { required: T::REQUIRED && !has_default, repeated: T::REPEATED, fault: T::FAULT, ..field }
}

/// A value of a write that an effect compares with a field of a read's input: both have one type.
pub fn matching<I, T: Serialize>(_: impl FnOnce(&I) -> &T, ours: &T) -> serde_json::Value {
    // A field that serde cannot write could not have been sent either.
    serde_json::to_value(ours).unwrap_or_default()
}

/// Tells by type, not by name, what a field has to do with [`Patch`].
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

impl<T> Probe<Patch<T>> {
    /// The field is one.
    pub const IS_PATCH: bool = true;
}

/// The answer for all other types: an inherent constant comes before a trait's.
pub trait NotPatch {
    /// The field is none.
    const IS_PATCH: bool = false;
}

impl<T> NotPatch for Probe<T> {}

/// Never implemented: an input with one of serde's attributes that only serde can follow asks for it where
/// a GET or DELETE uses the input.
#[diagnostic::on_unimplemented(
    message = "a `#[serde(..)]` attribute in `{Self}` means nothing in a query: its values are read through `Param`",
    label = "travels in the query here",
    note = "`rename` and `default` count everywhere; for another form give the field a type with a `Param` of its own"
)]
pub trait ReadByParam {}

/// What `#[garde(inner(..))]` walks: the items of a list, the values of a map.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no items that `inner` could check",
    label = "neither a list nor a map"
)]
pub trait Items {
    /// One of them.
    type Item;
    /// Shows each to `check`, at its place.
    fn each(&self, validator: &mut Validator, check: impl FnMut(&Self::Item, &mut Validator));
}

impl<T: Items + ?Sized> Items for &T {
    type Item = T::Item;
    fn each(&self, validator: &mut Validator, check: impl FnMut(&T::Item, &mut Validator)) {
        (**self).each(validator, check);
    }
}

impl<T: Items + ?Sized> Items for Box<T> {
    type Item = T::Item;
    fn each(&self, validator: &mut Validator, check: impl FnMut(&T::Item, &mut Validator)) {
        (**self).each(validator, check);
    }
}

impl<T: Items> Items for Option<T> {
    type Item = T::Item;
    fn each(&self, validator: &mut Validator, check: impl FnMut(&T::Item, &mut Validator)) {
        if let Some(items) = self {
            items.each(validator, check);
        }
    }
}

macro_rules! lists {
    ($([$($generics:tt)*] $list:ty),*) => { $(
        impl<T, $($generics)*> Items for $list {
            type Item = T;
            fn each(&self, validator: &mut Validator, mut check: impl FnMut(&T, &mut Validator)) {
                for (index, item) in self.iter().enumerate() {
                    validator.item(index, |validator| check(item, validator));
                }
            }
        }
    )* };
}

lists!([] Vec<T>, [] [T], [const N: usize] [T; N], [] BTreeSet<T>, [S] HashSet<T, S>);

macro_rules! maps {
    ($([$($generics:tt)*] $map:ty),*) => { $(
        impl<K: Serialize, V, $($generics)*> Items for $map {
            type Item = V;
            fn each(&self, validator: &mut Validator, mut check: impl FnMut(&V, &mut Validator)) {
                for (key, value) in self {
                    validator.key(key, |validator| check(value, validator));
                }
            }
        }
    )* };
}

maps!([] BTreeMap<K, V>, [S] HashMap<K, V, S>);
