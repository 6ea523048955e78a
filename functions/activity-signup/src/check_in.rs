//! The door: a ticket counts once.

use linli_sdk::prelude::*;

use crate::activity::Activity;
use crate::events::{ACTIVITY_CHECKED_IN, CheckedIn};
use crate::signup::{Signup, SignupStatus};
use crate::{problem, roster, ticket};

/// How long before the start the door opens, in seconds: three hours, for those who come with the ones that set up.
const OPENS_BEFORE_SECONDS: i64 = 3 * 3_600;
/// How long after the end a ticket still counts, in seconds: seven days, for devices that were without a network.
pub const CLOSES_AFTER_SECONDS: i64 = 7 * 86_400;

/// A ticket at the door.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCheckIn {
    /// The activity.
    id: Id,
    /// As shown or typed.
    #[schemars(length(min = 1, max = 400))]
    ticket: String,
}

/// A party that is in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckInView {
    signup: Id,
    /// Masked; none when the directory does not show it.
    name: Option<String>,
    party_size: i64,
    checked_in_at: Timestamp,
    /// Points that go to the resident.
    points: i64,
}

/// Lets a party in, once, and publishes the event that awards the points.
///
/// # Errors
/// 422 `ticket-invalid`, `ticket-of-another`; 409 `ticket-void`, `checked-in` with `checked_in_at`,
/// `check-in-not-open`, `check-in-closed`, `activity-cancelled`.
pub fn create_check_in(new: NewCheckIn) -> Result<Created<CheckInView>, Problem> {
    let activity = Activity::find_scheduled(&new.id)?;
    let now = context::now();
    if now < activity.starts_at.plus_seconds(-OPENS_BEFORE_SECONDS) {
        return Err(problem::check_in_not_open(activity.starts_at.plus_seconds(-OPENS_BEFORE_SECONDS)));
    }
    if now >= activity.ends_at.plus_seconds(CLOSES_AFTER_SECONDS) {
        return Err(problem::check_in_closed());
    }
    let ticket = ticket::read(&new.ticket)?;
    if ticket.activity != activity.id {
        return Err(problem::ticket_of_another());
    }
    let mut signup = Signup::find(&activity.id, &ticket.signup).map_err(|_| problem::ticket_void())?;
    if signup.status != SignupStatus::Confirmed || signup.serial != ticket.serial {
        return Err(problem::ticket_void());
    }
    if let Some(at) = signup.checked_in_at {
        return Err(problem::checked_in_already().with_member("checked_in_at", at.to_string()));
    }
    signup.checked_in_at = Some(now);
    signup.save();
    let points = activity.points_on_check_in;
    ACTIVITY_CHECKED_IN.publish(&CheckedIn {
        activity: activity.id,
        signup: signup.id.clone(),
        person: signup.person.clone(),
        points,
    });
    let name = roster::masked_name(&signup.person);
    Ok(Created(CheckInView {
        signup: signup.id,
        name,
        party_size: signup.party_size,
        checked_in_at: now,
        points,
    }))
}
