//! A cursor over JSON text that finds where values begin and end, without building any.
//!
//! A value that nobody has asked for yet is kept as its text, so reading fifty thousand entries must
//! not cost fifty thousand trees. The cursor accepts exactly what `serde_json` accepts, except that it
//! leaves numbers out of range alone: whether they matter is up to whoever reads them. It does not
//! recurse, so depth costs a byte a level and never the stack.

/// Where the text stops being JSON, and what was expected there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// The byte.
    pub at: usize,
    /// What should have been there.
    pub expected: &'static str,
}

/// What kind of value begins at a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    Text,
    Array,
    Object,
}

/// A place in a text, and the way onwards.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// The containers around the place that [`Cursor::skip`] is at: whether each is an object.
    open: Vec<bool>,
}

type Result<T> = std::result::Result<T, Syntax>;

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, open: Vec::new() }
    }

    /// How many bytes are left.
    pub fn rest(&self) -> usize {
        self.text.len() - self.at
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn wrong<T>(&self, expected: &'static str) -> Result<T> {
        Err(Syntax { at: self.at, expected })
    }

    #[inline]
    fn space(&mut self) {
        // Machines write none.
        if self.peek() > Some(b' ') {
            return;
        }
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Goes past this byte if it is the next one.
    #[inline]
    fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Goes past this text if it comes next.
    #[inline]
    pub fn eat_text(&mut self, text: &str) -> bool {
        let is_next = self.text.as_bytes()[self.at..].starts_with(text.as_bytes());
        self.at += if is_next { text.len() } else { 0 };
        is_next
    }

    /// What the next value is.
    pub fn kind(&mut self) -> Result<Kind> {
        self.space();
        Ok(match self.peek() {
            Some(b'n') => Kind::Null,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            Some(b'"') => Kind::Text,
            Some(b'[') => Kind::Array,
            Some(b'{') => Kind::Object,
            _ => return self.wrong("a value"),
        })
    }

    /// Makes sure that nothing follows.
    pub fn end(&mut self) -> Result<()> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { self.wrong("the end") }
    }

    /// Goes to the first or next item of an array; false at its end. `first` tells which.
    pub fn item(&mut self, first: &mut bool) -> Result<bool> {
        self.next(first, b'[', b']', "`,` or `]`")
    }

    /// Goes to the value of the first or next field of an object, and gives the name as it is
    /// written, with its escapes; `None` at the end.
    pub fn field(&mut self, first: &mut bool) -> Result<Option<&'a str>> {
        if !self.next(first, b'{', b'}', "`,` or `}`")? {
            return Ok(None);
        }
        self.space();
        self.name().map(Some)
    }

    #[inline]
    fn next(
        &mut self,
        first: &mut bool,
        open: u8,
        close: u8,
        expected: &'static str,
    ) -> Result<bool> {
        self.space();
        if std::mem::take(first) {
            if !self.eat(open) {
                return self.wrong("another kind of value");
            }
            self.space();
            return Ok(!self.eat(close));
        }
        if self.eat(b',') {
            return Ok(true);
        }
        if self.eat(close) { Ok(false) } else { self.wrong(expected) }
    }

    /// A field's name and the colon behind it.
    #[inline]
    fn name(&mut self) -> Result<&'a str> {
        let name = self.string()?;
        self.space();
        if self.eat(b':') { Ok(name) } else { self.wrong("`:`") }
    }

    /// The text of the next value, and how many arrays and objects lie inside each other in it.
    #[inline]
    pub fn value(&mut self) -> Result<(&'a str, usize)> {
        self.space();
        let from = self.at;
        let depth = match self.peek() {
            Some(b'0'..=b'9') => self.number().map(|()| 0)?,
            _ => self.skip()?,
        };
        Ok((&self.text[from..self.at], depth))
    }

    /// Goes past the next value. Gives how many arrays and objects lie inside each other in it.
    pub fn skip(&mut self) -> Result<usize> {
        self.open.clear();
        let mut deepest = 0;
        loop {
            self.space();
            match self.peek() {
                Some(b'"') => {
                    self.string()?;
                }
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b'{') => {
                    self.at += 1;
                    deepest = deepest.max(self.open.len() + 1);
                    self.space();
                    if !self.eat(b'}') {
                        self.open.push(true);
                        self.name()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    deepest = deepest.max(self.open.len() + 1);
                    self.space();
                    if !self.eat(b']') {
                        self.open.push(false);
                        continue;
                    }
                }
                Some(b't') => self.word("true")?,
                Some(b'f') => self.word("false")?,
                Some(b'n') => self.word("null")?,
                _ => return self.wrong("a value"),
            }
            if !self.close()? {
                return Ok(deepest);
            }
        }
    }

    /// Goes past whatever ends behind a value; false if that was the whole.
    #[inline]
    fn close(&mut self) -> Result<bool> {
        while let Some(&object) = self.open.last() {
            self.space();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    if object {
                        self.space();
                        self.name()?;
                    }
                    return Ok(true);
                }
                Some(b'}') if object => self.at += 1,
                Some(b']') if !object => self.at += 1,
                _ => return self.wrong("`,` or the end of the array or object"),
            }
            self.open.pop();
        }
        Ok(false)
    }

    fn word(&mut self, word: &'static str) -> Result<()> {
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(());
        }
        self.wrong(word)
    }

    #[inline]
    fn digits(&mut self) -> Result<()> {
        let from = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at > from { Ok(()) } else { self.wrong("a digit") }
    }

    #[inline]
    fn number(&mut self) -> Result<()> {
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
        }
        Ok(())
    }

    /// What lies between the quotes, escapes and all.
    #[inline]
    fn string(&mut self) -> Result<&'a str> {
        if !self.eat(b'"') {
            return self.wrong("`\"`");
        }
        let from = self.at;
        loop {
            self.at += plain(&self.text.as_bytes()[self.at..]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(&self.text[from..self.at - 1]);
                }
                // The escapes in a `queryHash`, of which there is one for each query.
                Some(b'\\') if self.text.as_bytes().get(self.at + 1) == Some(&b'"') => self.at += 2,
                Some(b'\\') => self.escape()?,
                _ => return self.wrong("text without control characters, then `\"`"),
            }
        }
    }

    fn escape(&mut self) -> Result<()> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                let digits = self.text.as_bytes().get(self.at + 1..self.at + 5);
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return self.wrong("four hexadecimal digits");
                }
                self.at += 5;
            }
            _ => return self.wrong("an escape"),
        }
        Ok(())
    }
}

/// How many bytes come before a quote, a backslash or a control character. Eight at a time, because
/// text is most of what there is.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut at = 0;
    for eight in eights {
        let eight = u64::from_le_bytes(*eight);
        let quote = eight ^ (ONES * u64::from(b'"'));
        let slash = eight ^ (ONES * u64::from(b'\\'));
        // The lowest high bit that is set tells the first such byte; those above it may be wrong.
        let found = (quote.wrapping_sub(ONES) & !quote)
            | (slash.wrapping_sub(ONES) & !slash)
            | (eight.wrapping_sub(ONES * 0x20) & !eight);
        if found & HIGH != 0 {
            return at + ((found & HIGH).trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    at + rest.iter().take_while(|byte| !matches!(byte, 0..=0x1f | b'"' | b'\\')).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;
    use serde_json::value::RawValue;

    fn whole(text: &str) -> Result<usize> {
        let mut cursor = Cursor::new(text);
        let depth = cursor.skip()?;
        cursor.end().map(|()| depth)
    }

    #[test]
    fn it_counts_what_lies_inside_each_other() {
        assert_eq!(whole(" 1 "), Ok(0));
        assert_eq!(whole(r#"{"a":[],"b":[[{}]]}"#), Ok(4));
        assert_eq!(whole(&("[".repeat(100_000) + &"]".repeat(100_000))), Ok(100_000));
    }

    #[test]
    fn it_tells_where_the_text_is_no_json() {
        assert_eq!(whole("[1,]"), Err(Syntax { at: 3, expected: "a value" }));
        assert_eq!(whole("{\"a\" 1}").unwrap_err().at, 5);
        assert_eq!(whole("\"\u{1}\"").unwrap_err().at, 1);
        assert_eq!(whole("01").unwrap_err().at, 1);
        assert_eq!(whole("\"0123456789abcdef").unwrap_err().at, 17);
        assert_eq!(whole("1e999"), Ok(0));
    }

    /// JSON, and what is almost JSON.
    fn nearly() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            "[\\[\\]{},:]",
            "\"[a-z0-9é\u{1}-\u{1f}\\\\\"]{0,12}\"",
            r#"\\(u[0-9a-fG]{3,4}|.)"#,
            "-?[0-9]{1,3}(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?",
            "true|false|null|nul|[ \n]",
            Just("\"a\":".to_owned()),
        ];
        proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn it_accepts_what_serde_json_accepts(text in nearly()) {
            let there = serde_json::from_str::<&RawValue>(&text).is_ok();
            prop_assert_eq!(whole(&text).is_ok(), there, "{}", text);
        }

        #[test]
        fn it_finds_the_ends_of_values(text in "[ -~é\u{0}-\u{1f}]{0,40}", number: i64) {
            let value = serde_json::json!([{ "a": text, "n": number }, [text, [null]]]);
            let text = format!(" {value:#} ");
            let mut cursor = Cursor::new(&text);
            let (mut first, mut items) = (true, Vec::new());
            while cursor.item(&mut first).unwrap() {
                items.push(serde_json::from_str::<Value>(cursor.value().unwrap().0).unwrap());
            }
            prop_assert_eq!(cursor.end(), Ok(()));
            prop_assert_eq!(Value::Array(items), value);
        }
    }
}
