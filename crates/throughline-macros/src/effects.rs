//! `#[invalidates(..)]`, `#[removes(..)]` and `#[sets(..)]`: what a write does to cached reads.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Ident, Path, Token, Type, parenthesized,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
    spanned::Spanned,
    token,
};

use crate::{attrs::pascal, faults::Faults};

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Invalidates,
    Removes,
    Sets,
}

/// One effect: `list`, `get(id)`, `get(id = task_id)`, `flows::get(id = output.id) = output`.
pub(crate) struct Effect {
    pub(crate) kind: Kind,
    read: Path,
    matches: Vec<(Ident, From)>,
    value: Option<Vec<Ident>>,
}

/// Where a value comes from: a field of the input, or a path into the output.
enum From {
    Input(Ident),
    Output(Vec<Ident>),
}

impl Parse for From {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let first: Ident = input.parse()?;
        if first == "output" {
            let path = members(input)?;
            if path.is_empty() {
                return Err(syn::Error::new(first.span(), "write which field of the output: `output.id`"));
            }
            return Ok(Self::Output(path));
        }
        if input.peek(Token![.]) {
            return Err(input.error("a value is a field of the input (`task_id`) or of the output (`output.id`)"));
        }
        Ok(Self::Input(first))
    }
}

/// `.owner.id` as its names.
fn members(input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    let mut path = Vec::new();
    while input.parse::<Option<Token![.]>>()?.is_some() {
        path.push(input.parse()?);
    }
    Ok(path)
}

/// The effects of one attribute.
pub(crate) fn parse(kind: Kind, attr: &syn::Attribute) -> syn::Result<Vec<Effect>> {
    let one = |input: ParseStream<'_>| {
        let read = Path::parse_mod_style(input)?;
        let mut matches = Vec::new();
        if input.peek(token::Paren) {
            let inner;
            parenthesized!(inner in input);
            let pair = |input: ParseStream<'_>| {
                let theirs: Ident = input.parse()?;
                let ours = match input.parse::<Option<Token![=]>>()? {
                    Some(_) => input.parse()?,
                    None => From::Input(theirs.clone()),
                };
                Ok((theirs, ours))
            };
            matches.extend(Punctuated::<_, Token![,]>::parse_terminated_with(&inner, pair)?);
        }
        let mut value = None;
        if kind == Kind::Sets {
            let sentence = "say what the read is set to: `sets(get(id) = output)`";
            if input.parse::<Option<Token![=]>>()?.is_none() {
                return Err(syn::Error::new(read.span(), sentence));
            }
            let output: Ident = input.parse()?;
            if output != "output" {
                return Err(syn::Error::new(output.span(), sentence));
            }
            value = Some(members(input)?);
        }
        Ok(Effect { kind, read, matches, value })
    };
    let empty = || syn::Error::new_spanned(attr, "an effect on nothing: name a read, `invalidates(list)`");
    if !matches!(attr.meta, syn::Meta::List(_)) {
        return Err(empty());
    }
    let effects = attr.parse_args_with(|input: ParseStream<'_>| {
        let mut effects = Vec::new();
        while !input.is_empty() {
            effects.push(one(input)?);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(effects)
    })?;
    if effects.is_empty() {
        return Err(empty());
    }
    Ok(effects)
}

/// What of the contract an effect is judged by.
pub(crate) struct Scope<'a> {
    /// The contract's methods with their input types.
    pub(crate) procedures: &'a [(Ident, Option<Type>)],
    /// The module of the procedures.
    pub(crate) module: &'a Ident,
    /// This procedure's input.
    pub(crate) input: &'a Type,
    /// This procedure's output.
    pub(crate) output: &'a TokenStream,
}

/// One effect, emitted.
pub(crate) struct Emitted {
    /// Items that only compile when the effect fits.
    pub(crate) checks: TokenStream,
    /// The entry in `EFFECTS`.
    pub(crate) spec: TokenStream,
    /// The statement in `effects`.
    pub(crate) statement: TokenStream,
}

impl Effect {
    pub(crate) fn emit(&self, scope: &Scope<'_>, faults: &mut Faults) -> Option<Emitted> {
        let span = self.read.span();
        let local = self.read.segments.len() == 1;
        let last = &self.read.segments.last()?.ident;
        if local && !scope.procedures.iter().any(|(name, _)| name == last) {
            let names: Vec<_> = scope.procedures.iter().map(|(name, _)| format!("`{name}`")).collect();
            faults.at(&self.read, format!("no procedure `{last}` in this contract; it has {}", names.join(", ")));
            return None;
        }
        let read = self.unit(scope.module)?;
        let (input, output) = (scope.input, scope.output);
        let theirs_type = scope
            .procedures
            .iter()
            .find(|(name, _)| local && name == last)
            .and_then(|(_, input)| input.as_ref())
            .map_or_else(|| quote_spanned!(span=> <#read as ::throughline::Procedure>::Input), |ty| quote!(#ty));

        let mut checks = quote_spanned!(span=> const _: fn() = ::throughline::__private::reads::<#read>;);
        let (mut specs, mut values) = (Vec::new(), Vec::new());
        for (theirs, ours) in &self.matches {
            let name = theirs.to_string();
            match ours {
                From::Input(field) => {
                    let at = field.span();
                    let source = field.to_string();
                    checks.extend(quote_spanned! {at=>
                        const _: fn(&#input, &#theirs_type) =
                            |ours, theirs| ::throughline::__private::same(&theirs.#theirs, &ours.#field);
                    });
                    specs.push(quote!(::throughline::Match { field: #name, source: ::throughline::Source::Input(#source) }));
                    values.push(quote_spanned!(at=> (#name, ::throughline::__private::key(&input.#field))));
                }
                From::Output(path) => {
                    let at = path.first().map_or(span, Ident::span);
                    let source = dotted(path);
                    checks.extend(quote_spanned! {at=>
                        const _: fn(&<#output as ::throughline::Output>::Body, &#theirs_type) =
                            |output, theirs| ::throughline::__private::same(&theirs.#theirs, &output #(.#path)*);
                    });
                    specs.push(quote!(::throughline::Match { field: #name, source: ::throughline::Source::Output(#source) }));
                    values.push(quote_spanned!(at=> (#name, ::throughline::__private::key(&output #(.#path)*))));
                }
            }
        }
        let (kind, method) = match self.kind {
            Kind::Invalidates => (quote!(Invalidates), format_ident!("invalidates")),
            Kind::Removes => (quote!(Removes), format_ident!("removes")),
            Kind::Sets => (quote!(Sets), format_ident!("sets")),
        };
        let value = self.value.as_deref().unwrap_or_default();
        let value_path = dotted(value);
        let body = self.value.as_ref().map(|path| {
            let at = path.first().map_or(span, Ident::span);
            checks.extend(quote_spanned! {at=>
                const _: fn(
                    &<#output as ::throughline::Output>::Body,
                    &<<#read as ::throughline::Procedure>::Output as ::throughline::Output>::Body,
                ) = |output, theirs| ::throughline::__private::same(theirs, &(*output) #(.#path)*);
            });
            quote_spanned!(at=> , &(*output) #(.#path)*)
        });
        Some(Emitted {
            checks,
            spec: quote_spanned! {span=>
                ::throughline::EffectSpec {
                    kind: ::throughline::EffectKind::#kind,
                    read: <#read as ::throughline::Procedure>::ID,
                    matches: &[#(#specs),*],
                    value: #value_path,
                }
            },
            statement: quote_spanned!(span=> sink.#method::<#read>(::std::vec![#(#values),*] #body);),
        })
    }

    /// The type of the read: `get` as `procedures::Get`, `flows::get` as `flows::procedures::Get`.
    fn unit(&self, module: &Ident) -> Option<Path> {
        let mut path = self.read.clone();
        let mut last = path.segments.pop()?.into_value();
        last.ident = pascal(&last.ident);
        let before = path.segments.last().map(|segment| segment.ident.to_string());
        match before {
            None => {
                let mut module = module.clone();
                module.set_span(last.ident.span());
                path.segments.push(module.into());
            }
            // A contract with a module of its own name is named by it: `flow_procedures::get`.
            Some(name) if name.ends_with("procedures") => {}
            Some(_) => path.segments.push(Ident::new("procedures", last.ident.span()).into()),
        }
        path.segments.push(last);
        Some(path)
    }
}

fn dotted(path: &[Ident]) -> String {
    path.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
}
