//! Reads the attributes that the macros share: docs, serde's renames, the limits of a field.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Attribute, Expr, ExprLit, GenericArgument, Ident, Lit, LitStr, Meta, PathArguments, Token, Type, parenthesized,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

use crate::faults::Faults;

pub(crate) fn docs(attrs: &[Attribute]) -> Vec<&Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("doc")).collect()
}

/// The doc comment as one text, each line without its leading space.
pub(crate) fn doc_text(attrs: &[Attribute]) -> String {
    let lines: Vec<String> = attrs
        .iter()
        .filter_map(|attr| match &attr.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        })
        .map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned())
        .collect();
    lines.join("\n").trim().to_owned()
}

/// The first line of the doc comment.
pub(crate) fn summary(attrs: &[Attribute]) -> String {
    doc_text(attrs).lines().next().unwrap_or_default().to_owned()
}

/// What serde's attributes on one item say that the macros must know.
#[derive(Default)]
pub(crate) struct Serde {
    pub(crate) rename: Option<String>,
    pub(crate) rename_all: Option<String>,
    /// `#[serde(default)]`, or the function of `#[serde(default = "..")]`.
    pub(crate) default: Option<Option<syn::Path>>,
    pub(crate) flatten: bool,
    pub(crate) tag: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) untagged: bool,
}

pub(crate) fn serde(attrs: &[Attribute], faults: &mut Faults) -> Serde {
    let mut found = Serde::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
        let read = attr.parse_nested_meta(|meta| {
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            match name.as_str() {
                "rename" if meta.input.peek(Token![=]) => found.rename = Some(meta.value()?.parse::<LitStr>()?.value()),
                "rename_all" if meta.input.peek(Token![=]) => {
                    found.rename_all = Some(meta.value()?.parse::<LitStr>()?.value());
                }
                "default" if meta.input.peek(Token![=]) => {
                    found.default = Some(Some(meta.value()?.parse::<LitStr>()?.parse()?));
                }
                "default" => found.default = Some(None),
                "flatten" => found.flatten = true,
                "tag" => found.tag = Some(meta.value()?.parse::<LitStr>()?.value()),
                "content" => found.content = Some(meta.value()?.parse::<LitStr>()?.value()),
                "untagged" => found.untagged = true,
                _ if meta.input.peek(Token![=]) => {
                    meta.value()?.parse::<Expr>()?;
                }
                _ if meta.input.peek(syn::token::Paren) => {
                    let inner;
                    parenthesized!(inner in meta.input);
                    inner.parse::<TokenStream>()?;
                }
                _ => {}
            }
            Ok(())
        });
        if let Err(error) = read {
            faults.push(error);
        }
    }
    found
}

/// Applies serde's `rename_all` to a field's name.
pub(crate) fn rename_field(name: &str, rule: Option<&str>) -> String {
    let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    rename(&words, name, rule)
}

/// Applies serde's `rename_all` to a variant's name.
pub(crate) fn rename_variant(name: &str, rule: Option<&str>) -> String {
    let mut words: Vec<String> = Vec::new();
    for letter in name.chars() {
        if letter.is_uppercase() || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    rename(&words, name, rule)
}

fn rename(words: &[&str], name: &str, rule: Option<&str>) -> String {
    let pascal = || words.iter().map(|word| capital(word)).collect::<String>();
    match rule {
        Some("lowercase") => words.concat(),
        Some("UPPERCASE") => words.concat().to_uppercase(),
        Some("PascalCase") => pascal(),
        Some("camelCase") => {
            let pascal = pascal();
            let mut letters = pascal.chars();
            letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
        }
        Some("snake_case") => words.join("_"),
        Some("SCREAMING_SNAKE_CASE") => words.join("_").to_uppercase(),
        Some("kebab-case") => words.join("-"),
        Some("SCREAMING-KEBAB-CASE") => words.join("-").to_uppercase(),
        _ => name.to_owned(),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `tasks_page` as `TasksPage`.
pub(crate) fn pascal(name: &Ident) -> Ident {
    let text: String = name.to_string().trim_start_matches("r#").split('_').map(capital).collect();
    Ident::new(&text, name.span())
}

/// `TasksPage` as `tasks_page`.
pub(crate) fn snake(name: &Ident) -> String {
    rename_variant(&name.to_string(), Some("snake_case"))
}

/// The argument of `Wrapper<..>`, when the type is written under that name.
pub(crate) fn unwrap<'a>(ty: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(args) = &last.arguments else { return None };
    match (last.ident == wrapper, args.args.first()) {
        (true, Some(GenericArgument::Type(inner))) if args.args.len() == 1 => Some(inner),
        _ => None,
    }
}

/// The rules in `#[garde(..)]` on one field.
#[derive(Default)]
pub(crate) struct Rules {
    pub(crate) skip: bool,
    pub(crate) rules: Vec<Rule>,
}

pub(crate) enum Rule {
    /// A rule of garde's: its name is the violation's code, its function and arguments are called as garde's derive would.
    Apply { code: String, apply: TokenStream, args: TokenStream, setup: TokenStream, schema: TokenStream },
    Custom(Expr),
    Inner(Vec<Rule>),
}

/// The bounds of `length(..)` and `range(..)`.
#[derive(Default)]
struct Bounds {
    mode: Option<Ident>,
    min: Option<Expr>,
    max: Option<Expr>,
}

impl Parse for Bounds {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut bounds = Self::default();
        while !input.is_empty() {
            let name: Ident = input.parse()?;
            if input.parse::<Option<Token![=]>>()?.is_some() {
                let value: Expr = input.parse()?;
                match name.to_string().as_str() {
                    "min" => bounds.min = Some(value),
                    "max" => bounds.max = Some(value),
                    "equal" => {
                        bounds.min = Some(value.clone());
                        bounds.max = Some(value);
                    }
                    _ => return Err(syn::Error::new_spanned(name, "expected `min`, `max` or `equal`")),
                }
            } else {
                bounds.mode = Some(name);
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(bounds)
    }
}

struct ParsedRule(Option<Rule>, bool);

impl Parse for ParsedRule {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name: Ident = input.call(syn::ext::IdentExt::parse_any)?;
        let text = name.to_string();
        let args = if input.peek(syn::token::Paren) {
            let inner;
            parenthesized!(inner in input);
            Some(inner.parse::<TokenStream>()?)
        } else {
            None
        };
        let garde = quote!(::throughline::__private::garde::rules);
        let args_of = |what: &str| {
            args.clone().ok_or_else(|| syn::Error::new_spanned(&name, format!("`{text}` needs {what} in parentheses")))
        };
        let apply = |apply: TokenStream, args: TokenStream, schema: TokenStream| Rule::Apply {
            code: text.clone(),
            apply,
            args,
            setup: TokenStream::new(),
            schema,
        };
        Ok(Self(
            Some(match text.as_str() {
                "skip" => return Ok(Self(None, true)),
                "dive" => return Err(syn::Error::new_spanned(
                    name,
                    "a nested value is validated without `dive`: put `#[input]` on its type",
                )),
                "ascii" | "alphanumeric" | "credit_card" | "phone_number" | "required" => {
                    apply(quote!(#garde::#name::apply), quote!(()), quote!())
                }
                "email" => apply(quote!(#garde::email::apply), quote!(()), quote!(format = "email")),
                "url" => apply(quote!(#garde::url::apply), quote!(()), quote!(format = "uri")),
                "ip" => apply(quote!(#garde::ip::apply), quote!((#garde::ip::IpKind::Any,)), quote!()),
                "ipv4" => apply(quote!(#garde::ip::apply), quote!((#garde::ip::IpKind::V4,)), quote!(format = "ipv4")),
                "ipv6" => apply(quote!(#garde::ip::apply), quote!((#garde::ip::IpKind::V6,)), quote!(format = "ipv6")),
                "prefix" | "suffix" | "contains" => {
                    let text = args_of("a text")?;
                    apply(quote!(#garde::#name::apply), quote!((&#text,)), quote!())
                }
                "pattern" => {
                    let pattern: LitStr = syn::parse2(args_of("a regular expression")?)?;
                    Rule::Apply {
                        code: text.clone(),
                        apply: quote!(#garde::pattern::apply),
                        args: quote!((&*__PATTERN,)),
                        setup: quote! {
                            static __PATTERN: #garde::pattern::regex::StaticPattern =
                                #garde::pattern::regex::init_pattern!(#pattern);
                        },
                        schema: quote!(pattern = #pattern),
                    }
                }
                "range" => {
                    let Bounds { min, max, .. } = syn::parse2(args_of("`min` or `max`")?)?;
                    let option = |bound: &Option<Expr>| match bound {
                        Some(value) => quote!(::core::option::Option::Some(#value)),
                        None => quote!(::core::option::Option::None),
                    };
                    let (low, high) = (option(&min), option(&max));
                    let schema = bounds_schema(min.as_ref(), "minimum", max.as_ref(), "maximum");
                    apply(quote!(#garde::range::apply), quote!((#low, #high)), schema)
                }
                "length" => {
                    let Bounds { mode, min, max } = syn::parse2(args_of("a mode and `min` or `max`")?)?;
                    let Some(mode) = mode else {
                        return Err(syn::Error::new_spanned(
                            name,
                            "write `length(chars, ..)` for text or `length(simple, ..)` for a list: the limit also stands in the document",
                        ));
                    };
                    let low = min.as_ref().map_or(quote!(0usize), ToTokens::to_token_stream);
                    let high = max.as_ref().map_or(quote!(usize::MAX), ToTokens::to_token_stream);
                    let schema = match mode.to_string().as_str() {
                        "chars" => bounds_schema(min.as_ref(), "min_length", max.as_ref(), "max_length"),
                        "simple" => bounds_schema(min.as_ref(), "min_items", max.as_ref(), "max_items"),
                        "bytes" | "graphemes" | "utf16" => quote!(),
                        _ => return Err(syn::Error::new_spanned(
                            mode,
                            "expected `chars`, `simple`, `bytes`, `graphemes` or `utf16`",
                        )),
                    };
                    apply(quote!(#garde::length::#mode::apply), quote!((#low, #high)), schema)
                }
                "custom" => Rule::Custom(syn::parse2(args_of("a function")?)?),
                "inner" => {
                    let parser = Punctuated::<ParsedRule, Token![,]>::parse_terminated;
                    let inner = syn::parse::Parser::parse2(parser, args_of("rules")?)?;
                    Rule::Inner(inner.into_iter().filter_map(|rule| rule.0).collect())
                }
                _ => return Err(syn::Error::new_spanned(
                    name,
                    "unknown rule: expected `length`, `range`, `pattern`, `email`, `url`, `ascii`, `alphanumeric`, `ip`, `prefix`, `suffix`, `contains`, `custom`, `inner` or `skip`",
                )),
            }),
            false,
        ))
    }
}

fn bounds_schema(min: Option<&Expr>, min_key: &str, max: Option<&Expr>, max_key: &str) -> TokenStream {
    let entry = |bound: Option<&Expr>, key: &str| {
        let key = Ident::new(key, proc_macro2::Span::call_site());
        // A bound that is not written as a number is checked all the same, but only a number can stand in the schema.
        bound.filter(|bound| is_number(bound)).map(|bound| quote!(#key = #bound))
    };
    let entries = [entry(min, min_key), entry(max, max_key)].into_iter().flatten();
    quote!(#(#entries),*)
}

fn is_number(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(_) | Lit::Float(_), .. }) => true,
        Expr::Unary(unary) => matches!(unary.op, syn::UnOp::Neg(_)) && is_number(&unary.expr),
        _ => false,
    }
}

pub(crate) fn rules(attrs: &[Attribute], faults: &mut Faults) -> Rules {
    let mut found = Rules::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("garde")) {
        match attr.parse_args_with(Punctuated::<ParsedRule, Token![,]>::parse_terminated) {
            Ok(parsed) => {
                for ParsedRule(rule, skip) in parsed {
                    found.skip |= skip;
                    found.rules.extend(rule);
                }
            }
            Err(error) => faults.push(error),
        }
    }
    found
}

impl Rules {
    /// The limits as utoipa's attributes.
    pub(crate) fn schema(&self) -> TokenStream {
        let entries = self.rules.iter().filter_map(|rule| match rule {
            Rule::Apply { schema, .. } if !schema.is_empty() => Some(schema),
            _ => None,
        });
        let entries: Vec<_> = entries.collect();
        if entries.is_empty() { TokenStream::new() } else { quote!(#[schema(#(#entries),*)]) }
    }

    /// Statements that check `value`, an expression of type `&ty`, and note what is wrong in `validator`.
    pub(crate) fn checks(&self, value: &TokenStream, ty: &Type) -> TokenStream {
        if self.skip {
            return TokenStream::new();
        }
        let own = syn::spanned::Spanned::span(ty);
        let nested = quote::quote_spanned!(own=> ::throughline::Validate::validate(#value, validator););
        if self.rules.is_empty() {
            return nested;
        }
        let rules = peel(value, ty, &self.rules);
        quote!(#nested #rules)
    }
}

/// Applies rules to what is inside `Patch` and `Option`.
fn peel(value: &TokenStream, ty: &Type, rules: &[Rule]) -> TokenStream {
    if let Some(inner) = unwrap(ty, "Patch") {
        let body = peel(&quote!(value), inner, rules);
        return quote!(if let ::throughline::Patch::Set(value) = #value { #body });
    }
    let required = |rule: &Rule| matches!(rule, Rule::Apply { code, .. } if code == "required");
    if let Some(inner) = unwrap(ty, "Option").filter(|_| !rules.iter().any(required)) {
        let body = peel(&quote!(value), inner, rules);
        return quote!(if let ::core::option::Option::Some(value) = #value { #body });
    }
    let checks = rules.iter().map(|rule| match rule {
        Rule::Apply { code, apply, args, setup, .. } => quote!({ #setup validator.rule(#code, #apply(#value, #args)); }),
        Rule::Custom(function) => quote!(validator.rule("custom", (#function)(#value, &()));),
        Rule::Inner(rules) => {
            let item = match ty {
                Type::Array(array) => Some(&*array.elem),
                _ => ["Vec", "BTreeSet", "HashSet", "VecDeque"].iter().find_map(|list| unwrap(ty, list)),
            };
            let body = match item {
                Some(item) => peel(&quote!(value), item, rules),
                None => peel(&quote!(value), &syn::parse_quote!(_), rules),
            };
            quote! {
                for (index, value) in ::core::iter::Iterator::enumerate(#value.iter()) {
                    validator.item(index, |validator| { #body });
                }
            }
        }
    });
    quote!(#(#checks)*)
}
