//! Who may sign up: the window, and the ages.

use linli_sdk::people::Denial;
use linli_sdk::prelude::*;

use crate::activity::Activity;
use crate::quota::Counted;
use crate::{problem, quota};

/// Why the age is looked up, in the access log.
const PURPOSE: &str = "check the age limits of an activity";

/// # Errors
/// 409 `signup-not-open`, with when it opens; `signup-closed`.
pub fn check_window(activity: &Activity, now: Timestamp) -> Result<(), Problem> {
    if now < activity.signup_opens_at {
        return Err(problem::signup_not_open(activity.signup_opens_at));
    }
    if now >= activity.signup_closes_at {
        return Err(problem::signup_closed());
    }
    Ok(())
}

/// The quotas a resident counts in. The age is looked up, and the look logged, only when a rule asks for it.
///
/// # Errors
/// 403 when the age is outside the activity's limits, or is not known, or the resident does not agree to its use.
pub fn admit(activity: &Activity, person: &PersonRef) -> Result<Counted, Problem> {
    if let Some(counted) = activity.counted_without_age() {
        return Ok(counted);
    }
    let age = age_of(person)?;
    let young = activity.min_age.is_some_and(|min| age < min);
    let old = activity.max_age.is_some_and(|max| age > max);
    if young || old {
        return Err(problem::age_outside(activity.min_age, activity.max_age));
    }
    Ok(quota::counted(activity, age))
}

fn age_of(person: &PersonRef) -> Result<u32, Problem> {
    let person = people::open(person).ok_or_else(problem::age_unknown)?;
    match person.reveal(Attribute::Age, PURPOSE) {
        Ok(age) => age.parse().map_err(|_| problem::age_unknown()),
        Err(Denial::NoConsent) => Err(problem::age_not_agreed()),
        Err(Denial::OutOfArea) => Err(problem::out_of_area()),
        Err(Denial::Unknown | Denial::NotGranted) => Err(problem::age_unknown()),
    }
}
