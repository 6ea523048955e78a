//! Time in UTC microseconds, shown in Asia/Shanghai.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00 UTC.
///
/// Always given by the call's context; nothing in the platform's rules reads a clock. In JSON it is an RFC 3339
/// text in UTC; parsing takes any offset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

/// The text is not an RFC 3339 date-time between the years 1970 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 date and time")]
pub struct TimestampError;

/// Asia/Shanghai is UTC+08:00, without daylight saving since 1992.
const SHANGHAI_MICROS: i64 = 8 * 3_600 * 1_000_000;
const DAY_MICROS: i64 = 86_400 * 1_000_000;
/// 9999-12-31T23:59:59.999999Z.
const LAST_MICROS: i64 = 253_402_300_799_999_999;

impl Timestamp {
    /// 1970-01-01T00:00:00 UTC.
    pub const EPOCH: Self = Self(0);

    /// From microseconds since 1970 UTC, clamped to the years 1970 to 9999.
    pub fn from_micros(micros: i64) -> Self {
        Self(micros.clamp(0, LAST_MICROS))
    }

    /// Microseconds since 1970 UTC.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Later (or, for a negative number, earlier) by so many microseconds, within the years 1970 to 9999.
    pub fn plus_micros(self, micros: i64) -> Self {
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// Later (or earlier) by so many seconds.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_micros(seconds.saturating_mul(1_000_000))
    }

    /// `(year, month, day)` of the calendar in Asia/Shanghai.
    pub fn shanghai_date(self) -> (i64, u32, u32) {
        civil_from_days((self.0 + SHANGHAI_MICROS).div_euclid(DAY_MICROS))
    }

    /// The first moment of a day of the calendar in Asia/Shanghai.
    ///
    /// # Errors
    /// When there is no such day.
    pub fn from_shanghai_date(year: i64, month: u32, day: u32) -> Result<Self, TimestampError> {
        let days = days_from_civil(year, month, day).ok_or(TimestampError)?;
        Ok(Self::from_micros(days * DAY_MICROS - SHANGHAI_MICROS))
    }

    /// As shown to people: `2026-05-01 09:30` in Asia/Shanghai.
    pub fn shown(self) -> String {
        let local = self.0 + SHANGHAI_MICROS;
        let (year, month, day) = civil_from_days(local.div_euclid(DAY_MICROS));
        let minutes = local.rem_euclid(DAY_MICROS) / 60_000_000;
        format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY_MICROS));
        let rest = self.0.rem_euclid(DAY_MICROS);
        let (seconds, micros) = (rest / 1_000_000, rest % 1_000_000);
        let (h, m, s) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}")?;
        if micros != 0 {
            write!(f, ".{micros:06}")?;
        }
        f.write_str("Z")
    }
}

impl std::str::FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        parse(text).ok_or(TimestampError)
    }
}

fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<i64> {
        let part = bytes.get(from..to)?;
        part.iter().all(u8::is_ascii_digit).then_some(())?;
        std::str::from_utf8(part).ok()?.parse().ok()
    };
    let at = |i: usize, allowed: &[u8]| bytes.get(i).is_some_and(|b| allowed.contains(b));
    if !(at(4, b"-") && at(7, b"-") && at(10, b"Tt ") && at(13, b":") && at(16, b":")) {
        return None;
    }
    let days = days_from_civil(number(0, 4)?, number(5, 7)? as u32, number(8, 10)? as u32)?;
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut next = 19;
    let mut micros = 0;
    if at(next, b".") {
        let digits = bytes[next + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        for place in 0..6 {
            micros = micros * 10 + if place < digits { i64::from(bytes[next + 1 + place] - b'0') } else { 0 };
        }
        next += 1 + digits;
    }
    let offset_minutes = match bytes.get(next)? {
        b'Z' | b'z' if bytes.len() == next + 1 => 0,
        sign @ (b'+' | b'-') if bytes.len() == next + 6 && at(next + 3, b":") => {
            let (hours, minutes) = (number(next + 1, next + 3)?, number(next + 4, next + 6)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'+' { 1 } else { -1 }
        }
        _ => return None,
    };
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset_minutes * 60;
    let total = seconds * 1_000_000 + micros;
    (0..=LAST_MICROS).contains(&total).then_some(Timestamp(total))
}

impl TryFrom<String> for Timestamp {
    type Error = TimestampError;

    fn try_from(text: String) -> Result<Self, TimestampError> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.to_string()
    }
}

impl schemars::JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// Days since 1970-01-01 of a proleptic Gregorian date; none when there is no such day.
fn days_from_civil(year: i64, month: u32, day: u32) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => return None,
    };
    if !(1..=length).contains(&day) || !(0..=9999).contains(&year) {
        return None;
    }
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// The inverse of [`days_from_civil`] (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_prints_rfc_3339() {
        for (text, micros) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-05-01T09:30:00+08:00", 1_777_599_000_000_000),
            ("2024-02-29T23:59:59.5Z", 1_709_251_199_500_000),
        ] {
            let time: Timestamp = text.parse().unwrap();
            assert_eq!(time.micros(), micros, "{text}");
            assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
        }
        for bad in [
            "",
            "2026-05-01",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-05-01T24:00:00Z",
            "2026-05-01T00:00:00",
            "2026-05-01T00:00:00+0800",
            "2026-05-01T00:00:00.Z",
            "1969-12-31T23:59:59Z",
            "时间",
        ] {
            assert_eq!(bad.parse::<Timestamp>(), Err(TimestampError), "{bad}");
        }
    }

    #[test]
    fn days_are_those_of_shanghai() {
        let evening: Timestamp = "2026-04-30T16:00:00Z".parse().unwrap();
        assert_eq!(evening.shanghai_date(), (2026, 5, 1));
        assert_eq!(evening.shown(), "2026-05-01 00:00");
        assert_eq!(Timestamp::from_shanghai_date(2026, 5, 1), Ok(evening));
        assert!(Timestamp::from_shanghai_date(2026, 2, 29).is_err());
    }
}
