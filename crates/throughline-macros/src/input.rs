//! `#[input]`: what goes into a procedure, each field with its place.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Data, DeriveInput, Field, Fields, Ident, LitStr, Meta, Type, parse2, spanned::Spanned};

use crate::{
    attrs::{Rules, Serde, rename_field, rename_variant, rules, serde, unwrap},
    faults::Faults,
    output::{common_derives, patch_attribute, strip, unit_enum, wire_derives},
    schema,
};

const MARKS: [&str; 4] = ["path", "query", "header", "body"];

pub(crate) fn expand(attr: TokenStream, item: TokenStream) -> TokenStream {
    let item: DeriveInput = match parse2(item.clone()) {
        Ok(item) => item,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    let mut faults = Faults::default();
    if !attr.is_empty() {
        faults.at(&attr, "`#[input]` takes no arguments");
    }
    if let Some(parameter) = item.generics.params.first() {
        faults.at(parameter, "an input has no generic parameters: its schema needs one name");
    }
    match &item.data {
        Data::Struct(data) if matches!(data.fields, Fields::Named(_)) => structure(item, faults),
        Data::Enum(_) => enumeration(item, faults),
        _ => {
            faults.at(&item.ident, "an input is a struct with named fields, or inside of one also an enum");
            let faults = faults.tokens();
            quote!(#item #faults)
        }
    }
}

/// One field of the struct.
struct Slot {
    field: Field,
    ident: Ident,
    /// The name on the wire.
    name: String,
    mark: Option<&'static str>,
    rules: Rules,
    serde: Serde,
    patch: bool,
}

impl Slot {
    fn place(&self) -> TokenStream {
        match self.mark {
            None => quote!(::core::option::Option::None),
            Some("path") => quote!(::core::option::Option::Some(::throughline::Place::Path)),
            Some("query") => quote!(::core::option::Option::Some(::throughline::Place::Query)),
            Some("header") => quote!(::core::option::Option::Some(::throughline::Place::Header)),
            Some(_) => quote!(::core::option::Option::Some(::throughline::Place::Body)),
        }
    }

    fn in_body(&self) -> bool {
        matches!(self.mark, None | Some("body"))
    }

    /// The entry in `FIELDS`; with `param`, what the type says of itself as a parameter.
    fn entry(&self, place: &TokenStream, param: bool) -> TokenStream {
        let (ident, name, ty) = (self.ident.to_string(), &self.name, &self.field.ty);
        let whole_body = self.mark == Some("body");
        let has_default = self.serde.default.is_some();
        let (required, repeated, fault) = if param {
            (
                quote_spanned!(ty.span()=> <#ty as ::throughline::Param>::REQUIRED && !#has_default),
                quote_spanned!(ty.span()=> <#ty as ::throughline::Param>::REPEATED),
                quote_spanned!(ty.span()=> <#ty as ::throughline::Param>::FAULT),
            )
        } else {
            (quote!(false), quote!(false), quote!(::core::option::Option::None))
        };
        quote! {
            ::throughline::Field {
                field: #ident, name: #name, place: #place, whole_body: #whole_body,
                required: #required, repeated: #repeated, fault: #fault,
            }
        }
    }

    /// `let field = request.take(..)`.
    fn take(&self, place: &TokenStream) -> TokenStream {
        let (ident, name, ty) = (&self.ident, &self.name, &self.field.ty);
        match &self.serde.default {
            None => quote_spanned!(ty.span()=> let #ident = request.take::<#ty>(#place, #name);),
            Some(function) => {
                let default = match function {
                    Some(function) => quote!(#function),
                    None => quote!(::core::default::Default::default),
                };
                quote_spanned!(ty.span()=> let #ident = request.take_or::<#ty>(#place, #name, #default);)
            }
        }
    }

    fn put(&self, place: &TokenStream) -> TokenStream {
        let (ident, name, ty) = (&self.ident, &self.name, &self.field.ty);
        quote_spanned!(ty.span()=> request.put::<#ty>(#place, #name, &self.#ident);)
    }
}

fn structure(mut item: DeriveInput, mut faults: Faults) -> TokenStream {
    let container = serde(&item.attrs, &mut faults);
    let Data::Struct(data) = &item.data else { return quote!(#item) };
    let slots: Vec<Slot> = data.fields.iter().filter_map(|field| slot(field, &container, &mut faults)).collect();
    if let Some(whole) = slots.iter().find(|slot| slot.mark == Some("body")) {
        for beside in slots.iter().filter(|slot| slot.mark.is_none()) {
            let text = format!(
                "`{}` is the whole body, so this field has no place: mark it `#[path]`, `#[query]` or `#[header]`",
                whole.ident
            );
            faults.at(&beside.ident, text);
        }
        if let Some(second) = slots.iter().filter(|slot| slot.mark == Some("body")).nth(1) {
            faults.at(&second.ident, "one field is the whole body, not two");
        }
    }
    let marked = slots.iter().any(|slot| slot.mark.is_some());

    let name = item.ident.clone();
    let validate = validate_struct(&name, &slots);
    let probes = slots.iter().map(|slot| {
        let (ty, named) = (&slot.field.ty, slot.patch);
        quote_spanned! {ty.span()=>
            const _: () = {
                #[allow(unused_imports)]
                use ::throughline::__private::NotPatch as _;
                ::throughline::__private::patch_is_named(<::throughline::__private::Probe<#ty>>::IS_PATCH, #named);
            };
        }
    });
    let probes: Vec<_> = probes.collect();
    let input = input_impl(&item, &slots, marked);
    let query = query_impl(&name, &slots);
    let from = match slots.as_slice() {
        [only] => {
            let (ident, ty) = (&only.ident, &only.field.ty);
            quote! {
                impl ::core::convert::From<#ty> for #name {
                    fn from(#ident: #ty) -> Self { Self { #ident } }
                }
            }
        }
        _ => TokenStream::new(),
    };
    let schema = if marked { TokenStream::new() } else { schema::emit(&item) };

    strip(&mut item, &["path", "query", "header", "body", "garde", "schema"]);
    let derives = if marked {
        strip(&mut item, &["serde"]);
        common_derives(&item)
    } else {
        add_patch_attributes(&mut item, &slots);
        wire_derives(&item)
    };
    let faults = faults.tokens();
    quote! {
        #derives
        #item
        #faults
        #(#probes)*
        #schema
        const _: () = {
            #validate
            #input
            #query
            #from
        };
    }
}

fn slot(field: &Field, container: &Serde, faults: &mut Faults) -> Option<Slot> {
    let ident = field.ident.clone()?;
    let serde = serde(&field.attrs, faults);
    if serde.flatten {
        faults.at(&ident, "an input has no flattened fields: numbers and places get lost in them; write the fields out");
    }
    let rules = rules(&field.attrs, faults);
    let mut mark = None;
    let mut named = serde.rename.clone();
    for attr in &field.attrs {
        let Some(found) = MARKS.iter().find(|name| attr.path().is_ident(name)) else { continue };
        if mark.is_some() {
            faults.at(attr, "a field travels in one place");
        }
        mark = Some(*found);
        match &attr.meta {
            Meta::Path(_) => {}
            Meta::List(_) if matches!(*found, "query" | "header") => match attr.parse_args::<LitStr>() {
                Ok(name) => named = Some(name.value()),
                Err(error) => faults.push(error),
            },
            _ => faults.at(attr, format!("write `#[{found}]`")),
        }
    }
    let plain = ident.to_string().trim_start_matches("r#").to_owned();
    let name = match (mark, named) {
        (Some("path"), Some(_)) if serde.rename.is_some() => {
            faults.at(&ident, "a path field is named as its placeholder: rename the field");
            plain
        }
        (Some("path"), _) => plain,
        (Some("header"), Some(name)) => name.to_ascii_lowercase(),
        (Some("header"), None) => plain.replace('_', "-").to_ascii_lowercase(),
        (_, Some(name)) => name,
        (_, None) => rename_field(&plain, container.rename_all.as_deref()),
    };
    if mark == Some("header") && (name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))) {
        faults.at(&ident, format!("`{name}` is not a header's name"));
    }
    let patch = unwrap(&field.ty, "Patch").is_some();
    if patch && mark.is_some() {
        faults.at(&field.ty, "a `Patch` is a member of the JSON body: in a path, query or header use `Option`");
    }
    Some(Slot { field: field.clone(), ident, name, mark, rules, serde, patch })
}

fn validate_struct(name: &Ident, slots: &[Slot]) -> TokenStream {
    let walks = slots.iter().map(|slot| {
        let ident = &slot.ident;
        let checks = slot.rules.checks(&quote!(&self.#ident), &slot.field.ty);
        if checks.is_empty() {
            return checks;
        }
        match slot.mark {
            Some("body") => quote!(validator.whole_body(|validator| { #checks });),
            _ => {
                let (place, name) = (slot.place(), &slot.name);
                quote!(validator.field(#place, #name, |validator| { #checks });)
            }
        }
    });
    quote! {
        impl ::throughline::Validate for #name {
            #[allow(unused_variables)]
            fn validate(&self, validator: &mut ::throughline::Validator) { #(#walks)* }
        }
    }
}

fn input_impl(item: &DeriveInput, slots: &[Slot], marked: bool) -> TokenStream {
    let name = &item.ident;
    let entries = slots.iter().map(|slot| slot.entry(&slot.place(), !slot.in_body()));
    let patches = slots.iter().any(|slot| slot.patch);
    let whole = slots.iter().find(|slot| slot.mark == Some("body"));
    let rest: Vec<&Slot> = slots.iter().filter(|slot| slot.mark.is_none()).collect();
    let outside: Vec<&Slot> = slots.iter().filter(|slot| !slot.in_body()).collect();
    let whole_body = whole.is_some();

    let parameters_type = format_ident!("__{}Parameters", name);
    let body_type = format_ident!("__{}Body", name);
    let body_schema = format_ident!("__{}BodySchema", name);

    let parameters = schema::declare_struct(&parameters_type, &parameters_type, &[], outside.iter().map(|slot| &slot.field));
    // Without marks the struct itself is the body; its parameters, in a query, are its own schema's properties.
    let (parameters, parameters_type) =
        if marked { (parameters, quote!(#parameters_type)) } else { (TokenStream::new(), quote!(Self)) };

    let takes = outside.iter().map(|slot| slot.take(&place_of(slot.mark)));
    let puts = outside.iter().map(|slot| slot.put(&place_of(slot.mark)));
    let outside_idents = outside.iter().map(|slot| &slot.ident);
    let unwraps = outside_idents.clone().map(|ident| quote!(let #ident = #ident?;));
    let rest_idents: Vec<_> = rest.iter().map(|slot| &slot.ident).collect();

    let (declared, body_ty, body_schema, join, body) = if let Some(whole) = whole {
        let (ident, ty) = (&whole.ident, &whole.field.ty);
        let outside_idents: Vec<_> = outside_idents.collect();
        let schema = schema::declare_struct(&body_schema, &body_schema, &[], std::iter::once(&whole.field));
        (
            schema,
            quote!(#ty),
            quote!(::throughline::__private::only_member::<#body_schema>(schemas)),
            quote!(::core::option::Option::Some(Self { #ident: body?, #(#outside_idents),* })),
            quote!(::throughline::__private::serde_json::to_vec(&self.#ident)),
        )
    } else if rest.is_empty() && marked {
        let outside_idents: Vec<_> = outside_idents.collect();
        (
            TokenStream::new(),
            quote!(::throughline::NoBody),
            quote!(<::throughline::NoBody as utoipa::PartialSchema>::schema()),
            quote!({ body?; ::core::option::Option::Some(Self { #(#outside_idents),* }) }),
            quote!(::core::result::Result::Ok(::std::vec::Vec::new())),
        )
    } else if !marked {
        (
            TokenStream::new(),
            quote!(Self),
            quote!(::throughline::__private::named::<Self>(schemas)),
            quote!(body),
            quote!(::throughline::__private::serde_json::to_vec(self)),
        )
    } else {
        let outside_idents: Vec<_> = outside_idents.collect();
        let container: Vec<&Attribute> = item.attrs.iter().filter(|attr| attr.path().is_ident("serde")).collect();
        let fields = rest.iter().map(|slot| {
            let (ident, ty) = (&slot.ident, &slot.field.ty);
            let serde: Vec<_> = slot.field.attrs.iter().filter(|attr| attr.path().is_ident("serde")).collect();
            let patch = slot.patch.then(patch_attribute);
            quote_spanned!(slot.field.span()=> #(#serde)* #patch pub #ident: #ty)
        });
        let schema = schema::declare_struct(&body_schema, name, &item.attrs, rest.iter().map(|slot| &slot.field));
        let forward = schema::forward(&body_type, &body_schema);
        (
            quote! {
                #[derive(::throughline::__private::serde::Serialize, ::throughline::__private::serde::Deserialize)]
                #[serde(crate = "::throughline::__private::serde")]
                #(#container)*
                pub struct #body_type { #(#fields),* }
                #schema
                #forward
            },
            quote!(#body_type),
            quote!(::throughline::__private::named::<#body_type>(schemas)),
            quote!({
                let body = body?;
                ::core::option::Option::Some(Self { #(#rest_idents: body.#rest_idents,)* #(#outside_idents),* })
            }),
            quote! {
                ::throughline::__private::serde_json::to_vec(&#body_type {
                    #(#rest_idents: ::core::clone::Clone::clone(&self.#rest_idents)),*
                })
            },
        )
    };
    quote! {
        #[allow(unused_imports)]
        use ::throughline::__private::utoipa;
        #parameters
        #declared
        impl ::throughline::Input for #name {
            const FIELDS: &'static [::throughline::Field] = &[#(#entries),*];
            const PATCHES: bool = #patches;
            const WHOLE_BODY: bool = #whole_body;
            type Body = #body_ty;
            type Parameters = #parameters_type;
            #[allow(unused_variables)]
            fn read(
                request: &mut ::throughline::RequestReader<'_>,
                body: ::core::option::Option<Self::Body>,
            ) -> ::core::option::Option<Self> {
                #(#takes)*
                #(#unwraps)*
                #join
            }
            #[allow(unused_variables)]
            fn write(&self, request: &mut ::throughline::RequestWriter) { #(#puts)* }
            #[allow(unused_variables)]
            fn body_schema(
                schemas: &mut ::throughline::Schemas,
            ) -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                #body_schema
            }
            fn body(&self) -> ::throughline::__private::serde_json::Result<::std::vec::Vec<u8>> { #body }
        }
    }
}

fn place_of(mark: Option<&str>) -> TokenStream {
    match mark {
        Some("path") => quote!(::throughline::Place::Path),
        Some("header") => quote!(::throughline::Place::Header),
        _ => quote!(::throughline::Place::Query),
    }
}

/// The same input with its unmarked fields in the query. Whether their types fit one is only asked where a GET or DELETE
/// uses it: that is what the unused lifetime in the bounds is for.
fn query_impl(name: &Ident, slots: &[Slot]) -> TokenStream {
    if slots.iter().any(|slot| slot.mark == Some("body")) {
        return TokenStream::new();
    }
    let bounds = slots.iter().filter(|slot| slot.mark.is_none()).map(|slot| {
        let ty = &slot.field.ty;
        quote_spanned!(ty.span()=> for<'__any> #ty: ::throughline::Param)
    });
    let entries = slots.iter().map(|slot| {
        let place = if slot.mark.is_none() { quote!(::core::option::Option::Some(::throughline::Place::Query)) } else { slot.place() };
        slot.entry(&place, true)
    });
    let takes = slots.iter().map(|slot| slot.take(&place_of(slot.mark)));
    let puts = slots.iter().map(|slot| slot.put(&place_of(slot.mark)));
    let idents: Vec<_> = slots.iter().map(|slot| &slot.ident).collect();
    quote! {
        impl ::throughline::QueryInput for #name where #(#bounds),* {
            const PARAMETERS: &'static [::throughline::Field] = &[#(#entries),*];
            #[allow(unused_variables)]
            fn read_query(request: &mut ::throughline::RequestReader<'_>) -> ::core::option::Option<Self> {
                #(#takes)*
                ::core::option::Option::Some(Self { #(#idents: #idents?),* })
            }
            #[allow(unused_variables)]
            fn write_query(&self, request: &mut ::throughline::RequestWriter) { #(#puts)* }
        }
    }
}

fn add_patch_attributes(item: &mut DeriveInput, slots: &[Slot]) {
    let Data::Struct(data) = &mut item.data else { return };
    for field in &mut data.fields {
        let patch = slots.iter().any(|slot| slot.patch && Some(&slot.ident) == field.ident.as_ref());
        if patch {
            field.attrs.push(patch_attribute());
        }
    }
}

fn enumeration(mut item: DeriveInput, mut faults: Faults) -> TokenStream {
    let name = item.ident.clone();
    let container = serde(&item.attrs, &mut faults);
    let Data::Enum(data) = &item.data else { return quote!(#item) };
    let arms: Vec<_> = data.variants.iter().map(|variant| arm(variant, &container, &mut faults)).collect();
    let unit = unit_enum(&item);
    let validate = if unit.is_empty() {
        quote! {
            impl ::throughline::Validate for #name {
                #[allow(unused_variables)]
                fn validate(&self, validator: &mut ::throughline::Validator) {
                    match self { #(#arms)* }
                }
            }
        }
    } else {
        TokenStream::new()
    };
    let schema = schema::emit(&item);
    strip(&mut item, &["garde", "schema"]);
    let derives = wire_derives(&item);
    let faults = faults.tokens();
    quote!(#derives #item #faults #schema #unit #validate)
}

/// The check of one variant, at the place where its fields stand on the wire.
fn arm(variant: &syn::Variant, container: &Serde, faults: &mut Faults) -> TokenStream {
    let ident = &variant.ident;
    let own = serde(&variant.attrs, faults);
    let tag = own.rename.clone().unwrap_or_else(|| rename_variant(&ident.to_string(), container.rename_all.as_deref()));
    // Externally tagged: the variant's name is a member around its fields. Adjacently: the content's name is.
    let around = match (&container.tag, &container.content, container.untagged) {
        (Some(_), Some(content), _) => Some(content.clone()),
        (Some(_), None, _) | (None, _, true) => None,
        (None, _, false) => Some(tag),
    };
    let (pattern, checks) = match &variant.fields {
        Fields::Unit => return quote!(Self::#ident => {}),
        Fields::Named(fields) => {
            let idents: Vec<_> = fields.named.iter().filter_map(|field| field.ident.clone()).collect();
            let checks = fields.named.iter().zip(&idents).map(|(field, ident)| {
                let checks = rules(&field.attrs, faults).checks(&quote!(#ident), &field.ty);
                let field_serde = serde(&field.attrs, faults);
                let name = field_serde
                    .rename
                    .unwrap_or_else(|| rename_field(&ident.to_string(), own.rename_all.as_deref()));
                quote!(validator.member(#name, |validator| { #checks });)
            });
            let checks = quote!(#(#checks)*);
            (quote!(Self::#ident { #(#idents),* }), checks)
        }
        Fields::Unnamed(fields) => {
            let idents: Vec<_> = (0..fields.unnamed.len()).map(|n| Ident::new(&format!("field_{n}"), Span::call_site())).collect();
            let single = idents.len() == 1;
            let checks = fields.unnamed.iter().zip(&idents).enumerate().map(|(index, (field, ident))| {
                let ty: &Type = &field.ty;
                let checks = rules(&field.attrs, faults).checks(&quote!(#ident), ty);
                if single { checks } else { quote!(validator.item(#index, |validator| { #checks });) }
            });
            let checks = quote!(#(#checks)*);
            (quote!(Self::#ident(#(#idents),*)), checks)
        }
    };
    match around {
        Some(name) => quote!(#pattern => validator.member(#name, |validator| { #checks }),),
        None => quote!(#pattern => { #checks }),
    }
}
