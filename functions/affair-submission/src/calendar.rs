//! Which days offices work on: the State Council's yearly notice, as data.
//!
//! Weekends are off except the make-up days, statutory days are off, all other days are worked. A year whose notice is
//! not among the data has no working days that anybody could count: asking for one is an error, never a guess.

use linli_sdk::contract::Text;
use linli_sdk::prelude::*;

use crate::problem;

/// The published calendars. A city adds the next year's when its notice is out, usually in November.
pub const CALENDARS: Setting<Vec<Year>> =
    Setting::new("calendars", "工作日历", "Calendars of working days").or(include_str!("../calendars.json"));

/// A day in microseconds.
const DAY_MICROS: i64 = 86_400 * 1_000_000;

/// One year's notice.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Year {
    /// Which.
    #[schemars(range(min = 2000, max = 2200))]
    pub year: i64,
    /// The title of the notice.
    #[schemars(length(min = 1, max = 200))]
    pub notice: String,
    /// Statutory days off with the weekends and exchanged days around them.
    #[schemars(length(max = 20))]
    pub off: Vec<Holiday>,
    /// Weekend days that are worked, `MM-DD`.
    #[schemars(length(max = 20))]
    pub working: Vec<MonthDay>,
}

/// Days off in a row.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// The first, `MM-DD`.
    pub from: MonthDay,
    /// The last, `MM-DD`.
    pub to: MonthDay,
    /// What for.
    pub name: Text,
}

/// A day of a year, `MM-DD`: as text, it sorts as the calendar does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct MonthDay(#[schemars(regex(pattern = r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"))] String);

/// A day of the calendar in Asia/Shanghai.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Timestamp);

/// What sort of day it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sort {
    /// Monday to Friday, worked.
    Working,
    /// Saturday or Sunday, worked in exchange for a day off.
    MakeUp,
    /// Saturday or Sunday.
    Weekend,
    /// A statutory day off, or one exchanged for a make-up day.
    Holiday(Text),
}

/// The calendars of one call.
pub struct Calendar(Vec<Year>);

impl Day {
    /// The day a moment lies in.
    pub fn of(time: Timestamp) -> Self {
        let (year, month, day) = time.shanghai_date();
        Self(Timestamp::from_shanghai_date(year, month, day).expect("the day of a moment exists"))
    }

    /// The day after.
    pub fn next(self) -> Self {
        Self(self.0.plus_micros(DAY_MICROS))
    }

    /// Its last second.
    pub fn end(self) -> Timestamp {
        self.0.plus_micros(DAY_MICROS).plus_seconds(-1)
    }

    /// `YYYY-MM-DD`.
    pub fn shown(self) -> String {
        self.0.shown().chars().take(10).collect()
    }

    fn is_weekend(self) -> bool {
        // 1970-01-01 was a Thursday; midnight in Shanghai is 16:00 UTC of the day before.
        let days = (self.0.micros() + DAY_MICROS / 3).div_euclid(DAY_MICROS);
        matches!((days + 3).rem_euclid(7), 5 | 6)
    }
}

impl Calendar {
    /// Of these years.
    pub fn new(years: Vec<Year>) -> Self {
        Self(years)
    }

    /// The configured calendars.
    pub fn configured() -> Self {
        Self(CALENDARS.get())
    }

    /// What sort of day it is.
    ///
    /// # Errors
    /// 503 `calendar-unpublished` for a year without a notice.
    pub fn sort(&self, day: Day) -> Result<Sort, Problem> {
        let (year, month, number) = day.0.shanghai_date();
        let published = self.0.iter().find(|published| published.year == year);
        let published = published.ok_or_else(|| problem::calendar_unpublished(year))?;
        let day_of_year = MonthDay(format!("{month:02}-{number:02}"));
        let holiday =
            published.off.iter().find(|holiday| (&holiday.from..=&holiday.to).contains(&&day_of_year));
        Ok(match holiday {
            _ if published.working.contains(&day_of_year) => Sort::MakeUp,
            Some(holiday) => Sort::Holiday(holiday.name.clone()),
            None if day.is_weekend() => Sort::Weekend,
            None => Sort::Working,
        })
    }
}

impl Sort {
    /// Whether offices work on it.
    pub fn is_worked(&self) -> bool {
        matches!(self, Self::Working | Self::MakeUp)
    }

    /// In words.
    pub fn words(&self) -> Text {
        match self {
            Self::Working => Text::new("工作日", "working day"),
            Self::MakeUp => Text::new("调休上班", "weekend day that is worked"),
            Self::Weekend => Text::new("周末", "weekend"),
            Self::Holiday(name) => name.clone(),
        }
    }
}
