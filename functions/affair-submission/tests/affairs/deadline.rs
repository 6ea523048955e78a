//! Working days by the calendar of 2026, stops of the clock, and the explanation day by day.

use linli_affair_submission::affair::Period;
use linli_affair_submission::calendar::{Calendar, Year};
use linli_affair_submission::deadline::{Clock, Deadline, Stop};
use linli_sdk::{Problem, Timestamp};

use super::*;

fn years() -> Vec<Year> {
    serde_json::from_str(include_str!("../../calendars.json")).unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn noon(day: &str) -> Timestamp {
    time(&format!("2026-{day}T12:00:00+08:00"))
}

fn count(start: &str, period: Period, stops: &[Stop]) -> Result<Deadline, Problem> {
    Clock { start: noon(start), period, stops }.deadline(&Calendar::new(years()))
}

fn due(start: &str, period: Period, stops: &[Stop]) -> String {
    count(start, period, stops).unwrap().due.unwrap().shown()
}

fn stop(from: &str, until: Option<&str>) -> Stop {
    Stop { from: noon(from), until: until.map(noon) }
}

/// The table of the domain: the third working day after a day.
#[test]
fn the_third_working_day_after() {
    for (start, third) in [
        ("01-01", "01-06"),
        ("02-13", "02-25"),
        ("04-30", "05-08"),
        ("05-09", "05-13"),
        ("06-18", "06-24"),
        ("09-18", "09-22"),
        ("09-30", "10-10"),
    ] {
        assert_eq!(due(start, Period::WorkingDays(3), &[]), format!("2026-{third} 23:59"), "{start}");
    }
}

/// Weekends, statutory days and make-up days of the notice for 2026, all 365 of them in one sum.
#[test]
fn the_year_has_as_many_working_days_as_the_notice_leaves() {
    // 261 days from Monday to Friday; 19 of them are off, and six days of weekends are worked.
    let days = count("01-01", Period::WorkingDays(180), &[]).unwrap().explained.days;
    let counted = days.iter().filter(|day| day.number.is_some()).count();
    assert_eq!(counted, 180);
    let rest = count("09-24", Period::WorkingDays(60), &[]).unwrap();
    let off: Vec<&str> =
        rest.explained.days.iter().filter(|d| d.why.zh == "国庆节").map(|d| d.date.as_str()).collect();
    assert_eq!((off.len(), off[0], off[6]), (7, "2026-10-01", "2026-10-07"));
    for (day, why) in
        [("09-20", "调休上班"), ("10-10", "调休上班"), ("05-09", "调休上班"), ("02-28", "调休上班")]
    {
        let start = format!("{}-{:02}", &day[..2], day[3..].parse::<u32>().unwrap() - 1);
        let explained = count(&start, Period::WorkingDays(1), &[]).unwrap().explained;
        assert_eq!((explained.days[1].why.zh.as_ref(), explained.days[1].number), (why, Some(1)), "{day}");
    }
}

#[test]
fn a_deadline_is_explained_day_by_day() {
    let explained = count("04-30", Period::WorkingDays(2), &[]).unwrap().explained;
    let days: Vec<_> =
        explained.days.iter().map(|day| (&day.date[5..], day.number, day.why.en.as_ref())).collect();
    assert_eq!(
        days,
        [
            ("04-30", None, "the day it started, not counted"),
            ("05-01", None, "Labour Day"),
            ("05-02", None, "Labour Day"),
            ("05-03", None, "Labour Day"),
            ("05-04", None, "Labour Day"),
            ("05-05", None, "Labour Day"),
            ("05-06", Some(1), "working day"),
            ("05-07", Some(2), "working day"),
        ]
    );
    assert_eq!(explained.summary.zh, "自 2026-04-30 次日起第 2 个工作日，至 2026-05-07 止。");
}

#[test]
fn days_on_which_the_clock_stood_still_are_not_counted() {
    // Monday 11 May; without a stop, three working days end on Thursday.
    let three = Period::WorkingDays(3);
    assert_eq!(due("05-11", three, &[]), "2026-05-14 23:59");
    assert_eq!(due("05-11", three, &[stop("05-12", Some("05-13"))]), "2026-05-18 23:59");
    assert_eq!(
        due("05-11", three, &[stop("05-11", Some("05-11"))]),
        "2026-05-14 23:59",
        "the start never counts"
    );
    assert_eq!(
        due("05-11", three, &[stop("05-12", Some("05-12")), stop("05-13", Some("05-13"))]),
        "2026-05-18 23:59"
    );
    assert_eq!(
        due("05-11", three, &[stop("05-15", Some("05-20"))]),
        "2026-05-14 23:59",
        "it was over by then"
    );
    let standing = count("05-11", three, &[stop("05-13", None)]).unwrap();
    assert_eq!(standing.due, None);
    assert_eq!(
        standing.explained.summary.en,
        "The clock stands still; 2 working days are left once the supplement is there."
    );
    assert_eq!(standing.explained.days.last().unwrap().date, "2026-05-12");
    let late = count("05-11", three, &[stop("05-20", None)]).unwrap();
    assert_eq!(late.due.unwrap().shown(), "2026-05-14 23:59", "returned too late, it stays late");
}

#[test]
fn a_period_of_days_that_ends_on_a_day_off_ends_on_the_next_working_day() {
    assert_eq!(due("05-11", Period::Days(3), &[]), "2026-05-14 23:59");
    // The fifth day is Saturday 16 May.
    assert_eq!(due("05-11", Period::Days(5), &[]), "2026-05-18 23:59");
    // 30 days from 31 August end in the holidays of October.
    assert_eq!(due("09-01", Period::Days(30), &[]), "2026-10-08 23:59");
}

#[test]
fn hours_are_clock_time_and_the_stops_are_added() {
    assert_eq!(due("04-30", Period::Hours(24), &[]), "2026-05-01 12:00");
    assert_eq!(due("04-30", Period::Hours(24), &[stop("04-30", Some("05-02"))]), "2026-05-03 12:00");
    assert_eq!(due("04-30", Period::Hours(24), &[stop("05-02", Some("05-03"))]), "2026-05-01 12:00");
    assert_eq!(count("04-30", Period::Hours(24), &[stop("05-01", None)]).unwrap().due, None);
}

#[test]
fn a_year_without_a_calendar_is_an_error_and_never_a_guess() {
    let problem = count("12-30", Period::WorkingDays(3), &[]).unwrap_err();
    assert_eq!(
        (problem.code.as_ref(), problem.data.as_deref()),
        ("calendar-unpublished", Some(r#"{"year":2027}"#))
    );
    assert!(problem.detail.zh.starts_with("2027 年"));
    assert_eq!(due("12-30", Period::WorkingDays(1), &[]), "2026-12-31 23:59");
    assert!(count("12-30", Period::Hours(72), &[]).is_ok());
}

#[test]
fn whoever_files_is_told_and_a_city_adds_the_next_year() {
    let town = Town::new();
    town.platform.advance_to("2026-12-30T09:00:00+08:00");
    let form = sample::form("elder-card");
    assert_eq!(town.file_form("elder-card", form.clone()).code(), "calendar-unpublished");
    let mut years: Value = serde_json::from_str(include_str!("../../calendars.json")).unwrap();
    let next = json!({ "year": 2027, "notice": "测试", "off": [{ "from": "01-01", "to": "01-03", "name": { "zh": "元旦", "en": "New Year" } }], "working": [] });
    years.as_array_mut().unwrap().push(next);
    town.platform.configure("calendars", years);
    let filed = town.file_form("elder-card", form).created();
    // 31 December, then 4 to 7 January.
    assert_eq!(filed["due_at"], "2027-01-07T15:59:59Z");
}
