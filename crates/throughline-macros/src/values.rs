//! `derive(Text)` and `derive(Id)`: values with a type of their own.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{
    Data, DeriveInput, Expr, ExprLit, ExprRange, Fields, Lit, LitInt, LitStr, RangeLimits, Type,
    spanned::Spanned,
};

use crate::{
    attrs::{doc_text, plain},
    faults::Faults,
};

/// The type inside the newtype.
fn inner<'a>(
    item: &'a DeriveInput,
    what: &str,
    example: &str,
    faults: &mut Faults,
) -> Option<&'a Type> {
    if let Some(parameter) = item.generics.params.first() {
        faults.at(parameter, format!("{what} has no generic parameters"));
        return None;
    }
    match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                return fields.unnamed.first().map(|field| &field.ty);
            }
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
    let inner = inner(item, "a text", "struct Title(String);", &mut faults);
    let limits = limits(item, &mut faults);
    let faults = faults.tokens();
    // A text with wrong limits is emitted all the same, so that what uses it is judged on its own merits.
    let Some(inner) = inner else { return faults };
    let (name, text_name) = (&item.ident, plain(&item.ident));
    let private = quote!(::throughline::__private);
    let (min, max) = (limits.min, limits.max.unwrap_or(usize::MAX));
    let check = limits
        .check
        .iter()
        .map(|check| quote!(#check(text).map_err(::throughline::TextError::Refused)?;));
    let format = limits.format.iter().map(|format| {
        quote!(.format(::core::option::Option::Some(#private::utoipa::openapi::SchemaFormat::Custom(::std::string::String::from(#format)))))
    });
    let example = limits
        .example
        .iter()
        .map(|example| quote!(.examples([#private::serde_json::Value::from(#example)])));
    let description = doc_text(&item.attrs);
    let description = (!description.is_empty())
        .then(|| quote!(.description(::core::option::Option::Some(#description))));
    let write_only = limits.secret.then(|| quote!(.write_only(true)));
    let min_length = (min > 0).then(|| quote!(.min_length(::core::option::Option::Some(#min))));
    let (debug, display) = if limits.secret {
        (quote!(f.write_str(::core::concat!(#text_name, "(..)"))), TokenStream::new())
    } else {
        (
            quote!(f.debug_tuple(#text_name).field(self.__text()).finish()),
            quote! {
                impl ::core::fmt::Display for #name {
                    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { f.write_str(self.__text()) }
                }
            },
        )
    };
    let length = u32::try_from(max).unwrap_or(u32::MAX);
    let column = quote! {
        #private::sea_orm::sea_query::ColumnType::String(#private::sea_orm::sea_query::StringLen::N(#length))
    };
    // At the field's type, so that what is no `String` is shown there, and once.
    let conversions = quote_spanned! {inner.span()=>
        impl #name {
            const fn __wrap(text: ::std::string::String) -> Self { Self(text) }
            const fn __text(&self) -> &::std::string::String { &self.0 }
            fn __unwrap(self) -> ::std::string::String { self.0 }
        }
    };
    quote! {
        #faults
        #[automatically_derived]
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
                ::core::result::Result::Ok(Self::__wrap(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str { self.__text() }

            /// The text.
            pub fn into_string(self) -> ::std::string::String { self.__unwrap() }
        }
        const _: () = {
            #conversions
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
                fn clone(&self) -> Self { Self::__wrap(::core::clone::Clone::clone(self.__text())) }
            }
            impl ::core::fmt::Debug for #name {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { #debug }
            }
            #display
            impl ::core::cmp::PartialEq for #name {
                fn eq(&self, other: &Self) -> bool { self.__text() == other.__text() }
            }
            impl ::core::cmp::Eq for #name {}
            impl ::core::cmp::PartialOrd for #name {
                fn partial_cmp(&self, other: &Self) -> ::core::option::Option<::core::cmp::Ordering> {
                    ::core::option::Option::Some(::core::cmp::Ord::cmp(self, other))
                }
            }
            impl ::core::cmp::Ord for #name {
                fn cmp(&self, other: &Self) -> ::core::cmp::Ordering { ::core::cmp::Ord::cmp(self.__text(), other.__text()) }
            }
            impl ::core::hash::Hash for #name {
                fn hash<__H: ::core::hash::Hasher>(&self, state: &mut __H) { ::core::hash::Hash::hash(self.__text(), state) }
            }
            impl ::core::convert::AsRef<str> for #name {
                fn as_ref(&self) -> &str { self.__text() }
            }
            impl ::core::cmp::PartialEq<str> for #name {
                fn eq(&self, other: &str) -> bool { self.__text() == other }
            }
            impl ::core::cmp::PartialEq<&str> for #name {
                fn eq(&self, other: &&str) -> bool { self.__text() == other }
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
                fn from(text: #name) -> Self { text.__unwrap() }
            }
            impl #private::serde::Serialize for #name {
                fn serialize<__S: #private::serde::Serializer>(&self, serializer: __S) -> ::core::result::Result<__S::Ok, __S::Error> {
                    serializer.serialize_str(self.__text())
                }
            }
            impl<'de> #private::serde::Deserialize<'de> for #name {
                fn deserialize<__D: #private::serde::Deserializer<'de>>(deserializer: __D) -> ::core::result::Result<Self, __D::Error> {
                    <::std::string::String as #private::serde::Deserialize>::deserialize(deserializer).map(Self::__wrap)
                }
            }
            impl ::throughline::Validate for #name {
                fn validate(&self, validator: &mut ::throughline::Validator) {
                    if let ::core::result::Result::Err(error) = <Self as ::throughline::Text>::check(self.__text()) {
                        validator.refuse(error.code(), ::std::string::ToString::to_string(&error));
                    }
                }
            }
            impl ::throughline::Param for #name {
                type Item = Self;
                fn read(values: &[&str]) -> ::core::result::Result<Self, ::std::string::String> {
                    #private::single(values).map(|text| Self::__wrap(::std::string::String::from(text)))
                }
                fn write(&self, out: &mut ::std::vec::Vec<::std::string::String>) {
                    out.push(::core::clone::Clone::clone(self.__text()));
                }
            }
        };
        ::throughline::__schema!(
            [] #name,
            #text_name,
            #private::utoipa::openapi::ObjectBuilder::new()
                .schema_type(#private::utoipa::openapi::schema::Type::String)
                .max_length(::core::option::Option::Some(#max))
                .pattern(::core::option::Option::Some(#private::NO_NUL))
                #min_length #(#format)* #(#example)* #description #write_only
        );
        ::throughline::__column!(#name, ::std::string::String, |text| #name::__wrap(text), |text| text.__unwrap(), #column);
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
                let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                return Err(meta.error(format!(
                    "unknown argument `{name}`: expected `chars`, `format`, `check`, `example` or `secret`"
                )));
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
    if let Some(example) = &limits.example {
        let (length, max) = (example.value().chars().count(), limits.max.unwrap_or(usize::MAX));
        if length < limits.min || length > max {
            let sentence = format!("an example keeps the limits: this one has {length} characters");
            faults.at(example, sentence);
        }
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
        return Err(syn::Error::new_spanned(
            range,
            "no text has fewer characters than its own minimum",
        ));
    }
    Ok((min, Some(max)))
}

pub(crate) fn id(item: &DeriveInput) -> TokenStream {
    let mut faults = Faults::default();
    let inner = inner(item, "an id", "struct TaskId(Uuid);", &mut faults);
    let Some(inner) = inner else { return faults.tokens() };
    let (name, text_name) = (&item.ident, plain(&item.ident));
    let private = quote!(::throughline::__private);
    let description = doc_text(&item.attrs);
    let description = (!description.is_empty())
        .then(|| quote!(.description(::core::option::Option::Some(#description))));
    // At the field's type, so that what is no `Uuid` is shown there, and once.
    let conversions = quote_spanned! {inner.span()=>
        impl #name {
            const fn __wrap(id: #private::uuid::Uuid) -> Self { Self(id) }
            const fn __uuid(&self) -> &#private::uuid::Uuid { &self.0 }
        }
    };
    quote! {
        #[automatically_derived]
        impl #name {
            /// A new id: UUID version 7.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self { Self::__wrap(#private::uuid::Uuid::now_v7()) }

            /// The UUID.
            pub const fn uuid(self) -> #private::uuid::Uuid { *self.__uuid() }
        }
        const _: () = {
            #conversions
            impl ::throughline::Id for #name {
                fn new() -> Self { Self::new() }
                fn uuid(self) -> #private::uuid::Uuid { *self.__uuid() }
            }
            #[automatically_derived]
            impl ::core::clone::Clone for #name {
                fn clone(&self) -> Self { *self }
            }
            impl ::core::marker::Copy for #name {}
            impl ::core::fmt::Debug for #name {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    ::core::write!(f, "{}({})", #text_name, self.__uuid())
                }
            }
            impl ::core::fmt::Display for #name {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { ::core::fmt::Display::fmt(self.__uuid(), f) }
            }
            impl ::core::cmp::PartialEq for #name {
                fn eq(&self, other: &Self) -> bool { self.__uuid() == other.__uuid() }
            }
            impl ::core::cmp::Eq for #name {}
            impl ::core::cmp::PartialOrd for #name {
                fn partial_cmp(&self, other: &Self) -> ::core::option::Option<::core::cmp::Ordering> {
                    ::core::option::Option::Some(::core::cmp::Ord::cmp(self, other))
                }
            }
            impl ::core::cmp::Ord for #name {
                fn cmp(&self, other: &Self) -> ::core::cmp::Ordering { ::core::cmp::Ord::cmp(self.__uuid(), other.__uuid()) }
            }
            impl ::core::hash::Hash for #name {
                fn hash<__H: ::core::hash::Hasher>(&self, state: &mut __H) { ::core::hash::Hash::hash(self.__uuid(), state) }
            }
            impl ::core::convert::From<#private::uuid::Uuid> for #name {
                fn from(id: #private::uuid::Uuid) -> Self { Self::__wrap(id) }
            }
            impl ::core::convert::From<#name> for #private::uuid::Uuid {
                fn from(id: #name) -> Self { *id.__uuid() }
            }
            impl ::core::str::FromStr for #name {
                type Err = #private::uuid::Error;
                fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> { text.parse().map(Self::__wrap) }
            }
            impl #private::serde::Serialize for #name {
                fn serialize<__S: #private::serde::Serializer>(&self, serializer: __S) -> ::core::result::Result<__S::Ok, __S::Error> {
                    #private::serde::Serialize::serialize(self.__uuid(), serializer)
                }
            }
            impl<'de> #private::serde::Deserialize<'de> for #name {
                fn deserialize<__D: #private::serde::Deserializer<'de>>(deserializer: __D) -> ::core::result::Result<Self, __D::Error> {
                    <#private::uuid::Uuid as #private::serde::Deserialize>::deserialize(deserializer).map(Self::__wrap)
                }
            }
            impl ::throughline::Validate for #name {
                fn validate(&self, _: &mut ::throughline::Validator) {}
            }
            impl ::throughline::Param for #name {
                type Item = Self;
                fn read(values: &[&str]) -> ::core::result::Result<Self, ::std::string::String> {
                    <#private::uuid::Uuid as ::throughline::Param>::read(values).map(Self::__wrap)
                }
                fn write(&self, out: &mut ::std::vec::Vec<::std::string::String>) {
                    ::throughline::Param::write(self.__uuid(), out)
                }
            }
        };
        ::throughline::__schema!(
            [] #name,
            #text_name,
            #private::utoipa::openapi::ObjectBuilder::new()
                .schema_type(#private::utoipa::openapi::schema::Type::String)
                .format(::core::option::Option::Some(#private::utoipa::openapi::SchemaFormat::KnownFormat(
                    #private::utoipa::openapi::KnownFormat::Uuid,
                )))
                .examples([#private::serde_json::Value::from("019339e9-8f6a-7c3e-9b1d-2f4a6c8e0b12")])
                #description
        );
        ::throughline::__column!(#name, #private::uuid::Uuid, |id| #name::__wrap(id), |id| *id.__uuid(),
            #private::sea_orm::sea_query::ColumnType::Uuid
        );
    }
}
