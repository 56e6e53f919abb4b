//! `derive(ApiError)`: a status, a stable code and typed fields for each variant.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Data, DeriveInput, Fields, Ident, LitInt, LitStr, Token, Type, Variant, parse::ParseStream,
    spanned::Spanned,
};

use crate::{
    attrs::{plain, summary},
    faults::Faults,
    schema,
};

/// The envelope's own members, which `throughline::Problem::MEMBERS` lists as well.
const MEMBERS: [&str; 8] =
    ["type", "title", "status", "detail", "instance", "code", "request_id", "errors"];

/// What `#[problem(..)]` says.
enum Problem {
    Own(LitInt, LitStr),
    Transparent,
}

pub(crate) fn expand(item: &DeriveInput) -> TokenStream {
    let name = &item.ident;
    let mut faults = Faults::default();
    if let Some(parameter) = item.generics.params.first() {
        faults.at(parameter, "a declared error has no generic parameters: its codes are fixed");
        return faults.tokens();
    }
    let Data::Enum(data) = &item.data else {
        faults.at(name, "a declared error is an enum");
        let faults = faults.tokens();
        return quote!(#faults #[automatically_derived] impl ::throughline::ApiError for #name { #STUB });
    };
    let mut own: Vec<OwnCase<'_>> = Vec::new();
    let mut wrapped: Vec<(&Ident, &Type)> = Vec::new();
    for variant in &data.variants {
        match problem(variant, &mut faults) {
            Some(Problem::Own(status, code)) => {
                if let Some(case) = OwnCase::new(variant, &status, code, &own, &mut faults) {
                    own.push(case);
                }
            }
            Some(Problem::Transparent) => match &variant.fields {
                Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                    wrapped.extend(fields.unnamed.first().map(|field| (&variant.ident, &field.ty)));
                }
                _ => faults.at(&variant.ident, "a transparent variant holds one other declared error: `Task(#[from] TaskError)`"),
            },
            None => {}
        }
    }
    let faults = faults.tokens();
    if !faults.is_empty() {
        // The impl is emitted all the same, so that what uses the error is judged on its own merits.
        return quote!(#faults #[automatically_derived] impl ::throughline::ApiError for #name { #STUB });
    }
    emit(name, &own, &wrapped)
}

/// The body of the impl that stands in while the enum is wrong.
struct Stub;
const STUB: Stub = Stub;

impl quote::ToTokens for Stub {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(quote! {
            const CODES: &'static ::throughline::Codes = &::throughline::Codes { own: &[], wrapped: &[] };
            fn cases() -> ::std::vec::Vec<::throughline::Case> { ::std::vec::Vec::new() }
            fn status(&self) -> u16 { 500 }
            fn code(&self) -> &'static str { "" }
            fn title(&self) -> &'static str { "" }
            fn members(&self) -> ::throughline::__private::serde_json::Result<
                ::throughline::__private::serde_json::Map<::std::string::String, ::throughline::__private::serde_json::Value>,
            > {
                ::core::result::Result::Ok(::core::default::Default::default())
            }
            fn from_members(
                _: &str,
                _: &::throughline::__private::serde_json::Map<::std::string::String, ::throughline::__private::serde_json::Value>,
            ) -> ::core::option::Option<::throughline::__private::serde_json::Result<Self>> {
                ::core::option::Option::None
            }
        });
    }
}

fn problem(variant: &Variant, faults: &mut Faults) -> Option<Problem> {
    let mut attrs = variant.attrs.iter().filter(|attr| attr.path().is_ident("problem"));
    let Some(attr) = attrs.next() else {
        faults.at(&variant.ident, "this error has no status and code: add `#[problem(404, \"thing.not_found\")]`, or `#[problem(transparent)]` for a wrapped error");
        return None;
    };
    if let Some(second) = attrs.next() {
        faults.at(second, "an error has one status and code");
    }
    if !matches!(attr.meta, syn::Meta::List(_)) {
        faults.at(attr, EXPECTED);
        return None;
    }
    match attr.parse_args_with(parse_problem) {
        Ok(problem) => Some(problem),
        Err(error) => {
            faults.push(error);
            None
        }
    }
}

/// What an attribute that says something else is answered.
const EXPECTED: &str = "expected a status and a code, `#[problem(404, \"thing.not_found\")]`, or `#[problem(transparent)]`";

fn parse_problem(input: ParseStream<'_>) -> syn::Result<Problem> {
    if input.peek(Ident) {
        let word: Ident = input.parse()?;
        if word == "transparent" && input.is_empty() {
            return Ok(Problem::Transparent);
        }
        return Err(syn::Error::new(word.span(), EXPECTED));
    }
    let expected = |error: syn::Error| syn::Error::new(error.span(), EXPECTED);
    let status = input.parse().map_err(expected)?;
    input.parse::<Token![,]>().map_err(expected)?;
    let code = input.parse().map_err(expected)?;
    input.parse::<Option<Token![,]>>()?;
    if !input.is_empty() {
        return Err(input.error(EXPECTED));
    }
    Ok(Problem::Own(status, code))
}

struct OwnCase<'a> {
    variant: &'a Variant,
    status: u16,
    code: LitStr,
    title: String,
}

impl<'a> OwnCase<'a> {
    fn new(
        variant: &'a Variant,
        status: &LitInt,
        code: LitStr,
        others: &[OwnCase<'_>],
        faults: &mut Faults,
    ) -> Option<Self> {
        let number = match status.base10_parse::<u16>() {
            Ok(number) if (400..600).contains(&number) => number,
            _ => {
                faults.at(status, "an error's status is between 400 and 599");
                return None;
            }
        };
        if let Some(other) = others.iter().find(|other| other.code.value() == code.value()) {
            faults.at(
                &code,
                format!("`{}` is already the code of `{}`", code.value(), other.variant.ident),
            );
        }
        let dotted = code.value();
        let word = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        if !dotted.contains('.') || !dotted.split('.').all(word) {
            faults.at(&code, "a code is two or more words in lower case with dots between them: `task.not_found`");
        } else if dotted.starts_with("request.") {
            faults.at(&code, "codes that begin with `request.` are the framework's own");
        }
        match &variant.fields {
            Fields::Unnamed(fields) => {
                faults.at(fields, "an error's fields have names: they are members of the problem")
            }
            Fields::Named(fields) => {
                for ident in fields.named.iter().filter_map(|field| field.ident.as_ref()) {
                    let name = plain(ident);
                    if MEMBERS.contains(&name.as_str()) {
                        faults.at(
                            ident,
                            format!(
                                "`{name}` is a member of each problem: give the field another name"
                            ),
                        );
                    }
                }
            }
            Fields::Unit => {}
        }
        let title = summary(&variant.attrs);
        let title = if title.is_empty() { words(&variant.ident) } else { title };
        Some(Self { variant, status: number, code, title })
    }
}

/// `NotFound` as `Not found`, for a variant without a doc comment.
fn words(name: &Ident) -> String {
    let text = crate::attrs::snake(name).replace('_', " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn emit(name: &Ident, own: &[OwnCase<'_>], wrapped: &[(&Ident, &Type)]) -> TokenStream {
    let private = quote!(::throughline::__private);
    let codes: Vec<_> = own.iter().map(|case| &case.code).collect();
    let wrapped_types: Vec<_> = wrapped.iter().map(|(_, ty)| *ty).collect();
    let wrapped_names: Vec<_> = wrapped.iter().map(|(name, _)| *name).collect();

    // At the wrapped type: what it lacks is shown there.
    let as_error: Vec<_> = wrapped_types
        .iter()
        .map(|ty| quote_spanned!(ty.span()=> <#ty as ::throughline::ApiError>))
        .collect();
    let mut declared = TokenStream::new();
    let (mut cases, mut statuses, mut code_arms, mut titles, mut members, mut reads) =
        (vec![], vec![], vec![], vec![], vec![], vec![]);
    for case in own {
        let (ident, status, code, title) =
            (&case.variant.ident, case.status, &case.code, &case.title);
        let copy = format_ident!("__{}{}", name, ident);
        let fields: Vec<&syn::Field> = match &case.variant.fields {
            Fields::Named(fields) => fields.named.iter().collect(),
            _ => Vec::new(),
        };
        let idents: Vec<_> = fields.iter().filter_map(|field| field.ident.as_ref()).collect();
        let types = fields.iter().map(|field| &field.ty);
        let names = idents.iter().map(|ident| plain(ident));
        let locals: Vec<_> =
            idents.iter().map(|ident| format_ident!("__field_{}", ident)).collect();
        let schema = schema::object(
            &[],
            fields.iter().map(|field| schema::Member {
                field,
                name: field.ident.as_ref().map(plain).unwrap_or_default(),
                optional: false,
                flatten: false,
            }),
        );
        declared.extend(quote! {
            #[derive(#private::serde::Deserialize)]
            #[serde(crate = "::throughline::__private::serde")]
            struct #copy { #(#idents: #types),* }
        });
        cases.push(quote! {
            ::throughline::Case {
                status: #status, code: #code, title: #title,
                fields: |__schemas| #schema,
            }
        });
        statuses.push(quote!(Self::#ident { .. } => #status));
        code_arms.push(quote!(Self::#ident { .. } => #code));
        titles.push(quote!(Self::#ident { .. } => #title));
        members.push(quote! {
            Self::#ident { #(#idents: ref #locals),* } => {
                #(__members.insert(::std::string::String::from(#names), #private::serde_json::to_value(#locals)?);)*
            }
        });
        reads.push(quote! {
            #code => ::core::option::Option::Some(
                <#copy as #private::serde::Deserialize>::deserialize(
                    #private::serde_json::Value::Object(::core::clone::Clone::clone(__members)),
                )
                .map(|__read| { let _ = &__read; Self::#ident { #(#idents: __read.#idents),* } }),
            )
        });
    }
    // Each wrapped error's codes against this one's own and those of the errors wrapped before it.
    let checks = wrapped_types.iter().enumerate().map(|(index, ty)| {
        let before = &as_error[..index];
        quote_spanned! {ty.span()=>
            const _: () = ::throughline::__private::codes_differ(
                <#ty as ::throughline::ApiError>::CODES,
                &::throughline::Codes {
                    own: &[#(#codes),*],
                    wrapped: &[#(#before::CODES),*],
                },
            );
        }
    });
    quote! {
        const _: () = {
            #(#checks)*
            #declared
            #[automatically_derived]
            impl ::throughline::ApiError for #name {
                const CODES: &'static ::throughline::Codes = &::throughline::Codes {
                    own: &[#(#codes),*],
                    wrapped: &[#(#as_error::CODES),*],
                };
                fn cases() -> ::std::vec::Vec<::throughline::Case> {
                    #[allow(unused_mut)]
                    let mut cases = ::std::vec![#(#cases),*];
                    #(cases.extend(#as_error::cases());)*
                    cases
                }
                fn status(&self) -> u16 {
                    match *self {
                        #(#statuses,)*
                        #(Self::#wrapped_names(ref __error) => #as_error::status(__error),)*
                    }
                }
                fn code(&self) -> &'static str {
                    match *self {
                        #(#code_arms,)*
                        #(Self::#wrapped_names(ref __error) => #as_error::code(__error),)*
                    }
                }
                fn title(&self) -> &'static str {
                    match *self {
                        #(#titles,)*
                        #(Self::#wrapped_names(ref __error) => #as_error::title(__error),)*
                    }
                }
                fn members(&self) -> #private::serde_json::Result<
                    #private::serde_json::Map<::std::string::String, #private::serde_json::Value>,
                > {
                    #[allow(unused_mut)]
                    let mut __members = #private::serde_json::Map::new();
                    match *self {
                        #(#members)*
                        #(Self::#wrapped_names(ref __error) => __members = #as_error::members(__error)?,)*
                    }
                    #[allow(unreachable_code)]
                    ::core::result::Result::Ok(__members)
                }
                #[allow(unused_variables)]
                fn from_members(
                    __code: &str,
                    __members: &#private::serde_json::Map<::std::string::String, #private::serde_json::Value>,
                ) -> ::core::option::Option<#private::serde_json::Result<Self>> {
                    match __code {
                        #(#reads,)*
                        _ => {
                            #(
                                if let ::core::option::Option::Some(__read) =
                                    #as_error::from_members(__code, __members)
                                {
                                    return ::core::option::Option::Some(__read.map(Self::#wrapped_names));
                                }
                            )*
                            ::core::option::Option::None
                        }
                    }
                }
            }
        };
    }
}
