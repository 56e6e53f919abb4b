//! Pages of a list: a keyset cursor that belongs to one query, and a limit that is coerced.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use utoipa::openapi::{
    ObjectBuilder, Ref, RefOr,
    schema::{ArrayBuilder, Schema, Type},
};

use crate::{
    Fault, FaultKind, Param, Schemas, Validate, Validator, WireSchema, faults, param::single,
};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows, in the order of the list.
    pub items: Vec<T>,
    /// The `cursor` that gets the next page; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page out of up to `limit + 1` rows: the row beyond the limit only shows that there is a next page.
    ///
    /// `key` is what the list is ordered by, unique for each row; `filter` is all that decides which rows are listed.
    ///
    /// # Errors
    /// What serde reports of the key or the filter.
    pub fn from_rows<K: Serialize>(
        mut rows: Vec<T>,
        limit: u64,
        filter: &impl Serialize,
        key: impl Fn(&T) -> K,
    ) -> serde_json::Result<Self> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = match rows.last() {
            Some(last) if more => Some(Cursor::new(filter, &key(last))?),
            _ => None,
        };
        Ok(Self { items: rows, next })
    }

    /// The same page with each row turned into something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

/// Where a page ends: opaque to clients, bound to the query it was made for.
///
/// On the wire it is base64url of a version, a fingerprint of the filter and the key of the last row. It grants nothing: a
/// query needs its owner whatever the cursor says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

/// The layout of a cursor's bytes.
const VERSION: u8 = 1;
/// The longest cursor that is looked at, in characters.
const LONGEST: usize = 1024;

impl Cursor {
    /// The cursor of the row with this key, in the list that this filter makes.
    ///
    /// # Errors
    /// What serde reports of the key or the filter.
    pub fn new(filter: &impl Serialize, key: &impl Serialize) -> serde_json::Result<Self> {
        let mut bytes = vec![VERSION];
        bytes.extend(fingerprint(filter)?);
        bytes.extend(serde_json::to_vec(key)?);
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The key of the row that the last page ended with.
    ///
    /// # Errors
    /// `request.malformed_cursor` (400) when this is no cursor, or one of another filter or version.
    pub fn open<K: DeserializeOwned>(&self, filter: &impl Serialize) -> Result<K, Fault> {
        let malformed = |detail: &'static str| Fault::new(&faults::MALFORMED_CURSOR).detail(detail);
        if self.0.len() > LONGEST {
            return Err(malformed("the cursor is too long"));
        }
        let bytes =
            URL_SAFE_NO_PAD.decode(&self.0).map_err(|_| malformed("the cursor is malformed"))?;
        let (version, rest) =
            bytes.split_first().ok_or_else(|| malformed("the cursor is empty"))?;
        if *version != VERSION {
            return Err(malformed("the cursor is of another version: begin again without it"));
        }
        let (print, key) =
            rest.split_at_checked(8).ok_or_else(|| malformed("the cursor is malformed"))?;
        if print != fingerprint(filter).map_err(Fault::internal)? {
            return Err(malformed(
                "the cursor was made for another filter: begin again without it",
            ));
        }
        serde_json::from_slice(key).map_err(|_| malformed("the cursor is malformed"))
    }

    /// The cursor as it stands on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// FNV-1a over the filter's JSON: the same on each server and in each release, and no secret.
fn fingerprint(filter: &impl Serialize) -> serde_json::Result<[u8; 8]> {
    let json = serde_json::to_vec(filter)?;
    let hash = json.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Ok(hash.to_be_bytes())
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Cursor {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Param for Cursor {
    type Item = Self;
    const FAULT: Option<&'static FaultKind> = Some(&faults::MALFORMED_CURSOR);
    fn read(values: &[&str]) -> Result<Self, String> {
        single(values).map(|text| Self(text.to_owned()))
    }
    fn write(&self, out: &mut Vec<String>) {
        out.push(self.0.clone());
    }
}

impl Validate for Cursor {
    // `open` judges it, with a fault of its own.
    fn validate(&self, _: &mut Validator) {}
}

crate::__schema!(
    [] Cursor,
    "Cursor",
    ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(LONGEST))
        .description(Some("Where a page ends: the `next` of the page before. Opaque."))
);

/// `TaskPage` for a `Page<Task>`, so that the document has one name for each list.
impl<T: WireSchema> WireSchema for Page<T> {
    fn name() -> Option<String> {
        T::name().map(|name| format!("{name}Page"))
    }
    fn schema(schemas: &mut Schemas) -> RefOr<Schema> {
        let items = ArrayBuilder::new()
            .items(T::schema(schemas))
            .description(Some("The rows, in the order of the list."));
        let page = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("One page of a list."))
            .property("items", items)
            .required("items")
            .property("next", Cursor::schema(schemas))
            .into();
        match Self::name() {
            Some(name) => {
                schemas.push((name.clone(), page));
                RefOr::Ref(Ref::from_schema_name(name))
            }
            None => page,
        }
    }
}

/// How many rows a page has: `DEFAULT` when not said, coerced to `MAX`.
///
/// A larger value is not refused (AIP-158), so that a server may lower its maximum without breaking clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limit<const DEFAULT: u64 = 20, const MAX: u64 = 100>(u64);

impl<const DEFAULT: u64, const MAX: u64> Limit<DEFAULT, MAX> {
    /// A limit; coerced to `MAX`.
    pub const fn new(limit: u64) -> Self {
        Self(if limit > MAX { MAX } else { limit })
    }

    /// The number of rows, at most `MAX`.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl<const DEFAULT: u64, const MAX: u64> Default for Limit<DEFAULT, MAX> {
    fn default() -> Self {
        Self::new(DEFAULT)
    }
}

impl<const DEFAULT: u64, const MAX: u64> From<u64> for Limit<DEFAULT, MAX> {
    fn from(limit: u64) -> Self {
        Self::new(limit)
    }
}

impl<const DEFAULT: u64, const MAX: u64> Param for Limit<DEFAULT, MAX> {
    type Item = Self;
    const REQUIRED: bool = false;
    fn read(values: &[&str]) -> Result<Self, String> {
        if values.is_empty() {
            return Ok(Self::default());
        }
        let text = single(values)?;
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("is not a whole number of rows".to_owned());
        }
        // Digits that overflow are more than the maximum as well.
        Ok(Self::new(text.parse().unwrap_or(u64::MAX)))
    }
    fn write(&self, out: &mut Vec<String>) {
        out.push(self.0.to_string());
    }
}

impl<const DEFAULT: u64, const MAX: u64> Validate for Limit<DEFAULT, MAX> {
    fn validate(&self, validator: &mut Validator) {
        if self.0 == 0 {
            validator.refuse("range", "is lower than 1");
        }
    }
}

impl<const DEFAULT: u64, const MAX: u64> Serialize for Limit<DEFAULT, MAX> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de, const DEFAULT: u64, const MAX: u64> Deserialize<'de> for Limit<DEFAULT, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Self::new)
    }
}

crate::__schema!(
    [const DEFAULT: u64, const MAX: u64] Limit<DEFAULT, MAX>,
    format!("Limit{DEFAULT}To{MAX}"),
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .default(Some(DEFAULT.into()))
        .description(Some(format!("How many rows at most; more than {MAX} is taken as {MAX}.")))
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_only_for_its_own_filter() {
        let cursor = Cursor::new(&("open", 1), &(5u64, "id")).expect("serializes");
        assert_eq!(
            cursor.open::<(u64, String)>(&("open", 1)).expect("same filter"),
            (5, "id".to_owned())
        );
        assert!(cursor.open::<(u64, String)>(&("done", 1)).is_err());
        assert!(cursor.open::<(String, String)>(&("open", 1)).is_err());
        for text in ["", "!", "AA", "AQ", "AgAAAAAAAAAAMQ", &"A".repeat(5000)] {
            assert!(Cursor::from(text.to_owned()).open::<u64>(&()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_limit_is_coerced_and_never_wraps() {
        type L = Limit<20, 100>;
        assert_eq!(L::read(&[]).map(L::get), Ok(20));
        assert_eq!(L::read(&["101"]).map(L::get), Ok(100));
        assert_eq!(L::read(&["99999999999999999999999"]).map(L::get), Ok(100));
        assert!(L::read(&["-1"]).is_err() && L::read(&["1.5"]).is_err() && L::read(&[""]).is_err());
        assert_eq!(Validator::check(crate::Place::Query, &L::new(0)).len(), 1);
    }

    #[test]
    fn the_row_beyond_the_limit_only_shows_that_there_is_more() {
        let page = Page::from_rows(vec![3, 2, 1], 2, &(), |row| *row).expect("serializes");
        assert_eq!(page.items, [3, 2]);
        assert_eq!(page.next.expect("more").open::<i32>(&()).expect("own cursor"), 2);
        assert_eq!(Page::from_rows(vec![3, 2], 2, &(), |row| *row).expect("serializes").next, None);
    }
}
