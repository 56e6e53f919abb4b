//! The JSON schema of what goes over the wire, by reference where it has a name.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use utoipa::openapi::{
    KnownFormat, Ref, RefOr, SchemaFormat,
    schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type},
};

/// Schemas with their names, as they are pushed to a document.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

/// A type that goes over the wire: [`#[input]`](macro@crate::input), [`#[output]`](macro@crate::output),
/// [`derive(Text)`](derive@crate::Text), [`derive(Id)`](derive@crate::Id), scalars and collections of such.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no schema for the wire",
    label = "no schema",
    note = "put `#[output]` on it (or `#[input]` on what goes in)"
)]
pub trait WireSchema {
    /// The name under which the document keeps it; `None` for what is written out where it stands.
    fn name() -> Option<String> {
        None
    }
    /// The schema, by reference when it has a name; pushes what it refers to.
    fn schema(schemas: &mut Schemas) -> RefOr<Schema>;
}

/// The schema of a type that the macros named: pushed, and referred to.
pub fn named<T: utoipa::ToSchema>(schemas: &mut Schemas) -> RefOr<Schema> {
    T::schemas(schemas);
    schemas.push((T::name().into_owned(), T::schema()));
    RefOr::Ref(Ref::from_schema_name(T::name()))
}

macro_rules! scalar {
    ($($type:ty => $json:ident $(, $format:ident)?;)*) => { $(
        impl WireSchema for $type {
            fn schema(_: &mut Schemas) -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::$json)
                    $(.format(Some(SchemaFormat::KnownFormat(KnownFormat::$format))))?
                    .into()
            }
        }
    )* };
}

scalar! {
    bool => Boolean;
    i8 => Integer, Int32;
    i16 => Integer, Int32;
    i32 => Integer, Int32;
    i64 => Integer, Int64;
    isize => Integer;
    f32 => Number, Float;
    f64 => Number, Double;
    uuid::Uuid => String, Uuid;
    chrono::NaiveDate => String, Date;
    chrono::DateTime<chrono::Utc> => String, DateTime;
}

macro_rules! unsigned {
    ($($type:ty => $format:ident;)*) => { $(
        impl WireSchema for $type {
            fn schema(_: &mut Schemas) -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::Integer)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::$format)))
                    .minimum(Some(0))
                    .into()
            }
        }
    )* };
}

unsigned! {
    u8 => Int32;
    u16 => Int32;
    u32 => Int64;
    u64 => Int64;
    usize => Int64;
}

impl WireSchema for String {
    fn schema(_: &mut Schemas) -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).into()
    }
}

impl WireSchema for char {
    fn schema(_: &mut Schemas) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(1))
            .into()
    }
}

impl WireSchema for () {
    fn schema(_: &mut Schemas) -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Null).into()
    }
}

impl WireSchema for serde_json::Value {
    fn schema(_: &mut Schemas) -> RefOr<Schema> {
        // The schema `{}`: anything fits. An `anyOf` without alternatives is not allowed.
        ObjectBuilder::new().schema_type(SchemaType::AnyValue).into()
    }
}

impl<T: WireSchema> WireSchema for Box<T> {
    fn name() -> Option<String> {
        T::name()
    }
    fn schema(schemas: &mut Schemas) -> RefOr<Schema> {
        T::schema(schemas)
    }
}

// Without a name of its own: a page of `Option<Task>` is not a page of `Task`.
impl<T: WireSchema> WireSchema for Option<T> {
    fn schema(schemas: &mut Schemas) -> RefOr<Schema> {
        let null = ObjectBuilder::new().schema_type(Type::Null);
        let schema = T::schema(schemas);
        match takes_null(&schema) {
            // Of exactly one, two that both take `null` would refuse it.
            true => AnyOfBuilder::new().item(null).item(schema).into(),
            false => OneOfBuilder::new().item(null).item(schema).into(),
        }
    }
}

/// Whether `null` fits, as far as it is said where the schema stands.
fn takes_null(schema: &RefOr<Schema>) -> bool {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            matches!(&object.schema_type, SchemaType::AnyValue | SchemaType::Type(Type::Null))
        }
        RefOr::T(Schema::OneOf(one_of)) => one_of.items.iter().any(takes_null),
        RefOr::T(Schema::AnyOf(any_of)) => any_of.items.iter().any(takes_null),
        _ => false,
    }
}

macro_rules! list {
    ($($list:ident $unique:literal),*) => { $(
        impl<T: WireSchema> WireSchema for $list<T> {
            fn schema(schemas: &mut Schemas) -> RefOr<Schema> {
                let array = ArrayBuilder::new().items(T::schema(schemas));
                if $unique { array.unique_items(true).into() } else { array.into() }
            }
        }
    )* };
}

list!(Vec false, BTreeSet true, HashSet true);

macro_rules! map {
    ($($map:ident),*) => { $(
        impl<K, V: WireSchema> WireSchema for $map<K, V> {
            fn schema(schemas: &mut Schemas) -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::Object).additional_properties(Some(V::schema(schemas))).into()
            }
        }
    )* };
}

map!(BTreeMap, HashMap);

/// Gives a type with a hand-written schema its place in utoipa's and in ours, under its own name.
#[doc(hidden)]
#[macro_export]
macro_rules! __schema {
    ([$($generics:tt)*] $type:ty, $name:expr, $schema:expr) => {
        const _: () = {
            // utoipa's own derive implements this hidden trait too; its collections ask for nothing else.
            impl<$($generics)*> $crate::__private::utoipa::__dev::ComposeSchema for $type {
                fn compose(
                    _: ::std::vec::Vec<$crate::__private::utoipa::openapi::RefOr<$crate::__private::utoipa::openapi::schema::Schema>>,
                ) -> $crate::__private::utoipa::openapi::RefOr<$crate::__private::utoipa::openapi::schema::Schema> {
                    ::core::convert::Into::into($schema)
                }
            }
            impl<$($generics)*> $crate::__private::utoipa::ToSchema for $type {
                fn name() -> ::std::borrow::Cow<'static, str> {
                    ::core::convert::Into::into($name)
                }
            }
            impl<$($generics)*> $crate::WireSchema for $type {
                fn name() -> ::core::option::Option<::std::string::String> {
                    ::core::option::Option::Some(<Self as $crate::__private::utoipa::ToSchema>::name().into_owned())
                }
                fn schema(schemas: &mut $crate::Schemas) -> $crate::__private::utoipa::openapi::RefOr<$crate::__private::utoipa::openapi::schema::Schema> {
                    $crate::__private::named::<Self>(schemas)
                }
            }
        };
    };
}
