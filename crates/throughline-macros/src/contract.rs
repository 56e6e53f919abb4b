//! `#[contract]`: the trait as written, and behind each method one type that implements `Procedure`.
//!
//! Every name that the output binds begins with `__`, and every procedure's type stands in a module of its
//! own, so that nothing of the user's is shadowed.

use std::collections::HashMap;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Attribute, FnArg, Ident, ItemTrait, LitBool, LitStr, Meta, ReturnType, Token, TraitItem,
    TraitItemFn, Type, Visibility, meta,
    parse::{ParseStream, Parser},
    parse_quote, parse_quote_spanned, parse2,
    spanned::Spanned,
};

use crate::{
    attrs::{doc_text, local, pascal, plain, snake},
    effects::{self, Effect, Kind, Scope},
    faults::Faults,
};

/// What `#[contract(..)]` says.
struct Args {
    path: String,
    tag: Option<String>,
    module: Ident,
    client: bool,
    /// Whether the path can be relied on: else no procedure's path is judged.
    sound: bool,
}

fn args(attr: TokenStream, faults: &mut Faults) -> Args {
    let mut args = Args {
        path: String::new(),
        tag: None,
        module: format_ident!("procedures"),
        client: true,
        sound: true,
    };
    let mut found = Vec::new();
    let parser = meta::parser(|meta| {
        if meta.path.is_ident("path") {
            let path: LitStr = meta.value()?.parse()?;
            found.extend(check_path(&path, true).err());
            args.path = path.value();
        } else if meta.path.is_ident("tag") {
            args.tag = Some(meta.value()?.parse::<LitStr>()?.value());
        } else if meta.path.is_ident("module") {
            let module: Ident = meta.value()?.parse()?;
            if !plain(&module).ends_with("procedures") {
                let sentence = "the module's name ends in `procedures`, so that effects can tell it from a \
                                contract's own module: `task_procedures`";
                found.push(syn::Error::new(module.span(), sentence));
            }
            args.module = module;
        } else if meta.path.is_ident("client") {
            args.client = meta.value()?.parse::<LitBool>()?.value;
        } else {
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            found.push(meta.error(format!(
                "unknown argument `{name}`: expected `path`, `tag`, `module` or `client`"
            )));
            if meta.input.peek(Token![=]) {
                meta.value()?.parse::<syn::Expr>()?;
            }
        }
        Ok(())
    });
    let parsed = parser.parse2(attr);
    found.extend(parsed.err());
    args.sound = found.is_empty();
    found.into_iter().for_each(|error| faults.push(error));
    args
}

/// What the attribute of a route says: `#[get]`, `#[get("/{id}")]`, `#[post("/search", read)]`.
struct Route {
    verb: &'static str,
    path: Option<LitStr>,
    read: bool,
    span: Span,
    /// Whether the path can be relied on: else it is not judged against the input.
    sound: bool,
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

const VERBS: [(&str, &str); 5] =
    [("get", "GET"), ("post", "POST"), ("put", "PUT"), ("patch", "PATCH"), ("delete", "DELETE")];

/// Attributes that may stand on a procedure and are not ours.
const FOREIGN: [&str; 8] =
    ["doc", "allow", "warn", "deny", "expect", "deprecated", "must_use", "rustfmt"];

fn route(verb: &'static str, attr: &Attribute) -> syn::Result<Route> {
    let mut route =
        Route { verb, path: None, read: verb == "GET", span: attr.path().span(), sound: true };
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
                    return Err(syn::Error::new_spanned(
                        word,
                        "expected a path, `\"/{id}\"`, or `read`",
                    ));
                }
                if !matches!(verb, "GET" | "POST") {
                    return Err(syn::Error::new_spanned(
                        word,
                        "only a POST is declared a read: the other methods change state",
                    ));
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
        return refuse(
            "a contract's path does not end with `/`: the procedures' paths begin with one"
                .to_owned(),
        );
    }
    let segments: Vec<&str> = text.split('/').skip(1).collect();
    for (index, segment) in segments.iter().enumerate() {
        let inner = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        match inner {
            Some(name) if field(name, path.span()).is_none() => {
                return refuse(format!("`{{{name}}}` is not the name of a field"));
            }
            Some(_) => {}
            None if segment.is_empty() && index + 1 < segments.len() => {
                return refuse("a segment of the path is empty: `//` is nobody's route".to_owned());
            }
            None if segment.contains(['{', '}', '*']) => {
                return refuse(format!(
                    "`{segment}` is neither a plain segment nor one placeholder: `{{id}}`"
                ));
            }
            // RFC 3986's unreserved characters: what no client writes in two ways.
            None if !segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)) => {
                return refuse(format!(
                    "`{segment}` holds more than letters, digits, `-`, `.`, `_` and `~`"
                ));
            }
            None if matches!(*segment, "." | "..") => {
                return refuse(format!(
                    "clients resolve `{segment}` before they send it: name the segment"
                ));
            }
            None => {}
        }
    }
    Ok(())
}

/// The field that a placeholder names, also when its name is a keyword.
fn field(name: &str, span: Span) -> Option<Ident> {
    let mut ident = syn::parse_str::<Ident>(name)
        .or_else(|_| syn::parse_str::<Ident>(&format!("r#{name}")))
        .ok()
        .filter(|ident| plain(ident) == name && name != "_")?;
    ident.set_span(span);
    Some(ident)
}

fn placeholders(path: &str) -> Vec<String> {
    path.split('{')
        .skip(1)
        .filter_map(|piece| piece.split_once('}'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// One method, read.
struct Method {
    name: Ident,
    /// The type behind it, in the module of the procedures.
    unit: Ident,
    /// What of its attributes its type and its call repeat: docs and `#[deprecated]`.
    attrs: Vec<Attribute>,
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
            let sentence = format!("a contract is a trait: {error}");
            let error = syn::Error::new(error.span(), sentence).into_compile_error();
            return quote!(#item #error);
        }
    };
    let mut faults = Faults::default();
    let args = args(attr, &mut faults);
    let (mut names, mut methods) = (Vec::new(), Vec::new());
    for item in &mut contract.items {
        match item {
            TraitItem::Fn(method) => {
                names.push(method.sig.ident.clone());
                methods.extend(read_method(method, &mut faults));
            }
            other => faults.at(other, "a contract has only procedures: `async fn`s"),
        }
    }
    if let Some(parameter) = contract.generics.params.first() {
        faults.at(parameter, "a contract has no generic parameters: its routes are fixed");
        let faults = faults.tokens();
        return quote!(#contract #faults);
    }
    contract.supertraits.push(parse_quote!(::core::marker::Send));
    contract.supertraits.push(parse_quote!(::core::marker::Sync));
    contract.supertraits.push(parse_quote!('static));
    let emitted = emit(&contract, &args, &names, &methods, &mut faults);
    let faults = faults.tokens();
    quote!(#contract #faults #emitted)
}

/// Takes our attributes off a method, turns `async fn` into `-> impl Future + Send`, and reads what it
/// says. `None` when it is too wrong to be emitted.
fn read_method(method: &mut TraitItemFn, faults: &mut Faults) -> Option<Method> {
    let name = method.sig.ident.clone();
    let (route, effects) = read_attributes(method, faults);
    if let Some(body) = method.default.take() {
        method.semi_token = Some(Token![;](body.span()));
        let sentence = "a procedure has no body here: handlers are written where the application implements the contract";
        faults.at(body, sentence);
    }
    let signature = &mut method.sig;
    if signature.asyncness.take().is_none() {
        faults.at(signature.fn_token, "a procedure is an `async fn`");
    }
    let generic = signature.generics.params.first();
    if let Some(parameter) = generic {
        let sentence =
            "a procedure has no generic parameters: what goes over the wire has one type";
        faults.at(parameter, sentence);
    }
    let generic = generic.is_some();
    let returns = match &signature.output {
        ReturnType::Type(_, ty) => Some((**ty).clone()),
        ReturnType::Default => {
            faults.at(
                &name,
                "a procedure returns `throughline::Result<T>` or `throughline::Result<T, E>`",
            );
            None
        }
    };
    if let Some(returns) = &returns {
        let span = returns.span();
        signature.output = parse_quote_spanned! {span=>
            -> impl ::core::future::Future<Output = #returns> + ::core::marker::Send
        };
    }
    let by_reference = |arg: &FnArg| matches!(arg, FnArg::Receiver(receiver) if receiver.reference.is_some() && receiver.mutability.is_none());
    let receiver = signature.inputs.first().is_some_and(by_reference);
    if !receiver {
        faults.at(&name, "a procedure takes `&self` first");
    }
    let mut types = signature.inputs.iter().filter_map(|arg| match arg {
        FnArg::Typed(arg) => Some((*arg.ty).clone()),
        FnArg::Receiver(_) => None,
    });
    let (cx, input, more) = (types.next(), types.next(), types.next());
    if cx.is_none() {
        faults.at(&name, "a procedure takes `cx: Cx<Level>` after `&self`");
    }
    if let Some(more) = &more {
        let sentence =
            "a procedure takes one input: put its values into one struct under `#[input]`";
        faults.at(more, sentence);
    }
    let Some(route) = route else {
        let sentence = "this procedure has no route: add `#[get]`, `#[get(\"/{id}\")]`, `#[post]`, `#[put]`, `#[patch]` or `#[delete]`";
        faults.at(&name, sentence);
        return None;
    };
    let (Some(cx), Some(returns), true, None, false) = (cx, returns, receiver, more, generic)
    else {
        return None;
    };
    let mut effects = effects;
    if route.read
        && let Some(effect) = effects.first()
    {
        let sentence = "a read changes nothing, so it has no effects on other reads";
        faults.push(syn::Error::new(effect.span(), sentence));
        effects.clear();
    }
    let repeated = ["doc", "deprecated"];
    let attrs: Vec<Attribute> = method
        .attrs
        .iter()
        .filter(|attr| repeated.iter().any(|name| attr.path().is_ident(name)))
        .cloned()
        .collect();
    let doc = doc_text(&attrs);
    Some(Method { unit: pascal(&name), name, attrs, doc, route, effects, cx, input, returns })
}

/// Takes route and effects off a method.
fn read_attributes(method: &mut TraitItemFn, faults: &mut Faults) -> (Option<Route>, Vec<Effect>) {
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
                continue;
            }
            match route(verb, &attr) {
                Ok(route) => found = Some(route),
                Err(error) => {
                    // The procedure is emitted with its bare verb, so that it is not called missing as well.
                    let span = attr.path().span();
                    let read = *verb == "GET";
                    found = Some(Route { verb, path: None, read, span, sound: false });
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
        } else if name == "cfg" || name == "cfg_attr" {
            let sentence = "a procedure is there or it is not: put those under `#[cfg(..)]` into a contract of their own";
            faults.at(&attr, sentence);
        } else {
            let sentence = format!(
                "unknown attribute `{name}` on a procedure: expected a route (`get`, `post`, `put`, `patch`, `delete`) or an effect (`invalidates`, `removes`, `sets`)"
            );
            faults.at(attr.path(), sentence);
        }
    }
    (found, effects)
}

fn emit(
    contract: &ItemTrait,
    args: &Args,
    names: &[Ident],
    methods: &[Method],
    faults: &mut Faults,
) -> TokenStream {
    let (name, vis, module) = (&contract.ident, &contract.vis, &args.module);
    let tag = args.tag.clone().unwrap_or_else(|| snake(name));
    let emitted: Vec<Ident> = methods.iter().map(|method| method.name.clone()).collect();
    let scope = Scope { names, emitted: &emitted, module };
    let inner_vis = inner(vis);
    let (unit_type, via) = (parse_quote!(()), via(methods));

    let twice = judge_together(args, methods, faults);
    let methods: Vec<&Method> =
        methods.iter().filter(|method| !twice.contains(&&method.name)).collect();
    let (mut items, mut calls, mut decls) =
        (TokenStream::new(), TokenStream::new(), TokenStream::new());
    let (mut visits, mut identities) = (Vec::new(), Vec::new());
    for method in &methods {
        let path = full_path(args, method);
        let short = &method.unit;
        // At the method's name: what its type lacks is shown there.
        let mut module = module.clone();
        module.set_span(method.name.span());
        let unit = quote!(#module::#short);
        let input = method.input.as_ref().unwrap_or(&unit_type);
        if args.sound && method.route.sound {
            items.extend(path_checks(method, input, &path));
        }
        items.extend(procedure(method, &unit, input, &path, &tag, &scope, faults));
        items.extend(handle(name, method, &unit));
        calls.extend(call(method, &unit, input, &via));
        let (attrs, span) = (&method.attrs, method.name.span());
        decls.extend(quote_spanned! {span=>
            #(#attrs)* #[derive(Clone, Copy, Debug)] #inner_vis struct #short;
        });
        identities.push(identity(method, &unit));
        let cx = &method.cx;
        let visitor = local("__visitor");
        visits.push(quote_spanned!(cx.span()=> #visitor.procedure::<#unit>();));
    }
    let contract_type = format_ident!("{name}Contract");
    let contract_doc =
        format!("The contract [`{name}`] as a type: what is mounted and documented.");
    let module_doc = format!("The procedures of [`{name}`](super::{name}), one type each.");
    let trait_doc = doc_text(&contract.attrs);
    let client = args.client.then(|| client(name, vis, &methods, &calls, &via));
    quote! {
        #items
        #[doc = #module_doc]
        #[allow(dead_code, missing_docs)]
        #vis mod #module { #decls }
        #client
        #[doc = #contract_doc]
        #[allow(dead_code)]
        #[derive(Clone, Copy, Debug)]
        #vis struct #contract_type;
        impl ::throughline::Contract for #contract_type {
            const TAG: &'static str = #tag;
            const DOC: &'static str = #trait_doc;
            #[allow(unused_variables, deprecated)]
            fn describe<__V: ::throughline::Describe>(__visitor: &mut __V) {
                ::throughline::Describe::contract::<Self>(__visitor);
                #(#visits)*
            }
        }
        #[allow(deprecated)]
        impl<__App> ::throughline::Serve<#contract_type> for ::throughline::Served<__App>
        where
            __App: #name,
            #(#identities)*
        {
            #[allow(unused_variables)]
            fn visit<__V: ::throughline::Visitor<Self>>(__visitor: &mut __V) {
                #(#visits)*
            }
        }
    }
}

/// The trait's visibility as it is written one module further in. A type of a private contract must not
/// be `pub`, or rustc takes its private input for a leak.
fn inner(vis: &Visibility) -> TokenStream {
    match vis {
        Visibility::Public(_) => quote!(pub),
        Visibility::Inherited => quote!(pub(super)),
        Visibility::Restricted(restricted) => {
            let path = &restricted.path;
            match path.segments.first().map(|first| first.ident.to_string()).as_deref() {
                Some("crate") => quote!(#vis),
                Some("self") => quote!(pub(super)),
                _ => quote!(pub(in super::#path)),
            }
        }
    }
}

/// What can only be judged over all procedures: no two share a route or a type.
/// Names those whose type is taken already.
fn judge_together<'a>(args: &Args, methods: &'a [Method], faults: &mut Faults) -> Vec<&'a Ident> {
    let (mut routes, mut units) = (HashMap::new(), HashMap::<String, &Ident>::new());
    let mut twice = Vec::new();
    for method in methods {
        if let Some(first) = units.get(&method.unit.to_string()) {
            let sentence =
                format!("`{}` is the type of `{first}` already: choose another name", method.unit);
            faults.at(&method.name, sentence);
            twice.push(&method.name);
        } else {
            units.insert(method.unit.to_string(), &method.name);
        }
        if !args.sound || !method.route.sound {
            continue;
        }
        let path = full_path(args, method);
        let mut shape = path.clone();
        let names = placeholders(&path);
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                let sentence = format!("`{{{name}}}` stands in the path twice: it is one field");
                faults.push(syn::Error::new(method.route.at(), sentence));
            }
            shape = shape.replace(&format!("{{{name}}}"), "{}");
        }
        if let Some(first) = routes.insert((method.route.verb, shape), method.name.to_string()) {
            let sentence =
                format!("`{} {path}` is already the route of `{first}`", method.route.verb);
            faults.push(syn::Error::new(method.route.at(), sentence));
        }
    }
    twice
}

/// The path below the mount, without a slash at its end.
fn full_path(args: &Args, method: &Method) -> String {
    let own = method.route.path.as_ref().map(LitStr::value).unwrap_or_default();
    let path = format!("{}{own}", args.path);
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/".to_owned() } else { trimmed.to_owned() }
}

/// Items that only compile when path and input fit, at the path.
fn path_checks(method: &Method, input: &Type, path: &str) -> TokenStream {
    let names = placeholders(path);
    let at = method.route.at();
    let fields = names.iter().filter_map(|name| field(name, at)).map(
        |field| quote_spanned!(at=> const _: fn(&#input) = |__input| { let _ = &__input.#field; };),
    );
    let fields: TokenStream = fields.collect();
    let path_fields = quote_spanned! {at=>
        const _: () = ::throughline::__private::path_fields(
            <#input as ::throughline::Input>::FIELDS, &[#(#names),*], #path,
        );
    };
    quote!(#fields #path_fields)
}

fn procedure(
    method: &Method,
    unit: &TokenStream,
    input: &Type,
    path: &str,
    tag: &str,
    scope: &Scope<'_>,
    faults: &mut Faults,
) -> TokenStream {
    let id = format!("{tag}.{}", plain(&method.name));
    let doc = &method.doc;
    let (cx, returns) = (&method.cx, &method.returns);
    let Route { verb, read, span: verb_span, .. } = method.route;
    let variant = pascal(&Ident::new(&verb.to_lowercase(), Span::call_site()));
    let kind = if read { quote!(Read) } else { quote!(Write) };
    let codec = if method.route.has_body() { "BodyCodec" } else { "QueryCodec" };
    let codec = Ident::new(codec, method.input.span());
    let patches = quote_spanned! {verb_span=>
        const _: () = ::throughline::__private::patches(<#input as ::throughline::Input>::PATCHES, #verb);
    };
    let level =
        quote_spanned!(cx.span()=> type Level = <#cx as ::throughline::__private::Context>::Level;);
    let own_input = quote_spanned!(method.input.span()=> type Input = #input;);
    let codec = quote_spanned!(method.input.span()=> type Codec = ::throughline::#codec;);
    let output = quote_spanned!(returns.span()=> type Output = <#returns as ::throughline::__private::Outcome>::Ok;);
    let error = quote_spanned!(returns.span()=> type Error = <#returns as ::throughline::__private::Outcome>::Declared;);
    let effects: Vec<_> =
        method.effects.iter().filter_map(|effect| effect.emit(scope, faults)).collect();
    let specs = effects.iter().map(|effect| &effect.spec);
    let statements = effects.iter().map(|effect| &effect.statement);
    let [input_local, output_local, sink] = ["__input", "__output", "__sink"].map(local);
    let body = (!effects.is_empty()).then(|| {
        quote_spanned!(returns.span()=> let #output_local = ::throughline::__private::body(#output_local);)
    });
    quote_spanned! {method.name.span()=>
        #patches
        #[allow(deprecated)]
        impl ::throughline::Procedure for #unit {
            const ID: &'static str = #id;
            const TAG: &'static str = #tag;
            const METHOD: ::throughline::Method = ::throughline::Method::#variant;
            const PATH: &'static str = #path;
            const DOC: &'static str = #doc;
            const READ: bool = #read;
            const EFFECTS: &'static [::throughline::EffectSpec] = &[#(#specs),*];
            #level
            #own_input
            #codec
            #output
            #error
            #[allow(unused_variables)]
            fn effects<__S: ::throughline::EffectSink>(
                #input_local: &Self::Input,
                #output_local: &Self::Output,
                #sink: &mut __S,
            ) {
                #body
                #(#statements)*
            }
        }
        #[allow(deprecated)]
        impl ::throughline::#kind for #unit {}
    }
}

/// The bound that the application can tell who calls this procedure. It stands at the level, so that what is
/// wrong with the level is shown there.
fn identity(method: &Method, unit: &TokenStream) -> TokenStream {
    let cx = &method.cx;
    quote_spanned! {cx.span()=>
        __App: ::throughline::Identify<
            <<#unit as ::throughline::Procedure>::Level as ::throughline::Level>::Identity,
        >,
    }
}

fn handle(contract: &Ident, method: &Method, unit: &TokenStream) -> TokenStream {
    let (name, cx, returns) = (&method.name, &method.cx, &method.returns);
    let [cx_local, input_local] = ["__cx", "__input"].map(local);
    let pass = method.input.is_some().then(|| quote!(, #input_local));
    let identity = identity(method, unit);
    // All at the level but for the answer, which stands at the return type.
    let future = quote_spanned! {returns.span()=>
        impl ::core::future::Future<Output = #returns> + ::core::marker::Send
    };
    let input = quote_spanned! {method.input.span()=> <#unit as ::throughline::Procedure>::Input };
    quote_spanned! {cx.span()=>
        #[allow(deprecated)]
        impl<__App> ::throughline::Handle<#unit> for ::throughline::Served<__App>
        where
            __App: #contract,
            #identity
        {
            type App = __App;
            fn app(&self) -> &__App { ::throughline::Served::app(self) }
            #[allow(unused_variables)]
            fn call(&self, #cx_local: #cx, #input_local: #input) -> #future {
                <__App as #contract>::#name(::throughline::Served::app(self), #cx_local #pass)
            }
        }
    }
}

fn call(method: &Method, unit: &TokenStream, input: &Type, via: &Ident) -> TokenStream {
    let (name, attrs) = (&method.name, &method.attrs);
    // The method's span makes go-to-definition on a call land on the contract.
    let span = name.span();
    if method.input.is_some() {
        quote_spanned! {span=>
            #(#attrs)*
            #[allow(deprecated)]
            pub fn #name(&self, input: impl ::core::convert::Into<#input>) -> #via::Call<#unit> {
                ::throughline::Caller::call::<#unit>(&self.0, ::core::convert::Into::into(input))
            }
        }
    } else {
        quote_spanned! {span=>
            #(#attrs)*
            #[allow(deprecated)]
            pub fn #name(&self) -> #via::Call<#unit> {
                ::throughline::Caller::call::<#unit>(&self.0, ())
            }
        }
    }
}

/// The client's parameter, which must not shadow an input's type.
fn via(methods: &[Method]) -> Ident {
    let inputs = methods.iter().filter_map(|method| method.input.as_ref());
    let taken = inputs.map(|input| quote!(#input).to_string()).any(|input| input.contains("Via"));
    if taken { format_ident!("__Via") } else { format_ident!("Via") }
}

fn client(
    name: &Ident,
    vis: &Visibility,
    methods: &[&Method],
    calls: &TokenStream,
    via: &Ident,
) -> TokenStream {
    let client = format_ident!("{name}Client");
    let doc = format!("The calls of [`{name}`], over any caller.");
    // A procedure of that name comes first; `From` makes the client then.
    let new = methods.iter().all(|method| method.name != "new").then(|| {
        quote! {
            /// The calls, over this caller.
            pub fn new(caller: #via) -> Self { Self(caller) }
        }
    });
    quote! {
        #[doc = #doc]
        #[allow(dead_code)]
        #[derive(Clone, Debug)]
        #vis struct #client<#via>(#via);
        impl<#via> ::core::convert::From<#via> for #client<#via> {
            fn from(caller: #via) -> Self { Self(caller) }
        }
        // A contract that is not exported need not be called from where it is.
        #[allow(
            dead_code, missing_docs,
            clippy::new_ret_no_self, clippy::should_implement_trait, clippy::wrong_self_convention,
        )]
        impl<#via: ::throughline::Caller> #client<#via> {
            #new
            #calls
        }
    }
}
