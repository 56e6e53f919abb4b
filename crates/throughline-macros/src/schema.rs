//! Emits `ToSchema` for a type through a private copy of it, so that users need no dependency on utoipa and limits said
//! once reach the schema.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Data, DeriveInput, Field, Fields, Ident, ext::IdentExt};

use crate::{
    attrs::{doc_text, rules, unwrap},
    faults::Faults,
};

/// What of a field's attributes the copy keeps: its docs, names and schema, and its limits.
fn kept(attrs: &[Attribute]) -> Vec<&Attribute> {
    attrs.iter().filter(|attr| ["doc", "serde", "schema", "deprecated"].iter().any(|name| attr.path().is_ident(name))).collect()
}

fn field(field: &Field) -> TokenStream {
    let kept = kept(&field.attrs);
    let name = &field.ident;
    let colon = &field.colon_token;
    // Of a field without a name utoipa takes no limits: there they are checked, but not documented.
    let limits = name.as_ref().map(|_| rules(&field.attrs, &mut Faults::default()).schema());
    let (ty, required) = match unwrap(&field.ty, "Patch") {
        Some(inner) => (inner, Some(quote!(#[schema(required = false)]))),
        None => (&field.ty, None),
    };
    quote!(#(#kept)* #limits #required #name #colon #ty)
}

fn fields<'a>(all: impl Iterator<Item = &'a Field>) -> Vec<TokenStream> {
    all.map(field).collect()
}

/// Declares the copy `copy` with the schema name `name`, for a struct of these fields.
pub(crate) fn declare_struct<'a>(
    copy: &Ident,
    name: &Ident,
    attrs: &[Attribute],
    all: impl Iterator<Item = &'a Field>,
) -> TokenStream {
    let kept = kept(attrs);
    let fields = fields(all);
    let named = schema_name(attrs, name);
    quote! {
        #[allow(dead_code)]
        #[derive(utoipa::ToSchema)]
        #named #(#kept)*
        pub struct #copy { #(#fields),* }
    }
}

/// The schema is named after the user's type, unless the user names it.
fn schema_name(attrs: &[Attribute], name: &Ident) -> TokenStream {
    let named = attrs.iter().filter(|attr| attr.path().is_ident("schema")).any(|attr| {
        let mut found = false;
        let _ = attr.parse_nested_meta(|meta| {
            found |= meta.path.is_ident("as");
            if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<syn::Expr>()?;
            }
            Ok(())
        });
        found
    });
    if named { TokenStream::new() } else { quote!(#[schema(as = #name)]) }
}

/// utoipa's traits and ours for `name`, taken from `copy`.
pub(crate) fn forward(name: &TokenStream, copy: &TokenStream) -> TokenStream {
    quote! {
        impl utoipa::__dev::ComposeSchema for #name {
            fn compose(
                _: ::std::vec::Vec<utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>>,
            ) -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                <#copy as utoipa::PartialSchema>::schema()
            }
        }
        impl utoipa::ToSchema for #name {
            fn name() -> ::std::borrow::Cow<'static, str> {
                <#copy as utoipa::ToSchema>::name()
            }
            fn schemas(
                schemas: &mut ::std::vec::Vec<(::std::string::String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>,
            ) {
                <#copy as utoipa::ToSchema>::schemas(schemas)
            }
        }
        impl ::throughline::WireSchema for #name {
            fn name() -> ::core::option::Option<::std::string::String> {
                ::core::option::Option::Some(<#copy as utoipa::ToSchema>::name().into_owned())
            }
            fn schema(
                schemas: &mut ::throughline::Schemas,
            ) -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                ::throughline::__private::named::<#name>(schemas)
            }
        }
    }
}

/// The schema of a whole struct or enum.
pub(crate) fn emit(item: &DeriveInput) -> TokenStream {
    let name = &item.ident;
    let copy = format_ident!("__{}Schema", name);
    let container = kept(&item.attrs);
    let named = schema_name(&item.attrs, name);
    let declared = match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named_fields) => declare_struct(&copy, name, &item.attrs, named_fields.named.iter()),
            Fields::Unnamed(tuple) => {
                let fields = fields(tuple.unnamed.iter());
                quote!(#[allow(dead_code)] #[derive(utoipa::ToSchema)] #named #(#container)* pub struct #copy(#(#fields),*);)
            }
            Fields::Unit => {
                let (text, description) = (name.unraw().to_string(), doc_text(&item.attrs));
                let description = (!description.is_empty()).then(|| {
                    quote!(.description(::core::option::Option::Some(#description)))
                });
                quote! {
                    pub struct #copy;
                    ::throughline::__schema!(
                        [] #copy,
                        #text,
                        utoipa::openapi::ObjectBuilder::new()
                            .schema_type(utoipa::openapi::schema::Type::Null)
                            #description
                    );
                }
            }
        },
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| {
                let kept = kept(&variant.attrs);
                let (name, discriminant) = (&variant.ident, variant.discriminant.as_ref().map(|(eq, value)| quote!(#eq #value)));
                match &variant.fields {
                    Fields::Named(named_fields) => {
                        let fields = fields(named_fields.named.iter());
                        quote!(#(#kept)* #name { #(#fields),* })
                    }
                    Fields::Unnamed(tuple) => {
                        let fields = fields(tuple.unnamed.iter());
                        quote!(#(#kept)* #name(#(#fields),*))
                    }
                    Fields::Unit => quote!(#(#kept)* #name #discriminant),
                }
            });
            quote!(#[allow(dead_code)] #[derive(utoipa::ToSchema)] #named #(#container)* pub enum #copy { #(#variants),* })
        }
        Data::Union(_) => TokenStream::new(),
    };
    let forward = forward(&quote!(#name), &quote!(#copy));
    quote! {
        const _: () = {
            #[allow(unused_imports)]
            use ::throughline::__private::utoipa;
            #declared
            #forward
        };
    }
}

