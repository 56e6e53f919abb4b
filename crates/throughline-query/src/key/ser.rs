//! The way of a Rust value into a segment: a serializer that gives what `serde_json` would give.

use std::iter::Chain;
use std::{option, vec};

use serde::Serialize;
use serde::ser::{
    Error, Impossible, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::json::deeper;
use super::segment::{Array, Object, Segment, Text};
use super::{Key, KeyError};

/// The segments that follow an operation's name: none, the elements of a tuple, or one.
pub(super) fn params(
    value: &(impl Serialize + ?Sized),
) -> Result<Chain<option::IntoIter<Segment>, vec::IntoIter<Segment>>, KeyError> {
    let (alone, several) = match value.serialize(ToSegment { depth: 0, around: 0, spread: true })? {
        Segment::Null => (None, Vec::new()),
        Segment::Array(items) => (None, items.into_vec()),
        segment => (Some(segment), Vec::new()),
    };
    Ok(alone.into_iter().chain(several))
}

impl Error for KeyError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Serialize(message.to_string().into())
    }
}

#[derive(Clone, Copy)]
struct ToSegment {
    /// How many containers are around.
    depth: usize,
    /// How many values are around, whether or not they can be seen in JSON. A limit on containers alone
    /// would let a list of `Some(Some(..))` use up the stack.
    around: usize,
    /// Whether a tuple will be taken apart: then it is no container around its elements.
    spread: bool,
}

impl ToSegment {
    /// Inside of something that cannot be seen.
    fn wrapped(self) -> Result<Self, KeyError> {
        let around = self.around + 1;
        if around > 4 * Key::MAX_DEPTH {
            Err(KeyError::TooDeep)
        } else {
            Ok(Self { around, ..self })
        }
    }

    /// Inside of an array or an object.
    fn contained(self) -> Result<Self, KeyError> {
        Ok(Self { depth: deeper(self.depth)?, spread: false, ..self.wrapped()? })
    }

    fn sequence(self, len: usize) -> Result<Items, KeyError> {
        let inside = if self.spread { Self { spread: false, ..self } } else { self.contained()? };
        Ok(Items { inside, items: Vec::with_capacity(room(len)), alone: false })
    }

    fn map(self, len: usize) -> Result<Fields, KeyError> {
        Ok(Fields { inside: self.contained()?, fields: Vec::with_capacity(room(len)), name: None })
    }
}

/// A length is only a hint, and may be anything.
fn room(len: usize) -> usize {
    len.min(1024)
}

fn tagged(variant: &'static str, value: Segment) -> Segment {
    Segment::Object(Object::new(vec![(variant.into(), value)]))
}

macro_rules! scalars {
    ($($name:ident $type:ty;)*) => {$(
        fn $name(self, value: $type) -> Result<Segment, KeyError> {
            Ok(value.into())
        }
    )*};
}

impl Serializer for ToSegment {
    type Ok = Segment;
    type Error = KeyError;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Variant<Items>;
    type SerializeMap = Fields;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Variant<Fields>;

    scalars! {
        serialize_bool bool;
        serialize_i8 i8;
        serialize_i16 i16;
        serialize_i32 i32;
        serialize_i64 i64;
        serialize_u8 u8;
        serialize_u16 u16;
        serialize_u32 u32;
        serialize_u64 u64;
        serialize_f32 f32;
        serialize_f64 f64;
        serialize_char char;
        serialize_str &str;
    }

    fn serialize_i128(self, value: i128) -> Result<Segment, KeyError> {
        match i64::try_from(value) {
            Ok(value) => Ok(value.into()),
            Err(_) => u64::try_from(value).map(Into::into).map_err(|_| KeyError::TooLarge),
        }
    }

    fn serialize_u128(self, value: u128) -> Result<Segment, KeyError> {
        u64::try_from(value).map(Into::into).map_err(|_| KeyError::TooLarge)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Segment, KeyError> {
        self.collect_seq(bytes)
    }

    fn serialize_none(self) -> Result<Segment, KeyError> {
        Ok(Segment::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Segment, KeyError> {
        value.serialize(self.wrapped()?)
    }

    fn serialize_unit(self) -> Result<Segment, KeyError> {
        Ok(Segment::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Segment, KeyError> {
        Ok(Segment::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Segment, KeyError> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Segment, KeyError> {
        value.serialize(self.wrapped()?)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Segment, KeyError> {
        // As an object with the variant's name as its only field.
        Ok(tagged(variant, value.serialize(self.contained()?)?))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Items, KeyError> {
        // Never taken apart: a list without items would be no parameters at all, and so be `None`. It is the one
        // item of what is.
        let items = Self { spread: false, ..self }.sequence(len.unwrap_or(0))?;
        Ok(Items { alone: self.spread, ..items })
    }

    fn serialize_tuple(self, len: usize) -> Result<Items, KeyError> {
        self.sequence(len)
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Items, KeyError> {
        self.sequence(len)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Variant<Items>, KeyError> {
        Ok(Variant { variant, content: self.contained()?.sequence(len)? })
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Fields, KeyError> {
        self.map(len.unwrap_or(0))
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Fields, KeyError> {
        self.map(len)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Variant<Fields>, KeyError> {
        Ok(Variant { variant, content: self.contained()?.map(len)? })
    }
}

struct Items {
    inside: ToSegment,
    items: Vec<Segment>,
    /// Whether they are one segment of those that follow a name.
    alone: bool,
}

impl Items {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), KeyError> {
        self.items.push(value.serialize(self.inside)?);
        Ok(())
    }

    fn finish(self) -> Segment {
        let list = Segment::Array(Array::new(self.items));
        if self.alone { Segment::Array(Array::new(vec![list])) } else { list }
    }
}

struct Fields {
    inside: ToSegment,
    fields: Vec<(Text, Segment)>,
    /// The name whose value is yet to come.
    name: Option<Text>,
}

impl Fields {
    fn push<T: Serialize + ?Sized>(&mut self, name: Text, value: &T) -> Result<(), KeyError> {
        self.fields.push((name, value.serialize(self.inside)?));
        Ok(())
    }

    fn finish(self) -> Segment {
        Segment::Object(Object::new(self.fields))
    }
}

struct Variant<C> {
    variant: &'static str,
    content: C,
}

macro_rules! sequences {
    ($($trait:ident $method:ident;)*) => {$(
        impl $trait for Items {
            type Ok = Segment;
            type Error = KeyError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), KeyError> {
                self.push(value)
            }

            fn end(self) -> Result<Segment, KeyError> {
                Ok(self.finish())
            }
        }
    )*};
}
sequences! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
}

impl SerializeTupleVariant for Variant<Items> {
    type Ok = Segment;
    type Error = KeyError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), KeyError> {
        self.content.push(value)
    }

    fn end(self) -> Result<Segment, KeyError> {
        Ok(tagged(self.variant, self.content.finish()))
    }
}

impl SerializeMap for Fields {
    type Ok = Segment;
    type Error = KeyError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), KeyError> {
        self.name = Some(key.serialize(ToName)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), KeyError> {
        match self.name.take() {
            Some(name) => self.push(name, value),
            None => Err(KeyError::custom("a map gave a value without a key")),
        }
    }

    fn end(self) -> Result<Segment, KeyError> {
        Ok(self.finish())
    }
}

impl SerializeStruct for Fields {
    type Ok = Segment;
    type Error = KeyError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), KeyError> {
        self.push(name.into(), value)
    }

    fn end(self) -> Result<Segment, KeyError> {
        Ok(self.finish())
    }
}

impl SerializeStructVariant for Variant<Fields> {
    type Ok = Segment;
    type Error = KeyError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), KeyError> {
        self.content.push(name.into(), value)
    }

    fn end(self) -> Result<Segment, KeyError> {
        Ok(tagged(self.variant, self.content.finish()))
    }
}

/// The names in a map: what has one obvious way of being written.
struct ToName;

macro_rules! names {
    ($($name:ident $type:ty;)*) => {$(
        fn $name(self, value: $type) -> Result<Text, KeyError> {
            Ok(value.to_string().into())
        }
    )*};
}

macro_rules! no_names {
    ($($name:ident($($type:ty),*);)*) => {$(
        fn $name(self, $(_: $type),*) -> Result<Text, KeyError> {
            Err(KeyError::Name)
        }
    )*};
}

macro_rules! no_compound_names {
    ($($name:ident($($type:ty),*);)*) => {$(
        fn $name(self, $(_: $type),*) -> Result<Impossible<Text, KeyError>, KeyError> {
            Err(KeyError::Name)
        }
    )*};
}

impl Serializer for ToName {
    type Ok = Text;
    type Error = KeyError;
    type SerializeSeq = Impossible<Text, KeyError>;
    type SerializeTuple = Impossible<Text, KeyError>;
    type SerializeTupleStruct = Impossible<Text, KeyError>;
    type SerializeTupleVariant = Impossible<Text, KeyError>;
    type SerializeMap = Impossible<Text, KeyError>;
    type SerializeStruct = Impossible<Text, KeyError>;
    type SerializeStructVariant = Impossible<Text, KeyError>;

    names! {
        serialize_bool bool;
        serialize_i8 i8;
        serialize_i16 i16;
        serialize_i32 i32;
        serialize_i64 i64;
        serialize_i128 i128;
        serialize_u8 u8;
        serialize_u16 u16;
        serialize_u32 u32;
        serialize_u64 u64;
        serialize_u128 u128;
        serialize_char char;
    }

    no_names! {
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
    }

    no_compound_names! {
        serialize_seq(Option<usize>);
        serialize_tuple(usize);
        serialize_tuple_struct(&'static str, usize);
        serialize_tuple_variant(&'static str, u32, &'static str, usize);
        serialize_map(Option<usize>);
        serialize_struct(&'static str, usize);
        serialize_struct_variant(&'static str, u32, &'static str, usize);
    }

    fn serialize_str(self, value: &str) -> Result<Text, KeyError> {
        Ok(value.into())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<Text, KeyError> {
        Err(KeyError::Name)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Text, KeyError> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Text, KeyError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Text, KeyError> {
        Err(KeyError::Name)
    }
}
