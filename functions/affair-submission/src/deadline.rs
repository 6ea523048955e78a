//! When something is due, and why: counted day by day, so that it can be explained day by day.
//!
//! - The day a period starts on is not counted. It ends with the last second of its last day.
//! - A day on which the clock was stopped, even for a part of it, is not counted: from the day a case was returned to the
//!   day it was supplemented, both included.
//! - A period of days of the calendar that ends on a day off ends on the next working day.
//! - Hours are clock time; the clock's stops are added to them.

use linli_sdk::contract::Text;
use linli_sdk::prelude::*;

use crate::affair::Period;
use crate::calendar::{Calendar, Day, Sort};

/// Days walked for one period: half a year of working days with the holidays between, and a year of stops.
const MAX_DAYS: usize = 800;

/// A time during which the clock stood still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// From when.
    #[serde(with = "linli_sdk::micros")]
    pub from: Timestamp,
    /// Until when; none while it stands still.
    #[serde(default, with = "linli_sdk::micros::option", skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A period that began.
#[derive(Debug, Clone, Copy)]
pub struct Clock<'c> {
    /// When.
    pub start: Timestamp,
    /// How long.
    pub period: Period,
    /// When it stood still, in order.
    pub stops: &'c [Stop],
}

/// One day of an explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Counted {
    /// `YYYY-MM-DD` in Asia/Shanghai.
    pub date: String,
    /// The how manieth it is; none for a day that is not counted.
    pub number: Option<u16>,
    /// Why it is or is not.
    pub why: Text,
}

/// When something is due, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Explained {
    /// In a sentence.
    pub summary: Text,
    /// From the day it started to the day it is due; while the clock stands still, to the day it stopped.
    pub days: Vec<Counted>,
}

/// What counting came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// None while the clock stands still.
    pub due: Option<Timestamp>,
    /// Why.
    pub explained: Explained,
}

impl Clock<'_> {
    /// Counts.
    ///
    /// # Errors
    /// 503 `calendar-unpublished` when it runs into a year without a calendar.
    pub fn deadline(&self, calendar: &Calendar) -> Result<Deadline, Problem> {
        match self.period {
            Period::Hours(hours) => Ok(self.hours(hours)),
            Period::WorkingDays(days) => self.days(calendar, days, true),
            Period::Days(days) => self.days(calendar, days, false),
        }
    }

    fn hours(&self, hours: u16) -> Deadline {
        let mut due = self.start.plus_seconds(i64::from(hours) * 3_600);
        // In order, so that a stop counts only when it began before the time was up.
        for stop in self.stops.iter().filter(|stop| stop.until.is_none_or(|until| until > self.start)) {
            let from = stop.from.max(self.start);
            if from > due {
                break;
            }
            let Some(until) = stop.until else {
                let summary = Text::new(
                    format!("限 {hours} 小时，已暂停计时，等待补正。"),
                    format!("{hours} hours; the clock stands still until the supplement is there."),
                );
                return Deadline { due: None, explained: Explained { summary, days: vec![] } };
            };
            due = due.plus_micros(until.micros() - from.micros());
        }
        let summary = Text::new(
            format!("自 {} 起 {hours} 小时，至 {}。", self.start.shown(), due.shown()),
            format!("{hours} hours from {}, until {}.", self.start.shown(), due.shown()),
        );
        Deadline { due: Some(due), explained: Explained { summary, days: vec![] } }
    }

    fn days(&self, calendar: &Calendar, wanted: u16, working: bool) -> Result<Deadline, Problem> {
        let first = Day::of(self.start);
        let why = Text::new("起始日，不计入", "the day it started, not counted");
        let mut days = vec![Counted { date: first.shown(), number: None, why }];
        let (mut day, mut count) = (first, 0);
        loop {
            if self.stands_still_from(day) {
                return Ok(self.stopped(days, wanted, count, working));
            }
            day = day.next();
            let sort = calendar.sort(day)?;
            // A period of calendar days is full, but may not end on a day off.
            let full = count == wanted;
            let stopped = self.stopped_on(day);
            let counts = !stopped && !full && (sort.is_worked() || !working);
            count += u16::from(counts);
            days.push(Counted {
                date: day.shown(),
                number: counts.then_some(count),
                why: why_of(&sort, stopped),
            });
            if count == wanted && sort.is_worked() && !stopped || days.len() > MAX_DAYS {
                return Ok(self.due(days, day, wanted, working));
            }
        }
    }

    fn due(&self, days: Vec<Counted>, last: Day, wanted: u16, working: bool) -> Deadline {
        let (zh, en) = unit(working);
        let summary = Text::new(
            format!("自 {} 次日起第 {wanted} 个{zh}，至 {} 止。", Day::of(self.start).shown(), last.shown()),
            format!(
                "{wanted} {en} after {}, until the end of {}.",
                Day::of(self.start).shown(),
                last.shown()
            ),
        );
        Deadline { due: Some(last.end()), explained: Explained { summary, days } }
    }

    fn stopped(&self, days: Vec<Counted>, wanted: u16, count: u16, working: bool) -> Deadline {
        let (zh, en) = unit(working);
        let left = wanted - count;
        let summary = Text::new(
            format!("已暂停计时，等待补正；补正后还有 {left} 个{zh}。"),
            format!("The clock stands still; {left} {en} are left once the supplement is there."),
        );
        Deadline { due: None, explained: Explained { summary, days } }
    }

    /// Whether the clock stood still at any time of the day.
    fn stopped_on(&self, day: Day) -> bool {
        let touches =
            |stop: &Stop| Day::of(stop.from) <= day && stop.until.is_none_or(|until| Day::of(until) >= day);
        self.stops.iter().filter(|stop| !self.is_past(stop)).any(touches)
    }

    /// Whether the clock stood still when the day ended, and still does.
    fn stands_still_from(&self, day: Day) -> bool {
        self.stops.iter().any(|stop| stop.until.is_none() && Day::of(stop.from) <= day.next())
    }

    /// Whether a stop was over before the period began.
    fn is_past(&self, stop: &Stop) -> bool {
        stop.until.is_some_and(|until| until <= self.start)
    }
}

fn unit(working: bool) -> (&'static str, &'static str) {
    if working { ("工作日", "working days") } else { ("自然日", "days") }
}

fn why_of(sort: &Sort, stopped: bool) -> Text {
    let words = sort.words();
    if !stopped {
        return words;
    }
    Text::new(
        format!("{}，等待补正，不计入", words.zh),
        format!("{}, waiting for the supplement, not counted", words.en),
    )
}
