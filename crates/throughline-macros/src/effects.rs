//! `#[invalidates(..)]`, `#[removes(..)]` and `#[sets(..)]`: what a write does to cached reads.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{
    Ident, Path, Token, parenthesized,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
    spanned::Spanned,
    token,
};

use crate::{
    attrs::{local, pascal, plain},
    faults::Faults,
};

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
                return Err(syn::Error::new(
                    first.span(),
                    "write which field of the output: `output.id`",
                ));
            }
            return Ok(Self::Output(path));
        }
        if input.peek(Token![.]) {
            return Err(input.error(
                "a value is a field of the input (`task_id`) or of the output (`output.id`)",
            ));
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
        let read = Path::parse_mod_style(input).map_err(|error| {
            syn::Error::new(
                error.span(),
                "an effect names a read: `list`, `get(id)`, `flows::list`",
            )
        })?;
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
            let output: Ident = input
                .parse()
                .map_err(|error: syn::Error| syn::Error::new(error.span(), sentence))?;
            if output != "output" {
                return Err(syn::Error::new(output.span(), sentence));
            }
            value = Some(members(input)?);
        }
        Ok(Effect { kind, read, matches, value })
    };
    let empty = || {
        let name = attr.path().get_ident().map(ToString::to_string).unwrap_or_default();
        let example = if kind == Kind::Sets {
            "sets(get(id) = output)".to_owned()
        } else {
            format!("{name}(list)")
        };
        syn::Error::new_spanned(attr, format!("an effect on nothing: name a read, `{example}`"))
    };
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
    /// The contract's procedures, those that are wrong too.
    pub(crate) names: &'a [Ident],
    /// Those of them that are emitted.
    pub(crate) emitted: &'a [Ident],
    /// The module of the procedures.
    pub(crate) module: &'a Ident,
}

/// One effect, emitted.
pub(crate) struct Emitted {
    /// The entry in `EFFECTS`.
    pub(crate) spec: TokenStream,
    /// The statement in `effects`, which only compiles when the effect fits.
    pub(crate) statement: TokenStream,
}

impl Effect {
    pub(crate) fn span(&self) -> Span {
        self.read.span()
    }

    pub(crate) fn emit(&self, scope: &Scope<'_>, faults: &mut Faults) -> Option<Emitted> {
        let span = self.read.span();
        if let Some(name) = self.read.get_ident() {
            let is_it = |known: &Ident| plain(known) == plain(name);
            if !scope.names.iter().any(is_it) {
                let names: Vec<_> =
                    scope.names.iter().map(|name| format!("`{}`", plain(name))).collect();
                let sentence = format!(
                    "no procedure `{}` in this contract; it has {}",
                    plain(name),
                    names.join(", ")
                );
                faults.at(&self.read, sentence);
                return None;
            }
            if !scope.emitted.iter().any(is_it) {
                return None;
            }
        }
        let read = self.unit(scope.module)?;
        let [input, output, sink] = ["__input", "__output", "__sink"].map(local);
        let (mut specs, mut values) = (Vec::new(), Vec::new());
        for (theirs, ours) in &self.matches {
            let name = plain(theirs);
            let (at, source, value) = match ours {
                From::Input(field) => {
                    let name = plain(field);
                    (
                        field.span(),
                        quote!(Input(#name)),
                        quote_spanned!(field.span()=> #input.#field),
                    )
                }
                From::Output(path) => {
                    let at = path.first().map_or(span, Ident::span);
                    let name = dotted(path);
                    (at, quote!(Output(#name)), quote_spanned!(at=> #output #(.#path)*))
                }
            };
            specs.push(quote! {
                ::throughline::Match { field: #name, source: ::throughline::Source::#source }
            });
            let field = quote_spanned! {theirs.span()=>
                |__theirs: &<#read as ::throughline::Procedure>::Input| &__theirs.#theirs
            };
            values.push(quote_spanned! {at=>
                (#name, ::throughline::__private::matching(#field, &#value))
            });
        }
        let (kind, method) = match self.kind {
            Kind::Invalidates => ("Invalidates", "invalidates"),
            Kind::Removes => ("Removes", "removes"),
            Kind::Sets => ("Sets", "sets"),
        };
        let (kind, method) = (Ident::new(kind, span), Ident::new(method, span));
        let value_path = dotted(self.value.as_deref().unwrap_or_default());
        let body = self.value.as_ref().map(|path| {
            let at = path.first().map_or(span, Ident::span);
            quote_spanned!(at=> , &(*#output) #(.#path)*)
        });
        Some(Emitted {
            spec: quote_spanned! {span=>
                ::throughline::EffectSpec {
                    kind: ::throughline::EffectKind::#kind,
                    read: <#read as ::throughline::Procedure>::ID,
                    matches: &[#(#specs),*],
                    value: #value_path,
                }
            },
            statement: quote_spanned! {span=>
                #sink.#method::<#read>(::std::vec![#(#values),*] #body);
            },
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
    path.iter().map(plain).collect::<Vec<_>>().join(".")
}
