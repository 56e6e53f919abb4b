//! `#[input]`: what goes into a procedure, each field with its place.
//!
//! Every name that the output binds begins with `__`, so that no field can be called like one.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Attribute, Data, DeriveInput, Field, Fields, Ident, LitStr, Meta, Type, parse2,
    spanned::Spanned,
};

use crate::{
    attrs::{
        Rules, Serde, local, plain, rename_field, rename_variant, rules, schema_attr, serde, unwrap,
    },
    configured,
    faults::Faults,
    output::{common_derives, patch_attribute, strip, unit_enum, wire_derives},
    schema,
};

const MARKS: [&str; 4] = ["path", "query", "header", "body"];

/// The attributes that are ours alone: rustc and serde know none of them.
const OURS: [&str; 6] = ["path", "query", "header", "body", "garde", "schema"];

pub(crate) fn expand(attr: TokenStream, item: TokenStream) -> TokenStream {
    let item: DeriveInput = match parse2(item.clone()) {
        Ok(item) => item,
        Err(error) => {
            let sentence = format!("an input is a struct, or inside of one also an enum: {error}");
            let error = syn::Error::new(error.span(), sentence).into_compile_error();
            return quote!(#item #error);
        }
    };
    if configured::is_needed(&item) {
        return configured::postpone("input", &item);
    }
    let mut faults = Faults::default();
    if !attr.is_empty() {
        faults.at(&attr, "`#[input]` takes no arguments");
    }
    if let Some(parameter) = item.generics.params.first() {
        faults.at(parameter, "an input has no generic parameters: its schema needs one name");
        let faults = faults.tokens();
        let mut item = item;
        strip(&mut item, &OURS);
        strip(&mut item, &["serde"]);
        return quote!(#item #faults);
    }
    match &item.data {
        Data::Struct(data) if matches!(data.fields, Fields::Named(_)) => structure(item, faults),
        Data::Enum(_) => enumeration(item, faults),
        _ => {
            let sentence = "an input is a struct with named fields, or inside of one also an enum";
            faults.at(&item.ident, sentence);
            let faults = faults.tokens();
            quote!(#item #faults)
        }
    }
}

/// One field of the struct.
struct Slot {
    field: Field,
    ident: Ident,
    /// What holds the field's value while an input is read.
    local: Ident,
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
    fn entry(&self, place: &TokenStream, param: bool, container: &Serde) -> TokenStream {
        let (field, name, ty) = (plain(&self.ident), &self.name, &self.field.ty);
        let whole_body = self.mark == Some("body");
        let entry = quote! {
            ::throughline::Field {
                field: #field, name: #name, place: #place, whole_body: #whole_body,
                required: false, repeated: false, fault: ::core::option::Option::None,
            }
        };
        if !param {
            return entry;
        }
        let has_default = self.default(container).is_some();
        quote_spanned!(ty.span()=> ::throughline::__private::parameter::<#ty>(#entry, #has_default))
    }

    /// What yields the value of a parameter that does not stand in the request.
    fn default(&self, container: &Serde) -> Option<TokenStream> {
        let ident = &self.ident;
        match (&self.serde.default, &container.default) {
            _ if self.mark == Some("path") => None,
            (Some(Some(function)), _) => Some(quote!(#function)),
            (Some(None), _) => Some(quote!(::core::default::Default::default)),
            (None, Some(Some(function))) => {
                Some(quote!(|| { let whole: Self = #function(); whole.#ident }))
            }
            (None, Some(None)) => {
                Some(quote!(|| <Self as ::core::default::Default>::default().#ident))
            }
            (None, None) => None,
        }
    }

    /// The field as a member of a schema.
    fn member(&self, container: &Serde) -> schema::Member<'_> {
        let skipped = self.serde.others.iter().any(|other| other == "skip_serializing_if");
        schema::Member {
            field: &self.field,
            name: self.name.clone(),
            optional: self.patch || skipped || self.default(container).is_some(),
            flatten: false,
        }
    }

    /// `let __field = __request.take(..)`.
    fn take(&self, container: &Serde) -> TokenStream {
        let (variable, name, ty) = (&self.local, &self.name, &self.field.ty);
        let (request, place) = (local("__request"), place_of(self.mark));
        match self.default(container) {
            None => quote_spanned! {ty.span()=>
                let #variable = #request.take::<#ty>(#place, #name);
            },
            Some(default) => quote_spanned! {ty.span()=>
                let #variable = #request.take_or::<#ty>(#place, #name, #default);
            },
        }
    }

    fn put(&self) -> TokenStream {
        let (ident, name, ty) = (&self.ident, &self.name, &self.field.ty);
        let ([request, this], place) = (["__request", "self"].map(local), place_of(self.mark));
        quote_spanned!(ty.span()=> #request.put::<#ty>(#place, #name, &#this.#ident);)
    }
}

fn place_of(mark: Option<&str>) -> TokenStream {
    match mark {
        Some("path") => quote!(::throughline::Place::Path),
        Some("header") => quote!(::throughline::Place::Header),
        _ => quote!(::throughline::Place::Query),
    }
}

fn structure(mut item: DeriveInput, mut faults: Faults) -> TokenStream {
    let container = serde(&item.attrs, &mut faults);
    refuse_shapes(&container, &mut faults);
    schema_attr(&item.attrs, &mut faults);
    if let Some(tag) = container.tag.as_ref().or(container.content.as_ref()) {
        faults.at(
            &item.ident,
            format!("`{tag}` would be a member that is no field: write it as one"),
        );
    }
    let Data::Struct(data) = &item.data else { return quote!(#item) };
    let slots: Vec<Slot> =
        data.fields.iter().filter_map(|field| slot(field, &container, &mut faults)).collect();
    judge_together(&slots, &mut faults);
    let marked = slots.iter().any(|slot| slot.mark.is_some());
    let name = item.ident.clone();
    let probes = slots.iter().map(probe);
    let from = from_only_field(&name, &slots);

    if !faults.is_empty() {
        let stub = stub(&name, &slots);
        strip(&mut item, &OURS);
        strip(&mut item, &["serde"]);
        let derives = if marked { common_derives(&item) } else { wire_derives(&item) };
        let faults = faults.tokens();
        return quote!(#derives #item #faults #stub #from);
    }

    let validate = validate_struct(&name, &slots);
    let input = input_impl(&item, &slots, &container);
    let query = query_impl(&name, &slots, &container);
    let schema = if marked { TokenStream::new() } else { schema::emit(&item) };
    let probes = quote!(#(#probes)*);
    strip(&mut item, &OURS);
    let derives = if marked {
        strip(&mut item, &["serde"]);
        common_derives(&item)
    } else {
        add_patch_attributes(&mut item, &slots);
        wire_derives(&item)
    };
    quote! {
        #derives
        #item
        #probes
        #schema
        const _: () = {
            #validate
            #input
            #query
            #from
        };
    }
}

/// Refuses what serde would read in another shape than the fields show.
fn refuse_shapes(container: &Serde, faults: &mut Faults) {
    for other in &container.others {
        if ["transparent", "from", "try_from", "into", "remote"].iter().any(|name| other == name) {
            let sentence = format!(
                "an input is read as it is written here: `{other}` would give it another shape on the wire"
            );
            faults.at(other, sentence);
        }
    }
}

/// What can only be judged over all fields.
fn judge_together(slots: &[Slot], faults: &mut Faults) {
    let mut whole = slots.iter().filter(|slot| slot.mark == Some("body"));
    if let Some(first) = whole.next() {
        for beside in slots.iter().filter(|slot| slot.mark.is_none()) {
            let text = format!(
                "`{}` is the whole body, so this field has no place: mark it `#[path]`, `#[query]` or `#[header]`",
                first.ident
            );
            faults.at(&beside.ident, text);
        }
        if let Some(second) = whole.next() {
            faults.at(&second.ident, "one field is the whole body, not two");
        }
    }
    for (index, slot) in slots.iter().enumerate() {
        let same = |other: &&Slot| other.mark == slot.mark && other.name == slot.name;
        if let (false, Some(first)) = (slot.mark == Some("body"), slots[..index].iter().find(same))
        {
            let place = slot.mark.unwrap_or("body or query");
            let text =
                format!("`{}` is already the name of `{}` in the {place}", slot.name, first.ident);
            faults.at(&slot.ident, text);
        }
    }
}

fn slot(field: &Field, container: &Serde, faults: &mut Faults) -> Option<Slot> {
    let ident = field.ident.clone()?;
    let serde = serde(&field.attrs, faults);
    let (mark, named) = mark(field, faults);
    for other in &serde.others {
        if other == "flatten" {
            faults.at(
                other,
                "an input has no flattened fields: numbers and places get lost in them; write the fields out",
            );
        } else if other.to_string().starts_with("skip") && other != "skip_serializing_if" {
            faults.at(other, "each field of an input travels: take out what does not");
        } else if matches!(mark, Some("path" | "query" | "header")) {
            let sentence = format!(
                "`{other}` means nothing outside a JSON body: a path, query or header value is read through `Param`"
            );
            faults.at(other, sentence);
        }
    }
    let plain = plain(&ident);
    let name = match (mark, named.or_else(|| serde.rename.clone())) {
        (Some("path"), Some(_)) => {
            faults.at(&ident, "a path field is named as its placeholder: rename the field");
            plain
        }
        (Some("path"), None) => plain,
        (Some("header"), Some(name)) => name.to_ascii_lowercase(),
        (Some("header"), None) => plain.replace('_', "-").to_ascii_lowercase(),
        (_, Some(name)) => name,
        (_, None) => rename_field(&plain, container.rename_all.as_deref()),
    };
    if mark == Some("path") && serde.default.is_some() {
        faults.at(&ident, "a path field always stands in the path: it has no default");
    }
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if mark == Some("header") && (name.is_empty() || !name.bytes().all(is_token)) {
        faults.at(&ident, format!("`{name}` is not a header's name"));
    }
    let patch = unwrap(&field.ty, "Patch").is_some();
    if patch && mark.is_some() {
        let sentence =
            "a `Patch` is a member of the JSON body: in a path, query or header use `Option`";
        faults.at(&field.ty, sentence);
    }
    let rules = rules(&field.attrs, faults);
    schema_attr(&field.attrs, faults);
    let local = format_ident!("__field_{}", ident);
    Some(Slot { field: field.clone(), ident, local, name, mark, rules, serde, patch })
}

/// The field's place and, where the place gives it one, its name on the wire.
fn mark(field: &Field, faults: &mut Faults) -> (Option<&'static str>, Option<String>) {
    let (mut mark, mut named) = (None, None);
    for attr in &field.attrs {
        let Some(found) = MARKS.iter().find(|name| attr.path().is_ident(name)) else { continue };
        if mark.is_some() {
            faults.at(attr, "a field travels in one place");
            continue;
        }
        mark = Some(*found);
        match &attr.meta {
            Meta::Path(_) => {}
            Meta::List(_) if matches!(*found, "query" | "header") => {
                match attr.parse_args::<LitStr>() {
                    Ok(name) => named = Some(name.value()),
                    Err(_) => {
                        faults.at(attr, format!("write `#[{found}]` or `#[{found}(\"name\")]`"))
                    }
                }
            }
            _ => faults.at(attr, format!("write `#[{found}]`")),
        }
    }
    (mark, named)
}

/// Checks by type what the macro believed by name: whether the field is a `Patch`.
fn probe(slot: &Slot) -> TokenStream {
    let (ty, named) = (&slot.field.ty, slot.patch);
    quote_spanned! {ty.span()=>
        const _: () = {
            #[allow(unused_imports)]
            use ::throughline::__private::NotPatch as _;
            ::throughline::__private::patch_is_named(<::throughline::__private::Probe<#ty>>::IS_PATCH, #named);
        };
    }
}

/// An input with one field is made from its value: `api.tasks().get(id)`.
fn from_only_field(name: &Ident, slots: &[Slot]) -> TokenStream {
    let [only] = slots else { return TokenStream::new() };
    let (ident, ty) = (&only.ident, &only.field.ty);
    quote! {
        impl ::core::convert::From<#ty> for #name {
            fn from(__value: #ty) -> Self { Self { #ident: __value } }
        }
    }
}

/// What stands in while the struct is wrong, so that what uses it is judged on its own merits.
fn stub(name: &Ident, slots: &[Slot]) -> TokenStream {
    let container = Serde::default();
    let entries: Vec<_> =
        slots.iter().map(|slot| slot.entry(&slot.place(), false, &container)).collect();
    let schema = schema::stub(name);
    quote! {
        #schema
        const _: () = {
            impl ::throughline::Validate for #name {
                fn validate(&self, _: &mut ::throughline::Validator) {}
            }
            impl ::throughline::Input for #name {
                const FIELDS: &'static [::throughline::Field] = &[#(#entries),*];
                const PATCHES: bool = false;
                const WHOLE_BODY: bool = false;
                type Body = ::throughline::NoBody;
                type Parameters = ::throughline::NoBody;
                fn read(
                    _: &mut ::throughline::RequestReader<'_>,
                    _: ::core::option::Option<Self::Body>,
                ) -> ::core::option::Option<Self> {
                    ::core::option::Option::None
                }
                fn write(&self, _: &mut ::throughline::RequestWriter) {}
                fn body_schema(
                    _: &mut ::throughline::Schemas,
                ) -> ::throughline::__private::utoipa::openapi::RefOr<::throughline::__private::utoipa::openapi::schema::Schema> {
                    <::throughline::NoBody as ::throughline::__private::utoipa::PartialSchema>::schema()
                }
                fn body(&self) -> ::throughline::__private::serde_json::Result<::std::vec::Vec<u8>> {
                    ::core::result::Result::Ok(::std::vec::Vec::new())
                }
            }
            impl ::throughline::QueryInput for #name {
                const PARAMETERS: &'static [::throughline::Field] = <Self as ::throughline::Input>::FIELDS;
                fn read_query(_: &mut ::throughline::RequestReader<'_>) -> ::core::option::Option<Self> {
                    ::core::option::Option::None
                }
                fn write_query(&self, _: &mut ::throughline::RequestWriter) {}
            }
        };
    }
}

fn validate_struct(name: &Ident, slots: &[Slot]) -> TokenStream {
    let walks = slots.iter().map(|slot| {
        let ident = &slot.ident;
        let checks = slot.rules.checks(&quote!(&self.#ident), &slot.field.ty);
        if checks.is_empty() {
            return checks;
        }
        match slot.mark {
            Some("body") => quote!(__validator.whole_body(|__validator| { #checks });),
            _ => {
                let (place, name) = (slot.place(), &slot.name);
                quote!(__validator.field(#place, #name, |__validator| { #checks });)
            }
        }
    });
    quote! {
        impl ::throughline::Validate for #name {
            #[allow(unused_variables)]
            fn validate(&self, __validator: &mut ::throughline::Validator) { #(#walks)* }
        }
    }
}

/// How an input's body is declared, read and written.
struct Body {
    /// Items that it needs.
    declared: TokenStream,
    ty: TokenStream,
    schema: TokenStream,
    /// The expression that joins the body with the fields outside it.
    join: TokenStream,
    /// The expression that writes it.
    write: TokenStream,
}

fn input_impl(item: &DeriveInput, slots: &[Slot], container: &Serde) -> TokenStream {
    let name = &item.ident;
    let entries = slots.iter().map(|slot| slot.entry(&slot.place(), !slot.in_body(), container));
    let patches = slots.iter().any(|slot| slot.patch);
    let outside: Vec<&Slot> = slots.iter().filter(|slot| !slot.in_body()).collect();
    let whole_body = slots.iter().any(|slot| slot.mark == Some("body"));
    let Body { declared, ty: body_ty, schema: body_schema, join, write } =
        body(item, slots, container, &outside);

    // Without marks the struct itself is the body; its parameters, in a query, are its own schema's
    // properties.
    let marked = slots.iter().any(|slot| slot.mark.is_some());
    let (parameters, parameters_type) = if marked {
        let copy = format_ident!("__{}Parameters", name);
        let shape = schema::object(&[], outside.iter().map(|slot| slot.member(container)));
        let text = copy.to_string();
        let parameters = quote! {
            pub struct #copy;
            ::throughline::__wire!(#copy, #text, |__schemas| #shape);
        };
        (parameters, quote!(#copy))
    } else {
        (TokenStream::new(), quote!(Self))
    };
    let takes = outside.iter().map(|slot| slot.take(container));
    let puts = outside.iter().map(|slot| slot.put());
    let locals = outside.iter().map(|slot| &slot.local);
    quote! {
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
                __request: &mut ::throughline::RequestReader<'_>,
                __body: ::core::option::Option<Self::Body>,
            ) -> ::core::option::Option<Self> {
                #(#takes)*
                #(let #locals = #locals?;)*
                #join
            }
            #[allow(unused_variables)]
            fn write(&self, __request: &mut ::throughline::RequestWriter) { #(#puts)* }
            #[allow(unused_variables)]
            fn body_schema(
                __schemas: &mut ::throughline::Schemas,
            ) -> ::throughline::__private::utoipa::openapi::RefOr<::throughline::__private::utoipa::openapi::schema::Schema> {
                #body_schema
            }
            fn body(&self) -> ::throughline::__private::serde_json::Result<::std::vec::Vec<u8>> { #write }
        }
    }
}

fn body(item: &DeriveInput, slots: &[Slot], container: &Serde, outside: &[&Slot]) -> Body {
    let name = &item.ident;
    let rest: Vec<&Slot> = slots.iter().filter(|slot| slot.mark.is_none()).collect();
    let outside = outside.iter().map(|Slot { ident, local, .. }| quote!(#ident: #local));
    let outside = quote!(#(#outside),*);
    if let Some(whole) = slots.iter().find(|slot| slot.mark == Some("body")) {
        let (ident, ty) = (&whole.ident, &whole.field.ty);
        Body {
            declared: TokenStream::new(),
            ty: quote!(#ty),
            schema: schema::item(&whole.field),
            join: quote!(::core::option::Option::Some(Self { #ident: __body?, #outside })),
            write: quote!(::throughline::__private::serde_json::to_vec(&self.#ident)),
        }
    } else if rest.is_empty() {
        Body {
            declared: TokenStream::new(),
            ty: quote!(::throughline::NoBody),
            schema: quote!(
                <::throughline::NoBody as ::throughline::__private::utoipa::PartialSchema>::schema(
                )
            ),
            join: quote!({ __body?; ::core::option::Option::Some(Self { #outside }) }),
            write: quote!(::core::result::Result::Ok(::std::vec::Vec::new())),
        }
    } else if slots.iter().all(|slot| slot.mark.is_none()) {
        Body {
            declared: TokenStream::new(),
            ty: quote!(Self),
            schema: quote!(<Self as ::throughline::WireSchema>::schema(__schemas)),
            join: quote!(__body),
            write: quote!(::throughline::__private::serde_json::to_vec(self)),
        }
    } else {
        let copy = format_ident!("__{}Body", name);
        let idents: Vec<_> = rest.iter().map(|slot| &slot.ident).collect();
        Body {
            declared: part(item, &copy, &rest, container),
            ty: quote!(#copy),
            schema: quote!(<#copy as ::throughline::WireSchema>::schema(__schemas)),
            join: quote!({
                let __body = __body?;
                ::core::option::Option::Some(Self { #(#idents: __body.#idents,)* #outside })
            }),
            write: quote! {
                ::throughline::__private::serde_json::to_vec(&#copy {
                    #(#idents: ::core::clone::Clone::clone(&self.#idents)),*
                })
            },
        }
    }
}

/// The struct `copy` of the fields that make up the body.
fn part(item: &DeriveInput, copy: &Ident, rest: &[&Slot], container: &Serde) -> TokenStream {
    let name = &item.ident;
    let serde = |attrs: &[Attribute]| -> TokenStream {
        attrs
            .iter()
            .filter(|attr| attr.path().is_ident("serde"))
            .map(|attr| quote!(#attr))
            .collect()
    };
    let fields = rest.iter().map(|slot| {
        let (ident, ty) = (&slot.ident, &slot.field.ty);
        let (serde, patch) = (serde(&slot.field.attrs), slot.patch.then(patch_attribute));
        quote_spanned!(slot.field.span()=> #serde #patch #ident: #ty)
    });
    // `#[serde(default)]` on the struct: the copy's defaults are the struct's.
    let default = container.default.as_ref().map(|function| {
        let whole = match function {
            Some(function) => quote!(#function()),
            None => quote!(<#name as ::core::default::Default>::default()),
        };
        let idents: Vec<_> = rest.iter().map(|slot| &slot.ident).collect();
        quote! {
            impl ::core::default::Default for #copy {
                fn default() -> Self {
                    let __whole: #name = #whole;
                    Self { #(#idents: __whole.#idents),* }
                }
            }
        }
    });
    let attrs = serde_of_part(&item.attrs);
    let members = rest.iter().map(|slot| slot.member(container));
    let (text, shape) = (schema::name(item), schema::object(&item.attrs, members));
    quote! {
        #[derive(::throughline::__private::serde::Serialize, ::throughline::__private::serde::Deserialize)]
        #[serde(crate = "::throughline::__private::serde")]
        #attrs
        pub struct #copy { #(#fields),* }
        #default
        ::throughline::__wire!(#copy, #text, |__schemas| #shape);
    }
}

/// Serde's attributes on a struct, for the copy of a part of it: a default function yields the whole
/// struct, so the copy has a `Default` of its own instead.
fn serde_of_part(attrs: &[Attribute]) -> TokenStream {
    let mut out = TokenStream::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
        let _ = attr.parse_nested_meta(|meta| {
            let path = &meta.path;
            if path.is_ident("default") {
                out.extend(quote!(#[serde(default)]));
                if meta.input.peek(syn::Token![=]) {
                    meta.value()?.parse::<syn::Expr>()?;
                }
            } else if meta.input.peek(syn::Token![=]) {
                let value: syn::Expr = meta.value()?.parse()?;
                out.extend(quote!(#[serde(#path = #value)]));
            } else {
                out.extend(quote!(#[serde(#path)]));
            }
            Ok(())
        });
    }
    out
}

/// The same input with its unmarked fields in the query. Whether their types fit one is only asked
/// where a GET or DELETE uses it: that is what the unused lifetime in the bounds is for.
fn query_impl(name: &Ident, slots: &[Slot], container: &Serde) -> TokenStream {
    if slots.iter().any(|slot| slot.mark == Some("body")) {
        return TokenStream::new();
    }
    let unmarked = || slots.iter().filter(|slot| slot.mark.is_none());
    let bounds = unmarked().map(|slot| {
        let ty = &slot.field.ty;
        quote_spanned!(ty.span()=> for<'__any> #ty: ::throughline::Param)
    });
    let only_in_a_body = unmarked()
        .flat_map(|slot| &slot.serde.others)
        .find(|other| *other != "skip_serializing_if")
        .map(|other| {
            quote_spanned!(other.span()=> for<'__any> #name: ::throughline::__private::ReadByParam,)
        });
    let entries = slots.iter().map(|slot| {
        let place = match slot.mark {
            None => quote!(::core::option::Option::Some(::throughline::Place::Query)),
            Some(_) => slot.place(),
        };
        slot.entry(&place, true, container)
    });
    let takes = slots.iter().map(|slot| slot.take(container));
    let puts = slots.iter().map(Slot::put);
    let fields = slots.iter().map(|Slot { ident, local, .. }| quote!(#ident: #local?));
    quote! {
        #[allow(single_use_lifetimes, unused_lifetimes)]
        impl ::throughline::QueryInput for #name where #only_in_a_body #(#bounds),* {
            const PARAMETERS: &'static [::throughline::Field] = &[#(#entries),*];
            #[allow(unused_variables)]
            fn read_query(__request: &mut ::throughline::RequestReader<'_>) -> ::core::option::Option<Self> {
                #(#takes)*
                ::core::option::Option::Some(Self { #(#fields),* })
            }
            #[allow(unused_variables)]
            fn write_query(&self, __request: &mut ::throughline::RequestWriter) { #(#puts)* }
        }
    }
}

fn add_patch_attributes(item: &mut DeriveInput, slots: &[Slot]) {
    let Data::Struct(data) = &mut item.data else { return };
    for field in &mut data.fields {
        let is_it = |slot: &&Slot| Some(&slot.ident) == field.ident.as_ref();
        if slots.iter().find(is_it).is_some_and(|slot| slot.patch) {
            field.attrs.push(patch_attribute());
        }
    }
}

fn enumeration(mut item: DeriveInput, mut faults: Faults) -> TokenStream {
    let name = item.ident.clone();
    let container = serde(&item.attrs, &mut faults);
    refuse_shapes(&container, &mut faults);
    let Data::Enum(data) = &item.data else { return quote!(#item) };
    let arms: Vec<_> =
        data.variants.iter().map(|variant| arm(variant, &container, &mut faults)).collect();
    let unit = unit_enum(&item, &container);
    schema_attr(&item.attrs, &mut faults);
    let schema = if faults.is_empty() {
        schema::emit(&item)
    } else {
        strip(&mut item, &["serde"]);
        schema::stub(&name)
    };
    let validate = match (unit.is_empty(), faults.is_empty()) {
        (false, _) => TokenStream::new(),
        (true, true) => quote! {
            impl ::throughline::Validate for #name {
                #[allow(unused_variables)]
                fn validate(&self, __validator: &mut ::throughline::Validator) {
                    match *self { #(#arms)* }
                }
            }
        },
        (true, false) => quote! {
            impl ::throughline::Validate for #name {
                fn validate(&self, _: &mut ::throughline::Validator) {}
            }
        },
    };
    strip(&mut item, &OURS);
    let derives = wire_derives(&item);
    let faults = faults.tokens();
    quote!(#derives #item #faults #schema #unit #validate)
}

/// The check of one variant, at the place where its fields stand on the wire.
fn arm(variant: &syn::Variant, container: &Serde, faults: &mut Faults) -> TokenStream {
    let ident = &variant.ident;
    let own = serde(&variant.attrs, faults);
    let tag = own
        .rename
        .clone()
        .unwrap_or_else(|| rename_variant(&plain(ident), container.rename_all.as_deref()));
    let untagged =
        container.untagged || own.others.iter().any(|other| other == "untagged") || own.untagged;
    // Externally tagged: the variant's name is a member around its fields. Adjacently: the content's
    // name is.
    let around = match (&container.tag, &container.content) {
        _ if untagged => None,
        (Some(_), content) => content.clone(),
        (None, _) => Some(tag),
    };
    for field in &variant.fields {
        schema_attr(&field.attrs, faults);
        if let Some(mark) =
            field.attrs.iter().find(|attr| MARKS.iter().any(|name| attr.path().is_ident(name)))
        {
            faults.at(
                mark,
                "an enum stands inside of an input: its fields have no places of their own",
            );
        }
        if unwrap(&field.ty, "Patch").is_some() {
            faults.at(&field.ty, "a `Patch` is a field of a struct: in an enum use `Option`");
        }
    }
    let rename_all = own.rename_all.as_deref().or(container.rename_all_fields.as_deref());
    let (pattern, checks) = match &variant.fields {
        Fields::Unit => return quote!(Self::#ident => {}),
        Fields::Named(fields) => {
            let (mut bindings, mut checks) = (Vec::new(), TokenStream::new());
            for field in &fields.named {
                let Some(ident) = &field.ident else { continue };
                let local = format_ident!("__field_{}", ident);
                let check = rules(&field.attrs, faults).checks(&quote!(#local), &field.ty);
                let name = serde(&field.attrs, faults)
                    .rename
                    .unwrap_or_else(|| rename_field(&plain(ident), rename_all));
                checks.extend(quote!(__validator.member(#name, |__validator| { #check });));
                bindings.push(quote!(#ident: ref #local));
            }
            (quote!(Self::#ident { #(#bindings),* }), checks)
        }
        Fields::Unnamed(fields) => {
            let locals: Vec<_> =
                (0..fields.unnamed.len()).map(|index| format_ident!("__field_{}", index)).collect();
            let single = locals.len() == 1;
            let mut checks = TokenStream::new();
            for (index, (field, local)) in fields.unnamed.iter().zip(&locals).enumerate() {
                let ty: &Type = &field.ty;
                let check = rules(&field.attrs, faults).checks(&quote!(#local), ty);
                if single {
                    checks.extend(check);
                } else {
                    checks.extend(quote!(__validator.item(#index, |__validator| { #check });));
                }
            }
            (quote!(Self::#ident(#(ref #locals),*)), checks)
        }
    };
    match around {
        Some(name) => quote!(#pattern => __validator.member(#name, |__validator| { #checks }),),
        None => quote!(#pattern => { #checks }),
    }
}
