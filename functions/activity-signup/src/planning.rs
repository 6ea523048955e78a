//! Announcing an activity, and changing one.

use linli_sdk::prelude::*;

use crate::activity::{Activity, ActivityView, Standing};
use crate::lottery::{self, Lottery};
use crate::quota::{self, MAX_CAPACITY, MAX_QUOTAS, Quota};
use crate::{problem, waitlist};

/// How far ahead an activity may end, in seconds: 1,000 days, well within what a timer reaches.
const MAX_AHEAD_SECONDS: i64 = 1_000 * 86_400;
/// Most points a check-in may award: a slip of the keyboard is not a fortune.
const MAX_POINTS: i64 = 10_000;
/// The oldest age a rule may name, in years.
const MAX_AGE: u32 = 150;

/// An activity to announce.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewActivity {
    /// For lists.
    #[schemars(length(min = 1, max = 100))]
    title: String,
    /// For whoever wants to know more.
    #[serde(default)]
    #[schemars(length(max = 4000))]
    description: String,
    /// Where.
    #[schemars(length(min = 1, max = 200))]
    place: String,
    starts_at: Timestamp,
    ends_at: Timestamp,
    /// Places in all.
    #[schemars(range(min = 1, max = MAX_CAPACITY))]
    capacity: i64,
    /// From when residents can sign up; now, unless given.
    signup_opens_at: Option<Timestamp>,
    /// Until when; the start, unless given.
    signup_closes_at: Option<Timestamp>,
    /// Whole years, inclusive.
    #[schemars(range(max = MAX_AGE))]
    min_age: Option<u32>,
    /// Whole years, inclusive.
    #[schemars(range(max = MAX_AGE))]
    max_age: Option<u32>,
    /// Further rules on who gets how many places.
    #[serde(default)]
    #[schemars(length(max = MAX_QUOTAS))]
    quotas: Vec<Quota>,
    /// Draw lots when signing up closes, instead of first come, first served.
    #[serde(default)]
    lottery: bool,
    /// Points for whoever comes.
    #[serde(default)]
    #[schemars(range(min = 0, max = MAX_POINTS))]
    points_on_check_in: i64,
}

/// What to change; what is absent stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivityChange {
    /// The activity.
    id: Id,
    #[schemars(length(min = 1, max = 100))]
    title: Option<String>,
    #[schemars(length(max = 4000))]
    description: Option<String>,
    #[schemars(length(min = 1, max = 200))]
    place: Option<String>,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    /// More places go to the waiting list first; fewer than are taken is refused.
    #[schemars(range(min = 1, max = MAX_CAPACITY))]
    capacity: Option<i64>,
    signup_opens_at: Option<Timestamp>,
    signup_closes_at: Option<Timestamp>,
    #[schemars(range(min = 0, max = MAX_POINTS))]
    points_on_check_in: Option<i64>,
}

/// Announces an activity.
///
/// # Errors
/// 422 with the field to blame: `times-out-of-order`, `too-far-ahead`, `ages-out-of-order`, `quota-…`.
pub fn create_activity(new: NewActivity) -> Result<Created<ActivityView>, Problem> {
    let now = context::now();
    let mut activity = Activity {
        id: context::new_id(),
        title: new.title,
        description: new.description,
        place: new.place,
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        capacity: new.capacity,
        signup_opens_at: new.signup_opens_at.unwrap_or(now),
        signup_closes_at: new.signup_closes_at.unwrap_or(new.starts_at),
        min_age: new.min_age,
        max_age: new.max_age,
        quotas: new.quotas,
        lottery: None,
        points_on_check_in: new.points_on_check_in,
        status: Standing::Scheduled,
    };
    check_times(&activity, now)?;
    if activity.starts_at <= now {
        return Err(problem::starts_in_the_past());
    }
    if let (Some(min), Some(max)) = (activity.min_age, activity.max_age)
        && min > max
    {
        return Err(problem::ages_out_of_order("/max_age"));
    }
    quota::check(&activity)?;
    if new.lottery {
        activity.lottery = Some(Lottery::commit(&activity));
    }
    quota::open(&activity);
    activity.save();
    Ok(Created(activity.view(0)))
}

/// Changes an activity. Raising the capacity offers the new places to the waiting list in the same transaction.
///
/// # Errors
/// 409 `activity-cancelled`, `activity-ended`, `activity-started`, `capacity-below-taken`; 422 as for a new one.
pub fn change_activity(change: ActivityChange) -> Result<ActivityView, Problem> {
    let now = context::now();
    let before = Activity::find_scheduled(&change.id)?;
    if now >= before.ends_at {
        return Err(problem::activity_ended());
    }
    let mut activity = apply(before.clone(), change);
    check_times(&activity, now)?;
    let moved = activity.starts_at != before.starts_at;
    if now >= before.starts_at && (moved || activity.capacity != before.capacity) {
        return Err(problem::activity_started());
    }
    if moved && activity.starts_at <= now {
        return Err(problem::starts_in_the_past());
    }
    if activity.capacity != before.capacity {
        quota::check(&activity)?;
        if !quota::resize(&activity) {
            return Err(problem::capacity_below_taken());
        }
    }
    if activity.signup_closes_at != before.signup_closes_at {
        lottery::reschedule(&mut activity);
    }
    activity.save();
    waitlist::promote(&activity);
    let waiting = waitlist::waiting(&activity.id);
    Ok(activity.view(waiting))
}

fn apply(mut activity: Activity, change: ActivityChange) -> Activity {
    fn set<T>(field: &mut T, value: Option<T>) {
        if let Some(value) = value {
            *field = value;
        }
    }
    set(&mut activity.title, change.title);
    set(&mut activity.description, change.description);
    set(&mut activity.place, change.place);
    set(&mut activity.starts_at, change.starts_at);
    set(&mut activity.ends_at, change.ends_at);
    set(&mut activity.capacity, change.capacity);
    set(&mut activity.signup_opens_at, change.signup_opens_at);
    set(&mut activity.signup_closes_at, change.signup_closes_at);
    set(&mut activity.points_on_check_in, change.points_on_check_in);
    activity
}

/// Sign-up opens, closes, the activity starts, ends: in this order, the end within reach of a timer.
fn check_times(activity: &Activity, now: Timestamp) -> Result<(), Problem> {
    if activity.signup_opens_at >= activity.signup_closes_at {
        return Err(problem::times_out_of_order("/signup_closes_at"));
    }
    if activity.signup_closes_at > activity.starts_at {
        return Err(problem::times_out_of_order("/signup_closes_at"));
    }
    if activity.starts_at >= activity.ends_at {
        return Err(problem::times_out_of_order("/ends_at"));
    }
    if activity.ends_at > now.plus_seconds(MAX_AHEAD_SECONDS) {
        return Err(problem::too_far_ahead("/ends_at"));
    }
    Ok(())
}
