//! What the templates are told of a feature.

use serde::Serialize;

use crate::{
    feature::{Feature, Operation},
    field::{Field, Kind, SAFE, digits},
    name::{Name, capital},
    target::Target,
};

/// From how many characters on a text is left out of lists.
const LONG: u32 = 256;
/// Up to how many characters a text is searched.
const SEARCHED: u32 = 512;

/// A field as the templates see it.
#[derive(Clone, Debug, Serialize)]
pub struct FieldView {
    /// The member and the column.
    pub name: String,
    /// `text`, `int`, `float`, `bool`, `date`, `datetime`, `enum`, `ref`, `json`.
    pub kind: &'static str,
    pub words: String,
    pub a: &'static str,
    /// The column's name in `Column`.
    #[serde(rename = "Column")]
    pub column_type: String,
    /// The type of a value, without `Option`.
    pub inner: String,
    /// The type of a value.
    #[serde(rename = "type")]
    pub ty: String,
    pub optional: bool,
    pub doc: String,
    pub doc_create: String,
    pub doc_update: String,
    pub filter: String,
    /// How the migration makes the column.
    pub column: String,
    pub create_type: String,
    /// Whether `new` leaves it out.
    pub create_default: bool,
    pub default: Option<String>,
    pub default_json: Option<String>,
    pub garde: Option<String>,
    pub bounds: Option<Vec<Bound>>,
    pub min: u32,
    pub max: u32,
    pub example: Option<String>,
    pub variants: Vec<Variant>,
    pub long: bool,
    /// The constant of its unique index.
    pub unique: Option<String>,
    pub unique_index: String,
    /// What a reference is called without `_id`.
    pub relation: String,
    pub relation_type: String,
    pub target: Option<TargetView>,
    /// A value in a test of `db`, by the variable `number` from 0 to 9.
    pub test: String,
    pub json_a: String,
    pub json_b: String,
    pub query_a: String,
    /// The least and the most that fits, as JSON.
    pub low: Option<String>,
    pub high: Option<String>,
}

/// A constant that limits a number.
#[derive(Clone, Debug, Serialize)]
pub struct Bound {
    pub name: String,
    pub word: &'static str,
    pub value: String,
}

/// A variant of an enum.
#[derive(Clone, Debug, Serialize)]
pub struct Variant {
    pub name: String,
    #[serde(rename = "Words")]
    pub words: String,
    #[serde(rename = "Type")]
    pub ty: String,
}

/// What a field refers to.
#[derive(Clone, Debug, Serialize)]
pub struct TargetView {
    pub name: String,
    #[serde(rename = "fn")]
    pub function: String,
    pub word: String,
    pub a: &'static str,
    pub table: String,
    /// The module of its entity.
    pub path: String,
    /// The module as the queries call it.
    pub query: String,
    /// Where the contract takes the id's type from.
    pub reexport: Option<String>,
    pub owned: bool,
    pub make: Option<String>,
    /// Whether it takes somebody to make one.
    pub needs_owner: bool,
    /// Whether the entity has another relation to this table.
    pub again: bool,
    /// Whether an earlier field refers to the same.
    pub repeated: bool,
}

impl FieldView {
    /// A field of this feature.
    pub fn new(feature: &Feature, field: &Field, target: Option<&Target>) -> Self {
        let one = feature.singular.pascal();
        let name = field.column();
        let words = words(field);
        let inner = match &field.kind {
            Kind::Text { .. } | Kind::Enum(_) => format!("{one}{}", field.name.pascal()),
            Kind::Int32 { .. } => "i32".to_owned(),
            Kind::Int64 { .. } => "i64".to_owned(),
            Kind::Float { .. } => "f64".to_owned(),
            Kind::Bool => "bool".to_owned(),
            Kind::Date => "Date".to_owned(),
            Kind::Datetime => "Timestamp".to_owned(),
            Kind::Ref(_) => target.map(|target| target.id.clone()).unwrap_or_default(),
            Kind::Json => "Json".to_owned(),
        };
        let ty = if field.optional { format!("Option<{inner}>") } else { inner.clone() };
        let create_type =
            if field.default.is_some() { format!("Option<{inner}>") } else { ty.clone() };
        let doc = doc(field, &words);
        let (min, max) = match &field.kind {
            Kind::Text { min, max } => (*min, *max),
            Kind::Enum(variants) => (
                0,
                variants
                    .iter()
                    .map(|v| v.snake().len())
                    .max()
                    .map_or(32, |longest| u32::try_from(longest).unwrap_or(u32::MAX).max(32)),
            ),
            _ => (0, 0),
        };
        let default = field.default.as_ref().map(|default| match &field.kind {
            Kind::Enum(_) => format!("{inner}::{default}"),
            _ => default.clone(),
        });
        let default_json = field.default.as_ref().map(|default| match &field.kind {
            Kind::Enum(variants) => variants
                .iter()
                .find(|v| v.pascal() == *default)
                .map(|v| format!("\"{v}\""))
                .unwrap_or_default(),
            _ => default.replace('_', ""),
        });
        let bounds = bounds(field);
        let garde = bounds.as_ref().map(|bounds| {
            let ends: Vec<String> = bounds
                .iter()
                .map(|bound| {
                    format!(
                        "{} = {}",
                        if bound.word == "lowest" { "min" } else { "max" },
                        bound.name
                    )
                })
                .collect();
            format!("range({})", ends.join(", "))
        });
        let variants = match &field.kind {
            Kind::Enum(variants) => variants
                .iter()
                .map(|v| Variant { name: v.snake(), words: v.sentence(), ty: v.pascal() })
                .collect(),
            _ => Vec::new(),
        };
        let (json_a, json_b, query_a) = two_values(field);
        let (low, high) = limits(field);
        Self {
            kind: kind(field),
            a: article(&words),
            column_type: if target.is_some() {
                field.name.and("id").pascal()
            } else {
                field.name.pascal()
            },
            doc_create: match &default_json {
                Some(default) => {
                    doc.trim_end_matches('.').to_owned()
                        + &format!("; `{}` when absent.", default.trim_matches('"'))
                }
                None => doc.clone(),
            },
            doc_update: if field.optional {
                doc.trim_end_matches('.').to_owned() + "; `null` clears it."
            } else {
                doc.clone()
            },
            filter: filter(field, &words),
            column: column(field, max),
            create_default: field.optional || field.default.is_some(),
            example: example(field, min, max),
            long: matches!(field.kind, Kind::Text { max, .. } if max > LONG)
                || matches!(field.kind, Kind::Json),
            unique: field.unique.then(|| format!("UNIQUE_{}", field.name.screaming())),
            unique_index: format!(
                "{}_{}{name}",
                feature.plural,
                if feature.owned { "created_by_" } else { "" }
            ),
            relation: field.name.snake(),
            relation_type: field.name.pascal(),
            target: target.map(|target| TargetView::new(feature, target)),
            test: test_value(field, &inner),
            name,
            words,
            inner,
            ty,
            optional: field.optional,
            doc,
            create_type,
            default,
            default_json,
            garde,
            bounds,
            min,
            max,
            variants,
            json_a,
            json_b,
            query_a,
            low,
            high,
        }
    }

    /// Whether lists are filtered by it.
    pub fn is_filter(&self) -> bool {
        matches!(self.kind, "bool" | "enum" | "ref")
    }

    /// Whether lists are searched in it.
    pub fn is_searched(&self) -> bool {
        self.kind == "text" && self.max <= SEARCHED
    }
}

impl TargetView {
    fn new(feature: &Feature, target: &Target) -> Self {
        let users = target.name.snake() == "users";
        let times = feature.references().filter(|(_, other)| other.name == target.name).count();
        let owner = if feature.owned { "owner" } else { "person" };
        Self {
            name: target.name.snake(),
            function: target.singular.snake(),
            word: target.singular.spaced(),
            a: target.singular.article(),
            table: target.table.clone(),
            path: target.path.clone(),
            query: target.name.snake(),
            reexport: Some(if users {
                "throughline_auth::UserId".to_owned()
            } else {
                format!("db::{}::{}", target.name, target.id)
            }),
            owned: target.owned,
            make: target.make.as_ref().map(|make| make.replace("{owner}", owner)),
            needs_owner: target.make.as_ref().is_some_and(|make| make.contains("{owner}")),
            again: times > 1 || (users && feature.owned),
            repeated: false,
        }
    }

    /// Whether the accounts' own table is meant.
    pub fn is_users(&self) -> bool {
        self.name == "users"
    }
}

fn kind(field: &Field) -> &'static str {
    match &field.kind {
        Kind::Text { .. } => "text",
        Kind::Int32 { .. } | Kind::Int64 { .. } => "int",
        Kind::Float { .. } => "float",
        Kind::Bool => "bool",
        Kind::Date => "date",
        Kind::Datetime => "datetime",
        Kind::Enum(_) => "enum",
        Kind::Ref(_) => "ref",
        Kind::Json => "json",
    }
}

/// The field's name for people.
fn words(field: &Field) -> String {
    let name = &field.name;
    match &field.kind {
        Kind::Int32 { .. } | Kind::Int64 { .. }
            if name.last() == "cents" && name.without("cents") != *name =>
        {
            format!("{} in cents", name.without("cents").spaced())
        }
        Kind::Date if !["date", "day", "on"].contains(&name.last()) => {
            format!("{} date", name.spaced())
        }
        Kind::Datetime if name.last() == "at" && name.without("at") != *name => {
            format!("{} time", name.without("at").spaced())
        }
        _ => name.spaced(),
    }
}

fn article(words: &str) -> &'static str {
    let first = words.split(' ').next().unwrap_or_default();
    Name::parse(first, usize::MAX).map_or("a", |name| name.article())
}

fn doc(field: &Field, words: &str) -> String {
    match &field.kind {
        Kind::Bool => format!("Whether it is {words}."),
        Kind::Json => format!("Its {words}: any JSON."),
        _ => format!("Its {words}."),
    }
}

fn filter(field: &Field, words: &str) -> String {
    match &field.kind {
        Kind::Bool => format!("Only those that are {words}, or only those that are not."),
        Kind::Ref(_) => format!("Only those of this {words}."),
        _ => format!("Only those with this {words}."),
    }
}

fn column(field: &Field, max: u32) -> String {
    match &field.kind {
        Kind::Text { .. } | Kind::Enum(_) => format!("string_len({max})"),
        Kind::Int32 { .. } => "integer()".to_owned(),
        Kind::Int64 { .. } => "big_integer()".to_owned(),
        Kind::Float { .. } => "double()".to_owned(),
        Kind::Bool => "boolean()".to_owned(),
        Kind::Date => "date()".to_owned(),
        Kind::Datetime => "timestamp_with_time_zone()".to_owned(),
        Kind::Ref(_) => "uuid()".to_owned(),
        Kind::Json => "json_binary()".to_owned(),
    }
}

/// The constants that say a number's range once.
fn bounds(field: &Field) -> Option<Vec<Bound>> {
    let (min, max) = match &field.kind {
        Kind::Int32 { min, max } => {
            (min.map(|min| digits(min.into())), max.map(|max| digits(max.into())))
        }
        Kind::Int64 { min, max } => (Some(digits(*min)), Some(digits(*max))),
        Kind::Float { min, max } => {
            (min.map(|min| format!("{min:?}")), max.map(|max| format!("{max:?}")))
        }
        _ => return None,
    };
    let constant = |end: &str, word, value: Option<String>| {
        value.map(|value| Bound { name: format!("{}_{end}", field.name.screaming()), word, value })
    };
    let bounds: Vec<Bound> = [constant("MIN", "lowest", min), constant("MAX", "highest", max)]
        .into_iter()
        .flatten()
        .collect();
    (!bounds.is_empty()).then_some(bounds)
}

fn example(field: &Field, min: u32, max: u32) -> Option<String> {
    let text = format!("{} {}", capital(field.name.article()), field.name.spaced());
    let length = u32::try_from(text.chars().count()).ok()?;
    (matches!(field.kind, Kind::Text { .. }) && (min..=max).contains(&length)).then_some(text)
}

/// A value by `number`, in a test of `db`.
fn test_value(field: &Field, inner: &str) -> String {
    match &field.kind {
        Kind::Text { min, max } => {
            let label = field.name.spaced();
            let longest = u32::try_from(label.chars().count() + 2).unwrap_or(u32::MAX);
            if *max >= longest && *min <= longest {
                format!("format!(\"{label} {{number}}\").parse().unwrap()")
            } else {
                format!("format!(\"{{number:0>{}}}\").parse().unwrap()", (*min).max(1))
            }
        }
        Kind::Int32 { min, max } => {
            let (min, max) = (min.unwrap_or(0.min(max.unwrap_or(0))), max.unwrap_or(i32::MAX));
            number_from(i64::from(min), i64::from(max), "i32::try_from(number).unwrap()")
        }
        Kind::Int64 { min, max } => {
            let min = if *min <= 0 && *max >= 9 { 0 } else { *min };
            number_from(min, *max, "i64::from(number)")
        }
        Kind::Float { min, max } => {
            let (low, high) =
                (min.unwrap_or(max.map_or(0.0, |max| max - 10.0)), max.unwrap_or(f64::MAX));
            let step = if high - low >= 10.0 { 1.0 } else { (high - low) / 10.0 };
            let number = if step == 1.0 {
                "f64::from(number)".to_owned()
            } else {
                format!("f64::from(number) * {step:?}")
            };
            if low == 0.0 { number } else { format!("{low:?} + {number}") }
        }
        Kind::Bool => "number.is_multiple_of(2)".to_owned(),
        Kind::Date => "Date::new(2026, 11, 1 + number).unwrap()".to_owned(),
        Kind::Datetime => "at(100 + i64::from(number))".to_owned(),
        Kind::Enum(variants) => {
            let name = |index: usize| variants.get(index).map(Name::pascal).unwrap_or_default();
            format!(
                "if number.is_multiple_of(2) {{ {inner}::{} }} else {{ {inner}::{} }}",
                name(0),
                name(1)
            )
        }
        Kind::Ref(_) => String::new(),
        Kind::Json => "serde_json::json!({ \"number\": number })".to_owned(),
    }
}

fn number_from(min: i64, max: i64, number: &str) -> String {
    match (min, max.saturating_sub(min)) {
        (0, 9..) => number.to_owned(),
        (_, 9..) => format!("{} + {number}", digits(min)),
        // Less room than numbers.
        (_, room) => format!("{} + {number} % {}", digits(min), room + 1),
    }
}

/// Two values as JSON, and the first as it stands in a query.
fn two_values(field: &Field) -> (String, String, String) {
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned(), a.trim_matches('"').to_owned());
    match &field.kind {
        Kind::Bool => pair("true", "false"),
        Kind::Enum(variants) => {
            let name =
                |index: usize| variants.get(index).map(|v| format!("\"{v}\"")).unwrap_or_default();
            pair(&name(0), &name(1))
        }
        Kind::Text { min, .. } => {
            let long = |letter: &str| format!("\"{}\"", letter.repeat((*min).max(1) as usize));
            pair(&long("a"), &long("b"))
        }
        Kind::Int32 { min, max } => {
            let low = min.unwrap_or(max.map_or(0, |max| max - 1));
            pair(&low.to_string(), &low.saturating_add(1).to_string())
        }
        Kind::Int64 { min, .. } => {
            let low = if *min == -SAFE { 0 } else { *min };
            pair(&low.to_string(), &(low + 1).to_string())
        }
        Kind::Date => pair("\"2026-11-20\"", "\"2026-11-21\""),
        _ => pair("null", "null"),
    }
}

/// The least and the most that fits, as JSON; of a text an expression.
fn limits(field: &Field) -> (Option<String>, Option<String>) {
    match &field.kind {
        Kind::Text { min, max } => {
            let text = |length: u32| match length {
                // What is short stands there.
                0..=20 => Some(format!("\"{}\"", "ü".repeat(length as usize))),
                _ => Some(format!("\"ü\".repeat({length})")),
            };
            (text(*min), text(*max))
        }
        Kind::Int32 { min, max } => {
            (min.map(|min| digits(min.into())), max.map(|max| digits(max.into())))
        }
        Kind::Int64 { min, max } => {
            (Some(format!("{}_i64", digits(*min))), Some(format!("{}_i64", digits(*max))))
        }
        Kind::Float { min, max } => {
            (min.map(|min| format!("{min:?}")), max.map(|max| format!("{max:?}")))
        }
        _ => (None, None),
    }
}

/// An index of the table.
#[derive(Clone, Debug, Serialize)]
pub struct IndexView {
    pub name: String,
    pub variable: String,
    pub columns: Vec<String>,
    pub unique: bool,
    pub why: String,
}

/// All indexes but the primary key: those of lists and references, then the unique ones.
pub fn indexes(feature: &Feature, fields: &[FieldView]) -> Vec<IndexView> {
    let plural = feature.plural.snake();
    let mut indexes = Vec::new();
    let mut add = |columns: &[&str], unique: bool, variable: &str, why: &str| {
        indexes.push(IndexView {
            name: format!("{plural}_{}", columns.join("_")),
            variable: variable.to_owned(),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            unique,
            why: why.to_owned(),
        });
    };
    if feature.owned {
        add(
            &["created_by", "created_at", "id"],
            false,
            "list",
            "The foreign key's index, and the order of each owner's list.",
        );
    }
    if !feature.owned || feature.public {
        add(&["created_at", "id"], false, "all", "The order of the list.");
    }
    for field in fields.iter().filter(|field| field.kind == "ref") {
        let why = "The foreign key's index, and the order of the list by it.";
        add(&[&field.name, "created_at", "id"], false, &format!("by_{}", field.relation), why);
    }
    for field in fields.iter().filter(|field| field.unique.is_some()) {
        let variable = format!("unique_{}", field.name);
        match feature.owned {
            true => add(&["created_by", &field.name], true, &variable, ""),
            false => add(&[&field.name], true, &variable, ""),
        }
    }
    indexes
}

/// Whether an operation is there, for templates.
pub fn operations(feature: &Feature) -> serde_json::Value {
    let has = |operation| feature.has(operation);
    serde_json::json!({
        "list": has(Operation::List), "get": has(Operation::Get), "create": has(Operation::Create),
        "update": has(Operation::Update), "delete": has(Operation::Delete),
    })
}
