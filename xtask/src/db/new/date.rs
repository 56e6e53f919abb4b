//! Today, as the names of migrations have it.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

/// Seconds in a day.
const DAY: u64 = 24 * 60 * 60;

/// Today in UTC, as a number: 20261127.
pub(super) fn today() -> Result<u32> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.context("this machine's clock is before 1970: set it first")?;
    Ok(date(since.as_secs() / DAY))
}

/// The date so many days after 1970-01-01, as a number.
fn date(days: u64) -> u32 {
    // Counted from 0000-03-01, so that the leap day is a year's last: after Howard Hinnant's `civil_from_days`.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year + next;
    u32::try_from(year * 10_000 + month * 100 + day).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date(0), 19_700_101);
        assert_eq!(date(11_016), 20_000_229);
        assert_eq!(date(11_017), 20_000_301);
        assert_eq!(date(20_453), 20_251_231);
        assert_eq!(date(20_454), 20_260_101);
    }
}
