//! The words in which a field is given: `title:string:1..256`, `due:date?`, `status:enum(active,inactive)=active`.

use crate::{
    name::{Name, NameError, shown},
    reserved,
};

/// The largest whole number that JavaScript, and so JSON in a browser, keeps exactly: 2⁵³ − 1.
pub const SAFE: i64 = 9_007_199_254_740_991;
/// The most characters that a text may have: PostgreSQL's limit of `varchar(n)`.
const MOST_CHARS: u32 = 10_485_760;
/// The longest name of a field.
const LONGEST: usize = 30;

/// A field of a feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name, of a reference without `_id`.
    pub name: Name,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be left out and be `null`.
    pub optional: bool,
    /// Whether no two rows may have the same.
    pub unique: bool,
    /// What it is when a create leaves it out, as it is written in Rust; of an enum the variant.
    pub default: Option<String>,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A text of so many characters.
    Text { min: u32, max: u32 },
    /// A whole number of 32 bits.
    Int32 { min: Option<i32>, max: Option<i32> },
    /// A whole number that JSON keeps exactly.
    Int64 { min: i64, max: i64 },
    /// A number with a fraction.
    Float { min: Option<f64>, max: Option<f64> },
    /// True or false.
    Bool,
    /// A day.
    Date,
    /// A point in time.
    Datetime,
    /// One of these.
    Enum(Vec<Name>),
    /// A row of this other feature.
    Ref(Name),
    /// Any JSON.
    Json,
}

/// What is wrong with the words for a field.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("field `{field}`: {why}")]
pub struct FieldError {
    field: String,
    why: String,
}

/// What every refusal of a type says of those that there are.
const TYPES: &str =
    "a type is one of string, i32, i64, f64, bool, date, datetime, json, enum(a,b), ref(features)";

impl Field {
    /// Reads a field.
    ///
    /// # Errors
    /// What is wrong, with an example of what is right.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let fail = |why: String| FieldError { field: shown(text), why };
        let (name, rest) = text.split_once(':').ok_or_else(|| {
            fail(format!("a field is `name:type`, as in `title:string:1..256`; {TYPES}"))
        })?;
        let name =
            Name::parse(name, LONGEST).map_err(|error: NameError| fail(error.to_string()))?;
        let mut words = Words { rest };
        let kind = words.kind().map_err(&fail)?;
        let optional = words.take("?");
        let (mut range, mut unique) = (None, false);
        while words.take(":") {
            if words.take("unique") {
                if unique {
                    return Err(fail("`unique` stands there twice".to_owned()));
                }
                unique = true;
            } else if range.is_none() {
                range = Some(words.range().map_err(&fail)?);
            } else {
                return Err(fail("there is a second range".to_owned()));
            }
        }
        let default = words.take("=").then(|| std::mem::take(&mut words.rest));
        if !words.rest.is_empty() {
            let rest = shown(words.rest);
            return Err(fail(format!(
                "`{rest}` is not understood: after the type come `?`, `:1..256`, `:unique`, `=default`"
            )));
        }
        let kind = bounded(kind, range).map_err(&fail)?;
        // A reference is a column `config_id` whatever it was called.
        let name = if matches!(kind, Kind::Ref(_)) { name.without("id") } else { name };
        let field = Self { name, kind, optional, unique, default: None };
        if let Some(why) = reserved::field(&field.column()) {
            return Err(fail(format!("cannot be called `{}`: {why}", field.column())));
        }
        field.with_default(default).map_err(fail)
    }

    /// The name of its column and its member.
    pub fn column(&self) -> String {
        match &self.kind {
            Kind::Ref(_) => self.name.and("id").snake(),
            _ => self.name.snake(),
        }
    }

    fn with_default(mut self, default: Option<&str>) -> Result<Self, String> {
        if self.unique
            && !matches!(
                self.kind,
                Kind::Text { .. } | Kind::Int32 { .. } | Kind::Int64 { .. } | Kind::Date
            )
        {
            return Err("only a string, a whole number or a date can be unique".to_owned());
        }
        let Some(text) = default else { return Ok(self) };
        if self.optional {
            return Err("what may be left out is `null` then: no default beside `?`".to_owned());
        }
        if self.unique {
            return Err(
                "what is unique has no default: it would be taken the second time".to_owned()
            );
        }
        let value = match &self.kind {
            Kind::Bool => text.parse::<bool>().ok().map(|value| value.to_string()),
            Kind::Int32 { min, max } => text
                .parse::<i32>()
                .ok()
                .filter(|value| within(value, min.as_ref(), max.as_ref()))
                .map(|value| digits(value.into())),
            Kind::Int64 { min, max } => {
                text.parse::<i64>().ok().filter(|value| (min..=max).contains(&value)).map(digits)
            }
            Kind::Float { min, max } => text
                .parse::<f64>()
                .ok()
                .filter(|value| value.is_finite() && within(value, min.as_ref(), max.as_ref()))
                .map(|value| format!("{value:?}")),
            Kind::Enum(variants) => {
                variants.iter().find(|variant| variant.snake() == text).map(Name::pascal)
            }
            Kind::Text { .. } | Kind::Date | Kind::Datetime | Kind::Ref(_) | Kind::Json => {
                return Err("only bool, i32, i64, f64 and enum take a default".to_owned());
            }
        };
        self.default = Some(
            value.ok_or_else(|| format!("the default `{}` is none of its values", shown(text)))?,
        );
        Ok(self)
    }
}

/// A whole number with `_` between thousands, as clippy wants it.
pub fn digits(value: i64) -> String {
    let plain = value.unsigned_abs().to_string();
    if plain.len() < 6 {
        return value.to_string();
    }
    let mut grouped = String::new();
    for (index, digit) in plain.chars().enumerate() {
        if index > 0 && (plain.len() - index).is_multiple_of(3) {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    if value < 0 { format!("-{grouped}") } else { grouped }
}

fn within<T: PartialOrd>(value: &T, min: Option<&T>, max: Option<&T>) -> bool {
    min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max)
}

/// The words that are not read yet.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    fn take(&mut self, word: &str) -> bool {
        match self.rest.strip_prefix(word) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn until(&mut self, stops: &[char]) -> &'a str {
        let end = self.rest.find(stops).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn kind(&mut self) -> Result<Kind, String> {
        let word = self.until(&['(', '?', ':', '=']);
        let arguments = match self.take("(") {
            true => {
                let arguments = self.until(&[')']);
                if !self.take(")") {
                    return Err("a `)` is missing; in a shell, put the field in quotes".to_owned());
                }
                Some(arguments)
            }
            false => None,
        };
        match (word, arguments) {
            ("enum", Some(variants)) => variants_of(variants).map(Kind::Enum),
            ("ref", Some(target)) => Name::parse(target.trim(), LONGEST)
                .map(Kind::Ref)
                .map_err(|error| format!("ref(..) names a feature: {error}")),
            ("enum", None) => {
                Err("an enum names its values: `status:enum(active,inactive)`".to_owned())
            }
            ("ref", None) => Err("a reference names a feature: `config:ref(configs)`".to_owned()),
            (_, Some(_)) => Err(format!("`{}` has nothing in parentheses; {TYPES}", shown(word))),
            ("string", None) => Ok(Kind::Text { min: 1, max: 255 }),
            ("i32", None) => Ok(Kind::Int32 { min: None, max: None }),
            ("i64", None) => Ok(Kind::Int64 { min: -SAFE, max: SAFE }),
            ("f64", None) => Ok(Kind::Float { min: None, max: None }),
            ("bool", None) => Ok(Kind::Bool),
            ("date", None) => Ok(Kind::Date),
            ("datetime", None) => Ok(Kind::Datetime),
            ("json", None) => Ok(Kind::Json),
            (other, None) => {
                let meant = match other {
                    "String" | "str" | "text" | "varchar" => "; do you mean string?",
                    "int" | "integer" | "u32" => "; do you mean i32 or i64?",
                    "bigint" | "u64" | "number" => "; do you mean i64?",
                    "float" | "double" | "decimal" | "f32" => {
                        "; do you mean f64? Money is i64, in the smallest unit"
                    }
                    "boolean" => "; do you mean bool?",
                    "timestamp" | "time" | "DateTime" => "; do you mean datetime?",
                    "uuid" | "id" => "; do you mean ref(..)?",
                    _ => "",
                };
                Err(format!("`{}` is no type: {TYPES}{meant}", shown(other)))
            }
        }
    }

    /// `1..256`, also `1..=256`: both ends belong to it, and either may be absent.
    fn range(&mut self) -> Result<(&'a str, &'a str), String> {
        let start = self.rest;
        let Some(dots) = start.find("..").filter(|dots| !start[..*dots].contains([':', '=']))
        else {
            return Err(format!(
                "`{}` is not understood: write a range as `1..256`, `0..`, `..1000`, or `unique`",
                shown(start)
            ));
        };
        let low = &start[..dots];
        self.rest = &start[dots + 2..];
        self.take("=");
        let high = self.until(&[':', '=']);
        if low.is_empty() && high.is_empty() {
            return Err("the range `..` says nothing: leave it out, or write `1..256`".to_owned());
        }
        Ok((low, high))
    }
}

/// The values of an enum.
fn variants_of(text: &str) -> Result<Vec<Name>, String> {
    let mut variants: Vec<Name> = Vec::new();
    for variant in text.split(',') {
        let variant = Name::parse(variant.trim(), LONGEST)
            .map_err(|error| format!("a value of the enum: {error}"))?;
        if reserved::variant(&variant.pascal()) {
            return Err(format!("`{variant}` cannot be a variant of an enum in Rust"));
        }
        if variants.iter().any(|there| there.pascal() == variant.pascal()) {
            return Err(format!("the value `{variant}` stands there twice"));
        }
        variants.push(variant);
    }
    if variants.len() < 2 {
        return Err("an enum has two values or more: `status:enum(active,inactive)`".to_owned());
    }
    Ok(variants)
}

/// The kind within the range that was given.
fn bounded(kind: Kind, range: Option<(&str, &str)>) -> Result<Kind, String> {
    let Some((low, high)) = range else { return Ok(kind) };
    let bounded = match kind {
        Kind::Text { .. } => {
            let max: u32 = number(high)?.ok_or("a text says how long it may be: `1..256`")?;
            let min: u32 = number(low)?.unwrap_or(0);
            if max == 0 || max > MOST_CHARS {
                return Err(format!("a text has 1 to {MOST_CHARS} characters at most, not {max}"));
            }
            ordered(&min, &max)?;
            Kind::Text { min, max }
        }
        Kind::Int32 { .. } => {
            let (min, max) = (number(low)?, number(high)?);
            if let (Some(min), Some(max)) = (&min, &max) {
                ordered(min, max)?;
            }
            Kind::Int32 { min, max }
        }
        Kind::Int64 { .. } => {
            let (min, max) = (number(low)?.unwrap_or(-SAFE), number(high)?.unwrap_or(SAFE));
            if min < -SAFE || max > SAFE {
                return Err(format!(
                    "JSON in a browser keeps whole numbers from -{SAFE} to {SAFE} only"
                ));
            }
            ordered(&min, &max)?;
            Kind::Int64 { min, max }
        }
        Kind::Float { .. } => {
            let (min, max): (Option<f64>, Option<f64>) = (number(low)?, number(high)?);
            if min.into_iter().chain(max).any(|bound| !bound.is_finite()) {
                return Err("a bound is a finite number".to_owned());
            }
            if let (Some(min), Some(max)) = (&min, &max) {
                ordered(min, max)?;
            }
            Kind::Float { min, max }
        }
        _ => return Err("only string, i32, i64 and f64 have a range".to_owned()),
    };
    Ok(bounded)
}

fn number<T: std::str::FromStr>(text: &str) -> Result<Option<T>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| format!("`{}` is no bound of this type", shown(text)))
}

fn ordered<T: PartialOrd + std::fmt::Display>(min: &T, max: &T) -> Result<(), String> {
    if min <= max { Ok(()) } else { Err(format!("the range {min}..{max} is empty")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Result<Kind, String> {
        Field::parse(text).map(|field| field.kind).map_err(|error| error.to_string())
    }

    #[test]
    fn each_form_is_read() {
        assert_eq!(kind("title:string:1..256"), Ok(Kind::Text { min: 1, max: 256 }));
        assert_eq!(kind("title:string:1..=256"), Ok(Kind::Text { min: 1, max: 256 }));
        assert_eq!(kind("about:string?:..1000"), Ok(Kind::Text { min: 0, max: 1000 }));
        assert_eq!(kind("price_cents:i64:0.."), Ok(Kind::Int64 { min: 0, max: SAFE }));
        assert_eq!(kind("size:i32:-5..5"), Ok(Kind::Int32 { min: Some(-5), max: Some(5) }));
        assert_eq!(kind("ratio:f64:0..1"), Ok(Kind::Float { min: Some(0.0), max: Some(1.0) }));
        assert_eq!(kind("due:date?"), Ok(Kind::Date));
        assert!(matches!(kind("config:ref(configs)"), Ok(Kind::Ref(_))));
        let sku = Field::parse("sku:string:1..64:unique").expect("a field");
        assert!(sku.unique && !sku.optional);
        let status = Field::parse("status:enum(active,on_hold)=on_hold").expect("a field");
        assert_eq!(status.default.as_deref(), Some("OnHold"));
        let active = Field::parse("active:bool=false").expect("a field");
        assert_eq!(active.default.as_deref(), Some("false"));
        assert_eq!(Field::parse("config_id:ref(configs)").expect("a field").column(), "config_id");
    }

    #[test]
    fn each_mistake_is_named() {
        for (text, says) in [
            ("title", "a field is `name:type`"),
            ("title:", "is no type"),
            ("title:String", "do you mean string?"),
            ("title:string:256..1", "the range 256..1 is empty"),
            ("title:string:1..", "a text says how long"),
            ("title:string:0..0", "1 to"),
            ("title:string:..", "says nothing"),
            ("title:string:1..2:3..4", "second range"),
            ("title:string:unique:unique", "twice"),
            ("title:string!", "is no type"),
            ("title:string?x", "is not understood"),
            ("title:string=x", "take a default"),
            ("status:enum", "names its values"),
            ("status:enum()", "a name is missing"),
            ("status:enum(one)", "two values"),
            ("status:enum(a,a)", "twice"),
            ("status:enum(self,other)", "cannot be a variant"),
            ("status:enum(a,b", "a `)` is missing"),
            ("status:enum(a,b)=c", "none of its values"),
            ("config:ref", "names a feature"),
            ("config:ref()", "a name is missing"),
            ("active:bool:1..2", "only string, i32, i64 and f64"),
            ("active:bool=maybe", "none of its values"),
            ("active:bool?=true", "no default beside `?`"),
            ("n:i64:1..0", "is empty"),
            ("n:i64:0..9999999999999999", "in a browser"),
            ("n:i64:a..b", "no bound"),
            ("n:f64:nan..", "finite"),
            ("n:i64:0..9=10", "none of its values"),
            ("tags:json:unique", "can be unique"),
            ("id:i64", "already"),
            ("type:string", "`kind` is free"),
            ("order:i32", "reserved word of SQL"),
            ("created_by:string", "already"),
            ("Title:string", "do you mean `title`?"),
        ] {
            let error = kind(text).expect_err(text);
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn numbers_are_grouped_as_clippy_wants_them() {
        assert_eq!(
            (digits(SAFE), digits(-1_000_000)),
            ("9_007_199_254_740_991".into(), "-1_000_000".into())
        );
        assert_eq!((digits(99_999), digits(0)), ("99999".into(), "0".into()));
    }
}
