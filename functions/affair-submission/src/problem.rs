//! Every refusal: its stable code, and one sentence that says what to do now.

use linli_sdk::prelude::*;

use crate::catalogue::DefinitionError;

pub(crate) fn affair_unknown() -> Problem {
    Problem::not_found(
        "affair-unknown",
        "没有这个事项，请从事项目录中选择。",
        "There is no such affair; choose one from the catalogue.",
    )
}

/// The place is for the operator; nobody else can do anything about it.
pub(crate) fn affair_misconfigured(errors: &[DefinitionError]) -> Problem {
    let places: Vec<String> = errors.iter().map(ToString::to_string).collect();
    Problem::unavailable(
        "affair-misconfigured",
        "该事项暂时不能办理，请联系社区工作人员。",
        "This affair cannot be handed in for now; please tell your community's desk.",
    )
    .with_member("places", places)
}

/// The year's notice is not among the configured calendars: nobody can count its working days.
pub(crate) fn calendar_unpublished(year: i64) -> Problem {
    Problem::unavailable(
        "calendar-unpublished",
        format!("{year} 年的工作日历尚未公布，无法确定期限，请在公布后再办。"),
        format!("The calendar of working days for {year} is not published yet, so no deadline can be told; try again once it is."),
    )
    .with_member("year", year)
}
