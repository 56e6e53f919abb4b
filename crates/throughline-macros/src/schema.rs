//! Emits the schema of a type: each field's is what the field's type says of itself, and what serde and the
//! rules on the field add to it is put around that.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Attribute, Data, DeriveInput, Field, Fields, Ident, Variant, spanned::Spanned};

use crate::{
    attrs::{
        SchemaAttr, Serde, doc_text, local, plain, rename_field, rename_variant, rules,
        schema_attr, serde, unwrap,
    },
    faults::Faults,
};

/// One member of an object.
pub(crate) struct Member<'a> {
    pub(crate) field: &'a Field,
    /// Its name on the wire.
    pub(crate) name: String,
    /// Whether its absence is no error, whatever its type says.
    pub(crate) optional: bool,
    pub(crate) flatten: bool,
}

/// The expression that builds the schema of an object with these members.
pub(crate) fn object<'a>(
    attrs: &[Attribute],
    members: impl Iterator<Item = Member<'a>>,
) -> TokenStream {
    let faults = &mut Faults::default();
    let (description, container) = (doc_text(attrs), serde(attrs, faults));
    let example = schema_attr(attrs, faults)
        .example
        .map(|example| quote!(__members.example(::throughline::__private::json(#example));));
    let closed = container
        .others
        .iter()
        .any(|other| other == "deny_unknown_fields")
        .then(|| quote!(__members.closed();));
    let members: TokenStream = members.map(|member| add(&member)).collect();
    quote! {{
        #[allow(unused_mut)]
        let mut __members = ::throughline::__private::Members::new(#description);
        #members
        #example
        #closed
        __members.finish()
    }}
}

fn add(member: &Member<'_>) -> TokenStream {
    let Member { field, name, optional, flatten } = member;
    let (ty, facets) = (ty(field), facets(&field.attrs));
    let [members, schemas] = ["__members", "__schemas"].map(local);
    if *flatten {
        return quote_spanned!(ty.span()=> #members.flatten::<#ty>(#schemas););
    }
    quote_spanned!(ty.span()=> #members.add::<#ty>(#schemas, #name, #optional, #facets);)
}

/// The type whose schema the field has.
fn ty(field: &Field) -> TokenStream {
    if let Some(other) = schema_attr(&field.attrs, &mut Faults::default()).value_type {
        return quote!(#other);
    }
    let ty = unwrap(&field.ty, "Patch").unwrap_or(&field.ty);
    quote!(#ty)
}

/// The schema of one field without a name.
pub(crate) fn item(field: &Field) -> TokenStream {
    let (ty, facets, schemas) = (ty(field), facets(&field.attrs), local("__schemas"));
    quote_spanned!(ty.span()=> ::throughline::__private::item::<#ty>(#schemas, #facets))
}

/// What the attributes of a field say of its value.
fn facets(attrs: &[Attribute]) -> TokenStream {
    let faults = &mut Faults::default();
    let mut entries = Vec::new();
    let description = doc_text(attrs);
    if !description.is_empty() {
        entries.push(quote!(description: #description));
    }
    if attrs.iter().any(|attr| attr.path().is_ident("deprecated")) {
        entries.push(quote!(deprecated: true));
    }
    let SchemaAttr { example, default, .. } = schema_attr(attrs, faults);
    entries.extend(example.map(|value| quote!(example: ::throughline::__private::json(#value))));
    entries.extend(default.map(|value| quote!(default: ::throughline::__private::json(#value))));
    entries.extend(rules(attrs, faults).facets());
    quote! {
        ::throughline::__private::Facets { #(#entries,)* ..::core::default::Default::default() }
    }
}

/// The members of a struct as serde names them.
fn named_members<'a>(
    fields: impl Iterator<Item = &'a Field>,
    rename_all: Option<&str>,
    all_optional: bool,
) -> Vec<Member<'a>> {
    let member = |field: &'a Field| {
        let ident = field.ident.as_ref()?;
        let own = serde(&field.attrs, &mut Faults::default());
        let says = |name: &str| own.others.iter().any(|other| other == name);
        if says("skip") || says("skip_serializing") {
            return None;
        }
        Some(Member {
            field,
            name: own.rename.clone().unwrap_or_else(|| rename_field(&plain(ident), rename_all)),
            optional: all_optional
                || own.default.is_some()
                || says("skip_serializing_if")
                || unwrap(&field.ty, "Patch").is_some(),
            flatten: says("flatten"),
        })
    };
    fields.filter_map(member).collect()
}

/// The name of the schema: the type's, unless `#[schema(as = ..)]` says another one.
pub(crate) fn name(item: &DeriveInput) -> String {
    schema_attr(&item.attrs, &mut Faults::default()).name.unwrap_or_else(|| plain(&item.ident))
}

/// The schema of a whole struct or enum.
pub(crate) fn emit(item: &DeriveInput) -> TokenStream {
    let (ident, name) = (&item.ident, name(item));
    let container = serde(&item.attrs, &mut Faults::default());
    let shape = match &item.data {
        Data::Struct(data) => structure(item, &data.fields, &container),
        Data::Enum(data) => enumeration(item, data.variants.iter(), &container),
        Data::Union(_) => return stub(ident),
    };
    quote!(::throughline::__wire!(#ident, #name, |__schemas| #shape);)
}

/// The place of a type in the document while it is wrong.
pub(crate) fn stub(ident: &Ident) -> TokenStream {
    let name = plain(ident);
    quote! {
        ::throughline::__wire!(
            #ident, #name, |_| ::throughline::__private::Members::new("").finish()
        );
    }
}

fn structure(item: &DeriveInput, fields: &Fields, container: &Serde) -> TokenStream {
    let transparent = container.others.iter().any(|other| other == "transparent");
    let description = doc_text(&item.attrs);
    match fields {
        _ if transparent && fields.len() == 1 => {
            let content = fields.iter().map(self::item);
            quote!(::throughline::__private::described(#(#content)*, #description))
        }
        Fields::Named(fields) => {
            let rename_all = container.rename_all.as_deref();
            let all_optional = container.default.is_some();
            let members = named_members(fields.named.iter(), rename_all, all_optional);
            object(&item.attrs, members.into_iter())
        }
        Fields::Unnamed(fields) => {
            let content = tuple(fields.unnamed.iter());
            quote!(::throughline::__private::described(#content, #description))
        }
        Fields::Unit => quote! {
            ::throughline::__private::described(
                <() as ::throughline::WireSchema>::schema(__schemas),
                #description,
            )
        },
    }
}

/// One field is its own content, several are a list.
fn tuple<'a>(fields: impl ExactSizeIterator<Item = &'a Field>) -> TokenStream {
    let single = fields.len() == 1;
    let items = fields.map(item);
    if single {
        quote!(#(#items)*)
    } else {
        quote!({
            let __items = ::std::vec![#(#items),*];
            ::throughline::__private::tuple(__items)
        })
    }
}

fn enumeration<'a>(
    item: &DeriveInput,
    variants: impl Iterator<Item = &'a Variant>,
    container: &Serde,
) -> TokenStream {
    let description = doc_text(&item.attrs);
    let tagging = match (&container.tag, &container.content) {
        _ if container.untagged => quote!(Untagged),
        (Some(tag), Some(content)) => quote!(Adjacent(#tag, #content)),
        (Some(tag), None) => quote!(Internal(#tag)),
        (None, _) => quote!(External),
    };
    let variants: TokenStream =
        variants.map(|variant| self::variant(variant, container, &tagging)).collect();
    quote! {{
        #[allow(unused_mut)]
        let mut __variants = ::throughline::__private::Variants::new(
            ::throughline::__private::Tagging::#tagging,
            #description,
        );
        #variants
        __variants.finish()
    }}
}

fn variant(variant: &Variant, container: &Serde, tagging: &TokenStream) -> TokenStream {
    let own = serde(&variant.attrs, &mut Faults::default());
    let says = |name: &str| own.others.iter().any(|other| other == name);
    if says("skip") || says("skip_serializing") {
        return TokenStream::new();
    }
    let tagging = if own.untagged { quote!(Untagged) } else { tagging.clone() };
    let tagging = quote!(::throughline::__private::Tagging::#tagging);
    let name = own
        .rename
        .clone()
        .unwrap_or_else(|| rename_variant(&plain(&variant.ident), container.rename_all.as_deref()));
    let description = doc_text(&variant.attrs);
    let content = match &variant.fields {
        Fields::Unit => return quote!(__variants.unit(#tagging, #name, #description);),
        Fields::Named(fields) => {
            let rename_all = own.rename_all.as_deref().or(container.rename_all_fields.as_deref());
            let members = named_members(fields.named.iter(), rename_all, false);
            object(&[], members.into_iter())
        }
        Fields::Unnamed(fields) => tuple(fields.unnamed.iter()),
    };
    quote! {
        let __content = #content;
        __variants.content(#tagging, #name, #description, __content);
    }
}
