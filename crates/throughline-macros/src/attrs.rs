//! Reads the attributes that the macros share: docs, serde's renames, the limits of a field.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Attribute, Expr, ExprLit, GenericArgument, Ident, Lit, LitStr, Meta, PathArguments, Token,
    Type,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
    spanned::Spanned,
};

use crate::faults::Faults;

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

/// A variable of the macro's own that is bound elsewhere than it is used. In `quote_spanned!` it is
/// written through this: a bare name would be looked up where the user's tokens come from, and those
/// may come through a `macro_rules!`.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// A name as it stands on the wire: `r#type` as `type`.
pub(crate) fn plain(name: &Ident) -> String {
    name.unraw().to_string()
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
    pub(crate) rename_all_fields: Option<String>,
    /// `#[serde(default)]`, or the function of `#[serde(default = "..")]`.
    pub(crate) default: Option<Option<syn::Path>>,
    pub(crate) tag: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) untagged: bool,
    /// Everything else, by its name: what the macros do not know they cannot follow.
    pub(crate) others: Vec<Ident>,
}

pub(crate) fn serde(attrs: &[Attribute], faults: &mut Faults) -> Serde {
    let mut found = Serde::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
        let read = attr.parse_nested_meta(|meta| {
            let Some(name) = meta.path.get_ident() else { return Err(meta.error("not serde's")) };
            let text = |meta: &syn::meta::ParseNestedMeta<'_>| -> syn::Result<Option<String>> {
                if meta.input.peek(syn::token::Paren) {
                    return Err(
                        meta.error("one name for both ways: what is written is what is read")
                    );
                }
                Ok(Some(meta.value()?.parse::<LitStr>()?.value()))
            };
            match name.to_string().as_str() {
                "rename" => found.rename = text(&meta)?,
                "rename_all" => found.rename_all = text(&meta)?,
                "rename_all_fields" => found.rename_all_fields = text(&meta)?,
                "default" if meta.input.peek(Token![=]) => {
                    found.default = Some(Some(meta.value()?.parse::<LitStr>()?.parse()?));
                }
                "default" => found.default = Some(None),
                "tag" => found.tag = text(&meta)?,
                "content" => found.content = text(&meta)?,
                "untagged" => found.untagged = true,
                _ => {
                    found.others.push(name.clone());
                    if meta.input.peek(Token![=]) {
                        meta.value()?.parse::<Expr>()?;
                    } else if meta.input.peek(syn::token::Paren) {
                        let inner;
                        parenthesized!(inner in meta.input);
                        inner.parse::<TokenStream>()?;
                    }
                }
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
            letters
                .next()
                .map(|first| first.to_lowercase().chain(letters).collect())
                .unwrap_or_default()
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
    let text: String = plain(name).split('_').map(capital).collect();
    // `_` and `self_` leave nothing that a type could be called.
    match text.as_str() {
        "" | "Self" => Ident::new(&format!("{text}_"), name.span()),
        _ => Ident::new(&text, name.span()),
    }
}

/// `TasksPage` as `tasks_page`.
pub(crate) fn snake(name: &Ident) -> String {
    rename_variant(&plain(name), Some("snake_case"))
}

/// What `#[schema(..)]` adds to the document.
#[derive(Default)]
pub(crate) struct SchemaAttr {
    pub(crate) name: Option<String>,
    pub(crate) example: Option<Expr>,
    pub(crate) default: Option<Expr>,
    pub(crate) value_type: Option<Type>,
}

pub(crate) fn schema_attr(attrs: &[Attribute], faults: &mut Faults) -> SchemaAttr {
    let mut found = SchemaAttr::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("schema")) {
        let read = attr.parse_nested_meta(|meta| {
            if meta.path.is_ident("example") {
                found.example = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("default") {
                found.default = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("value_type") {
                found.value_type = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("as") {
                found.name = Some(plain(&meta.value()?.parse()?));
            } else {
                let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                return Err(meta.error(format!(
                    "unknown argument `{name}`: expected `example`, `default`, `value_type` or, on a type, `as`"
                )));
            }
            Ok(())
        });
        if let Err(error) = read {
            faults.push(error);
        }
    }
    found
}

/// The type without what a `macro_rules!` around it adds.
fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}

/// The argument of `Wrapper<..>`, when the type is written under that name.
pub(crate) fn unwrap<'a>(ty: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let Type::Path(path) = bare(ty) else { return None };
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
    /// A rule of garde's: its name is the violation's code, its function is called as garde's derive
    /// would; `schema` is what it says in the document.
    Apply {
        name: Ident,
        apply: TokenStream,
        args: TokenStream,
        setup: TokenStream,
        schema: TokenStream,
    },
    Custom(Expr),
    Inner(Span, Vec<Rule>),
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
                    _ => {
                        return Err(syn::Error::new_spanned(
                            name,
                            "expected `min`, `max` or `equal`",
                        ));
                    }
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

/// The rules by their names, for a message.
const RULES: &str = "`length`, `range`, `pattern`, `email`, `url`, `ascii`, `alphanumeric`, `ip`, `ipv4`, \
                     `ipv6`, `prefix`, `suffix`, `contains`, `required`, `custom`, `inner` or `skip`";

/// One rule; `None` for `skip`.
struct ParsedRule(Option<Rule>);

impl Parse for ParsedRule {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name: Ident = input.call(Ident::parse_any)?;
        let text = name.to_string();
        let args = if input.peek(syn::token::Paren) {
            let inner;
            parenthesized!(inner in input);
            Some(inner.parse::<TokenStream>()?)
        } else {
            None
        };
        let refuse = |sentence: String| Err(syn::Error::new(name.span(), sentence));
        let takes_arguments =
            ["prefix", "suffix", "contains", "pattern", "range", "length", "custom", "inner"];
        if !RULES.contains(&format!("`{text}`")) && text != "dive" {
            return refuse(format!("unknown rule `{text}`: expected {RULES}"));
        }
        let args = match (args, takes_arguments.contains(&text.as_str())) {
            (Some(args), true) => args,
            (None, false) => TokenStream::new(),
            (None, true) => {
                return refuse(format!("`{text}` says what it asks for in parentheses"));
            }
            (Some(_), false) => return refuse(format!("`{text}` takes no arguments")),
        };
        Ok(Self(Some(match text.as_str() {
            "skip" => return Ok(Self(None)),
            "ascii" | "alphanumeric" | "required" => {
                rule(&name, &name, quote!(()), TokenStream::new())
            }
            "email" => rule(&name, &name, quote!(()), format("email")),
            "url" => rule(&name, &name, quote!(()), format("uri")),
            "ip" | "ipv4" | "ipv6" => ip(&name, &text),
            "prefix" | "suffix" | "contains" => {
                rule(&name, &name, quote!((&#args,)), TokenStream::new())
            }
            "pattern" => pattern(&name, args)?,
            "range" => range(&name, args)?,
            "length" => length(&name, args)?,
            "custom" => Rule::Custom(syn::parse2(args)?),
            "inner" => {
                let parser = Punctuated::<Self, Token![,]>::parse_terminated;
                let rules = syn::parse::Parser::parse2(parser, args)?;
                Rule::Inner(name.span(), rules.into_iter().filter_map(|rule| rule.0).collect())
            }
            _ => {
                return refuse(
                    "a nested value is validated without `dive`: put `#[input]` on its type"
                        .to_owned(),
                );
            }
        })))
    }
}

fn format(name: &str) -> TokenStream {
    quote!(format: ::core::option::Option::Some(#name))
}

/// A rule of garde's under `module`, which says `code` when it is broken.
fn rule(code: &Ident, module: &Ident, args: TokenStream, schema: TokenStream) -> Rule {
    let apply =
        quote_spanned!(code.span()=> ::throughline::__private::garde::rules::#module::apply);
    Rule::Apply { name: code.clone(), apply, args, setup: TokenStream::new(), schema }
}

fn ip(name: &Ident, text: &str) -> Rule {
    let garde = quote!(::throughline::__private::garde::rules::ip);
    let (kind, schema) = match text {
        "ipv4" => (quote!(V4), format("ipv4")),
        "ipv6" => (quote!(V6), format("ipv6")),
        _ => (quote!(Any), TokenStream::new()),
    };
    rule(name, &Ident::new("ip", name.span()), quote!((#garde::IpKind::#kind,)), schema)
}

fn pattern(name: &Ident, args: TokenStream) -> syn::Result<Rule> {
    let pattern: LitStr = syn::parse2(args)?;
    let garde = quote!(::throughline::__private::garde::rules::pattern);
    if let Err(error) = regex_syntax::Parser::new().parse(&pattern.value()) {
        return Err(syn::Error::new(
            pattern.span(),
            format!("not a regular expression: {}", because(&error)),
        ));
    }
    Ok(Rule::Apply {
        name: name.clone(),
        apply: quote_spanned!(name.span()=> #garde::apply),
        args: quote!((&*__PATTERN,)),
        setup: quote! {
            static __PATTERN: #garde::regex::StaticPattern = #garde::regex::init_pattern!(#pattern);
        },
        schema: quote!(pattern: ::core::option::Option::Some(#pattern)),
    })
}

/// What is wrong with a regular expression, without the drawing.
fn because(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string(),
    }
}

fn range(name: &Ident, args: TokenStream) -> syn::Result<Rule> {
    let Bounds { mode, min, max } = syn::parse2(args)?;
    if let Some(mode) = mode {
        return Err(syn::Error::new(mode.span(), "expected `min`, `max` or `equal`"));
    }
    let option = |bound: &Option<Expr>| match bound {
        Some(value) => quote_spanned!(name.span()=> ::core::option::Option::Some(#value)),
        None => quote_spanned!(name.span()=> ::core::option::Option::None),
    };
    let (low, high) = (option(&min), option(&max));
    let schema = bounds(min.as_ref(), max.as_ref());
    Ok(rule(name, name, quote_spanned!(name.span()=> (#low, #high)), schema))
}

fn length(name: &Ident, args: TokenStream) -> syn::Result<Rule> {
    let Bounds { mode, min, max } = syn::parse2(args)?;
    let Some(mode) = mode else {
        return Err(syn::Error::new(
            name.span(),
            "write `length(chars, ..)` for text or `length(simple, ..)` for a list: the limit also stands in the document",
        ));
    };
    let schema = match mode.to_string().as_str() {
        "chars" => lengths(min.as_ref(), "min_length", max.as_ref(), "max_length"),
        "simple" => lengths(min.as_ref(), "min_items", max.as_ref(), "max_items"),
        "bytes" | "utf16" => TokenStream::new(),
        _ => {
            let sentence = "expected `chars`, `simple`, `bytes` or `utf16`";
            return Err(syn::Error::new(mode.span(), sentence));
        }
    };
    let low = min.map_or(quote!(0usize), ToTokens::into_token_stream);
    let high = max.map_or(quote!(usize::MAX), ToTokens::into_token_stream);
    let apply =
        quote_spanned!(name.span()=> ::throughline::__private::garde::rules::length::#mode::apply);
    let args = quote!((#low, #high));
    Ok(Rule::Apply { name: name.clone(), apply, args, setup: TokenStream::new(), schema })
}

/// The bounds of a length as facets.
fn lengths(min: Option<&Expr>, min_key: &str, max: Option<&Expr>, max_key: &str) -> TokenStream {
    let entry = |bound: Option<&Expr>, key: &str| {
        let key = Ident::new(key, Span::call_site());
        let bound = bound.filter(|bound| stands_alone(bound))?;
        Some(quote!(#key: ::core::option::Option::Some(#bound)))
    };
    let entries = [entry(min, min_key), entry(max, max_key)].into_iter().flatten();
    quote!(#(#entries),*)
}

/// The bounds of a number as facets.
fn bounds(min: Option<&Expr>, max: Option<&Expr>) -> TokenStream {
    let entry = |bound: Option<&Expr>, key: &str| {
        let key = Ident::new(key, Span::call_site());
        let bound = number(bound.filter(|bound| stands_alone(bound))?)?;
        Some(quote!(#key: ::throughline::__private::bound(#bound)))
    };
    let entries = [entry(min, "minimum"), entry(max, "maximum")].into_iter().flatten();
    quote!(#(#entries),*)
}

/// Whether a bound means the same in the document as in a check: a number or a constant does. A bound that
/// depends on the value is checked all the same, but no schema can say it.
fn stands_alone(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(_) | Lit::Float(_), .. }) => true,
        Expr::Unary(unary) => matches!(unary.op, syn::UnOp::Neg(_)) && stands_alone(&unary.expr),
        Expr::Path(path) => !path.path.is_ident("self"),
        _ => false,
    }
}

/// A number with a type of its own, where the field's type is not there to give it one.
fn number(expr: &Expr) -> Option<TokenStream> {
    let digits = |expr: &Expr| match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => {
            int.base10_parse::<i128>().ok().map(|n| quote!(#n))
        }
        Expr::Lit(ExprLit { lit: Lit::Float(float), .. }) => {
            float.base10_parse::<f64>().ok().map(|n| quote!(#n))
        }
        other => Some(quote!(#other)),
    };
    match expr {
        Expr::Unary(unary) => digits(&unary.expr).map(|number| quote!(-#number)),
        other => digits(other),
    }
}

pub(crate) fn rules(attrs: &[Attribute], faults: &mut Faults) -> Rules {
    let mut found = Rules::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("garde")) {
        match attr.parse_args_with(Punctuated::<ParsedRule, Token![,]>::parse_terminated) {
            Ok(parsed) => {
                for ParsedRule(rule) in parsed {
                    found.skip |= rule.is_none();
                    found.rules.extend(rule);
                }
            }
            Err(error) => faults.push(error),
        }
        if found.skip && !found.rules.is_empty() {
            faults.at(
                attr,
                "`skip` takes the value as it comes, so that no other rule can be checked",
            );
        }
    }
    found
}

impl Rules {
    /// The limits as entries of `Facets`.
    pub(crate) fn facets(&self) -> Vec<TokenStream> {
        facets(&self.rules)
    }

    /// Statements that check `value`, an expression of type `&ty`, and note what is wrong in
    /// `__validator`.
    pub(crate) fn checks(&self, value: &TokenStream, ty: &Type) -> TokenStream {
        if self.skip {
            return TokenStream::new();
        }
        let validator = local("__validator");
        let nested = quote_spanned! {ty.span()=>
            <#ty as ::throughline::Validate>::validate(#value, #validator);
        };
        if self.rules.is_empty() {
            return nested;
        }
        let rules = peel(value, ty, &self.rules);
        quote!(#nested #rules)
    }
}

fn facets(rules: &[Rule]) -> Vec<TokenStream> {
    let facets = rules.iter().filter_map(|rule| match rule {
        Rule::Apply { schema, .. } if !schema.is_empty() => Some(schema.clone()),
        Rule::Inner(_, rules) => {
            let inner = facets(rules);
            Some(quote! {
                items: ::core::option::Option::Some(::std::boxed::Box::new(::throughline::__private::Facets {
                    #(#inner,)* ..::core::default::Default::default()
                }))
            })
        }
        Rule::Apply { .. } | Rule::Custom(_) => None,
    });
    facets.collect()
}

/// Applies rules to what is inside `Patch` and `Option`.
///
/// All names that the output binds begin with `__`: the user's expressions in the rules see none of
/// them, and no field can be called like one.
fn peel(value: &TokenStream, ty: &Type, rules: &[Rule]) -> TokenStream {
    if let Some(inner) = unwrap(ty, "Patch") {
        let body = peel(&quote!(__value), inner, rules);
        return quote!(if let ::throughline::Patch::Set(__value) = #value { #body });
    }
    let required = |rule: &Rule| matches!(rule, Rule::Apply { name, .. } if name == "required");
    if let Some(inner) = unwrap(ty, "Option").filter(|_| !rules.iter().any(required)) {
        let body = peel(&quote!(__value), inner, rules);
        return quote!(if let ::core::option::Option::Some(__value) = #value { #body });
    }
    let [validator, inside] = ["__validator", "__value"].map(local);
    let checks = rules.iter().map(|rule| match rule {
        Rule::Apply { name, apply, args, setup, .. } => {
            let code = name.to_string();
            // The value is named at the rule, so that a type that the rule does not fit is shown there.
            let check = quote_spanned! {name.span()=>
                let __value = #value;
                #validator.rule(#code, #apply(__value, #args));
            };
            quote!({ #setup #check })
        }
        Rule::Custom(function) => quote_spanned! {function.span()=> {
            let __value = #value;
            // By name, so that a closure is not called where it is written.
            let __check = #function;
            #validator.rule("custom", __check(__value, &()));
        }},
        Rule::Inner(span, rules) => {
            let item = match bare(ty) {
                Type::Array(array) => (*array.elem).clone(),
                _ => last_argument(ty).cloned().unwrap_or_else(|| syn::parse_quote!(_)),
            };
            let body = peel(&quote!(__value), &item, rules);
            quote_spanned! {*span=> {
                let __value = #value;
                ::throughline::__private::Items::each(
                    __value, #validator, |#inside, #validator| { #body },
                );
            }}
        }
    });
    quote!(#(#checks)*)
}

/// The last type argument: the item of `Vec<..>`, the value of `HashMap<.., ..>`.
fn last_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = bare(ty) else { return None };
    let PathArguments::AngleBracketed(args) = &path.path.segments.last()?.arguments else {
        return None;
    };
    args.args.iter().rev().find_map(|arg| match arg {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
