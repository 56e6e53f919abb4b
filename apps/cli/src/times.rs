//! Points in time as people read them.

use client::Timestamp;

/// The day in UTC: a list has no room for more.
pub fn day(time: Timestamp) -> String {
    time.to_chrono().format("%Y-%m-%d").to_string()
}

/// The minute in UTC.
pub fn minute(time: Timestamp) -> String {
    time.to_chrono().format("%Y-%m-%d %H:%M").to_string()
}

/// The minute in UTC, with that said.
pub fn minute_utc(time: Timestamp) -> String {
    format!("{} UTC", minute(time))
}
