//! Signing up, leaving, and one's own signups.

use std::num::NonZeroU16;

use linli_sdk::prelude::*;

use crate::activity::{ACTIVITIES, Activity, ActivityStatus};
use crate::events::{Cause, SIGNUP_CANCELLED, SIGNUP_CONFIRMED, SignupEnded, SignupNews};
use crate::quota::{self, Counted, MAX_CAPACITY};
use crate::{eligibility, lottery, problem, ticket, waitlist};

/// A resident's signups, by when they were made.
const BY_PERSON: Index = Index::new("by_person", &["/person", "/signed_up_at"]);
/// Those who wait, and those in a lottery, in the order of their turn. Whoever has a place is not in it.
pub const BY_TURN: Index = Index::new("by_turn", &["/activity", "/turn"]);
/// One year: until next year's activity of the same kind is planned.
const KEEP_DAYS: u32 = 366;
/// The signups, by [`Signup::key`].
pub const SIGNUPS: Collection<Signup> =
    Collection::new("signups").indexes(&[BY_PERSON, BY_TURN]).keep_days(KEEP_DAYS);

/// How many one resident may sign up, that resident included: a family, not a coach party.
pub const MAX_PARTY: Setting<NonZeroU16> =
    Setting::new("max_party_size", "单次报名人数上限", "Most people one resident may sign up").or("10");

/// Signups on one page, unless asked otherwise.
const PAGE: u32 = 20;

/// As stored. There is one per resident and activity, used again when somebody signs up again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signup {
    /// See [`Signup::id_of`].
    pub id: Id,
    /// What for.
    pub activity: Id,
    /// Who.
    pub person: PersonRef,
    /// The relative who did it for that person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acted_by: Option<PersonRef>,
    /// With how many, that person included.
    pub party_size: i64,
    /// Where it stands.
    pub status: SignupStatus,
    /// 1 for the first time, one more each time the resident signs up again: a ticket of an earlier time is void.
    pub serial: u8,
    /// The quotas it counts in.
    #[serde(default, skip_serializing_if = "Counted::is_none")]
    pub counted: Counted,
    /// When it was made.
    #[serde(with = "linli_sdk::micros")]
    pub signed_up_at: Timestamp,
    /// Orders those who have no place yet; none for all others. See [`waitlist`] and [`lottery`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<String>,
    /// The place that is kept, while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// When the party came.
    #[serde(default, with = "linli_sdk::micros::option", skip_serializing_if = "Option::is_none")]
    pub checked_in_at: Option<Timestamp>,
}

/// A place that is kept for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Until when.
    #[serde(with = "linli_sdk::micros")]
    pub expires_at: Timestamp,
    /// The timer that ends it.
    pub timer: String,
}

/// Where a signup stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignupStatus {
    /// In the lottery.
    Entered,
    /// The places are theirs.
    Confirmed,
    /// On the waiting list.
    Waitlisted,
    /// Places are kept for them until they accept, decline, or the offer lapses.
    Offered,
    /// Ended by the resident or a worker, or because the activity was called off.
    Cancelled,
    /// They declined the offer.
    Declined,
    /// They did not answer the offer in time.
    Lapsed,
}

impl SignupStatus {
    /// Whether it still stands for something.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Entered | Self::Confirmed | Self::Waitlisted | Self::Offered)
    }
}

/// A signup as its resident sees it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SignupView {
    id: Id,
    activity: Id,
    status: SignupStatus,
    party_size: i64,
    /// On the waiting list: 1 is next.
    position: Option<u32>,
    /// To show at the door; for a confirmed signup.
    ticket: Option<String>,
    /// When an offered place goes to the next.
    offer_expires_at: Option<Timestamp>,
    signed_up_at: Timestamp,
}

/// One of my signups, and what it is for.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MySignup {
    #[serde(flatten)]
    signup: SignupView,
    title: String,
    place: String,
    starts_at: Timestamp,
    ends_at: Timestamp,
    activity_status: ActivityStatus,
}

/// A signup to make.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSignup {
    /// The activity.
    id: Id,
    /// How many come, the resident included.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = MAX_CAPACITY))]
    party_size: i64,
}

fn one() -> i64 {
    1
}

/// Which signup.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignupId {
    /// The activity.
    pub id: Id,
    /// The signup.
    pub signup: Id,
}

/// Which of my signups.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MySignups {
    /// How many at most; 20 unless asked otherwise.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Signs up: confirmed while there are places for the whole party, else on the waiting list; in a lottery, entered.
///
/// # Errors
/// 404 `activity-unknown`; 409 `already-signed-up` with the `signup`, `signup-not-open`, `signup-closed`,
/// `activity-cancelled`, `waitlist-full`; 403 for ages; 422 `party-too-large`.
pub fn create_signup(new: NewSignup) -> Result<Created<SignupView>, Problem> {
    let caller = context::caller();
    let person = context::subject_of(&caller)?;
    let activity = Activity::find_scheduled(&new.id)?;
    let now = context::now();
    eligibility::check_window(&activity, now)?;
    let id = Signup::id_of(&activity.id, &person);
    let earlier = SIGNUPS.get(&Signup::key(&activity.id, &id));
    if let Some(earlier) = earlier.as_ref().filter(|signup| signup.status.is_active()) {
        return Err(problem::already_signed_up(&earlier.id));
    }
    let counted = eligibility::admit(&activity, &person)?;
    check_party(&activity, counted, new.party_size)?;
    let serial =
        earlier.map_or(0, |signup| signup.serial).checked_add(1).ok_or_else(problem::signed_up_too_often)?;
    let mut signup = Signup {
        id,
        activity: activity.id.clone(),
        person,
        acted_by: caller.acted_by,
        party_size: new.party_size,
        status: SignupStatus::Confirmed,
        serial,
        counted,
        signed_up_at: now,
        turn: None,
        offer: None,
        checked_in_at: None,
    };
    let mut position = None;
    if activity.awaits_draw() {
        lottery::enter(&activity, &mut signup);
    } else if quota::take(&activity, counted, signup.party_size) {
        SIGNUP_CONFIRMED.publish(&SignupNews::of(&activity, &signup));
    } else {
        position = Some(waitlist::join(&activity, &mut signup)?);
    }
    signup.save();
    Ok(Created(signup.view(&activity, position)))
}

/// One person is always few enough, so most signups read no setting.
fn check_party(activity: &Activity, counted: Counted, party_size: i64) -> Result<(), Problem> {
    let largest = quota::largest_party(activity, counted);
    if party_size > largest || (party_size > 1 && party_size > i64::from(MAX_PARTY.get().get())) {
        return Err(problem::party_too_large());
    }
    Ok(())
}

/// Ends a signup; its places go to the waiting list in the same transaction.
///
/// # Errors
/// 404 `signup-unknown`, also for somebody else's; 409 `checked-in`, `activity-started`, `activity-cancelled`; 410
/// `signup-ended`.
pub fn cancel_signup(SignupId { id, signup }: SignupId) -> Result<NoContent, Problem> {
    let activity = Activity::find_scheduled(&id)?;
    let caller = context::caller();
    let mut signup = Signup::find(&id, &signup)?;
    let own = caller.subject.as_ref() == Some(&signup.person);
    if !own && !caller.has(Role::Worker) {
        return Err(problem::signup_unknown());
    }
    if !signup.status.is_active() {
        return Err(problem::signup_ended());
    }
    if signup.checked_in_at.is_some() {
        return Err(problem::checked_in_already());
    }
    if context::now() >= activity.starts_at {
        return Err(problem::activity_started());
    }
    let cause = if own { Cause::Resident } else { Cause::Worker };
    signup.end(&activity, SignupStatus::Cancelled);
    SIGNUP_CANCELLED.publish(&SignupEnded { news: SignupNews::of(&activity, &signup), cause });
    waitlist::promote(&activity);
    Ok(NoContent)
}

/// Lists the caller's signups, the latest first.
///
/// # Errors
/// 422 `cursor-invalid`.
pub fn list_signups(wanted: MySignups) -> Result<Page<MySignup>, Problem> {
    let mine = BY_PERSON.equal(context::subject()?.as_str()).descending();
    let page = SIGNUPS.scan(&mine, wanted.limit.unwrap_or(PAGE), wanted.cursor.as_deref())?;
    let ids: Vec<String> = page.items.iter().map(|signup| signup.activity.to_string()).collect();
    // Activities are kept longer than signups; one that is gone all the same takes its signups out of the list.
    let both = page.items.into_iter().zip(ACTIVITIES.get_many(&ids));
    let items = both.filter_map(|(signup, activity)| Some(signup.mine(activity?))).collect();
    Ok(Page { items, next: page.next })
}

impl Signup {
    /// The id of a resident's signup for an activity: it finds the signup without an index, and says nothing about the
    /// person in an address or a log.
    pub fn id_of(activity: &Id, person: &PersonRef) -> Id {
        Id::derived(&[activity, person.as_str()])
    }

    /// Where it is kept: all signups of an activity lie together.
    pub fn key(activity: &Id, signup: &Id) -> String {
        format!("{activity}~{signup}")
    }

    /// All signups of an activity.
    pub fn of_activity(activity: &Id) -> Stretch {
        Stretch::ids(&format!("{activity}~"))
    }

    /// # Errors
    /// 404 `signup-unknown`.
    pub fn find(activity: &Id, signup: &Id) -> Result<Self, Problem> {
        SIGNUPS.get(&Self::key(activity, signup)).ok_or_else(problem::signup_unknown)
    }

    /// The caller's own signup.
    ///
    /// # Errors
    /// 404 `signup-unknown`, also for somebody else's.
    pub fn find_own(activity: &Id, signup: &Id) -> Result<Self, Problem> {
        let person = context::subject()?;
        Self::find(activity, signup)
            .and_then(|found| if found.person == person { Ok(found) } else { Err(problem::signup_unknown()) })
    }

    /// Keeps it.
    pub fn save(&self) {
        SIGNUPS.put(&Self::key(&self.activity, &self.id), self);
    }

    /// Makes the places the party's.
    pub fn confirm(&mut self, activity: &Activity) {
        self.status = SignupStatus::Confirmed;
        self.turn = None;
        self.offer = None;
        self.save();
        SIGNUP_CONFIRMED.publish(&SignupNews::of(activity, self));
    }

    /// Ends it, and gives up whatever it holds: places, a turn, an offer. Who is next is for the caller to say.
    pub fn end(&mut self, activity: &Activity, status: SignupStatus) {
        match self.status {
            SignupStatus::Confirmed | SignupStatus::Offered => {
                quota::give(activity, self.counted, self.party_size);
            }
            SignupStatus::Waitlisted => waitlist::leave(&activity.id),
            _ => {}
        }
        self.drop_offer();
        self.status = status;
        self.turn = None;
        self.save();
    }

    /// Forgets an offer and its timer.
    pub fn drop_offer(&mut self) {
        if let Some(offer) = self.offer.take() {
            linli_sdk::cancel(&offer.timer);
        }
    }

    /// As its resident sees it.
    pub fn view(&self, activity: &Activity, position: Option<u32>) -> SignupView {
        let confirmed = self.status == SignupStatus::Confirmed;
        SignupView {
            id: self.id.clone(),
            activity: self.activity.clone(),
            status: self.status,
            party_size: self.party_size,
            position,
            ticket: confirmed.then(|| ticket::issue(activity, self)),
            offer_expires_at: self.offer.as_ref().map(|offer| offer.expires_at),
            signed_up_at: self.signed_up_at,
        }
    }

    fn mine(&self, activity: Activity) -> MySignup {
        let cancelled = activity.is_cancelled();
        let position = if cancelled { None } else { waitlist::position(self) };
        MySignup {
            signup: self.view(&activity, position),
            activity_status: activity.status(),
            title: activity.title,
            place: activity.place,
            starts_at: activity.starts_at,
            ends_at: activity.ends_at,
        }
    }
}
