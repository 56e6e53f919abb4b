//! What the macros' output refers to; not part of the public interface.

pub use crate::{
    check::{
        Items, NotPatch, Probe, ReadByParam, codes_differ, matching, parameter, patch_is_named,
        patches, path_fields,
    },
    context::Context,
    error::Outcome,
    param::{REQUIRED, single},
    schema::{Schemas, WireSchema, named},
    shape::{
        Facets, Members, Tagging, Variants, alone, bound, described, inside, item, json, shared,
        tuple,
    },
    text::check_text,
};
pub use throughline_macros::Configured;
pub use {garde, serde, serde_json, utoipa, uuid};

#[cfg(feature = "sea-orm")]
pub use sea_orm;

/// The pattern of text without NUL, which PostgreSQL cannot store.
pub const NO_NUL: &str = "^[^\\u0000]*$";

/// The body of an output.
pub fn body<O: crate::Output>(output: &O) -> &O::Body {
    output.body()
}

/// Implements the column traits of a newtype for SeaORM; nothing without the feature `sea-orm`.
#[cfg(feature = "sea-orm")]
#[doc(hidden)]
#[macro_export]
macro_rules! __column {
    ($name:ty, $inner:ty, $from:expr, $into:expr, $column:expr) => {
        const _: () = {
            impl ::core::convert::From<$name> for $crate::__private::sea_orm::Value {
                fn from(value: $name) -> Self {
                    let into: fn($name) -> $inner = $into;
                    $crate::__private::sea_orm::Value::from(into(value))
                }
            }
            impl $crate::__private::sea_orm::TryGetable for $name {
                fn try_get_by<__I: $crate::__private::sea_orm::ColIdx>(
                    row: &$crate::__private::sea_orm::QueryResult,
                    index: __I,
                ) -> ::core::result::Result<Self, $crate::__private::sea_orm::TryGetError> {
                    let from: fn($inner) -> $name = $from;
                    <$inner as $crate::__private::sea_orm::TryGetable>::try_get_by(row, index).map(from)
                }
            }
            impl $crate::__private::sea_orm::sea_query::ValueType for $name {
                fn try_from(value: $crate::__private::sea_orm::Value) -> ::core::result::Result<Self, $crate::__private::sea_orm::sea_query::ValueTypeErr> {
                    let from: fn($inner) -> $name = $from;
                    <$inner as $crate::__private::sea_orm::sea_query::ValueType>::try_from(value).map(from)
                }
                fn type_name() -> ::std::string::String {
                    ::core::stringify!($name).to_owned()
                }
                fn array_type() -> $crate::__private::sea_orm::sea_query::ArrayType {
                    <$inner as $crate::__private::sea_orm::sea_query::ValueType>::array_type()
                }
                fn column_type() -> $crate::__private::sea_orm::sea_query::ColumnType {
                    $column
                }
            }
            impl $crate::__private::sea_orm::sea_query::Nullable for $name {
                fn null() -> $crate::__private::sea_orm::Value {
                    <$inner as $crate::__private::sea_orm::sea_query::Nullable>::null()
                }
            }
            impl $crate::__private::sea_orm::IntoActiveValue<$name> for $name {
                fn into_active_value(self) -> $crate::__private::sea_orm::ActiveValue<$name> {
                    $crate::__private::sea_orm::ActiveValue::Set(self)
                }
            }
            impl $crate::__private::sea_orm::TryFromU64 for $name {
                fn try_from_u64(_: u64) -> ::core::result::Result<Self, $crate::__private::sea_orm::DbErr> {
                    ::core::result::Result::Err($crate::__private::sea_orm::DbErr::ConvertFromU64(::core::stringify!($name)))
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
