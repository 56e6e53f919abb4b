//! How `#[input]`, `#[output]` and `derive(ApiError)` build the schema of a type: out of what its fields'
//! types say of themselves, never out of how they are called.

use std::cell::RefCell;

use serde_json::Value;
use utoipa::{
    Number,
    openapi::{
        Deprecated, KnownFormat, Ref, RefOr, SchemaFormat,
        schema::{
            AdditionalProperties, AllOf, Array, ArrayBuilder, ArrayItems, Object, ObjectBuilder,
            OneOf, Schema, SchemaType, Type,
        },
    },
};

use crate::{Schemas, WireSchema};

thread_local! {
    /// The types whose schemas are being built, from the outside in.
    static UNDER_WAY: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// Pushes the schema of `T` under its name and refers to it. Inside of its own schema a type is only
/// referred to: a tree has an end that way.
pub fn shared<T: ?Sized>(
    schemas: &mut Schemas,
    name: &str,
    shape: impl FnOnce(&mut Schemas) -> RefOr<Schema>,
) -> RefOr<Schema> {
    let own = std::any::type_name::<T>();
    if !UNDER_WAY.with_borrow(|types| types.contains(&own)) {
        UNDER_WAY.with_borrow_mut(|types| types.push(own));
        let schema = shape(schemas);
        UNDER_WAY.with_borrow_mut(Vec::pop);
        schemas.push((name.to_owned(), schema));
    }
    RefOr::Ref(Ref::from_schema_name(name))
}

/// Gives a type with a schema that the macros build its place in utoipa's traits and in ours.
#[doc(hidden)]
#[macro_export]
macro_rules! __wire {
    ($type:ty, $name:expr, $shape:expr) => {
        impl $crate::WireSchema for $type {
            fn name() -> ::core::option::Option<::std::string::String> {
                ::core::option::Option::Some(::std::string::String::from($name))
            }
            fn schema(
                __schemas: &mut $crate::Schemas,
            ) -> $crate::__private::utoipa::openapi::RefOr<
                $crate::__private::utoipa::openapi::schema::Schema,
            > {
                $crate::__private::shared::<Self>(__schemas, $name, $shape)
            }
        }
        impl $crate::__private::utoipa::__dev::ComposeSchema for $type {
            fn compose(
                _: ::std::vec::Vec<
                    $crate::__private::utoipa::openapi::RefOr<
                        $crate::__private::utoipa::openapi::schema::Schema,
                    >,
                >,
            ) -> $crate::__private::utoipa::openapi::RefOr<
                $crate::__private::utoipa::openapi::schema::Schema,
            > {
                $crate::__private::alone::<Self>()
            }
        }
        impl $crate::__private::utoipa::ToSchema for $type {
            fn name() -> ::std::borrow::Cow<'static, str> {
                ::core::convert::Into::into($name)
            }
            fn schemas(
                __schemas: &mut ::std::vec::Vec<(
                    ::std::string::String,
                    $crate::__private::utoipa::openapi::RefOr<
                        $crate::__private::utoipa::openapi::schema::Schema,
                    >,
                )>,
            ) {
                $crate::__private::inside::<Self>(__schemas)
            }
        }
    };
}

/// The schema of `T` itself, not a reference to it.
pub fn alone<T: WireSchema>() -> RefOr<Schema> {
    let mut schemas = Schemas::new();
    let reference = T::schema(&mut schemas);
    // A type is pushed after what is inside of it.
    schemas.pop().map_or(reference, |(_, schema)| schema)
}

/// Pushes what the schema of `T` refers to, without `T`.
pub fn inside<T: WireSchema>(schemas: &mut Schemas) {
    let before = schemas.len();
    T::schema(schemas);
    if schemas.len() > before {
        schemas.pop();
    }
}

/// What a field says of its value beside its type.
#[derive(Default)]
pub struct Facets {
    /// What it is, for people.
    pub description: &'static str,
    /// Whether it should not be used any more.
    pub deprecated: bool,
    /// An example.
    pub example: Option<Value>,
    /// What its absence means.
    pub default: Option<Value>,
    /// The least number.
    pub minimum: Option<Number>,
    /// The greatest number.
    pub maximum: Option<Number>,
    /// The fewest characters.
    pub min_length: Option<usize>,
    /// The most characters.
    pub max_length: Option<usize>,
    /// The fewest items.
    pub min_items: Option<usize>,
    /// The most items.
    pub max_items: Option<usize>,
    /// A regular expression.
    pub pattern: Option<&'static str>,
    /// A format: `email`.
    pub format: Option<&'static str>,
    /// What holds for each item of a list, or each value of a map.
    pub items: Option<Box<Facets>>,
}

impl Facets {
    fn has_limits(&self) -> bool {
        self.minimum.is_some()
            || self.maximum.is_some()
            || self.min_length.is_some()
            || self.max_length.is_some()
            || self.min_items.is_some()
            || self.max_items.is_some()
            || self.pattern.is_some()
            || self.format.is_some()
    }

    /// The schema with these facets.
    pub fn of(self, schema: RefOr<Schema>) -> RefOr<Schema> {
        match merge_null(schema) {
            RefOr::Ref(reference) => self.of_reference(reference),
            RefOr::T(Schema::Object(object)) => RefOr::T(Schema::Object(self.of_object(object))),
            RefOr::T(Schema::Array(array)) => RefOr::T(Schema::Array(self.of_array(array))),
            RefOr::T(Schema::OneOf(one_of)) if is_nullable(&one_of) => {
                RefOr::T(Schema::OneOf(self.of_nullable(one_of)))
            }
            RefOr::T(Schema::AllOf(all)) => RefOr::T(Schema::AllOf(self.of_all(all))),
            other => self.around(other),
        }
    }

    fn of_reference(self, mut reference: Ref) -> RefOr<Schema> {
        if self.has_limits() || self.deprecated || self.example.is_some() {
            return self.around(RefOr::Ref(reference));
        }
        reference.description = self.description.to_owned();
        reference.default = self.default;
        RefOr::Ref(reference)
    }

    fn of_object(self, mut object: Object) -> Object {
        if !self.description.is_empty() {
            object.description = Some(self.description.to_owned());
        }
        if self.deprecated {
            object.deprecated = Some(Deprecated::True);
        }
        object.examples.extend(self.example);
        object.default = self.default.or(object.default);
        object.minimum = self.minimum.or(object.minimum);
        object.maximum = self.maximum.or(object.maximum);
        object.min_length = self.min_length.or(object.min_length);
        object.max_length = self.max_length.or(object.max_length);
        if object.additional_properties.is_some() {
            object.min_properties = self.min_items.or(object.min_properties);
            object.max_properties = self.max_items.or(object.max_properties);
        }
        object.pattern = self.pattern.map(str::to_owned).or(object.pattern);
        object.format =
            self.format.map(|name| SchemaFormat::Custom(name.to_owned())).or(object.format);
        if let (Some(items), Some(AdditionalProperties::RefOr(values))) =
            (self.items, object.additional_properties.as_deref())
        {
            let values = AdditionalProperties::RefOr(items.of(values.clone()));
            object.additional_properties = Some(Box::new(values));
        }
        object
    }

    fn of_array(self, mut array: Array) -> Array {
        if !self.description.is_empty() {
            array.description = Some(self.description.to_owned());
        }
        if self.deprecated {
            array.deprecated = Some(Deprecated::True);
        }
        array.examples.extend(self.example);
        array.default = self.default.or(array.default);
        array.min_items = self.min_items.or(array.min_items);
        array.max_items = self.max_items.or(array.max_items);
        if let (Some(facets), ArrayItems::RefOrSchema(items)) = (self.items, &mut array.items) {
            **items = facets.of(std::mem::replace(&mut **items, RefOr::T(Schema::default())));
        }
        array
    }

    /// Limits hold for the value that is not null; the rest is said of both.
    fn of_nullable(self, mut one_of: OneOf) -> OneOf {
        if !self.description.is_empty() {
            one_of.description = Some(self.description.to_owned());
        }
        one_of.examples.extend(self.example);
        one_of.default = self.default;
        let limits = Self { description: "", example: None, default: None, ..self };
        let value = one_of.items.iter_mut().find(|item| !is_null(item));
        if let Some(value) = value {
            *value = limits.of(std::mem::replace(value, RefOr::T(Schema::default())));
        }
        one_of
    }

    /// What has no room in the list stands in one more item of it: all of them hold.
    fn of_all(self, mut all: AllOf) -> AllOf {
        if !self.description.is_empty() {
            all.description = Some(self.description.to_owned());
        }
        let bare = Self { description: "", ..self };
        let anything = || ObjectBuilder::new().schema_type(SchemaType::AnyValue).build();
        let facets = bare.of_object(anything());
        if facets != anything() {
            all.items.push(RefOr::T(Schema::Object(facets)));
        }
        all
    }

    /// For a schema that has no room for facets: both hold.
    fn around(self, schema: RefOr<Schema>) -> RefOr<Schema> {
        let mut all = AllOf::new();
        all.items.push(schema);
        let mut all = self.of_all(all);
        match (all.description.is_none(), all.items.len()) {
            (true, 1) => all.items.remove(0),
            _ => RefOr::T(Schema::AllOf(all)),
        }
    }
}

/// A bound of `range(..)` as the document writes it.
pub fn bound(bound: impl Bound) -> Option<Number> {
    bound.number()
}

/// A number that may be a bound.
pub trait Bound {
    /// The number; `None` when a document cannot write it.
    fn number(self) -> Option<Number>;
}

macro_rules! whole {
    ($($type:ty),*) => { $(
        impl Bound for $type {
            fn number(self) -> Option<Number> {
                let unsigned = || usize::try_from(self).ok().map(Number::UInt);
                isize::try_from(self).ok().map(Number::Int).or_else(unsigned)
            }
        }
    )* };
}

whole!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

impl Bound for f32 {
    fn number(self) -> Option<Number> {
        f64::from(self).number()
    }
}

impl Bound for f64 {
    fn number(self) -> Option<Number> {
        self.is_finite().then_some(Number::Float(self))
    }
}

/// An example or a default as JSON.
pub fn json(value: impl serde::Serialize) -> Option<Value> {
    serde_json::to_value(value).ok()
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}

/// Whether this is what an `Option` looks like.
fn is_nullable(one_of: &OneOf) -> bool {
    one_of.items.len() == 2 && one_of.items.iter().any(is_null)
}

/// An `Option` of what has one type and no name as `"type": [.., "null"]`.
fn merge_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(Schema::OneOf(mut one_of)) = schema else { return schema };
    let value = one_of.items.iter().position(|item| !is_null(item));
    if let (true, Some(value)) = (is_nullable(&one_of), value) {
        let nullable = |types: &SchemaType| match types {
            SchemaType::Type(only) => Some(SchemaType::Array(vec![only.clone(), Type::Null])),
            SchemaType::Array(_) | SchemaType::AnyValue => None,
        };
        match one_of.items.swap_remove(value) {
            RefOr::T(Schema::Object(mut object)) if object.enum_values.is_none() => {
                if let Some(types) = nullable(&object.schema_type) {
                    object.schema_type = types;
                    return RefOr::T(Schema::Object(object));
                }
                one_of.items.insert(0, RefOr::T(Schema::Object(object)));
            }
            RefOr::T(Schema::Array(mut array)) => {
                if let Some(types) = nullable(&array.schema_type) {
                    array.schema_type = types;
                    return RefOr::T(Schema::Array(array));
                }
                one_of.items.insert(0, RefOr::T(Schema::Array(array)));
            }
            other => one_of.items.insert(0, other),
        }
    }
    RefOr::T(Schema::OneOf(one_of))
}

/// Whether a field of this type may be absent from a body: serde asks the type, and an `Option` says yes.
fn may_be_absent(schema: &RefOr<Schema>) -> bool {
    match schema {
        RefOr::T(Schema::OneOf(one_of)) => is_nullable(one_of),
        // An `Option` of what takes `null` anyway.
        RefOr::T(Schema::AnyOf(any_of)) => any_of.items.iter().any(is_null),
        _ => false,
    }
}

/// The members of a struct, or of a variant with named fields.
pub struct Members {
    object: Object,
    flattened: Vec<RefOr<Schema>>,
}

impl Members {
    /// None yet.
    pub fn new(description: &str) -> Self {
        let mut object = Object::new();
        object.description = Some(description.to_owned()).filter(|text| !text.is_empty());
        Self { object, flattened: Vec::new() }
    }

    /// Adds a member; `optional` when its absence is not an error whatever its type says.
    pub fn add<T: WireSchema>(
        &mut self,
        schemas: &mut Schemas,
        name: &str,
        optional: bool,
        facets: Facets,
    ) {
        let schema = T::schema(schemas);
        if !optional && !may_be_absent(&schema) {
            self.object.required.push(name.to_owned());
        }
        self.object.properties.insert(name.to_owned(), facets.of(schema));
    }

    /// Adds the members of `T`.
    pub fn flatten<T: WireSchema>(&mut self, schemas: &mut Schemas) {
        match T::schema(schemas) {
            RefOr::T(Schema::Object(map)) if map.additional_properties.is_some() => {
                self.object.additional_properties = map.additional_properties;
            }
            other => self.flattened.push(other),
        }
    }

    /// No other members are taken.
    pub fn closed(&mut self) {
        self.object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    }

    /// An example of the whole.
    pub fn example(&mut self, example: Option<Value>) {
        self.object.examples.extend(example);
    }

    /// The schema.
    pub fn finish(mut self) -> RefOr<Schema> {
        if self.flattened.is_empty() {
            return RefOr::T(Schema::Object(self.object));
        }
        let mut all = AllOf::new();
        all.description = self.object.description.take();
        all.items = self.flattened;
        all.items.push(RefOr::T(Schema::Object(self.object)));
        RefOr::T(Schema::AllOf(all))
    }
}

/// The schema of a field without a name.
pub fn item<T: WireSchema>(schemas: &mut Schemas, facets: Facets) -> RefOr<Schema> {
    let schema = T::schema(schemas);
    facets.of(schema)
}

/// The schema of several values in a list, each with a type of its own.
pub fn tuple(items: Vec<RefOr<Schema>>) -> RefOr<Schema> {
    let length = items.len();
    let items = items.into_iter().map(|item| match item {
        RefOr::T(schema) => schema,
        RefOr::Ref(_) => {
            let mut all = AllOf::new();
            all.items.push(item);
            Schema::AllOf(all)
        }
    });
    let mut array = ArrayBuilder::new().prefix_items(items.collect::<Vec<_>>()).build();
    array.items = ArrayItems::False;
    (array.min_items, array.max_items) = (Some(length), Some(length));
    RefOr::T(Schema::Array(array))
}

/// The same schema with a description of its own.
pub fn described(schema: RefOr<Schema>, description: &'static str) -> RefOr<Schema> {
    Facets { description, ..Facets::default() }.of(schema)
}

/// How serde tells an enum's variants apart.
#[derive(Clone, Copy)]
pub enum Tagging {
    /// The variant's name is a member around its content.
    External,
    /// A member beside the content.
    Internal(&'static str),
    /// One member for the name and one for the content.
    Adjacent(&'static str, &'static str),
    /// By the content alone.
    Untagged,
}

/// The variants of an enum.
pub struct Variants {
    tagging: Tagging,
    description: &'static str,
    /// The names, as long as no variant has content or a description of its own is lost.
    names: Option<Vec<Value>>,
    all: Vec<RefOr<Schema>>,
}

impl Variants {
    /// None yet.
    pub fn new(tagging: Tagging, description: &'static str) -> Self {
        let names = matches!(tagging, Tagging::External).then(Vec::new);
        Self { tagging, description, names, all: Vec::new() }
    }

    /// Adds a variant without content.
    pub fn unit(&mut self, tagging: Tagging, name: &'static str, description: &'static str) {
        let schema = match tagging {
            Tagging::External => constant(name),
            Tagging::Internal(tag) | Tagging::Adjacent(tag, _) => {
                object(vec![(tag, constant(name))])
            }
            Tagging::Untagged => RefOr::T(Schema::Object(Object::with_type(Type::Null))),
        };
        match (&mut self.names, tagging) {
            (Some(names), Tagging::External) => names.push(name.into()),
            _ => self.names = None,
        }
        self.all.push(described(schema, description));
    }

    /// Adds a variant with content.
    pub fn content(
        &mut self,
        tagging: Tagging,
        name: &'static str,
        description: &'static str,
        content: RefOr<Schema>,
    ) {
        let schema = match tagging {
            Tagging::External => object(vec![(name, content)]),
            Tagging::Internal(tag) => match content {
                RefOr::T(Schema::Object(mut object)) => {
                    object.properties.insert(tag.to_owned(), constant(name));
                    object.required.push(tag.to_owned());
                    RefOr::T(Schema::Object(object))
                }
                other => {
                    let mut all = AllOf::new();
                    all.items = vec![other, object(vec![(tag, constant(name))])];
                    RefOr::T(Schema::AllOf(all))
                }
            },
            Tagging::Adjacent(tag, member) => {
                object(vec![(tag, constant(name)), (member, content)])
            }
            Tagging::Untagged => content,
        };
        self.names = None;
        self.all.push(described(schema, description));
    }

    /// The schema.
    pub fn finish(self) -> RefOr<Schema> {
        let description = Some(self.description.to_owned()).filter(|text| !text.is_empty());
        if let (Some(names), Tagging::External) = (self.names, self.tagging) {
            let mut object = Object::with_type(Type::String);
            (object.enum_values, object.description) = (Some(names), description);
            return RefOr::T(Schema::Object(object));
        }
        let mut one_of = OneOf::new();
        (one_of.items, one_of.description) = (self.all, description);
        RefOr::T(Schema::OneOf(one_of))
    }
}

fn constant(name: &str) -> RefOr<Schema> {
    let mut object = Object::with_type(Type::String);
    object.enum_values = Some(vec![name.into()]);
    RefOr::T(Schema::Object(object))
}

fn object(members: Vec<(&str, RefOr<Schema>)>) -> RefOr<Schema> {
    let mut object = Object::new();
    for (name, schema) in members {
        object.required.push(name.to_owned());
        object.properties.insert(name.to_owned(), schema);
    }
    RefOr::T(Schema::Object(object))
}

macro_rules! tuples {
    ($(($($name:ident),*))*) => { $(
        impl<$($name: WireSchema),*> WireSchema for ($($name,)*) {
            fn schema(schemas: &mut Schemas) -> RefOr<Schema> {
                let items = vec![$($name::schema(schemas)),*];
                tuple(items)
            }
        }
    )* };
}

tuples! { (A) (A, B) (A, B, C) (A, B, C, D) }

impl<T: WireSchema, const N: usize> WireSchema for [T; N] {
    fn schema(schemas: &mut Schemas) -> RefOr<Schema> {
        let mut array = ArrayBuilder::new().items(T::schema(schemas)).build();
        (array.min_items, array.max_items) = (Some(N), Some(N));
        RefOr::T(Schema::Array(array))
    }
}

impl<T: WireSchema + ?Sized> WireSchema for std::sync::Arc<T> {
    fn name() -> Option<String> {
        T::name()
    }
    fn schema(schemas: &mut Schemas) -> RefOr<Schema> {
        T::schema(schemas)
    }
}

macro_rules! strings {
    ($($type:ty $(=> $format:ident)?),* $(,)?) => { $(
        impl WireSchema for $type {
            fn schema(_: &mut Schemas) -> RefOr<Schema> {
                let object = ObjectBuilder::new().schema_type(Type::String);
                $(let object = object.format(Some(SchemaFormat::KnownFormat(KnownFormat::$format)));)?
                object.into()
            }
        }
    )* };
}

strings! {
    chrono::DateTime<chrono::FixedOffset> => DateTime,
    chrono::NaiveDateTime,
    chrono::NaiveTime,
    std::net::IpAddr,
    std::net::Ipv4Addr => Ipv4,
    std::net::Ipv6Addr => Ipv6,
}

macro_rules! integers {
    ($($type:ty),*) => { $(
        impl WireSchema for $type {
            fn schema(_: &mut Schemas) -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::Integer).into()
            }
        }
    )* };
}

integers!(i128, u128);

impl WireSchema for serde_json::Number {
    fn schema(_: &mut Schemas) -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Number).into()
    }
}

impl WireSchema for std::time::Duration {
    fn schema(schemas: &mut Schemas) -> RefOr<Schema> {
        let mut members = Members::new("A span of time.");
        members.add::<u64>(schemas, "secs", false, Facets::default());
        members.add::<u32>(schemas, "nanos", false, Facets::default());
        members.finish()
    }
}
