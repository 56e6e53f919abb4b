//! Points in time as both databases keep them: UTC, to the microsecond.

use std::{fmt, str::FromStr};

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::{KnownFormat, ObjectBuilder, SchemaFormat, schema::Type};

/// A point in time: RFC 3339 in UTC with six digits on the wire, microseconds everywhere.
///
/// PostgreSQL keeps microseconds; a finer time would change when it is read back, and a page's cursor would skip rows.
///
/// ```
/// use throughline::Timestamp;
/// let noon: Timestamp = "2026-11-20T13:00:00.1234567+01:00".parse().unwrap();
/// assert_eq!(noon.to_string(), "2026-11-20T12:00:00.123456Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// Now.
    pub fn now() -> Self {
        Self::from(Utc::now())
    }

    /// From microseconds since 1970-01-01T00:00:00Z; `None` outside the years -262143 to 262142.
    pub fn from_unix_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn unix_micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// As chrono's type.
    pub fn to_chrono(self) -> DateTime<Utc> {
        self.0
    }

    /// How long ago `earlier` was; zero when it is later.
    pub fn since(self, earlier: Self) -> std::time::Duration {
        (self.0 - earlier.0).to_std().unwrap_or_default()
    }

    /// This time plus `duration`; the last possible time when that overflows.
    #[must_use]
    pub fn plus(self, duration: std::time::Duration) -> Self {
        chrono::Duration::from_std(duration)
            .ok()
            .and_then(|duration| self.0.checked_add_signed(duration))
            .map_or(Self(DateTime::<Utc>::MAX_UTC.trunc_subsecs(6)), Self::from)
    }
}

/// Truncates to microseconds.
impl From<DateTime<Utc>> for Timestamp {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.trunc_subsecs(6))
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl FromStr for Timestamp {
    type Err = chrono::ParseError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        DateTime::parse_from_rfc3339(text).map(|time| Self::from(time.with_timezone(&Utc)))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Timestamp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time as RFC 3339 writes it: 2026-11-20T12:00:00Z")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

crate::__schema!(
    [] Timestamp,
    "Timestamp",
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some("A point in time: RFC 3339, UTC, microseconds."))
        .examples([serde_json::json!("2026-11-20T12:00:00.123456Z")])
);
crate::__param!(Timestamp);

#[cfg(feature = "sea-orm")]
crate::__column!(
    Timestamp,
    DateTime<Utc>,
    |value| Timestamp::from(value),
    |value| value.to_chrono(),
    sea_orm::sea_query::ColumnType::TimestampWithTimeZone
);
