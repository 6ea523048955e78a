//! Who is next when a place is free.
//!
//! - Places are offered in the transaction that frees them, so nobody slips in between.
//! - First come, first served **among those who fit**: a party is offered places only when there are places for all of it,
//!   in every quota it counts in. A party that does not fit keeps its turn and does not hold up smaller ones behind it;
//!   in the same way somebody new is confirmed at once when there are places that nobody waiting can use.
//! - An offer holds the places until it is accepted, declined, or lapses: after `offer_hours`, and in any case when the
//!   activity starts. Whoever lets it lapse or declines has left the list, and may sign up again at its end.
//! - Nobody gets an offer after cancelling, after the start, or for an activity that was called off.

use std::num::NonZeroU16;

use linli_sdk::prelude::*;

use crate::activity::Activity;
use crate::events::{OFFER_LAPSED, OFFER_MADE, OfferMade, SignupNews};
use crate::signup::{BY_TURN, Offer, SIGNUPS, Signup, SignupId, SignupStatus, SignupView};
use crate::{problem, quota};

/// The waiting lists, by activity.
pub const QUEUES: Collection<Queue> = Collection::new("queues").keep_days(366);
/// How long an offer stands, in hours.
pub const OFFER_HOURS: Setting<NonZeroU16> =
    Setting::new("offer_hours", "候补名额保留小时数", "Hours an offered place is kept").or("24");
/// Ends an offer.
pub const OFFER_EXPIRED: Timer<OfferEnd> = Timer::new("offer.expired");
/// Looks further down a long list.
pub const PROMOTION_DUE: Timer<Promotion> = Timer::new("promotion.due");

/// Parties one call looks at. Each may try and give back every counter it counts in
/// ([`quota::MAX_COUNTERS`]), within the 2,000 writes of a call.
pub const BATCH: usize = 90;
/// Parties read at a time: mostly the first one fits.
const CHUNK: u32 = 10;
/// Parties that may wait for one activity: more have no hope, and a position is counted.
const MAX_WAITING: i64 = 10_000;

const _: () =
    assert!(BATCH * (2 * quota::MAX_COUNTERS + 2) < 2_000, "a batch stays within the writes of one call");

/// A waiting list's counters, so that its length is known without counting.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Queue {
    /// The last number that was given out.
    last: u64,
    /// Parties waiting.
    waiting: i64,
}

/// Which offer ends.
#[derive(Serialize, Deserialize)]
pub struct OfferEnd {
    activity: Id,
    signup: Id,
    /// The offer of another time the resident signed up is another offer.
    serial: u8,
}

/// Where to look further.
#[derive(Serialize, Deserialize)]
pub struct Promotion {
    activity: Id,
    after: String,
}

/// Parties waiting.
pub fn waiting(activity: &Id) -> i64 {
    QUEUES.get(activity).unwrap_or_default().waiting
}

/// Parties waiting for each of many activities.
pub fn waiting_many(activities: &[String]) -> Vec<i64> {
    let queues = QUEUES.get_many(activities).into_iter();
    queues.map(|queue| queue.unwrap_or_default().waiting).collect()
}

/// Puts a party at the end of the list; its position, from 1.
///
/// # Errors
/// 409 `waitlist-full`.
pub fn join(activity: &Activity, signup: &mut Signup) -> Result<u32, Problem> {
    let mut queue = QUEUES.get(&activity.id).unwrap_or_default();
    if queue.waiting >= MAX_WAITING {
        return Err(problem::waitlist_full());
    }
    queue.last += 1;
    queue.waiting += 1;
    signup.status = SignupStatus::Waitlisted;
    // After those who drew a lot (`d…`), in the order of their coming.
    signup.turn = Some(format!("q{:012}", queue.last));
    let position = queue.waiting;
    QUEUES.put(&activity.id, &queue);
    // At most MAX_WAITING.
    Ok(position as u32)
}

/// Counts a party that waits, wherever in the list its turn is.
pub fn count_in(activity: &Id, parties: i64) {
    if parties != 0 {
        let mut queue = QUEUES.get(activity).unwrap_or_default();
        queue.waiting += parties;
        QUEUES.put(activity, &queue);
    }
}

/// Counts a party out.
pub fn leave(activity: &Id) {
    count_in(activity, -1);
}

/// How many are before a party, and itself; none when it does not wait.
pub fn position(signup: &Signup) -> Option<u32> {
    let turn = signup.turn.as_deref().filter(|_| signup.status == SignupStatus::Waitlisted)?;
    let before = BY_TURN.equal(signup.activity.as_str()).before(turn);
    Some(SIGNUPS.count(&before, MAX_WAITING as u32) + 1)
}

/// Offers free places to those who wait, in their turn.
pub fn promote(activity: &Activity) {
    promote_after(activity, None);
}

/// Looks further down a long list.
///
/// # Errors
/// None; the activity may be gone.
pub fn continue_promotion(promotion: Promotion) -> Result<(), Problem> {
    if let Ok(activity) = Activity::find_scheduled(&promotion.activity) {
        promote_after(&activity, Some(&promotion.after));
    }
    Ok(())
}

fn promote_after(activity: &Activity, after: Option<&str>) {
    if context::now() >= activity.starts_at || waiting(&activity.id) == 0 {
        return;
    }
    let mut free = quota::places_left(activity);
    let mut last = after.map(str::to_owned);
    let mut offered = 0;
    for _ in 0..BATCH / CHUNK as usize {
        let mut rest = BY_TURN.equal(activity.id.as_str());
        if let Some(last) = &last {
            rest = rest.after(last.as_str());
        }
        let chunk = if free > 0 { SIGNUPS.first(&rest, CHUNK) } else { vec![] };
        let ended = chunk.len() < CHUNK as usize;
        for mut signup in chunk {
            last.clone_from(&signup.turn);
            let fits = signup.status == SignupStatus::Waitlisted && signup.party_size <= free;
            if fits && quota::take(activity, signup.counted, signup.party_size) {
                free -= signup.party_size;
                offered += 1;
                offer(activity, &mut signup);
            }
        }
        if ended {
            return count_in(&activity.id, -offered);
        }
    }
    count_in(&activity.id, -offered);
    if let (Some(after), true) = (last, free > 0) {
        PROMOTION_DUE.schedule(context::now(), &Promotion { activity: activity.id.clone(), after });
    }
}

/// Keeps the places, which are taken already, for a party.
fn offer(activity: &Activity, signup: &mut Signup) {
    let hours = i64::from(OFFER_HOURS.get().get());
    let expires_at = context::now().plus_seconds(hours * 3_600).min(activity.starts_at);
    let end = OfferEnd { activity: activity.id.clone(), signup: signup.id.clone(), serial: signup.serial };
    let timer = OFFER_EXPIRED.schedule(expires_at, &end);
    signup.status = SignupStatus::Offered;
    signup.turn = None;
    signup.offer = Some(Offer { expires_at, timer });
    signup.save();
    OFFER_MADE.publish(&OfferMade { news: SignupNews::of(activity, signup), expires_at });
}

/// Accepts an offer: the places are the party's.
///
/// # Errors
/// 404 `signup-unknown`; 409 `no-offer`, `offer-lapsed`, `activity-cancelled`.
pub fn accept_offer(SignupId { id, signup }: SignupId) -> Result<SignupView, Problem> {
    let activity = Activity::find_scheduled(&id)?;
    let mut signup = Signup::find_own(&id, &signup)?;
    let offer = signup.offer.as_ref().ok_or_else(problem::no_offer)?;
    let now = context::now();
    // Judged by `now`: the timer only tidies.
    if now >= offer.expires_at || now >= activity.starts_at {
        return Err(problem::offer_lapsed());
    }
    signup.drop_offer();
    signup.confirm(&activity);
    Ok(signup.view(&activity, None))
}

/// Declines an offer: the places go to the next.
///
/// # Errors
/// 404 `signup-unknown`; 409 `no-offer`, `activity-cancelled`.
pub fn decline_offer(SignupId { id, signup }: SignupId) -> Result<SignupView, Problem> {
    let activity = Activity::find_scheduled(&id)?;
    let mut signup = Signup::find_own(&id, &signup)?;
    if signup.offer.is_none() {
        return Err(problem::no_offer());
    }
    signup.end(&activity, SignupStatus::Declined);
    promote(&activity);
    Ok(signup.view(&activity, None))
}

/// Ends an offer whose time is over: the places go to the next.
///
/// # Errors
/// None; an offer that was answered in the meantime is left alone.
pub fn lapse_offer(end: OfferEnd) -> Result<(), Problem> {
    let (Ok(activity), Ok(mut signup)) =
        (Activity::find_scheduled(&end.activity), Signup::find(&end.activity, &end.signup))
    else {
        return Ok(());
    };
    if signup.offer.is_none() || signup.serial != end.serial {
        return Ok(());
    }
    signup.end(&activity, SignupStatus::Lapsed);
    OFFER_LAPSED.publish(&SignupNews::of(&activity, &signup));
    promote(&activity);
    Ok(())
}
