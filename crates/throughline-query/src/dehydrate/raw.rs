//! Values that are still text: what was hydrated before anybody said of which type it is.

use std::any::Any;
use std::fmt;

use serde::de::{DeserializeOwned, Deserializer};
use serde::ser::{Error as _, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::data::{Abilities, Data};
use crate::machine::Pages;
use crate::options::guarded;

/// A value as JSON text, which is valid JSON.
///
/// Hydrating makes [`Data`] of this; [`claim`] makes a typed value of it, once a definition with
/// [`Abilities::from_json`] is there. A value that nobody claims is written again as it was read.
///
/// ```
/// use throughline_query::{Data, RawJson};
///
/// let raw = RawJson::parse(r#" {"id": 7} "#)?;
/// assert_eq!(raw.get(), r#"{"id": 7}"#);
/// assert!(Data::new(raw).downcast_ref::<RawJson>().is_some());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RawJson(Box<str>);

impl RawJson {
    /// Text that is JSON.
    ///
    /// # Errors
    ///
    /// What `serde_json` says of text that is none.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        let raw: &RawValue = serde_json::from_str(json)?;
        Ok(Self(raw.get().into()))
    }

    /// The value as JSON.
    ///
    /// # Errors
    ///
    /// What keeps the value from being serialised.
    ///
    /// ```
    /// assert_eq!(throughline_query::RawJson::of(&(1, "a"))?.get(), r#"[1,"a"]"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn of(value: &(impl Serialize + ?Sized)) -> Result<Self, serde_json::Error> {
        Ok(Self(serde_json::to_string(value)?.into()))
    }

    /// Text that a [`Cursor`](super::scan::Cursor) has been over.
    pub(crate) fn scanned(json: &str) -> Self {
        Self(json.into())
    }

    /// The text.
    ///
    /// ```
    /// assert_eq!(throughline_query::RawJson::parse("null")?.get(), "null");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn get(&self) -> &str {
        &self.0
    }

    /// A typed value of it.
    ///
    /// # Errors
    ///
    /// What `serde_json` says when the text is of another shape, or more than 127 arrays and objects
    /// lie inside each other in it.
    ///
    /// ```
    /// let raw = throughline_query::RawJson::parse("[1,2]")?;
    /// assert_eq!(raw.to::<Vec<u8>>()?, [1, 2]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.get())
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({})", self.0)
    }
}

impl Serialize for RawJson {
    /// As the value that it is; only `serde_json` can do that.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    /// The text of whatever value is there; only `serde_json` can do that.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Box::<RawValue>::deserialize(deserializer)?.into()))
    }
}

/// Why a value that is still text cannot be used as what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// The definition has no [`Abilities::from_json`].
    #[error("values of this query cannot be read from JSON")]
    NoReader,
    /// The text cannot be held as a [`Value`], for instance because it is too deep.
    #[error("the JSON cannot be read")]
    Unreadable,
    /// [`Abilities::from_json`] gave nothing, or panicked: the value is of another shape.
    #[error("the JSON is not of the type that the query has")]
    OtherType,
}

/// The value as the definition wants it: itself if it is typed already, read from its JSON if it is
/// still text.
///
/// # Errors
///
/// A [`ClaimError`]; the value should then count as absent, because it is from a version of the
/// program that had another type here.
///
/// ```
/// use throughline_query::{Abilities, Data, RawJson, claim};
///
/// let text = Data::new(RawJson::parse("7")?);
/// let seven = claim(&text, &Abilities::json::<u32>())?;
/// assert_eq!(seven.downcast_ref::<u32>(), Some(&7));
/// assert!(claim(&text, &Abilities::json::<bool>()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn claim(data: &Data, abilities: &Abilities) -> Result<Data, ClaimError> {
    let Some(raw) = data.downcast_ref::<RawJson>() else { return Ok(data.clone()) };
    let read = abilities.from_json.ok_or(ClaimError::NoReader)?;
    let value: Value = raw.to().map_err(|_| ClaimError::Unreadable)?;
    guarded(None, || read(value)).ok_or(ClaimError::OtherType)
}

fn equal<T: Any + Send + Sync + PartialEq>(a: &Data, b: &Data) -> bool {
    matches!((a.downcast_ref::<T>(), b.downcast_ref::<T>()), (Some(a), Some(b)) if a == b)
}

fn write<T: Any + Send + Sync + Serialize>(data: &Data) -> Option<Value> {
    serde_json::to_value(data.downcast_ref::<T>()?).ok()
}

fn read<T: Any + Send + Sync + DeserializeOwned>(value: Value) -> Option<Data> {
    serde_json::from_value::<T>(value).ok().map(Data::new)
}

impl Abilities {
    /// What can be done with a type that serde can write and read.
    ///
    /// ```
    /// use throughline_query::{Abilities, Data};
    ///
    /// let abilities = Abilities::json::<String>();
    /// let write = abilities.to_json.unwrap();
    /// assert_eq!(write(&Data::new("a".to_owned())), Some("a".into()));
    /// assert_eq!(write(&Data::new(1_u8)), None);
    /// ```
    pub fn json<T>() -> Self
    where
        T: Any + Send + Sync + PartialEq + Serialize + DeserializeOwned,
    {
        Self {
            equal: Some(equal::<T>),
            to_json: Some(write::<T>),
            from_json: Some(read::<T>),
            ..Self::default()
        }
    }

    /// What can be done with the [`Pages`] of an infinite query, of pages `T` with parameters `P`. In
    /// JSON they are `{"pages":[…],"pageParams":[…]}`, as in TanStack Query; a first page without a
    /// parameter has `null`.
    ///
    /// ```
    /// use serde_json::json;
    /// use throughline_query::{Abilities, Data, Pages};
    ///
    /// let pages = Pages { pages: vec![Data::new("a".to_owned())], params: vec![Data::new(())] };
    /// let write = Abilities::json_pages::<String, u32>().to_json.unwrap();
    /// assert_eq!(write(&Data::new(pages)), Some(json!({ "pages": ["a"], "pageParams": [null] })));
    /// ```
    pub fn json_pages<T, P>() -> Self
    where
        T: Any + Send + Sync + PartialEq + Serialize + DeserializeOwned,
        P: Any + Send + Sync + PartialEq + Serialize + DeserializeOwned,
    {
        Self {
            equal: Some(equal_pages::<T, P>),
            to_json: Some(write_pages::<T, P>),
            from_json: Some(read_pages::<T, P>),
            ..Self::default()
        }
    }
}

/// Whether both are `()`, which stands for no parameter, or both the same parameter.
fn equal_param<P: Any + Send + Sync + PartialEq>(a: &Data, b: &Data) -> bool {
    equal::<()>(a, b) || equal::<P>(a, b)
}

fn equal_pages<T, P>(a: &Data, b: &Data) -> bool
where
    T: Any + Send + Sync + PartialEq,
    P: Any + Send + Sync + PartialEq,
{
    let (Some(a), Some(b)) = (a.downcast_ref::<Pages>(), b.downcast_ref::<Pages>()) else {
        return false;
    };
    let all = |a: &[Data], b: &[Data], equal: fn(&Data, &Data) -> bool| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
    };
    all(&a.pages, &b.pages, equal::<T>) && all(&a.params, &b.params, equal_param::<P>)
}

fn write_pages<T, P>(data: &Data) -> Option<Value>
where
    T: Any + Send + Sync + Serialize,
    P: Any + Send + Sync + Serialize,
{
    let there = data.downcast_ref::<Pages>()?;
    let pages = there.pages.iter().map(write::<T>).collect::<Option<Vec<_>>>()?;
    let param = |param: &Data| match param.downcast_ref::<()>() {
        Some(()) => Some(Value::Null),
        None => write::<P>(param),
    };
    let params = there.params.iter().map(param).collect::<Option<Vec<_>>>()?;
    Some(serde_json::json!({ "pages": pages, "pageParams": params }))
}

fn read_pages<T, P>(mut value: Value) -> Option<Data>
where
    T: Any + Send + Sync + DeserializeOwned,
    P: Any + Send + Sync + DeserializeOwned,
{
    let mut list = |name: &str| match value.get_mut(name).map(Value::take) {
        Some(Value::Array(items)) => Some(items),
        _ => None,
    };
    let (pages, params) = (list("pages")?, list("pageParams")?);
    // A fetch of the neighbouring page pairs each page with its parameter.
    if pages.len() != params.len() {
        return None;
    }
    let pages = pages.into_iter().map(read::<T>).collect::<Option<Vec<_>>>()?;
    let param = |param: Value| match param {
        Value::Null => Some(read::<P>(Value::Null).unwrap_or_else(|| Data::new(()))),
        param => read::<P>(param),
    };
    let params = params.into_iter().map(param).collect::<Option<Vec<_>>>()?;
    Some(Data::new(Pages { pages, params }))
}
