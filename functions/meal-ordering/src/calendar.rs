//! Days and times of day of the calendar in Asia/Shanghai.

use linli_sdk::prelude::*;

use crate::text_schema::text_schema;

/// A day: `2026-05-02`. One that does not exist does not construct.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Day {
    year: i64,
    month: u32,
    day: u32,
    midnight: Timestamp,
}

/// A time of day, to the minute: `11:30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Clock {
    /// Since midnight.
    minutes: i64,
}

impl Day {
    /// The day of a moment.
    pub fn of(moment: Timestamp) -> Self {
        let (year, month, day) = moment.shanghai_date();
        let midnight = Timestamp::from_shanghai_date(year, month, day).expect("the day of a moment exists");
        Self { year, month, day, midnight }
    }

    /// The moment at which a clock shows this on that day.
    pub fn at(&self, clock: Clock) -> Timestamp {
        self.midnight.plus_seconds(clock.minutes * 60)
    }
}

impl TryFrom<String> for Day {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let no_day = "not a day of the calendar";
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts[..] else { return Err(no_day) };
        let digits = |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
            return Err(no_day);
        }
        let year = year.parse().map_err(|_| no_day)?;
        let (month, day) = (month.parse().map_err(|_| no_day)?, day.parse().map_err(|_| no_day)?);
        let midnight = Timestamp::from_shanghai_date(year, month, day).map_err(|_| no_day)?;
        Ok(Self { year, month, day, midnight })
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl TryFrom<String> for Clock {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let no_time = "not a time of day";
        let (hours, minutes) = text.split_once(':').ok_or(no_time)?;
        let number = |part: &str, below: i64| -> Option<i64> {
            let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| part.parse().ok())?.filter(|number| *number < below)
        };
        let (hours, minutes) = (number(hours, 24).ok_or(no_time)?, number(minutes, 60).ok_or(no_time)?);
        Ok(Self { minutes: hours * 60 + minutes })
    }
}

impl From<Clock> for String {
    fn from(clock: Clock) -> Self {
        format!("{:02}:{:02}", clock.minutes / 60, clock.minutes % 60)
    }
}

text_schema!(Day, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
text_schema!(Clock, "^([01][0-9]|2[0-3]):[0-5][0-9]$");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_exist_are_days() {
        for day in ["2026-05-02", "2024-02-29", "2026-12-31"] {
            assert_eq!(Day::try_from(day.to_owned()).unwrap().to_string(), day);
        }
        for wrong in ["2026-02-29", "2026-13-01", "2026-5-2", "02-05-2026", "2026-05-02-01", "+026-05-02", ""]
        {
            assert!(Day::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_clock_shows_the_time_of_shanghai() {
        let day = Day::try_from("2026-05-02".to_owned()).unwrap();
        let clock = Clock::try_from("11:30".to_owned()).unwrap();
        assert_eq!(day.at(clock).to_string(), "2026-05-02T03:30:00Z");
        assert_eq!(Day::of(day.at(clock)), day);
        assert_eq!(String::from(clock), "11:30");
        for wrong in ["24:00", "11:60", "1:30", "11:3", "1130", "+1:30"] {
            assert!(Clock::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
