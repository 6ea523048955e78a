//! Days of the calendar in Asia/Shanghai.

use linli_sdk::prelude::*;

use crate::terms::DAY_SECONDS;

/// A day: `2026-05-02`. One that does not exist does not construct. Its texts sort as the days do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Day {
    text: String,
    begins: Timestamp,
}

impl Day {
    /// The day of a moment.
    pub fn of(moment: Timestamp) -> Self {
        let (year, month, day) = moment.shanghai_date();
        let begins = Timestamp::from_shanghai_date(year, month, day).expect("the day of a moment exists");
        Self { text: format!("{year:04}-{month:02}-{day:02}"), begins }
    }

    /// The day so many days later.
    pub fn plus(&self, days: i64) -> Self {
        Self::of(self.begins.plus_seconds(days * DAY_SECONDS))
    }

    /// Its first moment.
    pub fn begins(&self) -> Timestamp {
        self.begins
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl TryFrom<String> for Day {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let no_day = "not a day of the calendar";
        let midnight: Timestamp = format!("{text}T00:00:00+08:00").parse().map_err(|_| no_day)?;
        let day = Self::of(midnight);
        if day.text == text { Ok(day) } else { Err(no_day) }
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.text
    }
}

impl schemars::JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_exist_are_days() {
        for day in ["2026-05-02", "2024-02-29", "2199-12-31"] {
            assert_eq!(Day::try_from(day.to_owned()).unwrap().as_str(), day);
        }
        for wrong in ["2026-02-29", "2026-13-01", "2026-5-2", "02-05-2026", "2026-05-02-01", ""] {
            assert!(Day::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn days_begin_in_shanghai() {
        let day = Day::try_from("2026-02-28".to_owned()).unwrap();
        assert_eq!(day.begins().to_string(), "2026-02-27T16:00:00Z");
        assert_eq!(day.plus(1).as_str(), "2026-03-01");
        assert_eq!(day.plus(-28).as_str(), "2026-01-31");
    }
}
