//! Queries that look at one thing each: the level of a counter, a count, the time in its three forms, randomness, the log.

use linli_sdk::context::Level;
use linli_sdk::prelude::*;

use crate::numbers;

const COPIES: &str = "copies";
/// More than any test takes.
const ALL_COPIES: i64 = 1_000;

/// Takes a copy of what lies there.
pub fn take_copy() -> Result<NoContent, Problem> {
    if stock::level(COPIES).is_none() {
        stock::open(COPIES, ALL_COPIES);
    }
    assert!(stock::take(COPIES, 1), "there are more copies than tests take");
    Ok(NoContent)
}

/// How many copies are left; none before the first was taken.
pub fn show_copies() -> Result<Option<i64>, Problem> {
    Ok(stock::level(COPIES).map(|level| level.available))
}

/// How many numbers were drawn.
pub fn count_numbers() -> Result<u32, Problem> {
    Ok(numbers::count())
}

/// A moment.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    moment: Timestamp,
}

/// Whether it has passed.
pub fn show_passed(Moment { moment }: Moment) -> Result<bool, Problem> {
    Ok(context::has_passed(moment))
}

/// The hour.
pub fn show_hour() -> Result<Timestamp, Problem> {
    Ok(context::now_rounded(3_600))
}

/// The time.
pub fn show_time() -> Result<Timestamp, Problem> {
    Ok(context::now())
}

/// Something nobody can foresee.
pub fn show_chance() -> Result<String, Problem> {
    Ok(context::new_id().to_string())
}

/// Says something to the operator.
pub fn murmur() -> Result<u32, Problem> {
    context::log(Level::Info, "somebody asked");
    Ok(0)
}
