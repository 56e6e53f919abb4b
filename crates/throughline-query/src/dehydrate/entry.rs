//! One dehydrated query or mutation as it is read, field by field, from text that may be anything.

use std::borrow::Cow;

use super::report::Refusal;
use super::scan::{Cursor, Kind, Syntax};
use crate::Key;
use crate::mutation::MutationStatus;
use crate::state::Status;
use crate::time::Millis;

/// The furthest point in time that JavaScript's `Date` knows, in both directions.
const FURTHEST: Millis = 8_640_000_000_000_000;

/// A query as it was read. What is text here is valid JSON.
#[derive(Debug, Default)]
pub(crate) struct QueryEntry<'a> {
    pub key: Option<&'a str>,
    pub dehydrated_at: Option<Millis>,
    pub infinite: bool,
    pub data: Option<&'a str>,
    pub data_update_count: u32,
    pub data_updated_at: Millis,
    pub is_invalidated: bool,
    pub status: Option<Status>,
    /// Apart, because all of a document is read before any of it is taken.
    pub rare: Option<Box<RareFields<'a>>>,
}

/// What most queries do not have.
#[derive(Debug, Default)]
pub(crate) struct RareFields<'a> {
    pub meta: Option<&'a str>,
    pub error: Option<&'a str>,
    pub error_update_count: u32,
    pub error_updated_at: Millis,
    pub fetch_failure_count: u32,
    pub fetch_failure_reason: Option<&'a str>,
}

impl<'a> QueryEntry<'a> {
    /// Sets a rare field, unless it is what it is anyway.
    fn set_rare<T: PartialEq + Default>(
        &mut self,
        value: T,
        field: impl for<'f> FnOnce(&'f mut RareFields<'a>) -> &'f mut T,
    ) {
        if value != T::default() || self.rare.is_some() {
            *field(self.rare.get_or_insert_default()) = value;
        }
    }
}

/// A mutation as it was read. What is text here is valid JSON.
#[derive(Debug, Default)]
pub(crate) struct MutationEntry<'a> {
    pub key: Option<&'a str>,
    pub meta: Option<&'a str>,
    pub scope: Option<Cow<'a, str>>,
    pub context: Option<&'a str>,
    pub data: Option<&'a str>,
    pub error: Option<&'a str>,
    pub failure_count: u32,
    pub failure_reason: Option<&'a str>,
    pub is_paused: bool,
    pub status: Option<MutationStatus>,
    pub variables: Option<&'a str>,
    pub submitted_at: Millis,
}

/// What became of an entry: read, or refused at a field. Text that is no JSON is a third thing.
pub(crate) type Read<T> = Result<Result<T, (&'static str, Refusal)>, Syntax>;

/// Reads fields, and remembers the first that was wrong.
struct Fields<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
    max_depth: usize,
    wrong: Option<(&'static str, Refusal)>,
}

/// Why a value is not what it should be, in few words.
type Expected = &'static str;

impl<'a> Fields<'_, 'a> {
    fn refuse(&mut self, field: &'static str, refusal: Refusal) {
        self.wrong.get_or_insert((field, refusal));
    }

    /// Any value; `null` is a value.
    fn any(&mut self, field: &'static str) -> Result<Option<&'a str>, Syntax> {
        let (text, depth) = self.cursor.value()?;
        if depth > self.max_depth {
            self.refuse(field, Refusal::TooDeep { limit: self.max_depth });
            return Ok(None);
        }
        Ok(Some(text))
    }

    /// Any value; `null` is none.
    fn some(&mut self, field: &'static str) -> Result<Option<&'a str>, Syntax> {
        Ok(self.any(field)?.filter(|text| *text != "null"))
    }

    /// A value of this kind; `null` is none.
    fn kind(&mut self, field: &'static str, kind: Kind) -> Result<Option<&'a str>, Syntax> {
        let is = self.cursor.kind()?;
        let text = self.some(field)?;
        if is != kind && is != Kind::Null {
            self.refuse(field, Refusal::Expected(named(kind)));
            return Ok(None);
        }
        Ok(text)
    }

    /// An array that is not too deep for a key, whatever may be kept of data.
    fn key(&mut self, field: &'static str) -> Result<Option<&'a str>, Syntax> {
        let limit = std::mem::replace(&mut self.max_depth, Key::MAX_DEPTH);
        let key = self.kind(field, Kind::Array);
        self.max_depth = limit;
        key
    }

    fn parsed<T>(
        &mut self,
        field: &'static str,
        parse: impl FnOnce(&'a str) -> Result<T, Expected>,
    ) -> Result<Option<T>, Syntax> {
        let text = self.cursor.value()?.0;
        match parse(text) {
            Ok(value) => Ok(Some(value)),
            Err(expected) => {
                self.refuse(field, Refusal::Expected(expected));
                Ok(None)
            }
        }
    }

    fn millis(&mut self, field: &'static str) -> Result<Millis, Syntax> {
        Ok(self.parsed(field, millis)?.unwrap_or_default())
    }

    fn count(&mut self, field: &'static str) -> Result<u32, Syntax> {
        Ok(self.parsed(field, count)?.unwrap_or_default())
    }

    fn flag(&mut self, field: &'static str) -> Result<bool, Syntax> {
        let flag = self.parsed(field, |text| match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("true or false"),
        })?;
        Ok(flag.unwrap_or_default())
    }

    /// Whether the next value is an object; if not, it is refused and passed over.
    fn is_object(&mut self, field: &'static str) -> Result<bool, Syntax> {
        if self.cursor.kind()? == Kind::Object {
            return Ok(true);
        }
        self.refuse(field, Refusal::Expected(named(Kind::Object)));
        self.cursor.skip()?;
        Ok(false)
    }
}

fn named(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Bool => "true or false",
        Kind::Number => "a number",
        Kind::Text => "a string",
        Kind::Array => "an array",
        Kind::Object => "an object",
    }
}

/// A point in time. Fractions, which a monotonic clock may have left in it, are cut off.
fn millis(text: &str) -> Result<Millis, Expected> {
    const EXPECTED: Expected = "milliseconds within the range of a JavaScript date";
    let at = match text.parse::<Millis>() {
        Ok(at) => at,
        Err(_) => match text.parse::<f64>() {
            // Anything that JSON allows and i64 does not: a fraction, an exponent, or too large.
            Ok(at) if at.abs() <= FURTHEST as f64 => at as Millis,
            _ => return Err(EXPECTED),
        },
    };
    if (-FURTHEST..=FURTHEST).contains(&at) { Ok(at) } else { Err(EXPECTED) }
}

fn count(text: &str) -> Result<u32, Expected> {
    // "+1" is no JSON, so that `parse` takes it does not matter.
    text.parse().map_err(|_| "a whole number from 0 to 4294967295")
}

fn query_status(text: &str) -> Result<Status, Expected> {
    Ok(match text {
        "\"pending\"" => Status::Pending,
        "\"error\"" => Status::Error,
        "\"success\"" => Status::Success,
        _ => return Err("pending, error or success"),
    })
}

fn mutation_status(text: &str) -> Result<MutationStatus, Expected> {
    Ok(match text {
        "\"idle\"" => MutationStatus::Idle,
        "\"pending\"" => MutationStatus::Pending,
        "\"success\"" => MutationStatus::Success,
        "\"error\"" => MutationStatus::Error,
        _ => return Err("idle, pending, success or error"),
    })
}

/// A string's content.
fn unquoted(text: &str) -> Option<Cow<'_, str>> {
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') {
        return serde_json::from_str(text).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inside))
}

/// A field's name as it is written, with escapes, is another name to us than the one it means to
/// JavaScript; nobody but an attacker writes names of letters with escapes.
fn read<'a, T: Default>(
    cursor: &mut Cursor<'a>,
    max_depth: usize,
    mut field: impl FnMut(&mut T, &'a str, &mut Fields<'_, 'a>) -> Result<(), Syntax>,
) -> Read<T> {
    let mut fields = Fields { cursor, max_depth, wrong: None };
    let mut entry = T::default();
    if fields.is_object("")? {
        let mut first = true;
        while let Some(name) = fields.cursor.field(&mut first)? {
            field(&mut entry, name, &mut fields)?;
        }
    }
    Ok(match fields.wrong {
        None => Ok(entry),
        Some(wrong) => Err(wrong),
    })
}

/// Reads a query.
pub(crate) fn query<'a>(cursor: &mut Cursor<'a>, max_depth: usize) -> Read<QueryEntry<'a>> {
    read(cursor, max_depth, |entry: &mut QueryEntry<'a>, name, fields| {
        match name {
            "queryKey" => entry.key = fields.key("queryKey")?,
            "state" if fields.is_object("state")? => {
                let mut first = true;
                while let Some(name) = fields.cursor.field(&mut first)? {
                    query_state(entry, name, fields)?;
                }
            }
            "state" => {}
            "dehydratedAt" => entry.dehydrated_at = fields.parsed("dehydratedAt", millis)?,
            "meta" => {
                entry.set_rare(fields.kind("meta", Kind::Object)?, |rare| &mut rare.meta);
            }
            "queryType" => {
                entry.infinite = fields.any("queryType")? == Some("\"infinite\"");
            }
            _ => {
                fields.cursor.skip()?;
            }
        }
        Ok(())
    })
}

/// What TanStack Query writes behind `dataUpdatedAt` of nearly every query: that all is well. Going past
/// it in one step is what makes reading a large cache half as dear.
const HEALTHY: &str = concat!(
    r#","error":null,"errorUpdateCount":0,"errorUpdatedAt":0,"fetchFailureCount":0"#,
    r#","fetchFailureReason":null,"fetchMeta":null,"isInvalidated":false,"status":"success""#,
    r#","fetchStatus":"idle""#,
);

fn query_state<'a>(
    entry: &mut QueryEntry<'a>,
    name: &str,
    fields: &mut Fields<'_, 'a>,
) -> Result<(), Syntax> {
    match name {
        "data" => entry.data = fields.any("state.data")?,
        "dataUpdateCount" => entry.data_update_count = fields.count("state.dataUpdateCount")?,
        "dataUpdatedAt" => {
            entry.data_updated_at = fields.millis("state.dataUpdatedAt")?;
            if fields.cursor.eat_text(HEALTHY) {
                if let Some(rare) = &mut entry.rare {
                    **rare = RareFields { meta: rare.meta, ..RareFields::default() };
                }
                entry.is_invalidated = false;
                entry.status = Some(Status::Success);
            }
        }
        "error" => entry.set_rare(fields.some("state.error")?, |rare| &mut rare.error),
        "errorUpdateCount" => {
            let count = fields.count("state.errorUpdateCount")?;
            entry.set_rare(count, |rare| &mut rare.error_update_count);
        }
        "errorUpdatedAt" => {
            let at = fields.millis("state.errorUpdatedAt")?;
            entry.set_rare(at, |rare| &mut rare.error_updated_at);
        }
        "fetchFailureCount" => {
            let count = fields.count("state.fetchFailureCount")?;
            entry.set_rare(count, |rare| &mut rare.fetch_failure_count);
        }
        "fetchFailureReason" => {
            let reason = fields.some("state.fetchFailureReason")?;
            entry.set_rare(reason, |rare| &mut rare.fetch_failure_reason);
        }
        "isInvalidated" => entry.is_invalidated = fields.flag("state.isInvalidated")?,
        "status" => entry.status = fields.parsed("state.status", query_status)?,
        // What the query was doing there (`fetchStatus`, `fetchMeta`) it does not do here.
        _ => {
            fields.cursor.skip()?;
        }
    }
    Ok(())
}

/// Reads a mutation.
pub(crate) fn mutation<'a>(cursor: &mut Cursor<'a>, max_depth: usize) -> Read<MutationEntry<'a>> {
    read(cursor, max_depth, |entry: &mut MutationEntry<'a>, name, fields| {
        match name {
            "mutationKey" => entry.key = fields.key("mutationKey")?,
            "state" if fields.is_object("state")? => {
                let mut first = true;
                while let Some(name) = fields.cursor.field(&mut first)? {
                    mutation_state(entry, name, fields)?;
                }
            }
            "meta" => entry.meta = fields.kind("meta", Kind::Object)?,
            "scope" if fields.is_object("scope")? => {
                let mut first = true;
                while let Some(name) = fields.cursor.field(&mut first)? {
                    if name == "id" {
                        let id = |text| unquoted(text).ok_or("a string");
                        entry.scope = fields.parsed("scope.id", id)?;
                    } else {
                        fields.cursor.skip()?;
                    }
                }
            }
            "state" | "scope" => {}
            _ => {
                fields.cursor.skip()?;
            }
        }
        Ok(())
    })
}

fn mutation_state<'a>(
    entry: &mut MutationEntry<'a>,
    name: &str,
    fields: &mut Fields<'_, 'a>,
) -> Result<(), Syntax> {
    match name {
        "context" => entry.context = fields.any("state.context")?,
        "data" => entry.data = fields.any("state.data")?,
        "error" => entry.error = fields.some("state.error")?,
        "failureCount" => entry.failure_count = fields.count("state.failureCount")?,
        "failureReason" => entry.failure_reason = fields.some("state.failureReason")?,
        "isPaused" => entry.is_paused = fields.flag("state.isPaused")?,
        "status" => entry.status = fields.parsed("state.status", mutation_status)?,
        "variables" => entry.variables = fields.any("state.variables")?,
        "submittedAt" => entry.submitted_at = fields.millis("state.submittedAt")?,
        _ => {
            fields.cursor.skip()?;
        }
    }
    Ok(())
}
