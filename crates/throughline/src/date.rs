//! Days of the calendar as both databases keep them, without a time and a place.

use std::{fmt, str::FromStr};

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::{KnownFormat, ObjectBuilder, SchemaFormat, schema::Type};

/// A day: RFC 3339's `full-date` on the wire, from 0001-01-01 to 9999-12-31.
///
/// Years have four digits, so that SQLite, which keeps days as text, orders them as PostgreSQL does.
///
/// ```
/// use throughline::Date;
/// let day: Date = "2026-11-20".parse().unwrap();
/// assert_eq!(day, Date::new(2026, 11, 20).unwrap());
/// assert!("2026-02-29".parse::<Date>().is_err());
/// assert!("20261-01-01".parse::<Date>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(NaiveDate);

/// A text that is no [`Date`], or a day outside of its years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no day is written so: a day is written as 2026-11-20")]
pub struct DateError;

impl Date {
    /// The day of this year (1 to 9999), month (from 1) and day of the month (from 1); `None` when there is none.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).and_then(|day| Self::try_from(day).ok())
    }

    /// As chrono's type.
    pub fn to_chrono(self) -> NaiveDate {
        self.0
    }
}

impl TryFrom<NaiveDate> for Date {
    type Error = DateError;
    fn try_from(day: NaiveDate) -> Result<Self, DateError> {
        if (1..=9999).contains(&day.year()) { Ok(Self(day)) } else { Err(DateError) }
    }
}

impl From<Date> for NaiveDate {
    fn from(day: Date) -> Self {
        day.0
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl FromStr for Date {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Self, DateError> {
        // chrono also takes `+2026-11-20` and `2026-1-2`.
        let digits = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
        let written = text.len() == 10 && (0..10).all(|at| matches!(at, 4 | 7) || digits(at));
        if !written {
            return Err(DateError);
        }
        text.parse::<NaiveDate>().map_err(|_| DateError)?.try_into()
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Date;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a day as RFC 3339 writes it: 2026-11-20")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Date, E> {
                text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

crate::__schema!(
    [] Date,
    "Date",
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
        .description(Some("A day of the calendar, without a time and a place."))
        .examples([serde_json::json!("2026-11-20")])
);
crate::__param!(Date);

#[cfg(feature = "sea-orm")]
crate::__column!(
    Date,
    NaiveDate,
    // What is not ours to write is not refused when it is read: a year of five digits is shown as it is.
    |value| Date(value),
    |value| value.to_chrono(),
    sea_orm::sea_query::ColumnType::Date
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_rfc_3339_writes_is_read() {
        for text in ["0001-01-01", "2024-02-29", "9999-12-31"] {
            assert_eq!(text.parse::<Date>().map(|day| day.to_string()), Ok(text.to_owned()));
        }
        for text in [
            "",
            "2026",
            "2026-1-02",
            "2026-01-2",
            "+2026-01-02",
            "-001-01-01",
            "0000-01-01",
            "2025-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-01-02T00:00:00Z",
            "2026/01/02",
            " 2026-01-02",
            "2026-01-0٢",
        ] {
            assert_eq!(text.parse::<Date>(), Err(DateError), "{text:?}");
        }
    }

    #[test]
    fn json_is_the_text() {
        let day = Date::new(2026, 11, 20).expect("a day");
        assert_eq!(serde_json::to_string(&day).ok().as_deref(), Some("\"2026-11-20\""));
        assert_eq!(serde_json::from_str::<Date>("\"2026-11-20\"").ok(), Some(day));
        assert!(serde_json::from_str::<Date>("20261120").is_err());
    }
}
