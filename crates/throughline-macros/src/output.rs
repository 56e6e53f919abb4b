//! `#[output]`: what comes out of a procedure.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Fields, Token, parse_quote, parse2, punctuated::Punctuated};

use crate::{faults::Faults, schema};

pub(crate) fn expand(attr: TokenStream, item: TokenStream) -> TokenStream {
    let mut item: DeriveInput = match parse2(item.clone()) {
        Ok(item) => item,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    let mut faults = Faults::default();
    if !attr.is_empty() {
        faults.at(&attr, "`#[output]` takes no arguments");
    }
    if let Data::Union(data) = &item.data {
        faults.at(data.union_token, "an output is a struct or an enum");
    }
    if let Some(parameter) = item.generics.params.first() {
        faults.at(parameter, "an output has no generic parameters: its schema needs one name");
    }
    let schema = schema::emit(&item);
    let unit = unit_enum(&item);
    strip(&mut item, &["garde", "schema"]);
    let derives = wire_derives(&item);
    let faults = faults.tokens();
    quote!(#derives #item #faults #schema #unit)
}

/// `Clone`, `Debug` and serde's derives, without what the user derives already.
pub(crate) fn wire_derives(item: &DeriveInput) -> TokenStream {
    let own = common_derives(item);
    quote! {
        #own
        #[derive(::throughline::__private::serde::Serialize, ::throughline::__private::serde::Deserialize)]
        #[serde(crate = "::throughline::__private::serde")]
    }
}

/// `Clone` and `Debug`, without what the user derives already.
pub(crate) fn common_derives(item: &DeriveInput) -> TokenStream {
    let mut has = Vec::new();
    for attr in item.attrs.iter().filter(|attr| attr.path().is_ident("derive")) {
        if let Ok(paths) = attr.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated) {
            has.extend(paths.into_iter().filter_map(|path| path.segments.last().map(|last| last.ident.to_string())));
        }
    }
    let wanted = ["Clone", "Debug"].into_iter().filter(|name| !has.iter().any(|has| has == name));
    let wanted = wanted.map(|name| if name == "Clone" { quote!(::core::clone::Clone) } else { quote!(::core::fmt::Debug) });
    quote!(#[derive(#(#wanted),*)])
}

/// A fieldless enum fits a path, a query or a header as the string that it is in JSON.
pub(crate) fn unit_enum(item: &DeriveInput) -> TokenStream {
    let Data::Enum(data) = &item.data else { return TokenStream::new() };
    let name = &item.ident;
    if data.variants.is_empty() || data.variants.iter().any(|variant| !matches!(variant.fields, Fields::Unit)) {
        return TokenStream::new();
    }
    quote! {
        impl ::throughline::Param for #name {
            type Item = Self;
            fn read(values: &[&str]) -> ::core::result::Result<Self, ::std::string::String> {
                ::throughline::__private::read_unit(::throughline::__private::single(values)?)
            }
            fn write(&self, out: &mut ::std::vec::Vec<::std::string::String>) {
                ::throughline::__private::write_unit(self, out);
            }
        }
        impl ::throughline::Validate for #name {
            fn validate(&self, _: &mut ::throughline::Validator) {}
        }
    }
}

/// Drops the macros' own attributes from what is left for rustc.
pub(crate) fn strip(item: &mut DeriveInput, names: &[&str]) {
    let keep = |attr: &Attribute| !names.iter().any(|name| attr.path().is_ident(name));
    item.attrs.retain(keep);
    let fields = |fields: &mut Fields| fields.iter_mut().for_each(|field| field.attrs.retain(keep));
    match &mut item.data {
        Data::Struct(data) => fields(&mut data.fields),
        Data::Enum(data) => data.variants.iter_mut().for_each(|variant| {
            variant.attrs.retain(keep);
            fields(&mut variant.fields);
        }),
        Data::Union(_) => {}
    }
}

/// What a `Patch` field needs of serde.
pub(crate) fn patch_attribute() -> Attribute {
    parse_quote!(#[serde(default, skip_serializing_if = "::throughline::Patch::is_keep")])
}
