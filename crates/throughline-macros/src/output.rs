//! `#[output]`: what comes out of a procedure.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Attribute, Data, DeriveInput, Fields, Token, parse_quote, parse2, punctuated::Punctuated,
};

use crate::{
    attrs::{Serde, schema_attr, serde, unwrap},
    configured,
    faults::Faults,
    schema,
};

pub(crate) fn expand(attr: TokenStream, item: TokenStream) -> TokenStream {
    let mut item: DeriveInput = match parse2(item.clone()) {
        Ok(item) => item,
        Err(error) => {
            let sentence = format!("an output is a struct or an enum: {error}");
            let error = syn::Error::new(error.span(), sentence).into_compile_error();
            return quote!(#item #error);
        }
    };
    if configured::is_needed(&item) {
        return configured::postpone("output", &item);
    }
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
    for field in fields(&item) {
        serde(&field.attrs, &mut faults);
        schema_attr(&field.attrs, &mut faults);
        if unwrap(&field.ty, "Patch").is_some() {
            faults.at(
                &field.ty,
                "a `Patch` says what to change: in an output write the value itself",
            );
        }
    }
    let container = serde(&item.attrs, &mut faults);
    for other in &container.others {
        if ["from", "try_from", "into", "remote"].iter().any(|name| other == name) {
            let sentence = format!(
                "an output is written as it is declared here: `{other}` would give it another shape on the wire"
            );
            faults.at(other, sentence);
        }
    }
    schema_attr(&item.attrs, &mut faults);
    if !faults.is_empty() {
        let faults = faults.tokens();
        strip(&mut item, &["garde", "schema", "serde"]);
        if !item.generics.params.is_empty() || matches!(item.data, Data::Union(_)) {
            return quote!(#item #faults);
        }
        let derives = wire_derives(&item);
        let schema = schema::stub(&item.ident);
        return quote!(#derives #item #faults #schema);
    }
    let schema = schema::emit(&item);
    let unit = unit_enum(&item, &container);
    strip(&mut item, &["garde", "schema"]);
    let derives = wire_derives(&item);
    quote!(#derives #item #schema #unit)
}

fn fields(item: &DeriveInput) -> Vec<&syn::Field> {
    match &item.data {
        Data::Struct(data) => data.fields.iter().collect(),
        Data::Enum(data) => data.variants.iter().flat_map(|variant| &variant.fields).collect(),
        Data::Union(_) => Vec::new(),
    }
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
        let paths = attr.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated);
        let names = paths
            .into_iter()
            .flatten()
            .filter_map(|path| path.segments.last().map(|last| last.ident.to_string()));
        has.extend(names);
    }
    let derive = |name: &str, path: TokenStream| {
        let missing = !has.iter().any(|has| has == name);
        missing.then(|| quote!(#[derive(#path)]))
    };
    let clone = derive("Clone", quote!(::core::clone::Clone));
    let debug = derive("Debug", quote!(::core::fmt::Debug));
    quote!(#clone #debug)
}

/// A fieldless enum fits a path, a query or a header as the string that it is in JSON.
pub(crate) fn unit_enum(item: &DeriveInput, container: &Serde) -> TokenStream {
    let Data::Enum(data) = &item.data else { return TokenStream::new() };
    let name = &item.ident;
    let fieldless = data.variants.iter().all(|variant| matches!(variant.fields, Fields::Unit));
    if data.variants.is_empty() || !fieldless || container.tag.is_some() || container.untagged {
        return TokenStream::new();
    }
    quote! {
        impl ::throughline::Param for #name {
            type Item = Self;
            fn read(__values: &[&str]) -> ::core::result::Result<Self, ::std::string::String> {
                ::throughline::__private::read_unit(::throughline::__private::single(__values)?)
            }
            fn write(&self, __out: &mut ::std::vec::Vec<::std::string::String>) {
                ::throughline::__private::write_unit(self, __out);
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
