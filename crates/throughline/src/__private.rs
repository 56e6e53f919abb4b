//! What the macros' output refers to; not part of the public interface.

use std::marker::PhantomData;

pub use crate::{
    check::{codes_differ, patch_is_named, patches, path_fields},
    context::Context,
    error::Outcome,
    param::{REQUIRED, single},
    schema::{Schemas, WireSchema, named, only_member},
    text::check_text,
};
pub use {garde, serde, serde_json, utoipa, uuid};

#[cfg(feature = "sea-orm")]
pub use sea_orm;

/// The pattern of text without NUL, which PostgreSQL cannot store.
pub const NO_NUL: &str = "^[^\\u0000]*$";

/// A value of one procedure's input or output as JSON, for a match.
pub fn key<T: serde::Serialize>(value: &T) -> serde_json::Value {
    // An input's field that serde cannot write could not have been sent either.
    serde_json::to_value(value).unwrap_or_default()
}

/// Two values of one type: how effects are checked to fit.
pub fn same<T: ?Sized>(_: &T, _: &T) {}

/// Refuses what is not a read.
pub fn reads<P: crate::Read>() {}

/// The body of an output.
pub fn body<O: crate::Output>(output: &O) -> &O::Body {
    output.body()
}

/// Tells by type, not by name, whether a field is a `Patch`.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

impl<T> Probe<crate::Patch<T>> {
    /// It is.
    pub const IS_PATCH: bool = true;
}

/// The answer for all other types: an inherent constant comes before a trait's.
pub trait NotPatch {
    /// It is not.
    const IS_PATCH: bool = false;
}

impl<T> NotPatch for Probe<T> {}

/// A type is what it should be, said where the contract stands.
pub fn output<T: crate::Output>() {}

/// Implements the column traits of a newtype for SeaORM; nothing without the feature `sea-orm`.
#[cfg(feature = "sea-orm")]
#[doc(hidden)]
#[macro_export]
macro_rules! __column {
    ($name:ty, $inner:ty, $from:expr, $into:expr, $column:expr) => {
        const _: () = {
            use $crate::__private::sea_orm::{
                self, ColIdx, DbErr, QueryResult, TryGetError, TryGetable, Value,
                sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr},
            };
            impl ::core::convert::From<$name> for Value {
                fn from(value: $name) -> Self {
                    let into: fn($name) -> $inner = $into;
                    Value::from(into(value))
                }
            }
            impl TryGetable for $name {
                fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> ::core::result::Result<Self, TryGetError> {
                    let from: fn($inner) -> $name = $from;
                    <$inner as TryGetable>::try_get_by(row, index).map(from)
                }
            }
            impl ValueType for $name {
                fn try_from(value: Value) -> ::core::result::Result<Self, ValueTypeErr> {
                    let from: fn($inner) -> $name = $from;
                    <$inner as ValueType>::try_from(value).map(from)
                }
                fn type_name() -> ::std::string::String {
                    ::core::stringify!($name).to_owned()
                }
                fn array_type() -> ArrayType {
                    <$inner as ValueType>::array_type()
                }
                fn column_type() -> ColumnType {
                    $column
                }
            }
            impl Nullable for $name {
                fn null() -> Value {
                    <$inner as Nullable>::null()
                }
            }
            impl sea_orm::IntoActiveValue<$name> for $name {
                fn into_active_value(self) -> sea_orm::ActiveValue<$name> {
                    sea_orm::ActiveValue::Set(self)
                }
            }
            impl sea_orm::TryFromU64 for $name {
                fn try_from_u64(_: u64) -> ::core::result::Result<Self, DbErr> {
                    ::core::result::Result::Err(DbErr::ConvertFromU64(::core::stringify!($name)))
                }
            }
        };
    };
}

/// Implements the column traits of a newtype for SeaORM; nothing without the feature `sea-orm`.
#[cfg(not(feature = "sea-orm"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __column {
    ($($tokens:tt)*) => {};
}

/// Reads a fieldless enum from the string that it is in JSON.
///
/// # Errors
/// What serde says, as the end of a sentence.
pub fn read_unit<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    let deserializer = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(text);
    T::deserialize(deserializer).map_err(|error| format!("is not one of the values: {error}"))
}

/// Writes a fieldless enum as the string that it is in JSON.
pub fn write_unit<T: serde::Serialize>(value: &T, out: &mut Vec<String>) {
    if let Ok(serde_json::Value::String(text)) = serde_json::to_value(value) {
        out.push(text);
    }
}
