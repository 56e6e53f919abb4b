//! The inverse of the insertions: what names a feature goes, with its line when nothing else stands there.
//!
//! What is not there needs no removal and is no error: features differ in where they are registered.

use std::ops::Range;

use anyhow::{Context, Result, anyhow};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned;

use super::{Edit, group_of, range};
use crate::house;

/// One of several things in a list.
struct Part {
    /// Where it stands, without what separates it from the next.
    range: Range<usize>,
    /// Where the separator behind it ends, if there is one.
    separated: Option<usize>,
    tokens: Vec<TokenTree>,
}

impl Edit<'_> {
    /// Removes `mod name;`, with what is said above it.
    ///
    /// # Errors
    /// When the file would be no Rust without it.
    pub fn remove_module(&mut self, name: &str) -> Result<()> {
        let found = self.file.items.iter().find_map(|item| match item {
            syn::Item::Mod(module) if module.content.is_none() && module.ident == name => {
                Some(range(module.span()))
            }
            _ => None,
        });
        found.map_or(Ok(()), |found| self.cut(found))
    }

    /// Removes what begins with this name from the braces of a `use` that begins with this path.
    ///
    /// # Errors
    /// When the file would be no Rust without it.
    pub fn remove_used(&mut self, path: &str, name: &str) -> Result<()> {
        let wanted: Vec<&str> = path.split("::").collect();
        let group = self.file.items.iter().find_map(|item| match item {
            syn::Item::Use(item) => group_of(&item.tree, &wanted),
            _ => None,
        });
        let Some(group) = group else { return Ok(()) };
        self.cut_of_list(inside(group.brace_token.span), name)
    }

    /// Removes the elements that mention this name from the array that is the value of this constant.
    ///
    /// # Errors
    /// When the file would be no Rust without them.
    pub fn remove_element(&mut self, constant: &str, name: &str) -> Result<()> {
        let array = self.file.items.iter().find_map(|item| match item {
            syn::Item::Const(item) if item.ident == constant => array_of(&item.expr),
            _ => None,
        });
        array.map_or(Ok(()), |array| self.cut_of_list(array, name))
    }

    /// Removes the elements that mention this name from the array that a variable is bound to, in whatever function.
    ///
    /// # Errors
    /// When the file would be no Rust without them.
    pub fn remove_element_of_local(&mut self, variable: &str, name: &str) -> Result<()> {
        let functions = self.file.items.iter().filter_map(|item| match item {
            syn::Item::Fn(function) => Some(function),
            _ => None,
        });
        let array = functions.flat_map(|function| &function.block.stmts).find_map(|statement| {
            match statement {
                syn::Stmt::Local(local) => match (&local.pat, &local.init) {
                    (syn::Pat::Ident(pattern), Some(init)) if pattern.ident == variable => {
                        array_of(&init.expr)
                    }
                    _ => None,
                },
                _ => None,
            }
        });
        array.map_or(Ok(()), |array| self.cut_of_list(array, name))
    }

    /// Removes the statements of this function that mention this name.
    ///
    /// # Errors
    /// When the file would be no Rust without them.
    pub fn remove_statement(&mut self, function: &str, name: &str) -> Result<()> {
        let statements = self.function(function)?.stmts;
        for statement in statements.iter().rev() {
            let place = range(statement.span());
            if mentions(&tokens(&self.text[place.clone()])?, name) {
                self.cut(place)?;
            }
        }
        Ok(())
    }

    /// Removes the fields that mention this name from the struct inside of this macro's braces.
    ///
    /// # Errors
    /// When the macro is not there, or the file would be no Rust without them.
    pub fn remove_field_in_macro(&mut self, macro_name: &str, name: &str) -> Result<()> {
        let last = self.macro_tokens(macro_name)?.into_iter().filter_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                Some(range(group.span_open()).end..range(group.span_close()).start)
            }
            _ => None,
        });
        last.last().map_or(Ok(()), |fields| self.cut_of_list(fields, name))
    }

    /// Removes the functions inside of this macro's braces whose bodies mention this name, with what is said above them.
    ///
    /// # Errors
    /// When the file would be no Rust without them.
    pub fn remove_functions_in_macro(&mut self, macro_name: &str, name: &str) -> Result<()> {
        let body = self.file.items.iter().find_map(|item| match item {
            syn::Item::Macro(item) if item.mac.path.segments.last()?.ident == macro_name => {
                match &item.mac.delimiter {
                    syn::MacroDelimiter::Brace(brace) => Some(inside(brace.span)),
                    _ => None,
                }
            }
            _ => None,
        });
        let Some(body) = body else { return Ok(()) };
        let is_body = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        // What ends a function is part of it, so the separator's end is the function's.
        for part in self.parts(body, is_body)?.iter().rev() {
            if mentions(&part.tokens, name) {
                self.cut(part.range.start..part.separated.unwrap_or(part.range.end))?;
            }
        }
        Ok(())
    }

    /// Removes the calls of this method whose arguments mention this name from the chains that they are in.
    ///
    /// # Errors
    /// When the file would be no Rust without them.
    pub fn remove_call(&mut self, method: &str, name: &str) -> Result<()> {
        let all = tokens(&self.text)?;
        let mut calls = Vec::new();
        collect_calls(&all, method, name, &mut calls);
        calls.sort_by_key(|call| call.start);
        for call in calls.into_iter().rev() {
            let before = self.text[..call.start].trim_end().len();
            self.text.replace_range(before..call.end, "");
            self.read_anew()?;
        }
        Ok(())
    }

    /// Removes the parts of a list with commas that mention this name.
    fn cut_of_list(&mut self, list: Range<usize>, name: &str) -> Result<()> {
        let is_comma =
            |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
        let parts = self.parts(list, is_comma)?;
        for (index, part) in parts.iter().enumerate().rev() {
            if !mentions(&part.tokens, name) {
                continue;
            }
            match (part.separated, index.checked_sub(1).and_then(|before| parts.get(before))) {
                (Some(end), _) => self.cut(part.range.start..end)?,
                (None, Some(before)) => self.cut(before.range.end..part.range.end)?,
                (None, None) => self.cut(part.range.clone())?,
            }
        }
        Ok(())
    }

    /// What stands in this part of the text, split behind each of the tokens that end something.
    fn parts(&self, within: Range<usize>, ends: impl Fn(&TokenTree) -> bool) -> Result<Vec<Part>> {
        let mut parts = Vec::new();
        let mut current: Vec<TokenTree> = Vec::new();
        let place = |tokens: &[TokenTree]| match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => Some(
                within.start + range(first.span()).start..within.start + range(last.span()).end,
            ),
            _ => None,
        };
        for token in tokens(&self.text[within.clone()])? {
            let separated = ends(&token).then(|| within.start + range(token.span()).end);
            // A body belongs to what it ends, a comma does not.
            if separated.is_none() || matches!(token, TokenTree::Group(_)) {
                current.push(token);
            }
            if separated.is_some()
                && let Some(range) = place(&current)
            {
                parts.push(Part { range, separated, tokens: std::mem::take(&mut current) });
            }
        }
        if let Some(range) = place(&current) {
            parts.push(Part { range, separated: None, tokens: current });
        }
        Ok(parts)
    }

    /// Takes out this range: with its lines when nothing else stands on them but a remark, else with the space behind it.
    fn cut(&mut self, place: Range<usize>) -> Result<()> {
        let start = self.line_start(place.start);
        let end = self.line_end(place.end);
        let rest = self.text[place.end..end].trim();
        let alone = self.text[start..place.start].trim().is_empty()
            && (rest.is_empty() || rest.starts_with("//"));
        if alone {
            let newline = self.text[end..].find('\n').map_or(self.text.len(), |at| end + at + 1);
            self.text.replace_range(start..newline, "");
        } else {
            let spaces =
                self.text[place.end..end].len() - self.text[place.end..end].trim_start().len();
            self.text.replace_range(place.start..place.end + spaces, "");
        }
        self.read_anew()
    }

    fn read_anew(&mut self) -> Result<()> {
        self.file = house::parse(self.place, &self.text)
            .with_context(|| format!("{} would be no Rust after the edit", self.place))?;
        Ok(())
    }
}

/// Whether an identifier or a text in these tokens is this name.
fn mentions(tokens: &[TokenTree], name: &str) -> bool {
    tokens.iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Literal(literal) => literal.to_string() == format!("\"{name}\""),
        TokenTree::Group(group) => mentions(&group.stream().into_iter().collect::<Vec<_>>(), name),
        TokenTree::Punct(_) => false,
    })
}

/// Where `.method(.. name ..)` stands, from its point to its parenthesis.
fn collect_calls(tokens: &[TokenTree], method: &str, name: &str, calls: &mut Vec<Range<usize>>) {
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let inner: Vec<TokenTree> = group.stream().into_iter().collect();
        if let (Some(TokenTree::Punct(point)), Some(TokenTree::Ident(ident))) = (
            at.checked_sub(2).and_then(|at| tokens.get(at)),
            at.checked_sub(1).and_then(|at| tokens.get(at)),
        ) && point.as_char() == '.'
            && ident == method
            && mentions(&inner, name)
        {
            calls.push(range(point.span()).start..range(group.span()).end);
        } else {
            collect_calls(&inner, method, name, calls);
        }
    }
}

/// What is between the brackets of an array, also behind a `&`.
fn array_of(expression: &syn::Expr) -> Option<Range<usize>> {
    match expression {
        syn::Expr::Reference(reference) => array_of(&reference.expr),
        syn::Expr::Array(array) => Some(inside(array.bracket_token.span)),
        _ => None,
    }
}

/// What is between two delimiters.
fn inside(span: proc_macro2::extra::DelimSpan) -> Range<usize> {
    range(span.open()).end..range(span.close()).start
}

fn tokens(text: &str) -> Result<Vec<TokenTree>> {
    let tokens: TokenStream = text.parse().map_err(|error| anyhow!("{error}"))?;
    Ok(tokens.into_iter().collect())
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
    fn what_was_inserted_is_taken_out_again() -> Result<()> {
        let text = "pub mod b; // why\npub mod d;\n\nuse crate::{b, d};\n\nconst ALL: &[u8] = &[\n    // one\n    b::ONE,\n];\n\napi! {\n    /// All.\n    pub struct Api {\n        b: b::Client, // first\n    }\n}\n\nfn f() {\n    let all = [b::X];\n    b::describe();\n    new()\n        .contract(b::C)\n        .build()\n}\n\non_both! {\n    async fn it_is(db: Db) {\n        b::it_is(db);\n    }\n}\n";
        let with = edited(text, |edit| {
            edit.module("c", true, |_| true)?;
            edit.used("crate", "c")?;
            edit.element("ALL", "c::ONE")?;
            edit.element_of_local("all", "c::X")?;
            edit.statement("f", "c::describe();")?;
            edit.field_in_macro("api", "c: c::Client")?;
            edit.call_in_chain("contract", ".contract(c::C)")?;
            edit.end_of_macro(
                "on_both",
                "    /// Said.\n    async fn it_is_too(db: Db) {\n        c::it_is_too(db);\n    }\n",
            )
        })?;
        assert!(with.matches("c::").count() >= 6, "{with}");
        let without = edited(&with, |edit| {
            edit.remove_module("c")?;
            edit.remove_used("crate", "c")?;
            edit.remove_element("ALL", "c")?;
            edit.remove_element_of_local("all", "c")?;
            edit.remove_statement("f", "c::describe")?;
            edit.remove_call("contract", "c")?;
            edit.remove_field_in_macro("api", "c")?;
            edit.remove_functions_in_macro("on_both", "c")
        })?;
        assert!(without.contains("c::describe"), "a name is one identifier");
        let without = edited(&without, |edit| edit.remove_statement("f", "c"))?;
        assert_eq!(without, text);
        Ok(())
    }

    #[test]
    fn what_is_not_there_needs_no_removal() -> Result<()> {
        let text = "mod a;\n\nuse crate::{a};\n\nfn f() {}\n";
        let edited = edited(text, |edit| {
            edit.remove_module("c")?;
            edit.remove_used("other", "c")?;
            edit.remove_element("ALL", "c")?;
            edit.remove_element_of_local("all", "c")?;
            edit.remove_statement("f", "c")?;
            edit.remove_call("contract", "c")?;
            edit.remove_functions_in_macro("on_both", "c")
        })?;
        assert_eq!(edited, text);
        Ok(())
    }
}
