//! Names as words, in each way of writing that the layers need.

use std::fmt;

/// A name of one or more words, each of lower-case letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    words: Vec<String>,
}

/// Why a text is no name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is nothing.
    #[error("a name is missing")]
    Empty,
    /// Longer than a column or a table may be called.
    #[error(
        "`{0}` has more than {1} characters: identifiers of PostgreSQL have 63, and indexes are named after tables and columns"
    )]
    Long(String, usize),
    /// Not in snake case.
    #[error("`{0}` is not written with small letters, digits and single `_`, beginning with a letter{hint}", hint = hint(.1))]
    Form(String, Option<String>),
}

fn hint(better: &Option<String>) -> String {
    better.as_ref().map_or_else(String::new, |better| format!(": do you mean `{better}`?"))
}

impl Name {
    /// Reads a name in snake case of at most `longest` characters.
    ///
    /// # Errors
    /// What is wrong with it, with what may have been meant.
    pub fn parse(text: &str, longest: usize) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        let fits = |word: &str| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        let words: Vec<String> = text.split('_').map(str::to_owned).collect();
        let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
        if !begins || !words.iter().all(|word| fits(word)) {
            return Err(NameError::Form(shown(text), better(text, longest)));
        }
        if text.len() > longest {
            return Err(NameError::Long(shown(text), longest));
        }
        Ok(Self { words })
    }

    /// `order_items`.
    pub fn snake(&self) -> String {
        self.words.join("_")
    }

    /// `OrderItems`.
    pub fn pascal(&self) -> String {
        self.words.iter().map(|word| capital(word)).collect()
    }

    /// `order-items`.
    pub fn kebab(&self) -> String {
        self.words.join("-")
    }

    /// `ORDER_ITEMS`.
    pub fn screaming(&self) -> String {
        self.snake().to_uppercase()
    }

    /// `order items`.
    pub fn spaced(&self) -> String {
        self.words.join(" ")
    }

    /// `Order items`.
    pub fn sentence(&self) -> String {
        capital(&self.spaced())
    }

    /// `a` or `an`, as the first letter asks for it.
    pub fn article(&self) -> &'static str {
        let first = self.words.first().map_or("", String::as_str);
        // `a user`, `a one`: vowels that are spoken as consonants.
        let consonant =
            ["uni", "use", "usa", "uti", "eu", "one"].iter().any(|s| first.starts_with(s));
        let vowel = first.starts_with(['a', 'e', 'i', 'o', 'u']);
        if vowel && !consonant { "an" } else { "a" }
    }

    /// The name of many.
    pub fn plural(&self) -> Self {
        self.with_last(|word| pluralizer::pluralize(word, 2, false))
    }

    /// The name of one.
    pub fn singular(&self) -> Self {
        self.with_last(|word| pluralizer::pluralize(word, 1, false))
    }

    /// The name without this last word, unless it is the only one.
    pub fn without(&self, last: &str) -> Self {
        match self.words.split_last() {
            Some((word, rest)) if word == last && !rest.is_empty() => Self { words: rest.to_vec() },
            _ => self.clone(),
        }
    }

    /// The name with this word behind it.
    #[must_use]
    pub fn and(&self, word: &str) -> Self {
        let mut words = self.words.clone();
        words.push(word.to_owned());
        Self { words }
    }

    /// The last word.
    pub fn last(&self) -> &str {
        self.words.last().map_or("", String::as_str)
    }

    fn with_last(&self, change: impl FnOnce(&str) -> String) -> Self {
        let mut words = self.words.clone();
        if let Some(last) = words.last_mut() {
            *last = change(last);
        }
        Self { words }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.snake())
    }
}

/// With a capital letter.
pub fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A text of somebody's that fits a line.
pub fn shown(text: &str) -> String {
    let visible: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().count() > 60 { format!("{visible}…") } else { visible }
}

/// The same words in snake case, if that makes a name.
fn better(text: &str, longest: usize) -> Option<String> {
    let mut better = String::new();
    let mut before = '_';
    for c in text.chars() {
        match c {
            'A'..='Z' => {
                if before.is_ascii_lowercase() || before.is_ascii_digit() {
                    better.push('_');
                }
                better.push(c.to_ascii_lowercase());
            }
            'a'..='z' | '0'..='9' => better.push(c),
            '-' | ' ' | '_' | '.' => better.push('_'),
            _ => return None,
        }
        before = c;
    }
    let words: Vec<&str> = better.split('_').filter(|word| !word.is_empty()).collect();
    let better = words.join("_");
    if better == text {
        return None;
    }
    Name::parse(&better, longest).ok().map(|name| name.snake())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_written_in_each_way() -> Result<(), NameError> {
        let name = Name::parse("order_items", 40)?;
        assert_eq!(
            [name.snake(), name.pascal(), name.kebab(), name.screaming(), name.sentence()],
            ["order_items", "OrderItems", "order-items", "ORDER_ITEMS", "Order items"]
        );
        assert_eq!((name.article(), name.singular().snake()), ("an", "order_item".to_owned()));
        assert_eq!(Name::parse("boxes", 40)?.singular().snake(), "box");
        assert_eq!(Name::parse("category", 40)?.plural().snake(), "categories");
        assert_eq!(Name::parse("user", 40)?.article(), "a");
        Ok(())
    }

    #[test]
    fn what_may_have_been_meant_is_said() {
        let meant = |text: &str| Name::parse(text, 40).map_err(|error| error.to_string());
        for (text, better) in [("OrderItems", "order_items"), ("a-b", "a_b"), ("a__b", "a_b")] {
            let error = meant(text).expect_err("no name");
            assert!(error.ends_with(&format!("do you mean `{better}`?")), "{error}");
        }
        for text in ["", "2x", "über", "_a", "a b\n", "a;drop", "../x", "😀"] {
            assert!(meant(text).is_err(), "{text}");
        }
        assert!(meant(&"a".repeat(41)).expect_err("too long").contains("63"));
    }
}
