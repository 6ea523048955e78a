//! A day of the calendar in Asia/Shanghai: what daily bounds and usage go by.

use std::fmt;
use std::str::FromStr;

use linli_contract::{Timestamp, TimestampError};

const DAY_SECONDS: i64 = 86_400;

/// Year, month, day. Shown as `2026-05-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Day(i64, u32, u32);

impl Day {
    pub(crate) fn of(now: Timestamp) -> Self {
        let (year, month, day) = now.shanghai_date();
        Self(year, month, day)
    }

    /// Whole seconds until the next one, rounded up.
    pub(crate) fn seconds_left(self, now: Timestamp) -> u32 {
        let began = Timestamp::from_shanghai_date(self.0, self.1, self.2).unwrap_or(now);
        let left = began.plus_seconds(DAY_SECONDS).micros() - now.micros();
        u32::try_from(left.max(0) / 1_000_000).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// So many days before.
    pub(crate) fn days_before(now: Timestamp, days: i64) -> Self {
        Self::of(now.plus_seconds(-days * DAY_SECONDS))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0, self.1, self.2)
    }
}

impl FromStr for Day {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let mut parts = text.splitn(3, '-').map(|part| part.parse().map_err(|_| TimestampError));
        let mut next = || -> Result<u32, TimestampError> { parts.next().ok_or(TimestampError)? };
        let (year, month, day) = (i64::from(next()?), next()?, next()?);
        Timestamp::from_shanghai_date(year, month, day)?;
        Ok(Self(year, month, day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_and_ends_at_midnight_in_shanghai() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let evening = at("2026-05-01T15:59:59.5Z");
        assert_eq!(Day::of(evening).to_string(), "2026-05-01");
        assert_eq!(Day::of(evening).seconds_left(evening), 1);
        assert_eq!(Day::of(at("2026-05-01T16:00:00Z")).to_string(), "2026-05-02");
        assert_eq!(Day::days_before(evening, 31).to_string(), "2026-03-31");
        assert_eq!("2026-05-01".parse::<Day>(), Ok(Day::of(evening)));
        for wrong in ["", "2026-02-30", "2026-05", "2026-05-01-x"] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }
}
