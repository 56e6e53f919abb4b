//! Insertions into files that somebody else wrote: only what is new changes, whatever stands around it stays as it is.

mod remove;

use std::ops::Range;

use anyhow::{Context, Result, anyhow, bail};
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;

use crate::house;

/// A file and what is inserted into it.
pub struct Edit<'a> {
    place: &'a str,
    text: String,
    /// Where the text stands that `parse` sees; insertions shift it.
    file: syn::File,
}

impl<'a> Edit<'a> {
    /// Begins to edit a text.
    ///
    /// # Errors
    /// When it is no Rust.
    pub fn new(place: &'a str, text: String) -> Result<Self> {
        let file = house::parse(place, &text)?;
        Ok(Self { place, text, file })
    }

    /// The text with all that was inserted.
    pub fn finish(self) -> String {
        self.text
    }

    /// Inserts, and reads the text anew.
    fn insert(&mut self, at: usize, new: &str) -> Result<()> {
        match self.text.contains("\r\n") {
            true => self.text.insert_str(at, &new.replace('\n', "\r\n")),
            false => self.text.insert_str(at, new),
        }
        self.file = house::parse(self.place, &self.text)
            .with_context(|| format!("{} would be no Rust after the edit", self.place))?;
        Ok(())
    }

    /// Adds `mod name;` to the first run of such lines with this visibility: where the alphabet puts it if the run follows
    /// the alphabet, else at its end.
    ///
    /// # Errors
    /// When there is no such run.
    pub fn module(&mut self, name: &str, public: bool, like: impl Fn(&str) -> bool) -> Result<()> {
        let fits = |item: &syn::ItemMod| {
            item.content.is_none()
                && matches!(item.vis, syn::Visibility::Public(_)) == public
                && !item.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"))
                && like(&item.ident.to_string())
        };
        let mut runs: Vec<Vec<(String, Range<usize>)>> = vec![Vec::new()];
        let mut last_line = 0;
        for item in &self.file.items {
            let span = item.span();
            let syn::Item::Mod(module) = item else {
                runs.push(Vec::new());
                continue;
            };
            if span.start().line != last_line + 1 {
                runs.push(Vec::new());
            }
            last_line = span.end().line;
            if fits(module)
                && let Some(run) = runs.last_mut()
            {
                run.push((module.ident.to_string(), range(span)));
            }
        }
        let run = runs.into_iter().filter(|run| !run.is_empty()).max_by_key(Vec::len);
        let run = run.with_context(|| {
            format!("{}: there is no list of modules to add `{name}` to", self.place)
        })?;
        let names: Vec<&str> = run.iter().map(|(name, _)| name.as_str()).collect();
        let line = format!("{}mod {name};", if public { "pub " } else { "" });
        let after = match names.is_sorted() {
            true => names.iter().rposition(|there| *there < name),
            false => Some(names.len() - 1),
        };
        match after.and_then(|after| run.get(after)) {
            Some((_, range)) => {
                let at = self.line_end(range.end);
                self.insert(at, &format!("\n{line}"))
            }
            None => {
                let first = run.first().map_or(0, |(_, range)| range.start);
                self.insert(first, &format!("{line}\n"))
            }
        }
    }

    /// Adds a name to the braces of a `use` that begins with this path: `use crate::{tasks, users};`
    ///
    /// # Errors
    /// When there is no such `use`.
    pub fn used(&mut self, path: &str, name: &str) -> Result<()> {
        let wanted: Vec<&str> = path.split("::").collect();
        let group = self.file.items.iter().find_map(|item| match item {
            syn::Item::Use(item) => group_of(&item.tree, &wanted),
            _ => None,
        });
        let group = group.with_context(|| {
            format!("{}: there is no `use {path}::{{..}}` to add `{name}` to", self.place)
        })?;
        let key = |text: &str| text.split(['{', ':', ' ']).next().unwrap_or_default().to_owned();
        let entries: Vec<(String, Range<usize>)> = group
            .items
            .iter()
            .map(|tree| (self.text[range(tree.span())].to_owned(), range(tree.span())))
            .collect();
        let before = entries.iter().find(|(there, _)| key(there).as_str() > key(name).as_str());
        match (before, entries.last()) {
            (Some((_, range)), _) => {
                let at = range.start;
                self.insert(at, &format!("{name}, "))
            }
            (None, Some((_, range))) => {
                let at = range.end;
                self.insert(at, &format!(", {name}"))
            }
            (None, None) => bail!("{}: `use {path}::{{}}` is empty", self.place),
        }
    }

    /// Adds an element at the end of the array that is the value of this constant, on a line of its own.
    ///
    /// # Errors
    /// When there is no such constant.
    pub fn element(&mut self, constant: &str, element: &str) -> Result<()> {
        let array = self.file.items.iter().find_map(|item| match item {
            syn::Item::Const(item) if item.ident == constant => match &*item.expr {
                syn::Expr::Reference(reference) => match &*reference.expr {
                    syn::Expr::Array(array) => Some(array.clone()),
                    _ => None,
                },
                syn::Expr::Array(array) => Some(array.clone()),
                _ => None,
            },
            _ => None,
        });
        let array =
            array.with_context(|| format!("{}: there is no array `{constant}`", self.place))?;
        self.last_of(&array, element)
    }

    /// Adds an element at the end of the array that a variable of this name is bound to, in whatever function.
    ///
    /// # Errors
    /// When there is no such variable.
    pub fn element_of_local(&mut self, variable: &str, element: &str) -> Result<()> {
        struct Find<'v>(&'v str, Option<syn::ExprArray>);
        impl Find<'_> {
            fn block(&mut self, block: &syn::Block) {
                for statement in &block.stmts {
                    if let syn::Stmt::Local(local) = statement
                        && let syn::Pat::Ident(pattern) = &local.pat
                        && pattern.ident == self.0
                        && let Some(init) = &local.init
                        && let syn::Expr::Array(array) = &*init.expr
                    {
                        self.1 = Some(array.clone());
                    }
                }
            }
        }
        let mut find = Find(variable, None);
        for item in &self.file.items {
            if let syn::Item::Fn(function) = item {
                find.block(&function.block);
            }
        }
        let array = find
            .1
            .with_context(|| format!("{}: no variable `{variable}` is an array", self.place))?;
        self.last_of(&array, element)
    }

    fn last_of(&mut self, array: &syn::ExprArray, element: &str) -> Result<()> {
        let close = range(array.bracket_token.span.close()).start;
        match array.elems.last() {
            Some(last)
                if array.bracket_token.span.open().start().line
                    != array.bracket_token.span.close().start().line =>
            {
                let trailing = array.elems.trailing_punct();
                let start = range(last.span()).start;
                let indent = self.indent(start).to_owned();
                let (end, comma) = if trailing {
                    // Behind the comma.
                    let end = range(last.span()).end;
                    let comma = self.text[end..].find(',').map_or(end, |comma| end + comma + 1);
                    (self.after(comma), "")
                } else {
                    (range(last.span()).end, ",")
                };
                self.insert(end, &format!("{comma}\n{indent}{element},"))
            }
            Some(last) => {
                let end = range(last.span()).end;
                self.insert(end, &format!(", {element}"))
            }
            None => self.insert(close, element),
        }
    }

    /// Adds a statement to the end of this function, before the value with which it ends, if it does.
    ///
    /// # Errors
    /// When there is no such function.
    pub fn statement(&mut self, function: &str, statement: &str) -> Result<()> {
        let block = self.function(function)?;
        let before_value = matches!(block.stmts.last(), Some(syn::Stmt::Expr(_, None)));
        let last = match before_value {
            true => block.stmts.iter().rev().nth(1),
            false => block.stmts.last(),
        };
        let last =
            last.with_context(|| format!("{}: `{function}` does nothing yet", self.place))?;
        let (start, end) = (range(last.span()).start, range(last.span()).end);
        let indent = self.indent(start).to_owned();
        let at = self.after(end);
        self.insert(at, &format!("\n{indent}{statement}"))
    }

    /// Adds a field at the end of the struct inside of this macro's braces.
    ///
    /// # Errors
    /// When the macro is not there, or has no struct.
    pub fn field_in_macro(&mut self, name: &str, field: &str) -> Result<()> {
        let tokens = self.macro_tokens(name)?;
        let body = tokens.into_iter().filter_map(braces).last();
        let (close, last) =
            body.with_context(|| format!("{}: `{name}!` has no struct", self.place))?;
        let last =
            last.with_context(|| format!("{}: the struct in `{name}!` is empty", self.place))?;
        let line = &self.text[self.line_start(last.start)..last.end];
        let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
        let comma = if self.text[..last.end].ends_with(',') { "" } else { "," };
        let at = self.line_end(last.end).min(close);
        self.insert(at, &format!("{comma}\n{indent}{field},"))
    }

    /// Adds text at the end of this macro's braces.
    ///
    /// # Errors
    /// When the macro is not there.
    pub fn end_of_macro(&mut self, name: &str, new: &str) -> Result<()> {
        let item = self.file.items.iter().find_map(|item| match item {
            syn::Item::Macro(item)
                if item.mac.path.segments.last().is_some_and(|last| last.ident == name) =>
            {
                match &item.mac.delimiter {
                    syn::MacroDelimiter::Brace(brace) => Some(range(brace.span.close()).start),
                    _ => None,
                }
            }
            _ => None,
        });
        let close =
            item.with_context(|| format!("{}: there is no `{name}! {{ .. }}`", self.place))?;
        self.insert(close, new)
    }

    /// Adds a call to the chain of method calls that ends in `.build()`, before its last `.method(..)`: what that one
    /// takes by value, those before it have cloned.
    ///
    /// # Errors
    /// When there is no such chain.
    pub fn call_in_chain(&mut self, method: &str, call: &str) -> Result<()> {
        let needle = format!(".{method}(");
        let found: Vec<usize> = self.text.match_indices(&needle).map(|(at, _)| at).collect();
        let last = found
            .last()
            .copied()
            .with_context(|| format!("{}: nothing calls `.{method}(..)`", self.place))?;
        // Inside of a chain, not in a comment or a text.
        let is_code = tokens_at(&self.text, last)?;
        if !is_code {
            bail!("{}: the last `.{method}(` is no call", self.place);
        }
        let indent = self.indent(last).to_owned();
        self.insert(last, &format!("{call}\n{indent}"))
    }

    fn function(&self, name: &str) -> Result<syn::Block> {
        let found = self.file.items.iter().find_map(|item| match item {
            syn::Item::Fn(item) if item.sig.ident == name => Some((*item.block).clone()),
            syn::Item::Impl(item) => item.items.iter().find_map(|item| match item {
                syn::ImplItem::Fn(method) if method.sig.ident == name => Some(method.block.clone()),
                _ => None,
            }),
            _ => None,
        });
        found.ok_or_else(|| anyhow!("{}: there is no function `{name}`", self.place))
    }

    fn macro_tokens(&self, name: &str) -> Result<TokenStream> {
        let found = self.file.items.iter().find_map(|item| match item {
            syn::Item::Macro(item)
                if item.mac.path.segments.last().is_some_and(|last| last.ident == name) =>
            {
                Some(item.mac.tokens.clone())
            }
            _ => None,
        });
        found.ok_or_else(|| anyhow!("{}: there is no `{name}!`", self.place))
    }

    /// The white space before the first thing on the line of this place.
    fn indent(&self, at: usize) -> &str {
        let line = &self.text[self.line_start(at)..];
        let end = line.find(|c: char| !c.is_whitespace()).unwrap_or(0);
        &line[..end]
    }

    /// Behind this place and what is said about it on its line.
    fn after(&self, at: usize) -> usize {
        let end = self.line_end(at);
        let rest = self.text[at..end].trim_start();
        if rest.is_empty() || rest.starts_with("//") { end } else { at }
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    fn line_end(&self, at: usize) -> usize {
        let end = self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline);
        // Line ends of Windows stay behind what is inserted.
        if self.text[..end].ends_with('\r') { end - 1 } else { end }
    }
}

/// Where something stands, in bytes.
fn range(span: Span) -> Range<usize> {
    span.byte_range()
}

/// The braces behind this path of a `use`.
fn group_of(tree: &syn::UseTree, path: &[&str]) -> Option<syn::UseGroup> {
    match (tree, path.split_first()) {
        (syn::UseTree::Group(group), None) => Some(group.clone()),
        (syn::UseTree::Path(tree), Some((first, rest))) if tree.ident == first => {
            group_of(&tree.tree, rest)
        }
        _ => None,
    }
}

/// Of braces, where they close and what stands last in them.
fn braces(token: TokenTree) -> Option<(usize, Option<Range<usize>>)> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            let last = group.stream().into_iter().last().map(|token| range(token.span()));
            Some((range(group.span_close()).start, last))
        }
        _ => None,
    }
}

/// Whether a token begins at this place: whether it is neither in a comment nor in a text.
fn tokens_at(text: &str, at: usize) -> Result<bool> {
    fn search(tokens: TokenStream, at: usize) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => {
                range(group.span()).contains(&at) && search(group.stream(), at)
            }
            token => range(token.span()).start == at,
        })
    }
    let tokens: TokenStream = text.parse().map_err(|error| anyhow!("{error}"))?;
    Ok(search(tokens, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, edit: impl FnOnce(&mut Edit<'_>) -> Result<()>) -> Result<String> {
        let mut editing = Edit::new("a.rs", text.to_owned())?;
        edit(&mut editing)?;
        Ok(editing.finish())
    }

    #[test]
    fn a_module_goes_where_the_alphabet_puts_it() -> Result<()> {
        let add = |text, name: &str| edited(text, |edit| edit.module(name, true, |_| true));
        let text = "//! Doc.\n\npub mod b; // why\npub mod d;\n\nmod other;\n";
        assert_eq!(
            add(text, "c")?,
            "//! Doc.\n\npub mod b; // why\npub mod c;\npub mod d;\n\nmod other;\n"
        );
        assert_eq!(
            add(text, "a")?,
            "//! Doc.\n\npub mod a;\npub mod b; // why\npub mod d;\n\nmod other;\n"
        );
        assert_eq!(
            add("pub mod z;\r\npub mod b;\r\n", "c")?,
            "pub mod z;\r\npub mod b;\r\npub mod c;\r\n"
        );
        assert!(add("mod private;\n", "c").is_err());
        Ok(())
    }

    #[test]
    fn only_what_is_new_changes() -> Result<()> {
        let text = "use crate::{b,   d /* odd */};\nconst ALL: &[u8] = &[\n    // one\n    1, // two\n];\nfn f() { let x = [\n  (1, 2),\n  ]; x(); }\n";
        let edited = edited(text, |edit| {
            edit.used("crate", "c")?;
            edit.element("ALL", "2")?;
            edit.element_of_local("x", "(3, 4)")?;
            edit.statement("f", "y();")
        })?;
        assert_eq!(
            edited,
            "use crate::{b,   c, d /* odd */};\nconst ALL: &[u8] = &[\n    // one\n    1, // two\n    2,\n];\nfn f() { let x = [\n  (1, 2),\n  (3, 4),\n  ]; x();\n  y(); }\n"
        );
        Ok(())
    }

    #[test]
    fn macros_and_chains_are_added_to() -> Result<()> {
        let text = "api! {\n    /// All.\n    pub struct Api {\n        a: A, // first\n    }\n}\n\nfn f() {\n    // .contract(no)\n    new()\n        .contract(A, s.clone())\n        .contract(B, s)\n        .build()\n}\n";
        let edited = edited(text, |edit| {
            edit.field_in_macro("api", "b: B")?;
            edit.call_in_chain("contract", ".contract(C, s.clone())")
        })?;
        assert!(edited.contains("        a: A, // first\n        b: B,\n    }\n"), "{edited}");
        assert!(edited.contains("        .contract(A, s.clone())\n        .contract(C, s.clone())\n        .contract(B, s)\n"), "{edited}");
        let end = edited.len();
        assert!(end > 0);
        Ok(())
    }
}
