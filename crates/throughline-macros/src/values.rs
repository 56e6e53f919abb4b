//! `derive(Text)` and `derive(Id)`: values with a type of their own.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Expr, ExprLit, ExprRange, Fields, Lit, LitInt, LitStr, RangeLimits, Type};

use crate::{attrs::doc_text, faults::Faults};

/// The type inside the newtype.
fn inner<'a>(item: &'a DeriveInput, what: &str, example: &str, faults: &mut Faults) -> Option<&'a Type> {
    if let Some(parameter) = item.generics.params.first() {
        faults.at(parameter, format!("{what} has no generic parameters"));
    }
    match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => return fields.unnamed.first().map(|field| &field.ty),
            _ => {}
        },
        Data::Enum(_) | Data::Union(_) => {}
    }
    faults.at(&item.ident, format!("{what} is a struct around one value: `{example}`"));
    None
}

/// What `#[text(..)]` says.
#[derive(Default)]
struct Limits {
    min: usize,
    max: Option<usize>,
    format: Option<LitStr>,
    check: Option<syn::Path>,
    example: Option<LitStr>,
    secret: bool,
}

pub(crate) fn text(item: &DeriveInput) -> TokenStream {
    let mut faults = Faults::default();
    inner(item, "a text", "struct Title(String);", &mut faults);
    let limits = limits(item, &mut faults);
    let faults = faults.tokens();
    if !faults.is_empty() {
        return faults;
    }
    let name = &item.ident;
    let private = quote!(::throughline::__private);
    let (min, max) = (limits.min, limits.max.unwrap_or(usize::MAX));
    let check = limits.check.iter().map(|check| quote!(#check(text).map_err(::throughline::TextError::Refused)?;));
    let format = limits.format.iter().map(|format| {
        quote!(.format(::core::option::Option::Some(#private::utoipa::openapi::SchemaFormat::Custom(::std::string::String::from(#format)))))
    });
    let example = limits.example.iter().map(|example| quote!(.examples([#private::serde_json::Value::from(#example)])));
    let description = doc_text(&item.attrs);
    let description = (!description.is_empty()).then(|| quote!(.description(::core::option::Option::Some(#description))));
    let write_only = limits.secret.then(|| quote!(.write_only(true)));
    let min_length = (min > 0).then(|| quote!(.min_length(::core::option::Option::Some(#min))));
    let (debug, display) = if limits.secret {
        (quote!(f.write_str(::core::concat!(::core::stringify!(#name), "(..)"))), TokenStream::new())
    } else {
        (
            quote!(f.debug_tuple(::core::stringify!(#name)).field(&self.0).finish()),
            quote! {
                impl ::core::fmt::Display for #name {
                    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { f.write_str(&self.0) }
                }
            },
        )
    };
    let length = u32::try_from(max).unwrap_or(u32::MAX);
    let column = quote!(ColumnType::String(sea_orm::sea_query::StringLen::N(#length)));
    quote! {
        impl #name {
            /// The fewest characters.
            pub const MIN_CHARS: usize = #min;
            /// The most characters.
            pub const MAX_CHARS: usize = #max;

            /// Checks `text` against the limits.
            ///
            /// # Errors
            /// The first limit that it breaks.
            pub fn new(text: impl ::core::convert::Into<::std::string::String>) -> ::core::result::Result<Self, ::throughline::TextError> {
                let text = text.into();
                <Self as ::throughline::Text>::check(&text)?;
                ::core::result::Result::Ok(Self(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str { &self.0 }

            /// The text.
            pub fn into_string(self) -> ::std::string::String { self.0 }
        }
        const _: () = {
            use #private::serde;
            impl ::throughline::Text for #name {
                const MIN_CHARS: usize = #min;
                const MAX_CHARS: usize = #max;
                fn check(text: &str) -> ::core::result::Result<(), ::throughline::TextError> {
                    #private::check_text(text, #min, #max)?;
                    #(#check)*
                    ::core::result::Result::Ok(())
                }
            }
            impl ::core::clone::Clone for #name {
                fn clone(&self) -> Self { Self(::core::clone::Clone::clone(&self.0)) }
            }
            impl ::core::fmt::Debug for #name {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { #debug }
            }
            #display
            impl ::core::cmp::PartialEq for #name {
                fn eq(&self, other: &Self) -> bool { self.0 == other.0 }
            }
            impl ::core::cmp::Eq for #name {}
            impl ::core::cmp::PartialOrd for #name {
                fn partial_cmp(&self, other: &Self) -> ::core::option::Option<::core::cmp::Ordering> {
                    ::core::option::Option::Some(::core::cmp::Ord::cmp(self, other))
                }
            }
            impl ::core::cmp::Ord for #name {
                fn cmp(&self, other: &Self) -> ::core::cmp::Ordering { ::core::cmp::Ord::cmp(&self.0, &other.0) }
            }
            impl ::core::hash::Hash for #name {
                fn hash<H: ::core::hash::Hasher>(&self, state: &mut H) { ::core::hash::Hash::hash(&self.0, state) }
            }
            impl ::core::convert::AsRef<str> for #name {
                fn as_ref(&self) -> &str { &self.0 }
            }
            impl ::core::cmp::PartialEq<str> for #name {
                fn eq(&self, other: &str) -> bool { self.0 == other }
            }
            impl ::core::cmp::PartialEq<&str> for #name {
                fn eq(&self, other: &&str) -> bool { self.0 == *other }
            }
            impl ::core::str::FromStr for #name {
                type Err = ::throughline::TextError;
                fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> { Self::new(text) }
            }
            impl ::core::convert::TryFrom<::std::string::String> for #name {
                type Error = ::throughline::TextError;
                fn try_from(text: ::std::string::String) -> ::core::result::Result<Self, Self::Error> { Self::new(text) }
            }
            impl ::core::convert::TryFrom<&str> for #name {
                type Error = ::throughline::TextError;
                fn try_from(text: &str) -> ::core::result::Result<Self, Self::Error> { Self::new(text) }
            }
            impl ::core::convert::From<#name> for ::std::string::String {
                fn from(text: #name) -> Self { text.0 }
            }
            impl serde::Serialize for #name {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error> {
                    serializer.serialize_str(&self.0)
                }
            }
            impl<'de> serde::Deserialize<'de> for #name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> ::core::result::Result<Self, D::Error> {
                    <::std::string::String as serde::Deserialize>::deserialize(deserializer).map(Self)
                }
            }
            impl ::throughline::Validate for #name {
                fn validate(&self, validator: &mut ::throughline::Validator) {
                    if let ::core::result::Result::Err(error) = <Self as ::throughline::Text>::check(&self.0) {
                        validator.refuse(error.code(), ::std::string::ToString::to_string(&error));
                    }
                }
            }
            impl ::throughline::Param for #name {
                type Item = Self;
                fn read(values: &[&str]) -> ::core::result::Result<Self, ::std::string::String> {
                    #private::single(values).map(|text| Self(::std::string::String::from(text)))
                }
                fn write(&self, out: &mut ::std::vec::Vec<::std::string::String>) {
                    out.push(::core::clone::Clone::clone(&self.0));
                }
            }
        };
        ::throughline::__schema!(
            [] #name,
            ::core::stringify!(#name),
            #private::utoipa::openapi::ObjectBuilder::new()
                .schema_type(#private::utoipa::openapi::schema::Type::String)
                .max_length(::core::option::Option::Some(#max))
                .pattern(::core::option::Option::Some(#private::NO_NUL))
                #min_length #(#format)* #(#example)* #description #write_only
        );
        ::throughline::__column!(#name, ::std::string::String, |text| #name(text), |text| text.0, #column);
    }
}

fn limits(item: &DeriveInput, faults: &mut Faults) -> Limits {
    let mut limits = Limits::default();
    for attr in item.attrs.iter().filter(|attr| attr.path().is_ident("text")) {
        let read = attr.parse_nested_meta(|meta| {
            if meta.path.is_ident("chars") {
                let range: ExprRange = meta.value()?.parse()?;
                (limits.min, limits.max) = chars(&range)?;
            } else if meta.path.is_ident("format") {
                limits.format = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("check") {
                limits.check = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("example") {
                limits.example = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("secret") {
                limits.secret = true;
            } else {
                return Err(meta.error("expected `chars`, `format`, `check`, `example` or `secret`"));
            }
            Ok(())
        });
        if let Err(error) = read {
            faults.push(error);
        }
    }
    if limits.max.is_none() && faults.is_empty() {
        faults.at(&item.ident, "a text has limits: add `#[text(chars = 1..=256)]`");
    }
    limits
}

/// `1..=256` as its two ends.
fn chars(range: &ExprRange) -> syn::Result<(usize, Option<usize>)> {
    let number = |expr: &Expr| match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => LitInt::base10_parse::<usize>(number),
        other => Err(syn::Error::new_spanned(other, "expected a number")),
    };
    let min = range.start.as_deref().map(number).transpose()?.unwrap_or(0);
    let (Some(end), RangeLimits::Closed(_)) = (range.end.as_deref(), &range.limits) else {
        return Err(syn::Error::new_spanned(range, "write both ends: `chars = 1..=256`"));
    };
    let max = number(end)?;
    if min > max {
        return Err(syn::Error::new_spanned(range, "no text has fewer characters than its own minimum"));
    }
    Ok((min, Some(max)))
}

pub(crate) fn id(item: &DeriveInput) -> TokenStream {
    let mut faults = Faults::default();
    inner(item, "an id", "struct TaskId(Uuid);", &mut faults);
    let faults = faults.tokens();
    if !faults.is_empty() {
        return faults;
    }
    let name = &item.ident;
    let private = quote!(::throughline::__private);
    let description = doc_text(&item.attrs);
    let description = (!description.is_empty()).then(|| quote!(.description(::core::option::Option::Some(#description))));
    quote! {
        impl #name {
            /// A new id: UUID version 7.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self { Self(#private::uuid::Uuid::now_v7()) }

            /// The UUID.
            pub const fn uuid(self) -> #private::uuid::Uuid { self.0 }
        }
        const _: () = {
            use #private::{serde, uuid::Uuid};
            impl ::throughline::Id for #name {
                fn new() -> Self { Self::new() }
                fn uuid(self) -> Uuid { self.0 }
            }
            impl ::core::clone::Clone for #name {
                fn clone(&self) -> Self { *self }
            }
            impl ::core::marker::Copy for #name {}
            impl ::core::fmt::Debug for #name {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    ::core::write!(f, "{}({})", ::core::stringify!(#name), self.0)
                }
            }
            impl ::core::fmt::Display for #name {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { ::core::fmt::Display::fmt(&self.0, f) }
            }
            impl ::core::cmp::PartialEq for #name {
                fn eq(&self, other: &Self) -> bool { self.0 == other.0 }
            }
            impl ::core::cmp::Eq for #name {}
            impl ::core::cmp::PartialOrd for #name {
                fn partial_cmp(&self, other: &Self) -> ::core::option::Option<::core::cmp::Ordering> {
                    ::core::option::Option::Some(::core::cmp::Ord::cmp(self, other))
                }
            }
            impl ::core::cmp::Ord for #name {
                fn cmp(&self, other: &Self) -> ::core::cmp::Ordering { ::core::cmp::Ord::cmp(&self.0, &other.0) }
            }
            impl ::core::hash::Hash for #name {
                fn hash<H: ::core::hash::Hasher>(&self, state: &mut H) { ::core::hash::Hash::hash(&self.0, state) }
            }
            impl ::core::convert::From<Uuid> for #name {
                fn from(id: Uuid) -> Self { Self(id) }
            }
            impl ::core::convert::From<#name> for Uuid {
                fn from(id: #name) -> Self { id.0 }
            }
            impl ::core::str::FromStr for #name {
                type Err = #private::uuid::Error;
                fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> { text.parse().map(Self) }
            }
            impl serde::Serialize for #name {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error> {
                    serde::Serialize::serialize(&self.0, serializer)
                }
            }
            impl<'de> serde::Deserialize<'de> for #name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> ::core::result::Result<Self, D::Error> {
                    <Uuid as serde::Deserialize>::deserialize(deserializer).map(Self)
                }
            }
            impl ::throughline::Validate for #name {
                fn validate(&self, _: &mut ::throughline::Validator) {}
            }
            impl ::throughline::Param for #name {
                type Item = Self;
                fn read(values: &[&str]) -> ::core::result::Result<Self, ::std::string::String> {
                    <Uuid as ::throughline::Param>::read(values).map(Self)
                }
                fn write(&self, out: &mut ::std::vec::Vec<::std::string::String>) {
                    ::throughline::Param::write(&self.0, out)
                }
            }
        };
        ::throughline::__schema!(
            [] #name,
            ::core::stringify!(#name),
            #private::utoipa::openapi::ObjectBuilder::new()
                .schema_type(#private::utoipa::openapi::schema::Type::String)
                .format(::core::option::Option::Some(#private::utoipa::openapi::SchemaFormat::KnownFormat(
                    #private::utoipa::openapi::KnownFormat::Uuid,
                )))
                .examples([#private::serde_json::Value::from("019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b12")])
                #description
        );
        ::throughline::__column!(#name, #private::uuid::Uuid, |id| #name(id), |id| id.0, ColumnType::Uuid);
    }
}
