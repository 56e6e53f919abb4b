//! `#[contract]`: the trait as written, and behind each method one type that implements `Procedure`.

use std::collections::HashMap;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Attribute, FnArg, Ident, ItemTrait, LitBool, LitStr, Meta, ReturnType, Token, TraitItem, TraitItemFn, Type, meta,
    parse::{ParseStream, Parser},
    parse_quote, parse_quote_spanned, parse2,
    spanned::Spanned,
};

use crate::{
    attrs::{doc_text, docs, pascal, snake},
    effects::{self, Effect, Kind, Scope},
    faults::Faults,
};

/// What `#[contract(..)]` says.
struct Args {
    path: String,
    tag: Option<String>,
    module: Ident,
    client: bool,
}

fn args(attr: TokenStream, faults: &mut Faults) -> Args {
    let mut args = Args { path: String::new(), tag: None, module: format_ident!("procedures"), client: true };
    let parser = meta::parser(|meta| {
        if meta.path.is_ident("path") {
            let path: LitStr = meta.value()?.parse()?;
            check_path(&path, true)?;
            args.path = path.value();
        } else if meta.path.is_ident("tag") {
            args.tag = Some(meta.value()?.parse::<LitStr>()?.value());
        } else if meta.path.is_ident("module") {
            args.module = meta.value()?.parse()?;
        } else if meta.path.is_ident("client") {
            args.client = meta.value()?.parse::<LitBool>()?.value;
        } else {
            return Err(meta.error("expected `path`, `tag`, `module` or `client`"));
        }
        Ok(())
    });
    if let Err(error) = parser.parse2(attr) {
        faults.push(error);
    }
    args
}

/// What the attribute of a route says: `#[get]`, `#[get("/{id}")]`, `#[post("/search", read)]`.
struct Route {
    verb: &'static str,
    path: Option<LitStr>,
    read: bool,
    span: Span,
}

impl Route {
    fn has_body(&self) -> bool {
        !matches!(self.verb, "GET" | "DELETE")
    }

    /// Where a fault of the route is shown.
    fn at(&self) -> Span {
        self.path.as_ref().map_or(self.span, LitStr::span)
    }
}

const VERBS: [(&str, &str); 5] = [("get", "GET"), ("post", "POST"), ("put", "PUT"), ("patch", "PATCH"), ("delete", "DELETE")];

/// Attributes that may stand on a procedure and are not ours.
const FOREIGN: [&str; 8] = ["doc", "allow", "warn", "deny", "expect", "deprecated", "must_use", "rustfmt"];

fn route(verb: &'static str, attr: &Attribute) -> syn::Result<Route> {
    let mut route = Route { verb, path: None, read: verb == "GET", span: attr.path().span() };
    if matches!(attr.meta, Meta::Path(_)) {
        return Ok(route);
    }
    attr.parse_args_with(|input: ParseStream<'_>| {
        while !input.is_empty() {
            if input.peek(LitStr) {
                let path: LitStr = input.parse()?;
                check_path(&path, false)?;
                route.path = Some(path);
            } else {
                let word: Ident = input.parse()?;
                if word != "read" {
                    return Err(syn::Error::new_spanned(word, "expected a path, `\"/{id}\"`, or `read`"));
                }
                if !matches!(verb, "GET" | "POST") {
                    return Err(syn::Error::new_spanned(word, "only a POST is declared a read: the other methods change state"));
                }
                route.read = true;
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    })?;
    Ok(route)
}

fn check_path(path: &LitStr, prefix: bool) -> syn::Result<()> {
    let text = path.value();
    let refuse = |sentence: String| Err(syn::Error::new_spanned(path, sentence));
    if !text.is_empty() && !text.starts_with('/') {
        return refuse(format!("a path begins with `/`: `\"/{text}\"`"));
    }
    if prefix && text.ends_with('/') {
        return refuse("a contract's path does not end with `/`: the procedures' paths begin with one".to_owned());
    }
    for segment in text.split('/').skip(1) {
        let inner = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        match inner {
            Some(name) if syn::parse_str::<Ident>(name).is_err() => return refuse(format!("`{{{name}}}` is not the name of a field")),
            Some(_) => {}
            None if segment.contains(['{', '}', '*', '?', '#', ':']) => {
                return refuse(format!("`{segment}` is neither a plain segment nor one placeholder: `{{id}}`"));
            }
            None => {}
        }
    }
    Ok(())
}

fn placeholders(path: &str) -> Vec<String> {
    path.split('{').skip(1).filter_map(|piece| piece.split_once('}')).map(|(name, _)| name.to_owned()).collect()
}

/// One method, read.
struct Method {
    name: Ident,
    docs: Vec<Attribute>,
    doc: String,
    route: Route,
    effects: Vec<Effect>,
    cx: Type,
    input: Option<Type>,
    returns: Type,
}

pub(crate) fn expand(attr: TokenStream, item: TokenStream) -> TokenStream {
    let mut contract: ItemTrait = match parse2(item.clone()) {
        Ok(contract) => contract,
        Err(error) => {
            let error = syn::Error::new(error.span(), format!("a contract is a trait: {error}")).into_compile_error();
            return quote!(#item #error);
        }
    };
    let mut faults = Faults::default();
    let args = args(attr, &mut faults);
    if let Some(parameter) = contract.generics.params.first() {
        faults.at(parameter, "a contract has no generic parameters: its routes are fixed");
    }
    let mut methods = Vec::new();
    for item in &mut contract.items {
        match item {
            TraitItem::Fn(method) => methods.extend(read_method(method, &mut faults)),
            other => faults.at(other, "a contract has only procedures: `async fn`s"),
        }
    }
    contract.supertraits.push(parse_quote!(::core::marker::Send));
    contract.supertraits.push(parse_quote!(::core::marker::Sync));
    contract.supertraits.push(parse_quote!('static));
    let emitted = emit(&contract, &args, &methods, &mut faults);
    let faults = faults.tokens();
    quote!(#contract #faults #emitted)
}

/// Takes our attributes off a method, turns `async fn` into `-> impl Future + Send`, and reads what it says.
fn read_method(method: &mut TraitItemFn, faults: &mut Faults) -> Option<Method> {
    let (mut found, mut effects) = (None, Vec::new());
    for attr in std::mem::take(&mut method.attrs) {
        let name = attr.path().get_ident().map(ToString::to_string).unwrap_or_default();
        let kind = match name.as_str() {
            "invalidates" => Some(Kind::Invalidates),
            "removes" => Some(Kind::Removes),
            "sets" => Some(Kind::Sets),
            _ => None,
        };
        if let Some((_, verb)) = VERBS.iter().find(|(attr, _)| *attr == name) {
            if found.is_some() {
                faults.at(&attr, "a procedure has one route");
            }
            match route(verb, &attr) {
                Ok(route) => found = Some(route),
                Err(error) => {
                    // The procedure is emitted with its bare verb, so that it is not called missing as well.
                    found = Some(Route { verb, path: None, read: *verb == "GET", span: attr.path().span() });
                    faults.push(error);
                }
            }
        } else if let Some(kind) = kind {
            match effects::parse(kind, &attr) {
                Ok(parsed) => effects.extend(parsed),
                Err(error) => faults.push(error),
            }
        } else if FOREIGN.contains(&name.as_str()) || attr.path().segments.len() > 1 {
            method.attrs.push(attr);
        } else {
            let sentence = format!(
                "unknown attribute `{name}` on a procedure: expected a route (`get`, `post`, `put`, `patch`, `delete`) or an effect (`invalidates`, `removes`, `sets`)"
            );
            faults.at(attr.path(), sentence);
        }
    }
    let docs: Vec<Attribute> = docs(&method.attrs).into_iter().cloned().collect();
    let doc = doc_text(&docs);
    if let Some(body) = &method.default {
        faults.at(body, "a procedure has no body here: handlers are written where the application implements the contract");
    }
    let signature = &mut method.sig;
    let name = signature.ident.clone();
    if signature.asyncness.take().is_none() {
        faults.at(signature.fn_token, "a procedure is an `async fn`");
    }
    if let Some(parameter) = signature.generics.params.first() {
        faults.at(parameter, "a procedure has no generic parameters: what goes over the wire has one type");
    }
    let returns: Type = match &signature.output {
        ReturnType::Type(_, ty) => (**ty).clone(),
        ReturnType::Default => {
            faults.at(&name, "a procedure returns `throughline::Result<T>` or `throughline::Result<T, E>`");
            parse_quote!(::throughline::Result<::throughline::NoContent>)
        }
    };
    let span = returns.span();
    signature.output = parse_quote_spanned!(span=> -> impl ::core::future::Future<Output = #returns> + ::core::marker::Send);
    if !matches!(signature.inputs.first(), Some(FnArg::Receiver(receiver)) if receiver.reference.is_some() && receiver.mutability.is_none()) {
        faults.at(&name, "a procedure takes `&self` first");
        return None;
    }
    let mut types = signature.inputs.iter().skip(1).filter_map(|arg| match arg {
        FnArg::Typed(arg) => Some((*arg.ty).clone()),
        FnArg::Receiver(_) => None,
    });
    let (cx, input, more) = (types.next(), types.next(), types.next());
    if let Some(more) = more {
        faults.at(more, "a procedure takes one input: put its values into one struct under `#[input]`");
    }
    let Some(cx) = cx else {
        faults.at(&name, "a procedure takes `cx: Cx<Level>` after `&self`");
        return None;
    };
    let Some(route) = found else {
        faults.at(&name, "this procedure has no route: add `#[get]`, `#[get(\"/{id}\")]`, `#[post]`, `#[put]`, `#[patch]` or `#[delete]`");
        return None;
    };
    if route.read
        && let Some(effect) = effects.first()
    {
        let _ = effect.kind;
        faults.at(&name, "a read changes nothing, so it has no effects on other reads");
        effects.clear();
    }
    Some(Method { name, docs, doc, route, effects, cx, input, returns })
}

fn emit(contract: &ItemTrait, args: &Args, methods: &[Method], faults: &mut Faults) -> TokenStream {
    let (name, vis) = (&contract.ident, &contract.vis);
    let tag = args.tag.clone().unwrap_or_else(|| snake(name));
    let module = &args.module;
    let mut routes: HashMap<String, &Ident> = HashMap::new();
    let procedures: Vec<(Ident, Option<Type>)> =
        methods.iter().map(|method| (method.name.clone(), method.input.clone())).collect();
    let unit_type: Type = parse_quote!(());

    let (mut items, mut units, mut calls, mut decls, mut identities) =
        (TokenStream::new(), Vec::new(), TokenStream::new(), TokenStream::new(), Vec::new());
    for method in methods {
        let path = full_path(args, method);
        let shape = placeholders(&path).iter().fold(path.clone(), |path, name| path.replace(&format!("{{{name}}}"), "{}"));
        let key = format!("{} {shape}", method.route.verb);
        if let Some(first) = routes.insert(key, &method.name) {
            let sentence = format!("`{} {path}` is already the route of `{first}`", method.route.verb);
            faults.push(syn::Error::new(method.route.at(), sentence));
        }
        let short = pascal(&method.name);
        let unit = quote!(#module::#short);
        let input = method.input.as_ref().unwrap_or(&unit_type);
        let output = {
            let returns = &method.returns;
            quote_spanned!(returns.span()=> <#returns as ::throughline::__private::Outcome>::Ok)
        };
        items.extend(checks(method, input, &path, &output));
        items.extend(procedure(method, &unit, input, &path, &tag, &output, &Scope { procedures: &procedures, module, input, output: &output }, faults));
        items.extend(handle(name, method, &unit, input));
        calls.extend(call(method, &unit, input));
        let docs = &method.docs;
        let span = method.name.span();
        decls.extend(quote_spanned!(span=> #(#docs)* #[derive(Clone, Copy, Debug)] pub struct #short;));
        let cx = &method.cx;
        identities.push(quote!(::throughline::Identify<<<#cx as ::throughline::__private::Context>::Level as ::throughline::Level>::Identity>));
        units.push(unit);
    }
    let contract_type = format_ident!("{name}Contract");
    let contract_doc = format!("The contract [`{name}`] as a type: what is mounted and documented.");
    let module_doc = format!("The procedures of [`{name}`](super::{name}), one type each.");
    let trait_doc = doc_text(&contract.attrs);
    let client = args.client.then(|| client(name, vis, &calls));
    quote! {
        #items
        #[doc = #module_doc]
        #vis mod #module { #decls }
        #client
        #[doc = #contract_doc]
        #[derive(Clone, Copy, Debug)]
        #vis struct #contract_type;
        impl ::throughline::Contract for #contract_type {
            const TAG: &'static str = #tag;
            const DOC: &'static str = #trait_doc;
            fn describe<__V: ::throughline::Describe>(visitor: &mut __V) { #(visitor.procedure::<#units>();)* }
        }
        impl<__App: #name #(+ #identities)*> ::throughline::Serve<#contract_type> for ::throughline::Served<__App> {
            fn visit<__V: ::throughline::Visitor<Self>>(visitor: &mut __V) { #(visitor.procedure::<#units>();)* }
        }
    }
}

/// The path below the mount, without a slash at its end.
fn full_path(args: &Args, method: &Method) -> String {
    let own = method.route.path.as_ref().map(LitStr::value).unwrap_or_default();
    let path = format!("{}{own}", args.path);
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/".to_owned() } else { trimmed.to_owned() }
}

/// Items that only compile when route and input fit, each with the span of what it is about.
fn checks(method: &Method, input: &Type, path: &str, output: &TokenStream) -> TokenStream {
    let names = placeholders(path);
    let (at, verb) = (method.route.at(), method.route.verb);
    let fields = names.iter().filter_map(|name| syn::parse_str::<Ident>(name).ok()).map(|mut field| {
        field.set_span(at);
        quote_spanned!(at=> const _: fn(&#input) = |input| { let _ = &input.#field; };)
    });
    let verb_span = method.route.span;
    let returns = method.returns.span();
    quote! {
        #(#fields)*
    }
    .into_iter()
    .chain(quote_spanned!(at=> const _: () = ::throughline::__private::path_fields(<#input as ::throughline::Input>::FIELDS, &[#(#names),*], #path);))
    .chain(quote_spanned!(verb_span=> const _: () = ::throughline::__private::patches(<#input as ::throughline::Input>::PATCHES, #verb);))
    .chain(quote_spanned!(returns=> const _: fn() = ::throughline::__private::output::<#output>;))
    .collect()
}

#[allow(clippy::too_many_arguments)]
fn procedure(
    method: &Method,
    unit: &TokenStream,
    input: &Type,
    path: &str,
    tag: &str,
    output: &TokenStream,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> TokenStream {
    let id = format!("{tag}.{}", method.name);
    let doc = &method.doc;
    let (cx, returns) = (&method.cx, &method.returns);
    let verb = pascal(&Ident::new(&method.route.verb.to_lowercase(), Span::call_site()));
    let read = method.route.read;
    let kind = if read { quote!(Read) } else { quote!(Write) };
    let codec = if method.route.has_body() { quote!(BodyCodec) } else { quote!(QueryCodec) };
    let level = quote_spanned!(cx.span()=> <#cx as ::throughline::__private::Context>::Level);
    let error = quote_spanned!(returns.span()=> <#returns as ::throughline::__private::Outcome>::Declared);
    let effects: Vec<_> = method.effects.iter().filter_map(|effect| effect.emit(scope, faults)).collect();
    let (effect_checks, specs, statements) = (
        effects.iter().map(|effect| &effect.checks),
        effects.iter().map(|effect| &effect.spec),
        effects.iter().map(|effect| &effect.statement),
    );
    let codec = quote_spanned!(input.span()=> type Codec = ::throughline::#codec;);
    quote! {
        #(#effect_checks)*
        impl ::throughline::Procedure for #unit {
            const ID: &'static str = #id;
            const TAG: &'static str = #tag;
            const METHOD: ::throughline::Method = ::throughline::Method::#verb;
            const PATH: &'static str = #path;
            const DOC: &'static str = #doc;
            const READ: bool = #read;
            const EFFECTS: &'static [::throughline::EffectSpec] = &[#(#specs),*];
            type Level = #level;
            type Input = #input;
            #codec
            type Output = #output;
            type Error = #error;
            #[allow(unused_variables)]
            fn effects<__S: ::throughline::EffectSink>(input: &Self::Input, output: &Self::Output, sink: &mut __S) {
                let output = ::throughline::__private::body(output);
                #(#statements)*
            }
        }
        impl ::throughline::#kind for #unit {}
    }
}

fn handle(contract: &Ident, method: &Method, unit: &TokenStream, input: &Type) -> TokenStream {
    let (name, cx, returns) = (&method.name, &method.cx, &method.returns);
    let pass = method.input.is_some().then(|| quote!(, input));
    quote! {
        impl<__App> ::throughline::Handle<#unit> for ::throughline::Served<__App>
        where
            __App: #contract
                + ::throughline::Identify<<<#cx as ::throughline::__private::Context>::Level as ::throughline::Level>::Identity>,
        {
            type App = __App;
            fn app(&self) -> &__App { ::throughline::Served::app(self) }
            #[allow(unused_variables)]
            fn call(&self, cx: #cx, input: #input) -> impl ::core::future::Future<Output = #returns> + ::core::marker::Send {
                <__App as #contract>::#name(::throughline::Served::app(self), cx #pass)
            }
        }
    }
}

fn call(method: &Method, unit: &TokenStream, input: &Type) -> TokenStream {
    let (name, docs) = (&method.name, &method.docs);
    // The method's span makes go-to-definition on a call land on the contract.
    let span = name.span();
    if method.input.is_some() {
        quote_spanned! {span=>
            #(#docs)*
            pub fn #name(&self, input: impl ::core::convert::Into<#input>) -> Via::Call<#unit> {
                self.0.call::<#unit>(::core::convert::Into::into(input))
            }
        }
    } else {
        quote_spanned! {span=>
            #(#docs)*
            pub fn #name(&self) -> Via::Call<#unit> { self.0.call::<#unit>(()) }
        }
    }
}

fn client(name: &Ident, vis: &syn::Visibility, calls: &TokenStream) -> TokenStream {
    let client = format_ident!("{name}Client");
    let doc = format!("The calls of [`{name}`], over any caller.");
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        #vis struct #client<Via>(Via);
        impl<Via: ::throughline::Caller> #client<Via> {
            /// The calls, over this caller.
            pub fn new(caller: Via) -> Self { Self(caller) }
            #calls
        }
    }
}
