//! What others can hear about. References to people are made for each subscriber by the platform.

use linli_sdk::prelude::*;

use crate::activity::Activity;
use crate::signup::Signup;

/// A place is somebody's: at once, by accepting an offer, or by lot.
pub const SIGNUP_CONFIRMED: Event<SignupNews> = Event::new("signup.confirmed");
/// Somebody drew no place and waits.
pub const SIGNUP_WAITLISTED: Event<SignupNews> = Event::new("signup.waitlisted");
/// Somebody does not come: see [`Cause`]. Everybody signed up gets one when the activity is called off.
pub const SIGNUP_CANCELLED: Event<SignupEnded> = Event::new("signup.cancelled");
/// A place is kept for somebody on the waiting list, for a while.
pub const OFFER_MADE: Event<OfferMade> = Event::new("offer.made");
/// It was kept long enough.
pub const OFFER_LAPSED: Event<SignupNews> = Event::new("offer.lapsed");
/// The seed is public now.
pub const LOTTERY_DRAWN: Event<LotteryDrawn> = Event::new("lottery.drawn");
/// An activity does not take place.
pub const ACTIVITY_CANCELLED: Event<ActivityCancelled> = Event::new("activity.cancelled");
/// Somebody came: award the points.
pub const ACTIVITY_CHECKED_IN: Event<CheckedIn> = Event::new("activity.checked-in");

/// Who, and what for: enough to write a message.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SignupNews {
    /// The activity.
    pub activity: Id,
    /// Its title.
    pub title: String,
    /// When it starts.
    pub starts_at: Timestamp,
    /// The signup.
    pub signup: Id,
    /// Who signed up.
    pub person: PersonRef,
    /// With how many, that person included.
    pub party_size: i64,
}

/// Why somebody does not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// By the resident.
    Resident,
    /// By a worker.
    Worker,
    /// The activity was called off.
    Activity,
}

/// A signup that ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SignupEnded {
    /// Who and what.
    #[serde(flatten)]
    pub news: SignupNews,
    /// Why.
    pub cause: Cause,
}

/// A place that is kept.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OfferMade {
    /// Who and what.
    #[serde(flatten)]
    pub news: SignupNews,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
}

/// Lots that were drawn.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LotteryDrawn {
    /// The activity.
    pub activity: Id,
    /// 32 bytes in lower-case hex; its SHA-256 was published with the activity.
    pub seed: String,
}

/// An activity that was called off.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ActivityCancelled {
    /// The activity.
    pub activity: Id,
    /// Its title.
    pub title: String,
    /// To the residents.
    pub reason: String,
}

/// Somebody who came.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckedIn {
    /// The activity.
    pub activity: Id,
    /// The signup.
    pub signup: Id,
    /// Who signed up.
    pub person: PersonRef,
    /// Points for that person; zero when the activity awards none.
    pub points: i64,
}

impl SignupNews {
    /// About one signup.
    pub fn of(activity: &Activity, signup: &Signup) -> Self {
        Self {
            activity: activity.id.clone(),
            title: activity.title.clone(),
            starts_at: activity.starts_at,
            signup: signup.id.clone(),
            person: signup.person.clone(),
            party_size: signup.party_size,
        }
    }
}
