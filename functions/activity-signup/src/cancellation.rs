//! Calling an activity off, and telling everybody who signed up.

use linli_sdk::prelude::*;

use crate::activity::{Activity, ActivityView, Standing};
use crate::events::{
    ACTIVITY_CANCELLED, ActivityCancelled, Cause, SIGNUP_CANCELLED, SignupEnded, SignupNews,
};
use crate::signup::{SIGNUPS, Signup, SignupStatus};
use crate::waitlist::QUEUES;
use crate::{problem, quota};

/// Tells the next ones.
pub const NOTICES_DUE: Timer<Notices> = Timer::new("notices.due");

/// Signups one call ends: each costs a document, perhaps a timer, and an event, of which a call may publish 1,000.
const BATCH: u32 = 400;

/// An activity to call off.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancellation {
    /// The activity.
    id: Id,
    /// To the residents.
    #[schemars(length(min = 1, max = 200))]
    reason: String,
}

/// Where telling goes on.
#[derive(Serialize, Deserialize)]
pub struct Notices {
    activity: Id,
    /// The last signup that was told.
    after: String,
}

/// Calls an activity off: from this moment nobody can sign up or get an offer. Everybody signed up gets an event, the
/// first [`BATCH`] with this transaction and the others right after it.
///
/// # Errors
/// 404 `activity-unknown`; 409 `activity-cancelled`, `activity-ended`.
pub fn cancel_activity(cancellation: Cancellation) -> Result<ActivityView, Problem> {
    let mut activity = Activity::find_scheduled(&cancellation.id)?;
    if context::now() >= activity.ends_at {
        return Err(problem::activity_ended());
    }
    activity.status = Standing::Cancelled;
    if let Some(lottery) = &activity.lottery {
        lottery.stop();
    }
    quota::close(&activity);
    QUEUES.delete(&activity.id);
    activity.save();
    ACTIVITY_CANCELLED.publish(&ActivityCancelled {
        activity: activity.id.clone(),
        title: activity.title.clone(),
        reason: cancellation.reason,
    });
    tell(&activity, None);
    Ok(activity.view(0))
}

/// Tells the next ones.
///
/// # Errors
/// None; the activity may be gone.
pub fn continue_notices(notices: Notices) -> Result<(), Problem> {
    if let Ok(activity) = Activity::find(&notices.activity) {
        tell(&activity, Some(&notices.after));
    }
    Ok(())
}

fn tell(activity: &Activity, after: Option<&str>) {
    let mut rest = Signup::of_activity(&activity.id);
    if let Some(after) = after {
        rest = rest.after(after);
    }
    let batch = SIGNUPS.first(&rest, BATCH);
    if let Some(last) = batch.last().filter(|_| batch.len() == BATCH as usize) {
        let after = Signup::key(&activity.id, &last.id);
        NOTICES_DUE.schedule(context::now(), &Notices { activity: activity.id.clone(), after });
    }
    for mut signup in batch.into_iter().filter(|signup| signup.status.is_active()) {
        signup.drop_offer();
        signup.status = SignupStatus::Cancelled;
        signup.turn = None;
        signup.save();
        SIGNUP_CANCELLED
            .publish(&SignupEnded { news: SignupNews::of(activity, &signup), cause: Cause::Activity });
    }
}
