//! `#[cfg]` inside of an item: only rustc can say what it leaves, and it says so only to derives.
//!
//! Before an attribute macro sees an item, rustc has not judged the `#[cfg]`s on its fields and variants;
//! before a derive does, it has. So an item that holds one is declared once more under another name, with
//! a derive on it that hands what is left to the attribute macro.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, Data, DeriveInput, Ident, Meta, Token, parse_quote, parse2, punctuated::Punctuated,
};

/// The derive's helper, which carries each attribute past rustc.
const CARRIER: &str = "throughline_attribute";

pub(crate) fn is_needed(item: &DeriveInput) -> bool {
    let depends = |attrs: &[Attribute]| {
        attrs.iter().any(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr"))
    };
    match &item.data {
        Data::Struct(data) => data.fields.iter().any(|field| depends(&field.attrs)),
        Data::Enum(data) => data.variants.iter().any(|variant| {
            depends(&variant.attrs) || variant.fields.iter().any(|field| depends(&field.attrs))
        }),
        Data::Union(_) => false,
    }
}

/// The stand-in for `item`, from which [`resume`] makes the item under `attribute`.
pub(crate) fn postpone(attribute: &str, item: &DeriveInput) -> TokenStream {
    let mut item = item.clone();
    let (name, attribute) = (item.ident.clone(), Ident::new(attribute, Span::call_site()));
    each_attributes(&mut item, &mut |attrs| attrs.iter_mut().for_each(carry));
    item.ident = format_ident!("__{}Configured", name);
    let vis = std::mem::replace(&mut item.vis, syn::Visibility::Inherited);
    let carrier = Ident::new(CARRIER, Span::call_site());
    quote! {
        #[doc(hidden)]
        #[allow(dead_code)]
        #[derive(::throughline::__private::Configured)]
        #[#carrier(#attribute #vis #name)]
        #item
    }
}

/// The item that the stand-in stands for, as rustc has left it, under its attribute macro.
pub(crate) fn resume(mut item: DeriveInput) -> TokenStream {
    let target = item.attrs.iter().position(|attr| attr.path().is_ident(CARRIER));
    let Some(first) = target.map(|index| item.attrs.remove(index)) else {
        return TokenStream::new();
    };
    let parsed = first.parse_args_with(|input: syn::parse::ParseStream<'_>| {
        Ok((input.parse::<Ident>()?, input.parse::<syn::Visibility>()?, input.parse::<Ident>()?))
    });
    let (attribute, vis, name) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return error.into_compile_error(),
    };
    (item.ident, item.vis) = (name, vis);
    each_attributes(&mut item, &mut |attrs| {
        // What is not carried is rustc's: the stand-in's own, and each `#[cfg]` that holds.
        attrs.retain(|attr| attr.path().is_ident(CARRIER));
        attrs.iter_mut().for_each(|attr| {
            if let (true, Meta::List(list)) = (attr.path().is_ident(CARRIER), &attr.meta) {
                let tokens = &list.tokens;
                *attr = parse_quote!(#[#tokens]);
            }
        });
    });
    quote!(#[::throughline::#attribute] #item)
}

/// Puts an attribute into the helper. `#[cfg(..)]` stays what it is; `#[cfg_attr(.., a, b)]` gets its
/// attributes put into one each.
fn carry(attr: &mut Attribute) {
    let carrier = Ident::new(CARRIER, Span::call_site());
    if attr.path().is_ident("cfg") {
        return;
    }
    let meta = if attr.path().is_ident("cfg_attr") {
        let Meta::List(list) = &attr.meta else { return };
        let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
        let Ok(parts) = syn::parse::Parser::parse2(parse, list.tokens.clone()) else { return };
        let mut parts = parts.iter();
        let condition = parts.next();
        quote!(cfg_attr(#condition, #(#carrier(#parts)),*))
    } else {
        let meta = attr.meta.to_token_stream();
        quote!(#carrier(#meta))
    };
    if let Ok(meta) = parse2::<Meta>(meta) {
        attr.meta = meta;
    }
}

fn each_attributes(item: &mut DeriveInput, change: &mut impl FnMut(&mut Vec<Attribute>)) {
    change(&mut item.attrs);
    match &mut item.data {
        Data::Struct(data) => data.fields.iter_mut().for_each(|field| change(&mut field.attrs)),
        Data::Enum(data) => data.variants.iter_mut().for_each(|variant| {
            change(&mut variant.attrs);
            variant.fields.iter_mut().for_each(|field| change(&mut field.attrs));
        }),
        Data::Union(_) => {}
    }
}
