//! Values that fit a path segment, a query parameter or a header.

use crate::{FaultKind, WireSchema};

/// What [`Param::read`] answers for a value that must stand in the request and does not.
pub const REQUIRED: &str = "is required";

/// A value of one path segment, query parameter or header.
///
/// Scalars, [`String`], ids, texts and timestamps fit; `Option` of one may be absent; `Vec` of one is written as repeated
/// keys (`?tag=a&tag=b`). For a type of your own with `FromStr` and `Display`, [`param!`](crate::param) writes the impl;
/// a fieldless enum under `#[input]` or `#[output]` has it already.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit a path segment, a query parameter or a header",
    label = "fits only a JSON body",
    note = "use a scalar, an `Option` or `Vec` of one, or `throughline::param!({Self})` for a type with `FromStr` and `Display`; for nested values use a POST (`#[post(\"..\", read)]` for a read)"
)]
pub trait Param: Sized {
    /// The schema of one value.
    type Item: WireSchema;
    /// Whether a request without it is refused.
    const REQUIRED: bool = true;
    /// Whether it stands in the request once per item.
    const REPEATED: bool = false;
    /// A fault that the value may cause beside being invalid.
    const FAULT: Option<&'static FaultKind> = None;

    /// Reads the values that stand in the request under the parameter's name.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence that begins with the parameter's name.
    fn read(values: &[&str]) -> Result<Self, String>;
    /// Writes the value.
    fn write(&self, out: &mut Vec<String>);
}

/// The one value of a parameter that may stand once.
///
/// # Errors
/// When it is absent or repeated.
pub fn single<'a>(values: &[&'a str]) -> Result<&'a str, String> {
    match values {
        [one] => Ok(one),
        [] => Err(REQUIRED.to_owned()),
        _ => Err("stands in the request more than once".to_owned()),
    }
}

/// Implements [`Param`] for types with `FromStr` and `Display`; in the document each is a string.
///
/// ```
/// #[derive(Clone, Debug)]
/// pub struct Color(u32);
/// impl std::str::FromStr for Color {
///     type Err = std::num::ParseIntError;
///     fn from_str(s: &str) -> Result<Self, Self::Err> { u32::from_str_radix(s, 16).map(Self) }
/// }
/// impl std::fmt::Display for Color {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "{:06x}", self.0) }
/// }
/// throughline::param!(Color);
/// ```
#[macro_export]
macro_rules! param {
    ($($type:ident),* $(,)?) => { $(
        $crate::__param!($type);
        $crate::__schema!(
            [] $type,
            ::core::stringify!($type),
            $crate::__private::utoipa::openapi::ObjectBuilder::new()
                .schema_type($crate::__private::utoipa::openapi::schema::Type::String)
        );
    )* };
}

/// [`Param`] through `FromStr` and `Display`, for a type with a schema.
#[doc(hidden)]
#[macro_export]
macro_rules! __param {
    ($type:ty) => {
        impl $crate::Param for $type {
            type Item = $type;
            fn read(values: &[&str]) -> ::core::result::Result<Self, ::std::string::String> {
                $crate::__private::single(values)?
                    .parse()
                    .map_err(|error| ::std::format!("is not valid: {error}"))
            }
            fn write(&self, out: &mut ::std::vec::Vec<::std::string::String>) {
                out.push(::std::string::ToString::to_string(self));
            }
        }
        impl $crate::Validate for $type {
            fn validate(&self, _: &mut $crate::Validator) {}
        }
    };
}

macro_rules! scalar {
    ($what:literal: $($type:ty),*) => { $(
        impl Param for $type {
            type Item = $type;
            fn read(values: &[&str]) -> Result<Self, String> {
                single(values)?.parse().map_err(|_| concat!("is not ", $what).to_owned())
            }
            fn write(&self, out: &mut Vec<String>) {
                out.push(self.to_string());
            }
        }
    )* };
}

scalar!("`true` or `false`": bool);
scalar!("one character": char);
scalar!("a whole number in range": u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

impl Param for uuid::Uuid {
    type Item = Self;
    fn read(values: &[&str]) -> Result<Self, String> {
        single(values)?.parse().map_err(|_| "is not a UUID".to_owned())
    }
    fn write(&self, out: &mut Vec<String>) {
        out.push(self.to_string());
    }
}

macro_rules! float {
    ($($type:ty),*) => { $(
        impl Param for $type {
            type Item = $type;
            fn read(values: &[&str]) -> Result<Self, String> {
                // `inf` and `NaN` parse, but are no JSON numbers: what a body cannot say, a query cannot either.
                single(values)?.parse().ok().filter(|n: &$type| n.is_finite()).ok_or_else(|| "is not a number".to_owned())
            }
            fn write(&self, out: &mut Vec<String>) {
                out.push(self.to_string());
            }
        }
    )* };
}

float!(f32, f64);

impl Param for String {
    type Item = String;
    fn read(values: &[&str]) -> Result<Self, String> {
        let value = single(values)?;
        // Text never holds NUL: PostgreSQL cannot store it (its manual, section 8.3).
        if value.contains('\0') {
            Err("holds a NUL character".to_owned())
        } else {
            Ok(value.to_owned())
        }
    }
    fn write(&self, out: &mut Vec<String>) {
        out.push(self.clone());
    }
}

impl<T: Param> Param for Option<T> {
    type Item = T::Item;
    const REQUIRED: bool = false;
    const REPEATED: bool = T::REPEATED;
    const FAULT: Option<&'static FaultKind> = T::FAULT;
    fn read(values: &[&str]) -> Result<Self, String> {
        if values.is_empty() { Ok(None) } else { T::read(values).map(Some) }
    }
    fn write(&self, out: &mut Vec<String>) {
        if let Some(value) = self {
            value.write(out);
        }
    }
}

impl<T: Param> Param for Vec<T> {
    type Item = T::Item;
    const REQUIRED: bool = false;
    const REPEATED: bool = true;
    const FAULT: Option<&'static FaultKind> = T::FAULT;
    fn read(values: &[&str]) -> Result<Self, String> {
        values.iter().map(|value| T::read(&[value])).collect()
    }
    fn write(&self, out: &mut Vec<String>) {
        self.iter().for_each(|value| value.write(out));
    }
}
